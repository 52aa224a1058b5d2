"""HSM: the binary market socket that several Indian brokers run. Big-endian frames of numbered fields both ways.

A topic (`sf|nse_cm|3045`) is told once as a snapshot with its scale, then as positional updates of what changed. The
last state of every topic is kept per connection, because topic ids mean nothing on another one. A vendor's codec says
where to dial, how to log in, which topics an instrument has and what the numbers of each kind of topic stand for.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from broker.core.layout import Layout, run
from broker.core.roles import Control, Dial, Session, StreamEvent
from broker.core.stream import batches
from broker.core.values import tick
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode, Tick

AUTH, ACK, SUBSCRIBE, UNSUBSCRIBE, DATA, PAUSE, RESUME, PING, MODE, MESSAGE = 1, 3, 4, 5, 6, 7, 8, 11, 12, 51
SNAPSHOT, UPDATE, LITE = b"S", b"U", b"L"
FULL_MODE = b"F"
ACCEPTED = b"K"
NO_VALUE = -(2**31)
PING_FRAME = bytes((0, 1, PING))
_ANSWERS = frozenset({AUTH, SUBSCRIBE, UNSUBSCRIBE, PAUSE, RESUME, MODE})
_HEAD = Layout("hsm frame", "big", ((0, "u16", "length"), (2, "u8", "kind"), (3, "u8", "fields")))
_FIELD = Layout("hsm field", "big", ((0, "u8", "id"), (1, "u16", "size")))
_DATA = Layout("hsm data", "big", ((3, "u32", "number"), (7, "u16", "entries")))
_SCALE = Layout("hsm scale", "big", ((2, "u16", "multiplier"), (4, "u8", "precision")))
_U16, _U32, _U64, _I32 = (
    Layout(f"hsm {kind}", "big", run(0, kind, "value")) for kind in ("u16", "u32", "u64", "i32")
)
PRICES = frozenset({
    "ltp", "bid", "ask", "average_price", "open", "high", "low", "prev_close", "lower_circuit", "upper_circuit",
})  # fmt: skip


def request(kind: int, *fields: tuple[int, bytes], length: int | None = None) -> bytes:
    """A frame of ours. length: what its head claims where a vendor's client claims something else than the size."""
    body = b"".join(_FIELD.pack(number, len(value)) + value for number, value in fields)
    return _HEAD.pack(len(body) + 2 if length is None else length, kind, len(fields)) + body


def topic_block(names: Sequence[str]) -> bytes:
    """The list of topics inside a subscription."""
    texts = [name.encode("ascii") for name in names]
    return _U16.pack(len(texts)) + b"".join(bytes((len(text),)) + text for text in texts)


def acknowledgement(number: int) -> bytes:
    """Says that the data frame of this number arrived."""
    return request(ACK, (1, _U32.pack(number)))


def channel_mode(channel: int, letter: bytes) -> bytes:
    """Full numbers or nothing but last prices on a channel (1 to 63)."""
    return request(MODE, (1, _U64.pack(1 << channel)), (2, letter), length=0)


class Reading:
    """A frame from front to back. Raises BadVendorData where it ends too early."""

    def __init__(self, frame: bytes, at: int) -> None:
        self._frame = frame
        self._at = at

    def take(self, size: int) -> bytes:
        """The next bytes."""
        end = self._at + size
        if end > len(self._frame):
            raise BadVendorData(f"hsm: a frame of {len(self._frame)} bytes ends inside an entry")
        found, self._at = self._frame[self._at : end], end
        return found

    def text(self) -> str:
        """A text behind its length."""
        return self.take(self.take(1)[0]).decode("utf-8", errors="replace")

    def numbers(self) -> tuple[int, ...]:
        """Signed numbers behind their count."""
        count = self.take(1)[0]
        return struct.unpack(f">{count}i", self.take(4 * count))

    def field(self) -> tuple[int, bytes]:
        """A numbered field."""
        number, size = _FIELD.values(self.take(_FIELD.size))
        return number, self.take(size)


def answer_fields(frame: bytes) -> list[tuple[int, bytes]]:
    """The fields of an answer, in order."""
    reading = Reading(frame, _HEAD.size)
    return [reading.field() for _ in range(_HEAD.values(frame)[2])]


class Topic(msgspec.Struct):
    """The last state of one topic: raw numbers in the order of its kind, and what divides its prices."""

    name: str
    divisor: int
    values: list[int]

    @property
    def kind(self) -> str:
        """The part before the first bar: sf, dp or if."""
        return self.name.partition("|")[0]

    def update(self, values: Sequence[int]) -> bool:
        """Take over what is there; whether anything changed."""
        before = list(self.values)
        for place, value in enumerate(values[: len(before)]):
            if value != NO_VALUE:
                self.values[place] = value
        return self.values != before


