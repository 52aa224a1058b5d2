"""What travels on the bus: topics and msgpack bodies shared by feed, proxy and app.

Topics end with a delimiter because subscriptions match by prefix:
    md|NSE|TATAPOWER|2|      market data, mode digit of domain.market.Mode
    push|<account>|          raw order updates as the broker pushed them (feed -> app)
    ord|<user>|              the ordered, deduplicated order stream of one user (app -> everyone)
    sys|feed|<account>|      feed state changes
    sys|session|<account>|   a broker session changed; whoever holds a connection asks for the session again
    sys|key|<user>|          API keys of a user changed; cached verifications must be dropped
A message has two frames: topic, then `VERSION` byte + msgpack of Envelope.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from domain.instruments import Exchange
from domain.market import DepthLevel, Mode

VERSION = 1
T = TypeVar("T")


class MarketData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tick under its common name. Times are epoch milliseconds; `received_at_ms` is when our socket got it."""

    exchange: str
    symbol: str
    mode: int
    ltp: float
    received_at_ms: int
    exchange_at_ms: int | None = None
    last_trade_at_ms: int | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    volume: int | None = None
    oi: int | None = None
    last_quantity: int | None = None
    average_price: float | None = None
    total_buy_quantity: int | None = None
    total_sell_quantity: int | None = None
    upper_circuit: float | None = None
    lower_circuit: float | None = None
    bids: tuple[DepthLevel, ...] = ()
    asks: tuple[DepthLevel, ...] = ()


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one account's feed: no_session, dialing, authenticating, live, stale, rollover or stopped."""

    account_id: int
    broker: str
    state: str
    reason: str
    at_ms: int


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """Sequence number of the topic (from 1, gaps are losses) and the body."""

    seq: int
    body: Any


_encoder = msgspec.msgpack.Encoder()


def market_topic(exchange: Exchange | str, symbol: str, mode: Mode | int) -> bytes:
    """md|EXCH|SYMBOL|MODE|"""
    return f"md|{exchange}|{symbol}|{int(mode)}|".encode()


def parse_market_topic(topic: bytes) -> tuple[str, str, int]:
    """(exchange, symbol, mode) of a market topic. Raises ValueError for any other topic."""
    parts = topic.decode().split("|")
    if len(parts) != 5 or parts[0] != "md":
        raise ValueError(f"not a market-data topic: {topic!r}")
    return parts[1], parts[2], int(parts[3])


def push_topic(account_id: int) -> bytes:
    """push|<account>|"""
    return f"push|{account_id}|".encode()


def order_topic(user_id: int) -> bytes:
    """ord|<user>|"""
    return f"ord|{user_id}|".encode()


def feed_topic(account_id: int) -> bytes:
    """sys|feed|<account>|"""
    return f"sys|feed|{account_id}|".encode()


def session_topic(account_id: int) -> bytes:
    """sys|session|<account>|"""
    return f"sys|session|{account_id}|".encode()


def key_topic(user_id: int) -> bytes:
    """sys|key|<user>|"""
    return f"sys|key|{user_id}|".encode()


def pack(seq: int, body: Any) -> bytes:
    """Version byte and msgpack of the envelope. `body` may be any msgspec-encodable value."""
    return bytes((VERSION,)) + _encoder.encode(Envelope(seq, body))


def unpack(frame: bytes, body_type: type[T]) -> tuple[int, T]:
    """(sequence, body) of a frame. Raises ValueError for another version or a body of another shape."""
    if not frame or frame[0] != VERSION:
        raise ValueError("unknown bus message version")
    try:
        seq, raw = msgspec.msgpack.decode(frame[1:], type=tuple[int, msgspec.Raw])
        return seq, msgspec.msgpack.decode(raw, type=body_type)
    except msgspec.MsgspecError as error:
        raise ValueError(f"bus message does not fit {body_type.__name__}: {error}") from None
