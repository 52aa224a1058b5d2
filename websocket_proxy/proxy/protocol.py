"""What clients say: one JSON object per frame, under every name that published clients use."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.market import Mode
from domain.streams.orders import MODES
from utils.json import decode

MAX_SYMBOLS = 1000
DEFAULT_MODE = Mode.QUOTE
DEFAULT_DEPTH = 5
_MAX_ID = 128
_MODES = {
    "LTP": Mode.LTP,
    "QUOTE": Mode.QUOTE,
    "DEPTH": Mode.DEPTH,
    "1": Mode.LTP,
    "2": Mode.QUOTE,
    "3": Mode.DEPTH,
}
_PING = b"ping"

RequestId = str | int | float | None


class ProtocolError(Exception):
    """A message that cannot be served. `code` and `message` go to the client; the socket stays open."""

    def __init__(self, code: str, message: str, request_id: RequestId = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


class Item(msgspec.Struct, frozen=True):
    """One instrument as named by the client. `mode` is None when neither item nor message gave one."""

    symbol: str
    exchange: str
    mode: Mode | None


class Authenticate(msgspec.Struct, frozen=True):
    """Either an API key or a browser's ticket; both empty when the client sent neither."""

    api_key: str
    ticket: str


class Subscribe(msgspec.Struct, frozen=True):
    """Begin to deliver these instruments."""

    items: tuple[Item, ...]
    depth: int
    request_id: RequestId


class Unsubscribe(msgspec.Struct, frozen=True):
    """Stop delivering these instruments."""

    items: tuple[Item, ...]
    request_id: RequestId


class FollowOrders(msgspec.Struct, frozen=True):
    """Begin to deliver order updates. resumes: the client counts; `after` is the last number it has, None for none.

    account_id, mode: of one account, of `live` or `analyze` only.
    """

    resumes: bool
    after: int | None
    account_id: int | None
    mode: str | None
    request_id: RequestId


class Plain(msgspec.Struct, frozen=True):
    """A verb without arguments."""

    verb: str
    request_id: RequestId


class Ping(msgspec.Struct, frozen=True):
    """Answered with the client's own marks."""

    timestamp: RequestId
    ping_id: RequestId


Request = Authenticate | Subscribe | Unsubscribe | FollowOrders | Plain | Ping

_PLAIN = (
    "unsubscribe_all",
    "unsubscribe_orders",
    "get_broker_info",
    "get_supported_brokers",
)
OPEN_VERBS = ("get_supported_brokers",)


def parse(frame: bytes) -> Request:
    """The request in a frame. Raises ProtocolError."""
    if frame.strip().lower() == _PING:
        return Ping(None, None)
    try:
        message = decode(frame)
    except ValueError:
        raise ProtocolError("INVALID_JSON", "Message is not valid JSON") from None
    if not isinstance(message, dict):
        raise ProtocolError("INVALID_PARAMETERS", "Message must be a JSON object")
    request_id = _mark(message, "request_id")
    verb = message.get("action") or message.get("type")
    if not isinstance(verb, str):
        raise ProtocolError("INVALID_ACTION", "Message has no action", request_id)
    return _read(verb.strip().lower(), message, request_id)


def _read(verb: str, message: dict[str, Any], request_id: RequestId) -> Request:
    try:
        if verb in ("authenticate", "auth"):
            return Authenticate(_text(message, "api_key", "apikey"), _text(message, "ticket"))
        if verb == "subscribe":
            return Subscribe(_items(message), _depth(message), request_id)
        if verb == "unsubscribe":
            return Unsubscribe(_items(message), request_id)
        if verb == "subscribe_orders":
            return _follow_orders(message, request_id)
        if verb == "ping":
            return Ping(_mark(message, "timestamp"), _mark(message, "_pingId"))
    except ProtocolError as error:
        error.request_id = request_id
        raise
    if verb in _PLAIN:
        return Plain(verb, request_id)
    raise ProtocolError("INVALID_ACTION", f"Unknown action: {verb[:64]}", request_id)


def _follow_orders(message: dict[str, Any], request_id: RequestId) -> FollowOrders:
    """Clients that know nothing of numbers name none of the three fields."""
    mode = _text(message, "order_mode").lower() or None
    if mode not in (None, *MODES):
        raise ProtocolError("INVALID_PARAMETERS", f"order_mode must be {' or '.join(MODES)}")
    return FollowOrders(
        "after" in message, _count(message, "after"), _count(message, "account_id"), mode, request_id
    )


def _count(message: dict[str, Any], name: str) -> int | None:
    value = message.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53:
        return value
    raise ProtocolError("INVALID_PARAMETERS", f"{name} must be a whole number, not negative")


def _mark(message: dict[str, Any], name: str) -> RequestId:
    """A text or number that is echoed."""
    value = message.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and len(value) <= _MAX_ID:
        return value
    raise ProtocolError(
        "INVALID_PARAMETERS", f"{name} must be a number or a text of at most {_MAX_ID} characters"
    )


def _text(message: dict[str, Any], *names: str) -> str:
    for name in names:
        value = message.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise ProtocolError("INVALID_PARAMETERS", f"{name} must be a text")
        return value.strip()
    return ""


def _items(message: dict[str, Any]) -> tuple[Item, ...]:
    mode = _mode(message.get("mode"))
    listed = message.get("symbols")
    if listed is None:
        listed = message.get("instruments")
    if listed is None:
        if message.get("symbol") is None or message.get("exchange") is None:
            raise ProtocolError("INVALID_PARAMETERS", "At least one symbol with its exchange must be given")
        listed = [{"symbol": message["symbol"], "exchange": message["exchange"]}]
    if not isinstance(listed, list):
        raise ProtocolError("INVALID_PARAMETERS", "symbols must be a list")
    if not listed:
        raise ProtocolError("INVALID_PARAMETERS", "At least one symbol must be given")
    if len(listed) > MAX_SYMBOLS:
        raise ProtocolError("INVALID_PARAMETERS", f"At most {MAX_SYMBOLS} symbols in one message")
    return tuple(_item(entry, mode) for entry in listed)


def _item(entry: Any, mode: Mode | None) -> Item:
    if not isinstance(entry, dict):
        raise ProtocolError("INVALID_PARAMETERS", "Each symbol must be an object with symbol and exchange")
    own = _mode(entry.get("mode"))
    symbol, exchange = _text(entry, "symbol"), _text(entry, "exchange")
    if len(symbol) > _MAX_ID or len(exchange) > _MAX_ID:
        raise ProtocolError("INVALID_PARAMETERS", "symbol or exchange is too long")
    return Item(symbol, exchange.upper(), own if own is not None else mode)


def _mode(value: Any) -> Mode | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | str) and not isinstance(value, bool):
        known = _MODES.get(str(value).strip().upper())
        if known is not None:
            return known
    raise ProtocolError(
        "INVALID_MODE", f"Invalid mode: {str(value)[:32]}. Use 1 (LTP), 2 (Quote) or 3 (Depth)"
    )


def _depth(message: dict[str, Any]) -> int:
    value = message.get("depth")
    if value is None:
        value = message.get("depth_level")
    if value is None:
        return DEFAULT_DEPTH
    if isinstance(value, str) and value.strip().isdigit() and len(value) < 6:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ProtocolError("INVALID_PARAMETERS", "depth must be a positive whole number")


def best_depth(supported: tuple[int, ...], asked: int) -> int:
    """The most levels a broker serves without exceeding `asked`, else the fewest it has."""
    fitting = [levels for levels in supported if levels <= asked]
    return max(fitting) if fitting else min(supported, default=DEFAULT_DEPTH)
