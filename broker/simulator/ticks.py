"""The feed of the practice exchange: no socket, just the price function asked at the right moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from broker.simulator.prices.quotes import Prices, vertex_ms, vertex_of
from broker.simulator.specs import Contract
from broker.simulator.universe import Universe
from domain.instruments import Instrument, InstrumentType
from domain.market import Mode, Quote, Tick
from utils.concurrency import Lock

BOOK_LEVELS = 5
EVERY_HALF_SECOND, EVERY_SECOND, EVERY_TWO_SECONDS = 1, 2, 4
_BUSY_LOTS, _USUAL_LOTS = 60_000, 8_000
_BUSY_SHARES, _USUAL_SHARES = 30, 120
_BUSY_INDICES = 5


class Subscription(msgspec.Struct):
    """One instrument's place in the feed. `bucket` is the last beat that was sent, -1 before the first."""

    contract: Contract
    mode: Mode
    beat: int
    phase: int
    bucket: int = -1


class LocalTicks:
    """Ticks of subscribed instruments: busy ones every half second or second, all at least every two seconds."""

    def __init__(self, universe: Universe, prices: Prices) -> None:
        self._universe = universe
        self._prices = prices
        self._lock = Lock()
        self._wanted: dict[tuple[str, str], Subscription] = {}

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> None:
        """Start or change the mode of instruments; a name the exchange does not know stays silent."""
        for instrument, mode in wants:
            contract = self._universe.resolve(instrument.exchange.value, instrument.symbol)
            if contract is None:
                continue
            entry = Subscription(contract, mode, _beat(contract), contract.code % 4)
            with self._lock:
                self._wanted[instrument.broker_exchange, instrument.token] = entry

    def unsubscribe(self, instruments: Sequence[Instrument]) -> None:
        """Stop instruments."""
        with self._lock:
            for instrument in instruments:
                self._wanted.pop((instrument.broker_exchange, instrument.token), None)

    def due(self, now: dt.datetime) -> list[Tick]:
        """A tick for each instrument whose beat has come since the last call. An expired contract falls silent."""
        vertex = vertex_of(now)
        with self._lock:
            wanted = list(self._wanted.items())
        ticks = []
        for (exchange, token), entry in wanted:
            last = entry.contract.expiry_vertex
            at = vertex if last is None or vertex <= last else last
            bucket = (at + entry.phase) // entry.beat
            if bucket != entry.bucket:
                entry.bucket = bucket
                ticks.append(self._tick(exchange, token, entry, at))
        return ticks

    def _tick(self, exchange: str, token: str, entry: Subscription, vertex: int) -> Tick:
        contract, prices = entry.contract, self._prices
        if entry.mode is Mode.LTP:
            at_ms = vertex_ms(vertex)
            price = contract.tick.price(prices.last(contract, vertex))
            quote = Quote(ltp=price, last_trade_at_ms=at_ms, exchange_at_ms=at_ms)
            return Tick(broker_exchange=exchange, token=token, mode=Mode.LTP, quote=quote)
        if entry.mode is Mode.QUOTE:
            quote = prices.quote(contract, vertex)
            return Tick(broker_exchange=exchange, token=token, mode=Mode.QUOTE, quote=quote)
        depth = prices.depth(contract, vertex, BOOK_LEVELS)
        return Tick(
            broker_exchange=exchange, token=token, mode=Mode.DEPTH,
            quote=depth.quote, bids=depth.bids, asks=depth.asks,
        )  # fmt: skip


def _beat(contract: Contract) -> int:
    """Vertices between ticks, by how busy the instrument is."""
    if contract.kind is InstrumentType.INDEX:
        return EVERY_HALF_SECOND if contract.spot.number < _BUSY_INDICES else EVERY_SECOND
    if contract.kind is InstrumentType.EQ:
        rank = contract.spot.number
        busy, usual = rank < _BUSY_SHARES, rank < _USUAL_SHARES
    else:
        busy, usual = contract.day_lots >= _BUSY_LOTS, contract.day_lots >= _USUAL_LOTS
    if busy:
        return EVERY_HALF_SECOND
    return EVERY_SECOND if usual else EVERY_TWO_SECONDS
