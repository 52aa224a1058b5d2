"""The band of the exchange's price protection, from the trades that our own feed brings.

The exchange measures from the mean of thirty seconds of trades, renewed each thirty seconds; when, it does not say.
A limit has to fit the means of both of our newest blocks of thirty seconds, and where those are too far apart for that,
the newest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Protocol

from domain.feed import MarketData
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Mode
from domain.money import to_decimal
from services.trading.protection.ladder import Band
from services.trading.protection.reach import EXCHANGES, STALE_SECONDS, WINDOW_SECONDS, reach
from utils import limits
from utils.clock import Clock, ist
from utils.concurrency import Lock

MOST_SYMBOLS = 5_000
MOST_WATCHES = 200
WATCH_SECONDS = 90.0
UNKNOWN = Band(None, None)
_TRACKED = frozenset(exchange.value for exchange in EXCHANGES)
Where = tuple[str, str, str]


class Subscription(Protocol):
    """A demand for market data."""

    def close(self) -> None:
        """Give it back."""


class Feed(Protocol):
    """The part of the feed client that averages need."""

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode) -> Subscription:
        """Ask for ticks."""

    def on_tick(self, handler: Callable[[str, MarketData], None]) -> None:
        """Call back for each tick of every watch."""


class Bands(Protocol):
    """Where limits are taken."""

    def want(self, broker: str, instrument: Instrument) -> None:
        """An order of this instrument is on its way or followed: its trades matter for a while."""

    def band(self, broker: str, instrument: Instrument) -> Band:
        """The band now, its edges None when unknown."""


class NoBands:
    """A house without a feed: nothing is known."""

    def want(self, broker: str, instrument: Instrument) -> None:
        """Nothing can be asked for."""

    def band(self, broker: str, instrument: Instrument) -> Band:
        """Unknown."""
        return UNKNOWN


class _Trades:
    """Sums of the newest block of thirty seconds, and the mean of the one before it that had trades."""

    __slots__ = ("before", "before_block", "block", "price", "stamp", "value", "volume", "weight")

    def __init__(self) -> None:
        self.block = self.before_block = -1
        self.value = self.weight = 0.0
        self.before: float | None = None
        self.price: float | None = None
        self.stamp: int | None = None
        self.volume: int | None = None

    def add(self, data: MarketData, block: int) -> None:
        """Count what a tick says was traded since the one before it."""
        weight = self._traded(data)
        self.price, self.stamp, self.volume = data.ltp, data.last_trade_at_ms, data.volume
        if not weight:
            return
        if block != self.block:
            if self.weight:
                self.before, self.before_block = self.value / self.weight, self.block
            self.block, self.value, self.weight = block, 0.0, 0.0
        self.value += data.ltp * weight
        self.weight += weight

    def _traded(self, data: MarketData) -> float:
        """Units by the volume of the day where it is told; else one for each new price or time of a trade."""
        if self.price is None:
            return 0.0
        if data.volume is not None and self.volume is not None:
            return max(0.0, float(data.volume - self.volume))
        return float((data.ltp, data.last_trade_at_ms) != (self.price, self.stamp))

    def means(self, block: int) -> list[float]:
        """Newest first, of blocks that are not too old."""
        oldest = block - STALE_SECONDS // WINDOW_SECONDS
        found = [self.value / self.weight] if self.weight and self.block >= oldest else []
        return [*found, self.before] if self.before is not None and self.before_block >= oldest else found


class TradeAverages:
    """Bounded: the symbols that ticked last, and as many demands of its own. on_tick runs on the feed's thread."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._lock = Lock()
        self._trades: OrderedDict[Where, _Trades] = OrderedDict()
        limits.watch(
            self._trades, name="trades for averages", kind="cache", bound=MOST_SYMBOLS, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._watches: OrderedDict[Where, tuple[Subscription, float]] = OrderedDict()
        limits.watch(
            self._watches, name="watches for averages", kind="cache", bound=MOST_WATCHES,
            policy="drop_oldest", size=len,
        )  # fmt: skip
        feed.on_tick(self.on_tick)

    def on_tick(self, broker: str, data: MarketData) -> None:
        """Count a tick of a contract that has price protection."""
        if data.exchange not in _TRACKED or data.ltp <= 0:
            return
        where = (broker, data.exchange, data.symbol)
        with self._lock:
            trades = self._trades.get(where)
            if trades is None:
                trades = self._trades[where] = _Trades()
                if len(self._trades) > MOST_SYMBOLS:
                    self._trades.popitem(last=False)
            else:
                self._trades.move_to_end(where)
            trades.add(data, self._block())
            over = self._expired()
        for watch in over:
            watch.close()

    def want(self, broker: str, instrument: Instrument) -> None:
        """Ask the feed for its ticks for a while; repeating it prolongs that."""
        if instrument.exchange not in EXCHANGES:
            return
        where, until = _where(broker, instrument), self._clock.monotonic() + WATCH_SECONDS
        with self._lock:
            known = self._watches.pop(where, None)
            if known is not None:
                self._watches[where] = (known[0], until)
                return
        watch = self._feed.watch(broker, [instrument.key], Mode.QUOTE)
        with self._lock:
            self._watches[where] = (watch, until)
            over = self._expired()
        for each in over:
            each.close()

    def band(self, broker: str, instrument: Instrument) -> Band:
        """Where a limit is taken now, by the means that are known."""
        with self._lock:
            trades = self._trades.get(_where(broker, instrument))
            means = trades.means(self._block()) if trades is not None else []
        bands = [band for mean in means if (band := self._around(instrument, to_decimal(round(mean, 4))))]
        if not bands:
            return UNKNOWN
        low, high = max(band[0] for band in bands), min(band[1] for band in bands)
        return Band(low, high) if low <= high else Band(*bands[0])

    def _around(self, instrument: Instrument, mean: Decimal) -> tuple[Decimal, Decimal] | None:
        away = reach(instrument, mean, ist(self._clock.now()).date())
        return None if away is None else (max(mean - away, instrument.tick_size), mean + away)

    def _expired(self) -> list[Subscription]:
        """Demands whose time is over, and the oldest beyond the bound."""
        now, over = self._clock.monotonic(), []
        while self._watches:
            watch, until = next(iter(self._watches.values()))
            if until > now and len(self._watches) <= MOST_WATCHES:
                break
            self._watches.popitem(last=False)
            over.append(watch)
        return over

    def _block(self) -> int:
        return int(self._clock.now().timestamp()) // WINDOW_SECONDS


def _where(broker: str, instrument: Instrument) -> Where:
    return broker, Exchange(instrument.exchange).value, instrument.symbol
