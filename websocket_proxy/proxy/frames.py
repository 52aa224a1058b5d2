"""Bytes on a client's wire. A frame is built once and shared by every client that wants the same shape.

Frames of a server are not masked, so the same bytes fit every connection (adr/0050).
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.feed import MarketData
from domain.market import DepthLevel, Mode
from utils.json import encode

MAX_FRAME = 15_900
"""One published add-in reads no frame longer than 16,000 bytes."""
_TEXT = 0x81  # the only frame of its message, text
_SHORT = 126
_EXACT = 1e11  # below this a price times 10,000 is a whole number a float can hold


class _Ltp(msgspec.Struct, gc=False):
    """`data` in LTP mode. Here and below: UNSET fields are left out."""

    ltp: float
    timestamp: int
    ltt: int | UnsetType


class _Quote(msgspec.Struct, gc=False):
    """`data` in Quote mode: what the contract requires is 0 when the vendor does not tell."""

    ltp: float
    timestamp: int
    ltt: int | UnsetType
    open: float
    high: float
    low: float
    close: float
    volume: int
    change: float
    change_percent: float
    last_trade_quantity: int | UnsetType
    last_quantity: int | UnsetType
    avg_trade_price: float | UnsetType
    average_price: float | UnsetType
    oi: int | UnsetType
    total_buy_quantity: int | UnsetType
    total_sell_quantity: int | UnsetType
    upper_circuit: float | UnsetType
    lower_circuit: float | UnsetType


class _Level(msgspec.Struct, gc=False):
    price: float
    quantity: int
    orders: int


class _Book(msgspec.Struct):
    buy: list[_Level]
    sell: list[_Level]


class _Depth(msgspec.Struct):
    """`data` in Depth mode."""

    ltp: float
    timestamp: int
    ltt: int | UnsetType
    open: float | UnsetType
    high: float | UnsetType
    low: float | UnsetType
    close: float | UnsetType
    volume: int | UnsetType
    oi: int | UnsetType
    total_buy_quantity: int | UnsetType
    total_sell_quantity: int | UnsetType
    upper_circuit: float | UnsetType
    lower_circuit: float | UnsetType
    depth: _Book


class MarketFrames:
    """Builds the `market_data` frames of one topic.

    symbol and exchange come first: an add-in finds them by text search.
    """

    __slots__ = ("_build", "_live", "_snapshot")

    def __init__(self, broker: str, exchange: str, symbol: str, mode: Mode) -> None:
        envelope: dict[str, Any] = {
            "type": "market_data", "symbol": symbol, "exchange": exchange, "mode": mode.value, "broker": broker,
        }  # fmt: skip
        self._live = _head(envelope)
        self._snapshot = _head({**envelope, "snapshot": True})
        self._build = _DATA[mode]

    def frame(self, data: MarketData, levels: int, *, snapshot: bool = False) -> bytes:
        """One tick; `levels` book levels per side in depth mode."""
        head = self._snapshot if snapshot else self._live
        return text_frame(b"%b%b}" % (head, encode(self._build(data, levels))))


def text_frame(payload: bytes) -> bytes:
    """An unmasked, unfragmented text frame around UTF-8 bytes."""
    size = len(payload)
    if size < _SHORT:
        return b"%c%c%b" % (_TEXT, size, payload)
    if size < 1 << 16:
        return b"%c%c%b%b" % (_TEXT, _SHORT, size.to_bytes(2, "big"), payload)
    return b"%c%c%b%b" % (_TEXT, _SHORT + 1, size.to_bytes(8, "big"), payload)


def message_frame(message: dict[str, Any]) -> bytes:
    """A JSON message as a frame."""
    return text_frame(encode(message))


def _head(envelope: dict[str, Any]) -> bytes:
    return encode(envelope)[:-1] + b',"data":'


def _price(value: float) -> float:
    """Four decimals; the arithmetic is a third of `round`'s price."""
    return floor(value * 10_000 + 0.5) / 10_000 if -_EXACT < value < _EXACT else round(value, 4)


def _known(value: float | None) -> float | UnsetType:
    return UNSET if value is None else _price(value)


def _count(value: int | None) -> int | UnsetType:
    return UNSET if value is None else value


def _ltp(data: MarketData, _levels: int) -> _Ltp:
    return _Ltp(_price(data.ltp), data.exchange_at_ms or data.received_at_ms, _count(data.last_trade_at_ms))


def _quote(data: MarketData, _levels: int) -> _Quote:
    close = data.close or 0.0
    change = data.ltp - close if close else 0.0
    traded, average = _count(data.last_quantity), _known(data.average_price)
    return _Quote(
        _price(data.ltp), data.exchange_at_ms or data.received_at_ms, _count(data.last_trade_at_ms),
        _price(data.open or 0.0), _price(data.high or 0.0), _price(data.low or 0.0), _price(close),
        data.volume or 0, _price(change), round(change / close * 100, 2) if close else 0.0,
        traded, traded, average, average, _count(data.oi),
        _count(data.total_buy_quantity), _count(data.total_sell_quantity),
        _known(data.upper_circuit), _known(data.lower_circuit),
    )  # fmt: skip


def _depth(data: MarketData, levels: int) -> _Depth:
    return _Depth(
        _price(data.ltp), data.exchange_at_ms or data.received_at_ms, _count(data.last_trade_at_ms),
        _known(data.open), _known(data.high), _known(data.low), _known(data.close),
        _count(data.volume), _count(data.oi),
        _count(data.total_buy_quantity), _count(data.total_sell_quantity),
        _known(data.upper_circuit), _known(data.lower_circuit),
        _Book(_side(data.bids, levels), _side(data.asks, levels)),
    )  # fmt: skip


def _side(side: tuple[DepthLevel, ...], levels: int) -> list[_Level]:
    return [_Level(_price(level.price), level.quantity, level.orders or 0) for level in side[:levels]]


_DATA: dict[Mode, Callable[[MarketData, int], msgspec.Struct]] = {
    Mode.LTP: _ltp, Mode.QUOTE: _quote, Mode.DEPTH: _depth,
}  # fmt: skip
