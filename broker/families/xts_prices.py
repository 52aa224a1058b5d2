"""What XTS says of prices, over REST and on the socket: the same facts as JSON, compact strings and binary packets.

A binary frame holds records of an envelope and a payload, plain or in raw DEFLATE. Sizes tell the layout of a payload,
which is narrow or wide in its quantities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from broker.core import tables as t
from broker.core.layout import Layout, inflated, run
from broker.core.tables import Reader, Row, Shape
from broker.core.values import filled_sides
from broker.families.xts.mapping import SEGMENTS
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode
from utils import json

LTP, TOUCH, DEPTH, OPEN_INTEREST = 1512, 1501, 1502, 1510
MODES = {LTP: Mode.LTP, TOUCH: Mode.QUOTE, DEPTH: Mode.DEPTH}
# Seconds from the epoch of the rest of the world to 1980-01-01 00:00 in India.
_FROM_1970 = 315_513_000
Key = tuple[int, int]
"""(segment number, instrument id)."""
Facts = dict[str, Any]
"""Fields of a Quote, with `bids` and `asks` where there is a book; only what is told."""


class Epoch:
    """Times of the segments that count from 1980; of others nothing is said. Raises KeyError for unknown segments."""

    def __init__(self, option: str) -> None:
        self._segments = frozenset(SEGMENTS[name.strip()] for name in option.split(",") if name.strip())

    def timed(self, segment: int, facts: Mapping[str, Any]) -> Facts:
        """The facts with their times as epoch milliseconds, without what is not told."""
        found = {name: value for name, value in facts.items() if value is not None}
        for name in ("last_trade_at_ms", "exchange_at_ms"):
            seconds = found.pop(name, 0)
            if seconds and segment in self._segments:
                found[name] = (seconds + _FROM_1970) * 1000
        return found


def _count(name: str) -> Reader:
    return t.integer(name, optional=True)


def _best(side: str) -> dict[str, Reader]:
    info, price, size = (
        f"{side.title()}Info",
        t.unless_zero(t.number, "Price"),
        t.unless_zero(t.integer, "Size"),
    )
    return {side: t.inside(info, price), f"{side}_qty": t.inside(info, size)}


# LastTradedQunatity is the vendor's spelling, Close is the day before's.
_PRICES: Shape[Facts] = Shape("xts quote", dict, {
    "ltp": t.number("LastTradedPrice"), **_best("bid"), **_best("ask"),
    **t.prices(open="Open", high="High", low="Low", prev_close="Close", average_price="AverageTradedPrice"),
    **t.counts(
        last_quantity="LastTradedQunatity", volume="TotalTradedQuantity", total_buy_quantity="TotalBuyQuantity",
        total_sell_quantity="TotalSellQuantity", last_trade_at_ms="LastTradedTime", exchange_at_ms="LastUpdateTime"),
})  # fmt: skip
_INTEREST: Shape[Facts] = Shape("xts open interest", dict, {"oi": t.integer("OpenInterest")})
_LEVEL = Shape("xts depth", DepthLevel, {
    "price": t.number("Price"), "quantity": t.integer("Size"), "orders": _count("TotalOrders")})  # fmt: skip
_segment, _id = t.integer("ExchangeSegment"), t.integer("ExchangeInstrumentID")
_at = _count("ExchangeTimeStamp")


def key_of(row: Row) -> Key:
    """Segment and id of a JSON payload."""
    return _segment(row), _id(row)


def key(instrument: Instrument) -> Key:
    """The same of a contract."""
    return SEGMENTS[instrument.broker_exchange], int(instrument.token)


def parted(facts: Facts) -> tuple[Facts, tuple[DepthLevel, ...], tuple[DepthLevel, ...]]:
    """A quote's fields, bids and asks."""
    fields = {name: value for name, value in facts.items() if name not in ("bids", "asks")}
    return fields, facts.get("bids", ()), facts.get("asks", ())


