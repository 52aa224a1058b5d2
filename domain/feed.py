"""What travels on the bus: topics and msgpack bodies shared by feed, proxy and app.

Topics end with a delimiter because subscriptions match by prefix:
    md|simulator|NSE|TATAPOWER|2|   market data of one broker's feed, mode digit of domain.market.Mode
    push|<account>|          an OrderUpdate as the broker pushed it (feed -> app)
    ord|<user>|              the ordered, deduplicated order stream of one user (app -> everyone)
    sys|feed|<account>|      feed state changes
    sys|orders|<account>|    the same of a vendor socket that brings order updates only
    sys|refused|<broker>|    an instrument the feed cannot serve, and why
    sys|contracts|<broker>|  a new contract master is in force; tokens must be resolved again
    sys|session|<account>|   a broker session changed; whoever holds a connection asks for the session again
    sys|bus|<who>|           what subscribers of the bus did not get
    sys|key|<user>|          keys, browsers or active account of a user changed; cached principals must be dropped
A message has two frames: topic, then `VERSION` byte + msgpack of Envelope. Prices are facts of a broker's feed, so
market topics name the broker: one connected account of that broker serves all its users.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import msgspec

from domain.instruments import Exchange
from domain.market import DepthLevel, Mode

VERSION = 1
T = TypeVar("T")


class MarketData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tick under its common name. Times are epoch milliseconds; `received_at_ms` is when our socket got it.

    polled: no tick but a quote that was read because the stream was silent.
    """

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
    polled: bool = False


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """State of one account's feed: no_session, dialing, authenticating, live, stale or rollover; stopped at its end.

    reason: in plain words, empty when all is well. since_ms: when the state began; at_ms: when this was said.
    alarm: what somebody must look after, empty when nothing.
    """

    account_id: int
    broker: str
    state: str
    reason: str
    at_ms: int
    since_ms: int = 0
    alarm: str = ""


def serving_feed(states: Collection[FeedState], account_id: int | None) -> FeedState | None:
    """The feed that serves an account, of all feeds of its broker: its own, else the liveliest, None without any."""
    own = next((state for state in states if state.account_id == account_id), None)
    if own is not None and own.state not in ("stopped", "no_session", "rollover"):
        return own
    return next((state for state in states if state.state == "live"), own or next(iter(states), None))


class FeedRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument that was asked for and is not served: unknown to the broker, or past the feed's capacity.

    An empty reason takes an earlier refusal back.
    """

    broker: str
    exchange: str
    symbol: str
    reason: str
    at_ms: int


class BusLoss(msgspec.Struct, frozen=True, kw_only=True):
    """Body of sys|bus|: what subscribers that did not keep up cost since the start.

    overflows: how often a subscriber's queue of ticks was full; it counts by gaps what it missed. lost: control
    messages that were given up after their wait.
    """

    overflows: int
    lost: int
    at_ms: int


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Body of sys|session|, sys|key| and sys|contracts|: what happened, in one word (`valid`, `expired`, …)."""

    kind: str
    at_ms: int


class OrderMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ord|<user>|: one change as clients see it, wire names of the WebSocket contract.

    user_id: the user's name. mode: live or analyze. Prices in rupees, 0 where the order has none (contract).
    timestamp: epoch milliseconds of the change. The envelope's sequence is the user's order sequence; prev_seq is the
    number of the change before it in the same account and mode, 0 for the first one ever.
    """

    user_id: str
    mode: str
    broker: str
    orderid: str
    symbol: str
    exchange: str
    action: str
    quantity: int
    price: float
    trigger_price: float
    pricetype: str
    product: str
    order_status: str
    filled_quantity: int
    pending_quantity: int
    average_price: float
    rejection_reason: str
    strategy: str
    timestamp: int
    account_id: int
    prev_seq: int


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """Sequence number of the topic (from 1, gaps are losses) and the body."""

    seq: int
    body: Any


_encoder = msgspec.msgpack.Encoder()


def market_topic(broker: str, exchange: Exchange | str, symbol: str, mode: Mode | int) -> bytes:
    """md|<broker>|EXCH|SYMBOL|MODE|"""
    return f"md|{broker}|{exchange}|{symbol}|{int(mode)}|".encode()


def parse_market_topic(topic: bytes) -> tuple[str, str, str, int]:
    """(broker, exchange, symbol, mode) of a market topic. Raises ValueError for any other topic."""
    parts = topic.decode().split("|")
    if len(parts) != 6 or parts[0] != "md" or parts[5] or not all(parts[1:5]):
        raise ValueError(f"not a market-data topic: {topic!r}")
    return parts[1], parts[2], parts[3], int(Mode(int(parts[4])))


def push_topic(account_id: int) -> bytes:
    """push|<account>|"""
    return f"push|{account_id}|".encode()


def order_topic(user_id: int) -> bytes:
    """ord|<user>|"""
    return f"ord|{user_id}|".encode()


def feed_topic(account_id: int) -> bytes:
    """sys|feed|<account>|"""
    return f"sys|feed|{account_id}|".encode()


def order_feed_topic(account_id: int) -> bytes:
    """sys|orders|<account>|"""
    return f"sys|orders|{account_id}|".encode()


def refusal_topic(broker: str) -> bytes:
    """sys|refused|<broker>|"""
    return f"sys|refused|{broker}|".encode()


def bus_topic(who: str) -> bytes:
    """sys|bus|<who>|"""
    return f"sys|bus|{who}|".encode()


def contracts_topic(broker: str) -> bytes:
    """sys|contracts|<broker>|"""
    return f"sys|contracts|{broker}|".encode()


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
