"""Engine.IO 3 with Socket.IO 2 inside, as a sans-I/O codec of WebSocket frames.

The client pings (`PING` as a text frame, at the interval that the server names), the server answers; binary arguments
travel as placeholders in a text frame with one binary frame each behind it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from broker.core.roles import Control, Session, StreamEvent
from broker.core.stream import parse_object
from broker.core.values import finite
from domain.errors import BadVendorData
from utils import json

PING, PONG = "2", "3"
MOST_ATTACHMENTS = 16
MOST_KINDS = 50
_BINARY_MESSAGE = 4  # the Engine.IO packet type in front of every attachment


class Opened(msgspec.Struct, frozen=True):
    """The server's first words. Intervals in seconds: how often we must ping, and how long an answer may take."""

    ping_interval: float
    ping_timeout: float


class Connected(msgspec.Struct, frozen=True):
    """The default namespace is open."""


class Heartbeat(msgspec.Struct, frozen=True):
    """An answer to our ping, or with `reply` a ping of the server's that wants one."""

    reply: str | None = None


class Closed(msgspec.Struct, frozen=True):
    """The server is done with this connection, or with `refused` it never accepted it."""

    refused: bool = False
    detail: str = ""


class Event(msgspec.Struct, frozen=True):
    """A named event with its arguments; binary ones as bytes."""

    name: str
    args: tuple[Any, ...]


Message = Opened | Connected | Heartbeat | Closed | Event


class EngineIo:
    """Decoder of one connection; keeps a message that still waits for its attachments."""

    def __init__(self) -> None:
        self._waiting: tuple[Any, int] | None = None
        self._parts: list[bytes] = []

    def decode(self, frame: str | bytes) -> Message | None:
        """What the frame says; None where it says nothing yet. Raises BadVendorData."""
        if isinstance(frame, bytes):
            return self._attached(frame)
        if self._waiting is not None:
            self._waiting = None
            raise BadVendorData("engine.io: a text frame where an attachment was announced")
        kind, rest = frame[:1], frame[1:]
        if kind == "4":
            return self._packet(rest)
        if kind == "0":
            return _opened(rest)
        if kind in (PING, PONG):
            return Heartbeat(PONG + rest if kind == PING else None)
        if kind == "1":
            return Closed()
        if kind == "6":
            return None
        raise BadVendorData("engine.io: a frame of no known type")

    def _packet(self, text: str) -> Message | None:
        kind, rest = text[:1], text[1:]
        count = 0
        if kind == "5":
            digits, dash, rest = rest.partition("-")
            is_count = bool(dash) and len(digits) <= 4 and digits.isascii() and digits.isdecimal()
            if not is_count or not 0 < int(digits) <= MOST_ATTACHMENTS:
                raise BadVendorData("socket.io: a binary event without a number of attachments")
            count = int(digits)
        if rest.startswith("/"):
            rest = rest.partition(",")[2]
        if kind == "0":
            return Connected()
        if kind in ("1", "4"):
            return Closed(refused=kind == "4", detail=rest[:200])
        if kind not in ("2", "5"):
            raise BadVendorData("socket.io: a packet of no known type")
        words = _array(rest.lstrip("0123456789"))
        if count:
            self._waiting, self._parts = (words, count), []
            return None
        return _event(words)

    def _attached(self, frame: bytes) -> Message | None:
        if self._waiting is None or frame[:1] != bytes((_BINARY_MESSAGE,)):
            self._waiting = None
            raise BadVendorData("engine.io: a binary frame that nothing announced")
        words, count = self._waiting
        self._parts.append(frame[1:])
        if len(self._parts) < count:
            return None
        self._waiting = None
        return _event([self._filled(word) for word in words])

    def _filled(self, word: Any) -> Any:
        if not isinstance(word, dict) or word.get("_placeholder") is not True:
            return word
        number = word.get("num")
        if type(number) is not int or not 0 <= number < len(self._parts):
            raise BadVendorData("socket.io: a placeholder of no attachment")
        return self._parts[number]


def _opened(text: str) -> Opened:
    try:
        said = json.decode(text)
        return Opened(finite(said["pingInterval"]) / 1000, finite(said["pingTimeout"]) / 1000)
    except (ValueError, TypeError, LookupError, OverflowError):
        raise BadVendorData("engine.io: an opening that cannot be read") from None


def _array(text: str) -> list[Any]:
    try:
        words = json.decode(text)
    except ValueError:
        raise BadVendorData("socket.io: an event that is not JSON") from None
    if not isinstance(words, list):
        raise BadVendorData("socket.io: an event that is no array")
    return words


def _event(words: list[Any]) -> Event:
    if not words or not isinstance(words[0], str):
        raise BadVendorData("socket.io: an event without a name")
    return Event(words[0], tuple(words[1:]))


class SocketIoCodec:
    """A StreamCodec over named events: what is not about events is done here, a vendor's codec says what they mean.

    WORDS: events of which the name tells enough, as kind and detail of a Control.
    """

    WORDS: dict[str, tuple[str, str]] = {}

    def __init__(self) -> None:
        self._wire = EngineIo()
        self._strange: set[str] = set()

    def opening(self, session: Session) -> list[str | bytes]:
        """A ping, as clients of this transport send first; the vendor's word of welcome must come as `ready`."""
        return [PING]

    def heartbeat(self) -> str | bytes | None:
        """The client pings."""
        return PING

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Events of one frame. Raises BadVendorData."""
        message = self._wire.decode(frame)
        if isinstance(message, Event):
            payload = message.args[0] if message.args else ""
            if message.name in self.WORDS:
                kind, detail = self.WORDS[message.name]
                return [Control(kind=kind, detail=detail or str(payload)[:200])]
            return self.told(message.name, payload)
        if isinstance(message, Heartbeat):
            return [Control(kind="heartbeat", reply=message.reply)]
        if isinstance(message, Closed):
            return [Control(kind="auth_failed" if message.refused else "closed", detail=message.detail)]
        return []

    def told(self, name: str, payload: Any) -> list[StreamEvent]:
        """What an event means. Raises BadVendorData."""
        raise NotImplementedError

    def once(self, what: str) -> list[StreamEvent]:
        """A notice of something without a meaning here, once for each kind of it and connection."""
        is_news = what not in self._strange and len(self._strange) < MOST_KINDS
        self._strange.add(what)
        return [Control(kind="notice" if is_news else "ack", detail=what)]


def payload_object(payload: Any) -> dict[str, Any]:
    """A payload that is an object, or JSON text of one. Raises BadVendorData."""
    return payload if isinstance(payload, dict) else parse_object(payload if isinstance(payload, str) else "")
