"""A twin exchange for exits: bands, gaps, thin books, stops, and a limiter that counts what it is sent.

Everything moves on a clock that the simulation owns; the markets are in exits_market. What arrives beyond the limiter,
outside the band, as a barred price type or as a stop without a trigger is refused and counted: these figures must
stay at zero.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from domain.errors import OutcomeUnknown, Refused, Throttled
from domain.instruments import Instrument, InstrumentKey, InstrumentType
from domain.market import Quote
from domain.orders import OrderRow, OrderStatus, OrderTerms, PriceType, Side
from test.sim.exits_market import Listing, move, quote, renew
from utils.clock import ManualClock

STEP_SECONDS = 0.25
# A market that nobody has looked at for so long stands still: nobody can tell.
TOUCHED_SECONDS = 5.0


class Order(msgspec.Struct):
    """One order of the exchange's book, prices in ticks."""

    order_id: str
    account: int
    tag: str
    listing: Listing
    terms: OrderTerms
    filled: int = 0
    value: Decimal = Decimal(0)
    status: OrderStatus = OrderStatus.OPEN

    @property
    def left(self) -> int:
        """Units that have not traded."""
        return self.terms.quantity - self.filled


class Limiter:
    """Arrivals of one account: at most `limit` in any second, at most `per_minute` in any minute."""

    def __init__(self, limit: int, per_minute: int) -> None:
        self._limits = ((limit, 1.0), (per_minute, 60.0))
        self._arrivals: deque[float] = deque()

    def admits(self, now: float) -> bool:
        """Whether one more arrival keeps both limits; it counts either way."""
        while self._arrivals and now - self._arrivals[0] >= 60.0:
            self._arrivals.popleft()
        fits = all(sum(now - at < span for at in self._arrivals) < limit for limit, span in self._limits)
        self._arrivals.append(now)
        return fits


