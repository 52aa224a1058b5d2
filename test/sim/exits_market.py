"""The markets of the exits' twin: prices in whole ticks that wander, run, gap and lock, with thin books around them."""

from __future__ import annotations

import random
from decimal import Decimal

import msgspec

from domain.instruments import Instrument
from domain.market import Quote

LOCK_CHANCE = 0.0005
LEVELS = 4


class Listing(msgspec.Struct):
    """One contract's market, in ticks. gap: chance of a jump per step; depth: units a level holds at most;
    trend: ticks a step; locked_until: stands at an edge of the band till then."""

    instrument: Instrument
    mid: int
    low: int
    high: int
    gap: float
    depth: int
    last: int
    touched: float = -60.0
    trend: int = 0
    locked_until: float = 0.0
    bids: list[list[int]] = []
    asks: list[list[int]] = []

    def price(self, ticks: int) -> Decimal:
        """Rupees."""
        return ticks * self.instrument.tick_size


def move(listing: Listing, dice: random.Random, now: float) -> None:
    """One step: wander, run, gap, or stand locked at an edge of the band; the book is renewed about once a second."""
    if now < listing.locked_until:
        return
    if dice.random() < 0.05:
        listing.trend = dice.choice((0, 0, -1, 1)) * max(1, listing.mid // 1200)
    wander = max(1, listing.mid // 2000)
    step = dice.randint(-wander, wander) + listing.trend
    chance = dice.random()
    if chance < listing.gap:
        step += round(listing.mid * dice.choice((-1, 1)) * dice.uniform(0.01, 0.08))
    elif chance < listing.gap + LOCK_CHANCE:
        step = dice.choice((listing.low, listing.high)) - listing.mid
        listing.locked_until = now + dice.uniform(5, 60)
    listing.mid = min(max(listing.mid + step, listing.low), listing.high)
    if step and (abs(step) > 2 * wander or dice.random() < 0.25):
        renew(listing, dice)


def renew(listing: Listing, dice: random.Random) -> None:
    """A fresh, thin book around the mid; beyond the band there is nobody."""
    spread = dice.randint(1, 3)
    apart = max(1, listing.mid // 500)
    sides = []
    for sign in (-1, 1):
        levels = []
        price = listing.mid + sign * spread
        for _ in range(dice.randint(0, LEVELS) if dice.random() < 0.1 else LEVELS):
            if listing.low <= price <= listing.high:
                levels.append([price, dice.randint(1, listing.depth)])
            price += sign * dice.randint(1, apart)
        sides.append(levels)
    listing.bids, listing.asks = sides
    listing.last = min(max(listing.mid + dice.choice((-1, 1)) * spread, listing.low), listing.high)


def quote(listing: Listing) -> Quote:
    """A snapshot with circuit limits."""
    bid, ask = (side[0][0] if side else None for side in (listing.bids, listing.asks))
    return Quote(
        ltp=float(listing.price(listing.last)), bid=None if bid is None else float(listing.price(bid)),
        ask=None if ask is None else float(listing.price(ask)),
        lower_circuit=float(listing.price(listing.low)), upper_circuit=float(listing.price(listing.high)),
    )  # fmt: skip
