"""From vendor tokens to topics, and from a vendor's tick to what each mode shows of it."""

from __future__ import annotations

from domain.feed import MarketData, market_topic
from domain.instruments import Instrument
from domain.market import Mode, Tick


class Route:
    """Where the ticks of one vendor token go."""

    __slots__ = ("index", "instrument", "topics")

    def __init__(self, broker: str, instrument: Instrument, modes: tuple[int, ...]) -> None:
        self.instrument = instrument
        self.index = instrument.exchange.is_index
        self.topics = [
            (Mode(mode), market_topic(broker, instrument.exchange, instrument.symbol, mode)) for mode in modes
        ]

    @property
    def richest(self) -> Mode:
        """The mode to ask of the vendor: one subscription serves all poorer ones."""
        return self.topics[-1][0]


def market_data(
    instrument: Instrument, mode: Mode, tick: Tick, received_at_ms: int, *, polled: bool = False
) -> MarketData:
    """A tick, or a quote that was polled, in common names and cut down to what `mode` shows."""
    quote = tick.quote
    if mode is Mode.LTP:
        return MarketData(
            exchange=instrument.exchange, symbol=instrument.symbol, mode=mode, ltp=quote.ltp,
            received_at_ms=received_at_ms, exchange_at_ms=quote.exchange_at_ms,
            last_trade_at_ms=quote.last_trade_at_ms, polled=polled,
        )  # fmt: skip
    return MarketData(
        exchange=instrument.exchange, symbol=instrument.symbol, mode=mode, ltp=quote.ltp,
        received_at_ms=received_at_ms, exchange_at_ms=quote.exchange_at_ms,
        last_trade_at_ms=quote.last_trade_at_ms, open=quote.open, high=quote.high, low=quote.low,
        close=quote.prev_close, volume=quote.volume, oi=quote.oi, last_quantity=quote.last_quantity,
        average_price=quote.average_price, total_buy_quantity=quote.total_buy_quantity,
        total_sell_quantity=quote.total_sell_quantity, upper_circuit=quote.upper_circuit,
        lower_circuit=quote.lower_circuit,
        bids=tick.bids if mode is Mode.DEPTH else (), asks=tick.asks if mode is Mode.DEPTH else (),
        polled=polled,
    )  # fmt: skip