def read_json(code: int, row: Row, epoch: Epoch) -> Facts:
    """A full payload. The touchline lies in the row or, in newer messages, in an object of its own."""
    if code == OPEN_INTEREST:
        return _INTEREST.read(row)
    facts = _PRICES.read(t.section("Touchline", optional=True)(row) or row)
    facts["exchange_at_ms"] = _at(row) or facts["exchange_at_ms"]
    if code == DEPTH:
        facts |= {side.lower(): tuple(_LEVEL.read_all(row.get(side))) for side in ("Bids", "Asks")}
    return epoch.timed(_segment(row), facts)


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


def _filled(text: str) -> float | None:
    return _finite(text) or None


_SHORT: dict[str, tuple[str, Any]] = {
    "ltp": ("ltp", _finite), "ltq": ("last_quantity", int), "v": ("volume", int), "ap": ("average_price", _filled),
    "o": ("open", _filled), "h": ("high", _filled), "l": ("low", _filled), "c": ("prev_close", _filled),
    "tb": ("total_buy_quantity", int), "ts": ("total_sell_quantity", int), "ltt": ("last_trade_at_ms", int),
    "lut": ("exchange_at_ms", int)}  # fmt: skip


def read_short(code: int, text: str, epoch: Epoch) -> tuple[Key, Facts] | None:
    """A compact string: what changed, empty values left out. None for what has no numeric id (indices by name)."""
    pairs = dict(part.partition(":")[::2] for part in text.split(","))
    segment, _, number = pairs.pop("t", "").partition("_")
    if not (segment.isdecimal() and number.isdecimal()):
        return None
    whom = int(segment[:9]), int(number[:18])
    try:
        if code == OPEN_INTEREST:
            return whom, {"oi": int(pairs["o"])}
        facts: Facts = {name: read(pairs[word]) for word, (name, read) in _SHORT.items() if pairs.get(word)}
        sides = (("bi", "bids"), ("ai", "asks"))
        facts |= {side: tuple(_levels(pairs[short])) for short, side in sides if pairs.get(short)}
    except (ValueError, LookupError):
        raise BadVendorData("xts: a compact string that cannot be read") from None
    return whom, epoch.timed(whom[0], facts)


def _levels(text: str) -> Iterator[DepthLevel]:
    """`index|size|price|orders` groups, best first."""
    words = text.strip("|").split("|")
    for at in range(0, len(words), 4):
        _, size, price, orders = words[at : at + 4]
        yield DepthLevel(_finite(price), int(size), int(orders))


def listed(data: Any) -> list[Row]:
    """`listQuotes`: every element is JSON text of its own."""
    try:
        rows: list[object] = [json.decode(text) for text in t.an_object(data).get("listQuotes") or ()]
    except (ValueError, TypeError):
        raise BadVendorData("xts: a listed quote that is not JSON") from None
    return [t.an_object(row) for row in rows]


# At 3 and 5 the envelope repeats segment and id of the header.
_WRAP = ((0, "i8", "packed"), (1, "u16", "code"), (13, "u16", "size"))
ENVELOPE = Layout("xts envelope", "little", _WRAP, 15)
_PACKED_SIZE = Layout("xts packed size", "little", ((0, "u16", "size"),))
HEADER = Layout("xts header", "little", (
    (0, "u16", "code"), (26, "i16", "segment"), (28, "i32", "instrument"), (32, "u64", "at"),
), 40)  # fmt: skip
_COUNT = Layout("xts count", "little", ((0, "i32", "count"),))
_OPEN = Layout("xts open interest", "little", ((42, "i32", "oi"),))
# Bounds of what one frame may unfold to: known payloads stay far below, and a frame of noise ends early.
LARGEST_PAYLOAD, MOST_RECORDS, MOST_LEVELS = 8192, 2000, 150
_FLOATS = ("average_price", "open", "high", "low", "prev_close")


