"""The order book around a price: deterministic levels on the tick grid, best first."""

from __future__ import annotations

from typing import NamedTuple

from broker.simulator.prices.noise import noise_bytes
from broker.simulator.specs import Contract

MAX_LEVELS = 50
_HEAD = 8


class Level(NamedTuple):
    """Price in ticks, quantity in units, number of orders."""

    ticks: int
    quantity: int
    orders: int


class Book(NamedTuple):
    """Bids and asks, best first; `head` are spare hash bytes for figures that go with the book."""

    bids: list[Level]
    asks: list[Level]
    head: bytes


def build_book(
    contract: Contract, ticks: int, floor: int, cap: int, seed: int, vertex: int, levels: int
) -> Book:
    """Up to `levels` levels a side around the last traded price, never outside [floor, cap].

    The last price lies at the bid, at the ask or between them. A deeper book starts with the shallower one.
    """
    raw = noise_bytes(_HEAD + 4 * levels, seed, contract.code, vertex)
    width = max(1, ticks * contract.spread_bp // 10_000 + (raw[0] & 1))
    below = raw[1] % (width + 1)
    bid, ask = ticks - below, ticks - below + width
    gap = max(1, width // 2)
    lot, size = contract.lot, contract.level_lots
    bids: list[Level] = []
    asks: list[Level] = []
    for place in range(levels):
        at = _HEAD + 4 * place
        if bid >= floor:
            lots = 1 + (raw[at] + place * 16) * size // 256
            bids.append(Level(bid, lots * lot, 1 + raw[at + 1] % lots))
        if ask <= cap:
            lots = 1 + (raw[at + 2] + place * 16) * size // 256
            asks.append(Level(ask, lots * lot, 1 + raw[at + 3] % lots))
        bid -= gap + (raw[at + 1] & 1)
        ask += gap + (raw[at + 3] & 1)
    return Book(bids, asks, raw)