class Line(msgspec.Struct):
    """What a connection knows of one instrument."""

    exchange: str
    token: str
    topics: tuple[str, ...]
    quote: dict[str, Any] = {}
    sides: tuple[list[DepthLevel], list[DepthLevel]] | None = None

    def tick(self) -> Tick | None:
        """All that is known, None before the first last price."""
        if "ltp" not in self.quote:
            return None
        mode, sides = (Mode.QUOTE, ()) if self.sides is None else (Mode.DEPTH, self.sides)
        return tick((self.exchange, self.token), mode, self.quote, *sides)


class HsmCodec:
    """The half of a StreamCodec that vendors share; a subclass fills `opening` and `topics_of`.

    layouts: for each kind of topic the Quote fields of its numbers, blank for one that is not used. `dp` is not among
    them: five prices of each side, then quantities, then orders. batch: instruments per subscription.
    """

    def __init__(self, url: str, layouts: Mapping[str, tuple[str, ...]], batch: int, channel: int) -> None:
        self._url = url
        self._layouts = layouts
        self._batch = batch
        self._channel = channel
        self._claimed: int | None = None
        self._lines: dict[tuple[str, str], Line] = {}
        self._owners: dict[str, Line] = {}
        self._topics: dict[bytes, Topic] = {}
        self._ack_every = 0
        self._unacked = 0

    def topics_of(self, instrument: Instrument, mode: Mode) -> tuple[str, ...]:
        """The topics that bring an instrument at a mode."""
        raise NotImplementedError

    def dial(self, session: Session) -> Dial:
        """The key travels in the first frame."""
        return Dial(url=self._url)

    def sign_in(self, key: str, client: str, claimed: int) -> list[str | bytes]:
        """The key, and full numbers for the channel. claimed: what subscriptions add to the length of their topics."""
        self._claimed = claimed
        login = request(AUTH, (1, key.encode()), (2, b"P"), (3, b"\1"), (4, client.encode()))
        return [login, channel_mode(self._channel, FULL_MODE)]

    def heartbeat(self) -> str | bytes | None:
        """Kept short: it only has to keep the connection from being idle."""
        return PING_FRAME

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """Topics that a poorer mode no longer needs are dropped first."""
        gone: list[str] = []
        frames: list[str | bytes] = []
        for batch in batches(wants, self._batch):
            names: list[str] = []
            for instrument, mode in batch:
                wanted = self.topics_of(instrument, mode)
                gone += self._place(instrument, wanted)
                names += wanted
            frames.append(self._asking(SUBSCRIBE, names))
        return ([self._asking(UNSUBSCRIBE, gone)] if gone else []) + frames

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        """In batches; an instrument that was never asked for is left out."""
        frames: list[str | bytes] = []
        for batch in batches(instruments, self._batch):
            names = [name for instrument in batch for name in self._place(instrument, ())]
            if names:
                frames.append(self._asking(UNSUBSCRIBE, names))
        return frames

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Events of one frame."""
        if isinstance(frame, str):
            raise BadVendorData("hsm: a text frame")
        kind = frame[2] if len(frame) > 2 else None
        if kind == DATA:
            return self._data(frame)
        if kind == MESSAGE:
            return [_message(dict(answer_fields(frame)))]
        if kind in _ANSWERS:
            return [self._answer(kind, answer_fields(frame))]
        if kind == PING:
            return [Control(kind="heartbeat")]
        return [Control(kind="notice", detail=f"hsm frame {kind}")]

    def _place(self, instrument: Instrument, wanted: tuple[str, ...]) -> list[str]:
        """Serve an instrument with these topics; answers those that it had and needs no more."""
        key = (instrument.broker_exchange, instrument.token)
        line = self._lines.setdefault(key, Line(*key, topics=()))
        gone = [name for name in line.topics if name not in wanted]
        for name in gone:
            self._owners.pop(name, None)
        line.topics = wanted
        self._owners.update(dict.fromkeys(wanted, line))
        if not any(name.startswith("dp|") for name in wanted):
            line.sides = None
        if not wanted:
            del self._lines[key]
        return gone

    def _asking(self, kind: int, names: Sequence[str]) -> bytes:
        block = topic_block(names)
        length = None if self._claimed is None else (self._claimed + len(block)) & 0xFFFF
        return request(kind, (1, block), (2, bytes((self._channel,))), length=length)

    def _answer(self, kind: int, fields: list[tuple[int, bytes]]) -> Control:
        accepted = bool(fields) and fields[0][1] == ACCEPTED
        if kind != AUTH:
            said = "" if accepted else f"request {kind} was refused"
            return Control(kind="ack" if accepted else "error", detail=said)
        if not accepted:
            return Control(kind="auth_failed", detail="the key was not accepted")
        self._ack_every = int(_U32.values(fields[1][1])[0]) if len(fields) > 1 else 0
        return Control(kind="ready")

    def _data(self, frame: bytes) -> list[StreamEvent]:
        number, entries = _DATA.values(frame)
        events: list[StreamEvent] = self._acknowledge(number)
        reading, changed = Reading(frame, _DATA.size), dict[int, Line]()
        for _ in range(entries):
            kind = reading.take(1)
            topic = self._entry(kind, reading)
            if topic is None and kind not in (SNAPSHOT, UPDATE, LITE):
                said = f"an hsm entry of kind {kind!r}: its frame was left"
                events.append(Control(kind="notice", detail=said))
                break
            line = self._owners.get(topic.name) if topic is not None else None
            if topic is not None and line is not None:
                self._take_over(line, topic)
                changed[id(line)] = line
        ticks = (line.tick() for line in changed.values())
        return [*events, *(tick for tick in ticks if tick is not None)]

    def _acknowledge(self, number: int) -> list[StreamEvent]:
        """Every n-th data frame is answered, where the login asked for that."""
        self._unacked += 1
        if not self._ack_every or self._unacked < self._ack_every:
            return []
        self._unacked = 0
        return [Control(kind="ack", reply=acknowledgement(number))]

    def _entry(self, kind: bytes, reading: Reading) -> Topic | None:
        """The topic that an entry changed, None where it changed nothing we follow."""
        if kind == SNAPSHOT:
            return self._snapshot(reading)
        if kind not in (UPDATE, LITE):
            return None
        topic = self._topics.get(reading.take(2))
        values = reading.numbers() if kind == UPDATE else _I32.values(reading.take(4))
        return topic if topic is not None and topic.update(values) else None

    def _snapshot(self, reading: Reading) -> Topic:
        key, name, values = reading.take(2), reading.text(), reading.numbers()
        multiplier, precision = _SCALE.values(reading.take(_SCALE.size))
        for _ in ("exchange", "exchange token", "symbol"):
            reading.text()
        if not multiplier or precision > 9:
            raise BadVendorData(f"hsm: {name} has a scale of {multiplier} and {precision} digits")
        self._topics[key] = topic = Topic(name, 10**precision * multiplier, list(values))
        return topic

    def _take_over(self, line: Line, topic: Topic) -> None:
        """What a topic says, into its instrument; a kind nobody described says nothing."""
        if topic.kind == "dp":
            line.sides = _levels(topic)
        elif topic.kind in self._layouts:
            line.quote = _quote(self._layouts[topic.kind], topic)


def _message(fields: Mapping[int, bytes]) -> Control:
    """A remark of the server: code, text, and the kind of our request that it is about."""
    code = fields.get(1, b"")
    about = fields.get(3, b"\0")
    text = fields.get(2, b"").decode("utf-8", errors="replace")
    number = _I32.values(code)[0] if len(code) == _I32.size else "no code"
    refused = about in (bytes((SUBSCRIBE,)), bytes((UNSUBSCRIBE,)))
    return Control(kind="error" if refused else "notice", detail=f"{number}: {text}")


def _quote(names: Sequence[str], topic: Topic) -> dict[str, Any]:
    """Quote fields; 0 means "none yet" except for the last price, and a negative count is no count."""
    found: dict[str, Any] = {}
    for name, raw in zip(names, topic.values, strict=False):
        if not name or raw == NO_VALUE:
            continue
        if name in PRICES:
            if raw or name == "ltp":
                found[name] = raw / topic.divisor
        elif name.endswith("_at_ms"):
            if raw > 0:
                found[name] = raw * 1000
        elif raw >= 0:
            found[name] = raw
    low, high = found.get("lower_circuit", math.inf), found.get("upper_circuit", -math.inf)
    if not low <= found.get("ltp", math.nan) <= high:
        # The scale of the circuits is not documented: they are believed only where they fit the last price.
        found.pop("lower_circuit", None)
        found.pop("upper_circuit", None)
    return found


def _levels(topic: Topic) -> tuple[list[DepthLevel], list[DepthLevel]]:
    """Bids and asks, best first; a level without its price or quantity is none."""
    count = len(topic.values) // 6
    columns = [topic.values[start * count : (start + 1) * count] for start in range(6)]
    sides: list[list[DepthLevel]] = []
    for side in (0, 1):
        rows = zip(columns[side], columns[2 + side], columns[4 + side], strict=True)
        sides.append([
            DepthLevel(price / topic.divisor, quantity, orders if orders >= 0 else None)
            for price, quantity, orders in rows
            if NO_VALUE not in (price, quantity)])  # fmt: skip
    return sides[0], sides[1]
