"""What the feed last said, as answers to the questions that a tick can answer. Nothing is made up that it lacks."""

from __future__ import annotations

from typing import Any, Protocol

from domain.feed import MarketData
from domain.instruments import Instrument, InstrumentKey, InstrumentType
from domain.market import Depth, Mode, Quote
from services.market.feed_client import LastValue, Serving
from services.market.live.hours import MarketHours
from services.market.live.uses import Seen, SeenDepth, SeenQuote
from services.trading.desk import HasAccount
from utils.clock import Clock, epoch_ms, from_epoch

# The streaming process resolves tokens again after a contract load; until then a name may bring another's ticks.
MOVING_SECONDS = 10.0
_WITH_INTEREST = frozenset({InstrumentType.FUT, InstrumentType.CE, InstrumentType.PE, InstrumentType.PERPFUT})


class Feed(Protocol):
    """The part of the feed client that is read here."""

    def last(self, broker: str, key: InstrumentKey, mode: Mode) -> LastValue | None:
        """The latest tick of a watched instrument."""

    def serving(self, broker: str, account_id: int) -> Serving:
        """How the feed of an account is doing."""


class LiveTicks:
    """Ticks of the account's broker that still stand: young enough, or followed by nothing but a closed market."""

    def __init__(self, feed: Feed, hours: MarketHours, clock: Clock) -> None:
        self._feed = feed
        self._hours = hours
        self._clock = clock
        self._trusted_from: dict[str, float] = {}

    def contracts_changed(self, broker: str) -> None:
        """A new contract master is in force: tokens may have moved, ticks of the broker do not count for a while."""
        self._trusted_from[broker] = self._clock.monotonic() + MOVING_SECONDS

    def price(self, account: HasAccount, instrument: Instrument, seconds: float) -> Seen[float] | None:
        """The last traded price, of whatever mode is the youngest."""
        found = [
            seen for mode in Mode if (seen := self._data(account, instrument, mode, seconds)) is not None
        ]
        best = min(found, key=lambda seen: seen.age_seconds, default=None)
        if best is None or best.value.ltp <= 0:
            return None
        return Seen(best.value.ltp, best.age_seconds, best.source)

    def quote(self, account: HasAccount, instrument: Instrument, seconds: float) -> SeenQuote | None:
        """A whole quote. Bid and ask come with the book, so the quote mode is enough for an index only."""
        for mode in (Mode.DEPTH, Mode.QUOTE):
            seen = self._data(account, instrument, mode, seconds)
            if seen is not None and _is_whole(instrument, seen.value):
                return Seen(_quote(seen.value), seen.age_seconds, seen.source)
        return None

    def depth(self, account: HasAccount, instrument: Instrument, seconds: float) -> SeenDepth | None:
        """Quote and book. Never of an index: the feed's word for its book is an empty one."""
        seen = self._data(account, instrument, Mode.DEPTH, seconds)
        if seen is None or instrument.exchange.is_index or not _is_whole(instrument, seen.value):
            return None
        depth = Depth(quote=_quote(seen.value), bids=seen.value.bids, asks=seen.value.asks)
        return Seen(depth, seen.age_seconds, seen.source)

    def _data(
        self, account: HasAccount, instrument: Instrument, mode: Mode, seconds: float
    ) -> Seen[MarketData] | None:
        last = self._feed.last(account.broker, instrument.key, mode)
        if last is None:
            return None
        arrived = self._clock.monotonic() - last.age_seconds
        if arrived < self._trusted_from.get(account.broker, float("-inf")):
            return None
        now = self._clock.now()
        # A tick may have waited on its way to this process.
        age = max(last.age_seconds, (epoch_ms(now) - last.data.received_at_ms) / 1000)
        if age > seconds:
            received = from_epoch(last.data.received_at_ms / 1000)
            if self._feed.serving(account.broker, account.account_id).state != "live":
                return None
            if not self._hours.is_unchanged(account.broker, instrument, received, now):
                return None
        return Seen(last.data, age, "feed")


def _is_whole(instrument: Instrument, data: MarketData) -> bool:
    """Whether the tick has what a quote of the broker would have."""
    if None in (data.open, data.high, data.low, data.close) or data.ltp <= 0:
        return False
    if instrument.exchange.is_index:
        return True
    if data.volume is None or not (data.bids or data.asks):
        return False
    return data.oi is not None or instrument.instrument_type not in _WITH_INTEREST


def _quote(data: MarketData) -> Quote:
    best: dict[str, Any] = {}
    if data.bids:
        best.update(bid=data.bids[0].price, bid_qty=data.bids[0].quantity)
    if data.asks:
        best.update(ask=data.asks[0].price, ask_qty=data.asks[0].quantity)
    return Quote(
        ltp=data.ltp, open=data.open, high=data.high, low=data.low, prev_close=data.close, volume=data.volume,
        oi=data.oi, average_price=data.average_price, last_quantity=data.last_quantity,
        total_buy_quantity=data.total_buy_quantity, total_sell_quantity=data.total_sell_quantity,
        upper_circuit=data.upper_circuit, lower_circuit=data.lower_circuit,
        last_trade_at_ms=data.last_trade_at_ms, exchange_at_ms=data.exchange_at_ms, **best,
    )  # fmt: skip
