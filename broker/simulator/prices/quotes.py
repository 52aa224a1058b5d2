"""Prices of contracts at an instant: last price, day so far, quote and book."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from broker.simulator.prices.depth import MAX_LEVELS, Book, Level, build_book
from broker.simulator.prices.fair import FairValues, last_block
from broker.simulator.prices.path import BLOCK_MINUTES, DAY_VERTICES, STEPS, SpotPaths
from broker.simulator.prices.volume import Volumes
from broker.simulator.specs import Contract
from domain.instruments import InstrumentType
from domain.market import Depth, DepthLevel, Quote
from utils.limits import lru_cache

IST_OFFSET_MS = 19_800_000
VERTEX_MS = 500
_ONE_US = dt.timedelta(microseconds=1)
_UNIX_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class DaySoFar(NamedTuple):
    """Open, extremes and last price of the day up to a vertex, ticks."""

    open: int
    high: int
    low: int
    last: int


class Circuit(NamedTuple):
    """Lowest and highest price of a day, ticks, with the previous close."""

    lower: int
    upper: int
    prev_close: int


def vertex_of(instant: dt.datetime) -> int:
    """Half seconds since midnight IST of 1970-01-01."""
    return ((instant - _UNIX_EPOCH) // _ONE_US // 1000 + IST_OFFSET_MS) // VERTEX_MS


def vertex_ms(vertex: int) -> int:
    """Epoch milliseconds at which a vertex begins."""
    return vertex * VERTEX_MS - IST_OFFSET_MS


def vertex_day(vertex: int) -> int:
    """Day number (IST) of a vertex."""
    return vertex // DAY_VERTICES


class Prices:
    """The price function of one seed. Pure: equal arguments give equal answers in every process and thread."""

    def __init__(self, seed: int, cached_days: int = 640) -> None:
        self.seed = seed
        self.paths = SpotPaths(seed, cached_days)
        self.fair = FairValues(self.paths)
        self.volumes = Volumes(self.paths)
        self.circuit = lru_cache(maxsize=8_192)(self._compute_circuit)

    def vertex(self, contract: Contract, instant: dt.datetime) -> int:
        """The vertex in force at an instant; an expired contract stays at its last."""
        vertex = vertex_of(instant)
        if contract.expiry_vertex is not None and vertex > contract.expiry_vertex:
            return contract.expiry_vertex
        return vertex

    def last(self, contract: Contract, vertex: int) -> int:
        """Last traded price, ticks."""
        day, within = divmod(vertex, DAY_VERTICES)
        minute, step = divmod(within, STEPS)
        return self.fair.at(contract, day, minute)(self.paths.minute(contract.spot, day, minute).values[step])

    def minute_values(self, contract: Contract, day: int, minute: int) -> list[int]:
        """The 120 last prices of a minute, ticks."""
        fair = self.fair.at(contract, day, minute)
        return [fair(value) for value in self.paths.minute(contract.spot, day, minute).values]

    def minute_range(self, contract: Contract, day: int, minute: int) -> tuple[int, int]:
        """Lowest and highest last price of a whole minute, ticks."""
        path = self.paths.day(contract.spot, day)
        fair = self.fair.at(contract, day, minute)
        first, second = fair(path.lows[minute]), fair(path.highs[minute])
        return (first, second) if first <= second else (second, first)

    def day_so_far(self, contract: Contract, vertex: int) -> DaySoFar:
        """What the day has shown up to and including a vertex."""
        day, within = divmod(vertex, DAY_VERTICES)
        minute, step = divmod(within, STEPS)
        spot = contract.spot
        path, now = self.paths.day(spot, day), self.paths.minute(spot, day, minute)
        high, low = now.highest[step], now.lowest[step]
        fair = self.fair.at(contract, day, minute)
        if contract.strike is None:
            if minute:
                high, low = max(high, path.highest[minute - 1]), min(low, path.lowest[minute - 1])
            return DaySoFar(fair(path.bar.open), fair(high), fair(low), fair(now.values[step]))
        block = last_block(within)
        start = block * BLOCK_MINUTES
        if minute > start:
            high, low = max(high, *path.highs[start:minute]), min(low, *path.lows[start:minute])
        first, second = fair(low), fair(high)
        top, bottom = max(first, second), min(first, second)
        if block:
            earlier = self.fair.block_range(contract, day)
            top, bottom = max(top, earlier.highest[block - 1]), min(bottom, earlier.lowest[block - 1])
        return DaySoFar(self.fair.at(contract, day, 0)(path.bar.open), top, bottom, fair(now.values[step]))

    def prev_close(self, contract: Contract, day: int) -> int:
        """Last price of the day before, ticks."""
        return self.last(contract, day * DAY_VERTICES - 1)

    def _compute_circuit(self, contract: Contract, day: int) -> Circuit:
        """Band around the previous close; an option's reaches what the underlying's band makes of it."""
        spot = contract.spot
        if contract.strike is None:
            before = self.fair.at(contract, day - 1, 1439)(self.paths.close(spot, day - 1))
            lower, upper = int(before * (1 - spot.band)) + 1, int(before * (1 + spot.band))
            return Circuit(max(1, lower), max(2, upper), before)
        close = self.paths.close(spot, day - 1)
        before = self.fair.at(contract, day - 1, 1439)(close)
        fair = self.fair.at(contract, day, 0)
        edges = fair(int(close * (1 - spot.band))), fair(int(close * (1 + spot.band)))
        return Circuit(1, max(*edges, before) + 20, before)

    def book(self, contract: Contract, vertex: int, levels: int) -> Book:
        """The order book at a vertex; empty for an index. Raises ValueError above 50 levels."""
        if not 1 <= levels <= MAX_LEVELS:
            raise ValueError(f"a book has 1 to {MAX_LEVELS} levels")
        if contract.kind is InstrumentType.INDEX:
            return Book([], [], b"")
        circuit = self.circuit(contract, vertex // DAY_VERTICES)
        last = self.last(contract, vertex)
        return build_book(contract, last, circuit.lower, circuit.upper, self.seed, vertex, levels)

    def quote(self, contract: Contract, vertex: int) -> Quote:
        """Snapshot of the contract. Indices carry prices only (volume and open interest 0)."""
        return self._quote(contract, vertex, self.book(contract, vertex, 1))

    def depth(self, contract: Contract, vertex: int, levels: int = 5) -> Depth:
        """Snapshot and book."""
        book = self.book(contract, vertex, levels)
        return Depth(
            quote=self._quote(contract, vertex, book),
            bids=_levels(contract, book.bids),
            asks=_levels(contract, book.asks),
        )

    def _quote(self, contract: Contract, vertex: int, book: Book) -> Quote:
        day, within = divmod(vertex, DAY_VERTICES)
        seen = self.day_so_far(contract, vertex)
        circuit = self.circuit(contract, day)
        price = contract.tick.price
        at_ms = vertex_ms(vertex)
        if contract.kind is InstrumentType.INDEX:
            return Quote(
                ltp=price(seen.last), open=price(seen.open), high=price(seen.high), low=price(seen.low),
                prev_close=price(circuit.prev_close), volume=0, oi=0, last_trade_at_ms=at_ms, exchange_at_ms=at_ms,
            )  # fmt: skip
        bid = book.bids[0] if book.bids else None
        ask = book.asks[0] if book.asks else None
        lots = contract.level_lots
        return Quote(
            ltp=price(seen.last),
            open=price(seen.open),
            high=price(seen.high),
            low=price(seen.low),
            prev_close=price(circuit.prev_close),
            volume=self.volumes.through_vertex(contract, day, within),
            oi=self.volumes.open_interest(contract, day, within // STEPS),
            bid=price(bid.ticks) if bid else None,
            ask=price(ask.ticks) if ask else None,
            bid_qty=bid.quantity if bid else None,
            ask_qty=ask.quantity if ask else None,
            average_price=price((seen.open + seen.high + seen.low + seen.last) // 4),
            last_quantity=(1 + book.head[2] * lots // 512) * contract.lot,
            total_buy_quantity=lots * (220 + book.head[3]) * contract.lot,
            total_sell_quantity=lots * (220 + book.head[4]) * contract.lot,
            upper_circuit=price(circuit.upper),
            lower_circuit=price(circuit.lower),
            last_trade_at_ms=at_ms,
            exchange_at_ms=at_ms,
        )


def _levels(contract: Contract, side: list[Level]) -> tuple[DepthLevel, ...]:
    price = contract.tick.price
    return tuple(DepthLevel(price(level.ticks), level.quantity, level.orders) for level in side)