class _Form:
    """Narrow or wide: a depth row of a quantity of `width` bytes, and the touchline that begins with two of them."""

    def __init__(self, name: str, size: str, total: str, width: int) -> None:
        row = ((0, size, "quantity"), (width, "f64", "price"), (width + 8, "i32", "orders"))
        self.level = Layout(f"xts {name} level", "little", row, width + 14)
        at = 2 * self.level.size
        sums = at + 16 + width
        then = sums + 3 * (8 if total == "i64" else 4)
        self.touch = Layout(f"xts {name} touchline", "little", (
            (at, "u64", "exchange_at_ms"), (at + 8, "f64", "ltp"), (at + 16, size, "last_quantity"),
            *run(sums, total, "total_buy_quantity", "total_sell_quantity", "volume"), (then, "f64", "average_price"),
            (then + 8, "u64", "last_trade_at_ms"), *run(then + 24, "f64", "open", "high", "low", "prev_close"),
        ), then + 72)  # fmt: skip

    def levels(self, payload: bytes, at: int, count: int) -> list[DepthLevel]:
        return [
            DepthLevel(price, size, orders) for size, price, orders in self.level.repeat(payload, at, count)
        ]


FORMS = (_Form("narrow", "i32", "u32", 4), _Form("wide", "i64", "i64", 8))


def records(frame: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, payload) of every record; the payload is empty where it cannot be unpacked. Raises BadVendorData."""
    at = 0
    for _ in range(MOST_RECORDS):
        if at == len(frame):
            return
        packed, code, size = ENVELOPE.values(frame, at)
        start = at + ENVELOPE.size + (_PACKED_SIZE.size if packed else 0)
        at = start + (_PACKED_SIZE.values(frame, at + ENVELOPE.size)[0] if packed else size)
        if packed not in (0, 1) or at > len(frame):
            raise BadVendorData(f"xts: a frame of {len(frame)} bytes ends inside a record")
        yield code, inflated(frame[start:at], min(size, LARGEST_PAYLOAD)) if packed else frame[start:at]
    raise BadVendorData(f"xts: a frame of more than {MOST_RECORDS} records")


def read_binary(payload: bytes, epoch: Epoch) -> tuple[int, Key, Facts] | None:
    """(code, whom it is about, facts); None for a code without a known layout. Raises BadVendorData."""
    code, segment, instrument, at = HEADER.values(payload)
    if code == OPEN_INTEREST:
        return code, (segment, instrument), _OPEN.read(payload)
    if code not in (TOUCH, DEPTH):
        return None
    for form in FORMS:
        sides = _sides(payload, form) if code == DEPTH else []
        start = HEADER.size + sum(4 + len(side) * form.level.size for side in sides or ())
        if sides is None or len(payload) != start + form.touch.size:
            continue
        facts = form.touch.read(payload, start)
        if any(facts[name] - facts[name] != 0 for name in ("ltp", *_FLOATS)):
            raise BadVendorData("xts: a price that is no number")
        facts |= {name: facts[name] or None for name in _FLOATS} | {
            "exchange_at_ms": at or facts["exchange_at_ms"]
        }
        facts |= filled_sides(
            form.levels(payload, start, 1), form.levels(payload, start + form.level.size, 1)
        )[2]
        facts |= dict(zip(("bids", "asks"), map(tuple, sides), strict=False))
        return code, (segment, instrument), epoch.timed(segment, facts)
    raise BadVendorData(f"xts: no packet {code} has {len(payload)} bytes")


def _sides(payload: bytes, form: _Form) -> list[list[DepthLevel]] | None:
    """Bids and asks, None when the counts do not fit this form."""
    found, at = [], HEADER.size
    for _ in range(2):
        count = _COUNT.values(payload, at)[0] if at + 4 <= len(payload) else -1
        end = at + 4 + count * form.level.size
        if not 0 <= count <= MOST_LEVELS or end > len(payload):
            return None
        found.append(form.levels(payload, at + 4, count))
        at = end
    return found