class ExitsExchange:
    """Takes orders, matches them, tells rows. `offences` counts what must never arrive."""

    def __init__(
        self, clock: ManualClock, dice: random.Random, listings: Sequence[Listing], *, faults: float, per_second: int,
        per_minute: int, protects: bool = False,
    ) -> None:  # fmt: skip
        """protects: MARKET and SL-M become limits here, as at a broker that protects them; else they are barred."""
        self._protects = protects
        self._clock = clock
        self._dice = dice
        self._faults = faults
        self._limits = (per_second, per_minute)
        self._listings = {item.instrument.key: item for item in listings}
        self._limiters: dict[int, Limiter] = {}
        self._stepped = 0.0
        self.orders: dict[str, Order] = {}
        self._working: dict[str, Order] = {}
        self._of: dict[int, list[Order]] = {}
        self.offences: Counter[str] = Counter()
        self.asked: Counter[PriceType] = Counter()
        self.sends = self.changes = self.lost = 0
        self.on_change: Callable[[Order], None] = lambda _order: None
        for item in listings:
            renew(item, self._dice)

    # What arrives.

    def place(self, account: int, terms: OrderTerms, tag: str) -> str:
        """A new order. Raises Refused, Throttled or OutcomeUnknown."""
        lost = self._arrive(account)
        terms = self._protected(terms)
        listing = self._admit(terms)
        order = Order(f"X{len(self.orders) + 1:06d}", account, tag, listing, terms)
        if terms.price_type.needs_trigger:
            order.status = OrderStatus.TRIGGER_PENDING
        self.orders[order.order_id] = self._working[order.order_id] = order
        self._of.setdefault(account, []).append(order)
        self._work(order)
        self._answer(lost)
        return order.order_id

    def modify(self, account: int, order_id: str, terms: OrderTerms) -> str:
        """New terms of a working order. Raises Refused, Throttled or OutcomeUnknown."""
        lost = self._arrive(account)
        self.changes += 1
        order = self._working.get(order_id)
        if order is None:
            raise Refused("The order is not working")
        self._admit(terms)
        if terms.quantity <= order.filled:
            raise Refused("That much has traded already")
        order.terms = terms
        order.status = OrderStatus.TRIGGER_PENDING if terms.price_type.needs_trigger else OrderStatus.OPEN
        self._work(order)
        self._answer(lost)
        return order_id

    def cancel(self, account: int, order_id: str) -> str:
        """Withdraw a working order."""
        self._arrive(account)
        order = self._working.pop(order_id, None)
        if order is None:
            raise Refused("The order is not working")
        order.status = OrderStatus.CANCELLED
        self.on_change(order)
        return order_id

    def _arrive(self, account: int) -> str:
        """Time passes on the way; the limiter counts; now and then an answer is going to be lost."""
        self._clock.advance(self._dice.uniform(0.005, 0.03))
        self.step()
        self.sends += 1
        limiter = self._limiters.setdefault(account, Limiter(*self._limits))
        if not limiter.admits(self._clock.monotonic()):
            self.offences["limiter"] += 1
            raise Throttled("Too many requests")
        chance = self._dice.random()
        self.lost += chance < self._faults
        if chance < self._faults / 2:
            raise OutcomeUnknown("The connection broke before the exchange read the request")
        return "lost" if chance < self._faults else ""

    @staticmethod
    def _answer(lost: str) -> None:
        if lost:
            raise OutcomeUnknown("The answer was lost")

    def _protected(self, terms: OrderTerms) -> OrderTerms:
        """The vendor's limit: a percentage behind its last price or the trigger, however stale, inside the band."""
        if terms.price_type.needs_price or not self._protects:
            return terms
        self.asked[terms.price_type] += 1
        listing, sign = self._listings[InstrumentKey(terms.exchange, terms.symbol)], terms.side.sign
        tick = listing.instrument.tick_size
        anchor = listing.last if terms.trigger_price is None else int(terms.trigger_price / tick)
        percent = 1 if listing.instrument.instrument_type is InstrumentType.EQ else 2
        limit = anchor + sign * max(1, anchor * percent // 100)
        kind = PriceType.LIMIT if terms.trigger_price is None else PriceType.SL
        price = listing.price(min(max(limit, listing.low), listing.high))
        return msgspec.structs.replace(terms, price_type=kind, price=price)

    def _admit(self, terms: OrderTerms) -> Listing:
        listing = self._listings[InstrumentKey(terms.exchange, terms.symbol)]
        if terms.price_type.needs_trigger and not terms.trigger_price:
            self.offences["stop without trigger"] += 1
            raise Refused("A stop without a trigger")
        if not terms.price_type.needs_price:
            self.offences["barred"] += 1
            raise Refused("MARKET and SL-M are barred")
        for price in (terms.price, terms.trigger_price):
            if price is not None and not listing.price(listing.low) <= price <= listing.price(listing.high):
                self.offences["outside the band"] += 1
                raise Refused("Outside the price band")
            if price is not None and price % listing.instrument.tick_size:
                self.offences["off the tick grid"] += 1
                raise Refused("Off the tick grid")
        return listing

    # What moves.

    def step(self) -> None:
        """Bring the market up to the clock."""
        while self._stepped + STEP_SECONDS <= self._clock.monotonic():
            self._stepped += STEP_SECONDS
            for order in self._working.values():
                order.listing.touched = self._stepped
            for listing in self._listings.values():
                if self._stepped - listing.touched < TOUCHED_SECONDS:
                    self._move(listing)
            for order in list(self._working.values()):
                self._work(order)

    def _move(self, listing: Listing) -> None:
        move(listing, self._dice, self._stepped)

    def _work(self, order: Order) -> None:
        """Set a stop off, trade what the book gives."""
        before = (order.status, order.filled)
        listing, terms = order.listing, order.terms
        if order.status is OrderStatus.TRIGGER_PENDING and terms.trigger_price is not None:
            last = listing.price(listing.last)
            if (last - terms.trigger_price) * terms.side.sign >= 0:
                order.status = OrderStatus.OPEN
        if order.status is OrderStatus.OPEN and terms.price is not None:
            levels = listing.asks if terms.side is Side.BUY else listing.bids
            for level in levels:
                price = listing.price(level[0])
                if not order.left or (price - terms.price) * terms.side.sign > 0:
                    break
                taken = min(order.left, level[1])
                level[1] -= taken
                order.filled += taken
                order.value += price * taken
            levels[:] = [level for level in levels if level[1]]
            if not order.left:
                order.status = OrderStatus.COMPLETE
                self._working.pop(order.order_id, None)
        if (order.status, order.filled) != before:
            self.on_change(order)

    # What is told.

    def quotes(self, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        """Snapshots with circuit limits."""
        self._clock.advance(self._dice.uniform(0.005, 0.02))
        self.step()
        asked = [self._listings[item.key] for item in instruments]
        for listing in asked:
            listing.touched = self._clock.monotonic()
        return {item.instrument.key: quote(item) for item in asked}

    def book(self, account: int) -> list[OrderRow]:
        """The account's orders, oldest first."""
        self._clock.advance(self._dice.uniform(0.005, 0.02))
        self.step()
        return [row_of(order) for order in self._of.get(account, ())]

    def forget(self, account: int) -> None:
        """A new day of the account's book: finished orders leave it."""
        self._of[account] = [order for order in self._of.get(account, ()) if not order.status.is_terminal]


def row_of(order: Order) -> OrderRow:
    """The order as a broker reports it."""
    terms = order.terms
    return OrderRow(
        order_id=order.order_id, symbol=terms.symbol, exchange=terms.exchange, side=terms.side,
        quantity=terms.quantity, price_type=terms.price_type, product=terms.product, status=order.status,
        price=terms.price, trigger_price=terms.trigger_price, filled_quantity=order.filled,
        pending_quantity=0 if order.status.is_terminal else order.left,
        average_price=order.value / order.filled if order.filled else None, tag=order.tag,
        rejection_reason="",
    )  # fmt: skip


__all__ = ["STEP_SECONDS", "ExitsExchange", "Order", "row_of"]
