"""What the market shows now, symbol by symbol: ticks of the feed, or a snapshot where the feed says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from domain.errors import OpenAlgoError
from domain.feed import MarketData
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, DepthLevel, Mode
from domain.money import MICROS, to_micros
from services.sandbox.exchange.ladder import Ladder, Levels
from utils.clock import Clock
from utils.logging import get_logger

WARM_SECONDS = 3.0
UNSEEN = 10**12
Key = tuple[str, str, str]
log = get_logger(__name__)

# (account id, broker, instrument) -> quote and book; the only question that paper trading can ask a broker.
Snapshot = Callable[[int, str, Instrument], Depth]


class Demand(Protocol):
    """A demand for ticks that lasts until it is closed."""

    def close(self) -> None:
        """Give it back."""


class Feed(Protocol):
    """The part of the feed client that paper trading uses: it can watch, nothing else."""

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode = Mode.QUOTE) -> Demand:
        """Ask for ticks."""


class SymbolMarket(msgspec.Struct):
    """One symbol: latest prices (millionths), book, and what rests on it. seen_at, used_at: monotonic seconds."""

    instrument: Instrument
    broker: str
    ladder: Ladder
    levels: Levels
    last: int | None = None
    lower: int | None = None
    upper: int | None = None
    seen_at: float = float("-inf")
    used_at: float = float("-inf")
    demand: Demand | None = None
    is_remembered: bool = False

    def show(
        self, last: float, bids: Iterable[DepthLevel], asks: Iterable[DepthLevel],
        circuits: tuple[float | None, float | None], at: float,
    ) -> None:  # fmt: skip
        """Newer prices. Without a book one is assumed a tick on either side of the last price."""
        self.last = round(last * MICROS)
        self.levels.bids = [[round(row.price * MICROS), row.quantity] for row in bids if row.quantity > 0]
        self.levels.asks = [[round(row.price * MICROS), row.quantity] for row in asks if row.quantity > 0]
        if not self.levels.bids and not self.levels.asks:
            tick = to_micros(self.instrument.tick_size)
            self.levels.bids = [[self.last - tick, UNSEEN]] if self.last > tick else []
            self.levels.asks = [[self.last + tick, UNSEEN]]
        lower, upper = circuits
        self.lower = round(lower * MICROS) if lower else self.lower
        self.upper = round(upper * MICROS) if upper else self.upper
        self.seen_at = at


class Markets:
    """Every symbol with a resting order, a position or a recent question. The engine's lock guards it."""

    def __init__(self, feed: Feed, snapshot: Snapshot, clock: Clock) -> None:
        self._feed = feed
        self._snapshot = snapshot
        self._clock = clock
        self._symbols: dict[Key, SymbolMarket] = {}

    def get(self, broker: str, exchange: str, symbol: str) -> SymbolMarket | None:
        """The symbol if it is followed."""
        return self._symbols.get((broker, exchange, symbol))

    def all(self) -> list[SymbolMarket]:
        """Every followed symbol."""
        return list(self._symbols.values())

    def follow(self, broker: str, instrument: Instrument) -> SymbolMarket:
        """The symbol, watched from now on."""
        key = (broker, instrument.exchange.value, instrument.symbol)
        found = self._symbols.get(key)
        if found is None:
            found = self._symbols[key] = SymbolMarket(instrument, broker, Ladder(), Levels([], []))
            found.demand = self._feed.watch(broker, [instrument.key], Mode.DEPTH)
        if found.instrument != instrument:  # a newer contract master
            found.instrument, found.is_remembered = instrument, False
        found.used_at = self._clock.monotonic()
        return found

    def leave(self, market: SymbolMarket) -> None:
        """Stop watching."""
        instrument = market.instrument
        self._symbols.pop((market.broker, instrument.exchange.value, instrument.symbol), None)
        if market.demand is not None:
            market.demand.close()

    def is_warm(self, market: SymbolMarket) -> bool:
        """Whether its prices are fresh enough to trade on without asking."""
        return self._clock.monotonic() - market.seen_at <= WARM_SECONDS

    def ask(self, account_id: int, broker: str, instrument: Instrument) -> Depth | None:
        """A snapshot through the session of `account_id`, None when there is none now. Slow: never under a lock."""
        try:
            return self._snapshot(account_id, broker, instrument)
        except OpenAlgoError as error:
            log.info("no snapshot for paper trading", symbol=instrument.symbol, reason=error.message)
            return None

    def show_tick(self, market: SymbolMarket, data: MarketData) -> None:
        """A tick of the feed."""
        circuits = (data.lower_circuit, data.upper_circuit)
        market.show(data.ltp, data.bids, data.asks, circuits, self._clock.monotonic())

    def show_depth(self, market: SymbolMarket, depth: Depth) -> None:
        """A snapshot."""
        quote = depth.quote
        circuits = (quote.lower_circuit, quote.upper_circuit)
        market.show(quote.ltp, depth.bids, depth.asks, circuits, self._clock.monotonic())

    def close(self) -> None:
        """Give every demand back."""
        for market in self.all():
            self.leave(market)
