"""Bytes on a client's wire. A frame is built once and shared by every client that wants the same shape."""

from __future__ import annotations

from typing import Any

from websockets.frames import Frame, Opcode

from domain.feed import MarketData
from domain.market import DepthLevel, Mode
from utils.json import encode

MAX_FRAME = 15_900
"""One published add-in reads no frame longer than 16,000 bytes."""


def text_frame(payload: bytes) -> bytes:
    """An unmasked, unfragmented text frame around UTF-8 bytes."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def message_frame(message: dict[str, Any]) -> bytes:
    """A JSON message as a frame."""
    return text_frame(encode(message))


def market_frame(data: MarketData, broker: str, levels: int, *, snapshot: bool = False) -> bytes:
    """A `market_data` message; `levels` book levels per side in depth mode.

    symbol and exchange come first: an add-in finds them by text search.
    """
    message: dict[str, Any] = {
        "type": "market_data",
        "symbol": data.symbol,
        "exchange": data.exchange,
        "mode": data.mode,
        "broker": broker,
    }
    if snapshot:
        message["snapshot"] = True
    message["data"] = _depth(data, levels) if data.mode == Mode.DEPTH else _DATA[data.mode](data)
    return message_frame(message)


def _price(value: float) -> float:
    return round(value, 4)


def _ltp(data: MarketData) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "ltp": _price(data.ltp),
        "timestamp": data.exchange_at_ms or data.received_at_ms,
    }
    if data.last_trade_at_ms is not None:
        fields["ltt"] = data.last_trade_at_ms
    return fields


def _quote(data: MarketData) -> dict[str, Any]:
    """Fields that the contract requires are 0 when the vendor does not tell; the others are absent."""
    change = data.ltp - data.close if data.close else 0.0
    fields = _ltp(data)
    fields.update(
        open=_price(data.open or 0.0),
        high=_price(data.high or 0.0),
        low=_price(data.low or 0.0),
        close=_price(data.close or 0.0),
        volume=data.volume or 0,
        change=_price(change),
        change_percent=round(change / data.close * 100, 2) if data.close else 0.0,
    )
    if data.last_quantity is not None:
        fields["last_trade_quantity"] = fields["last_quantity"] = data.last_quantity
    if data.average_price is not None:
        fields["avg_trade_price"] = fields["average_price"] = _price(data.average_price)
    if data.oi is not None:
        fields["oi"] = data.oi
    _add_known(fields, data)
    return fields


def _depth(data: MarketData, levels: int) -> dict[str, Any]:
    fields = _ltp(data)
    for name in ("open", "high", "low", "close"):
        value = getattr(data, name)
        if value is not None:
            fields[name] = _price(value)
    for name in ("volume", "oi"):
        value = getattr(data, name)
        if value is not None:
            fields[name] = value
    _add_known(fields, data)
    fields["depth"] = {"buy": _side(data.bids, levels), "sell": _side(data.asks, levels)}
    return fields


def _add_known(fields: dict[str, Any], data: MarketData) -> None:
    if data.total_buy_quantity is not None:
        fields["total_buy_quantity"] = data.total_buy_quantity
    if data.total_sell_quantity is not None:
        fields["total_sell_quantity"] = data.total_sell_quantity
    if data.upper_circuit is not None:
        fields["upper_circuit"] = _price(data.upper_circuit)
    if data.lower_circuit is not None:
        fields["lower_circuit"] = _price(data.lower_circuit)


def _side(side: tuple[DepthLevel, ...], levels: int) -> list[dict[str, float | int]]:
    return [
        {"price": _price(level.price), "quantity": level.quantity, "orders": level.orders or 0}
        for level in side[:levels]
    ]


_DATA = {Mode.LTP.value: _ltp, Mode.QUOTE.value: _quote}
