"""Prices of a Noren server: fields that snapshots and the stream share, and candles as rows for `values.bars`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from broker.core import tables as t
from broker.core import values as v
from broker.core.stream import parse_object
from broker.core.tables import Row, Shape
from broker.families.loose import whole
from broker.families.noren.words import stamp, when
from domain.errors import BadVendorData
from domain.market import Depth, DepthLevel, Quote
from utils.clock import IST, ist


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or not math.isfinite(float(value)):
        raise ValueError
    return float(value)


def _price(value: object) -> float | None:
    """0.00 is Noren's word for "no price yet"."""
    return _number(value) or None


def _count(value: object) -> int:
    if (number := _number(value)) != int(number):
        raise ValueError
    return int(number)


# Noren's name to ours and its reader; the last price alone stands as it is.
_FIELDS: dict[str, tuple[str, Callable[[object], float | int | None]]] = {
    "lp": ("ltp", _number), "o": ("open", _price), "h": ("high", _price), "l": ("low", _price),
    "c": ("prev_close", _price), "ap": ("average_price", _price), "uc": ("upper_circuit", _price),
    "lc": ("lower_circuit", _price), "v": ("volume", _count), "oi": ("oi", _count), "ltq": ("last_quantity", _count),
    "tbq": ("total_buy_quantity", _count), "tsq": ("total_sell_quantity", _count),
    "ft": ("exchange_at_ms", lambda value: _count(value) * 1000 or None)}  # fmt: skip
# Side, level and part of a level: bp1 is the price of the best bid.
_BOOK = {
    f"{side}{part}{level + 1}": (side, level, place)
    for side in "bs" for level in range(5) for place, part in enumerate("pqo")}  # fmt: skip


class Image:
    """What is known of one instrument; a change names only the fields that it changes."""

    def __init__(self) -> None:
        self._quote: dict[str, Any] = {}
        self._book: dict[str, list[list[Any]]] = {side: [[None] * 3 for _ in range(5)] for side in "bs"}

    def take(self, fields: Mapping[str, Any]) -> None:
        """Image or change. Raises BadVendorData, and then nothing has changed."""
        try:
            quote = {on[0]: on[1](value) for name, value in fields.items() if (on := _FIELDS.get(name))}
            book = [
                (place, (_count if place[2] else _number)(value))
                for name, value in fields.items() if (place := _BOOK.get(name))]  # fmt: skip
        except (ValueError, OverflowError):
            raise BadVendorData("noren quote: a field is not a number") from None
        self._quote.update(quote)
        for (side, level, part), value in book:
            self._book[side][level][part] = value

    def show(self) -> Depth | None:
        """All that is known; None before the first price."""
        return (
            v.book(Quote(**self._quote), self._side("b"), self._side("s")) if "ltp" in self._quote else None
        )

    def _side(self, side: str) -> list[DepthLevel]:
        return [DepthLevel(*level) for level in self._book[side] if level[0] and level[1]]


_at, _date = t.first(stamp("ssboe"), when("time")), t.moment("time", "%d-%b-%Y", IST)
_OHLC = {name: t.from_text(t.number, name) for name in ("into", "inth", "intl", "intc")}
_CANDLE = Shape("noren candle", lambda **row: list(row.values()), {**_OHLC, "intv": whole("intv")})
_oi = t.first(whole("oi", optional=True), lambda _row: 0)


def intraday(data: object) -> list[list[Any]]:
    """Rows of TPSeries. A candle without a trade comes as four zeros and is none."""
    found = [(_at(t.an_object(row)), [*_CANDLE.read(row), _oi(row)]) for row in cast("list[Any]", data)]
    if any(at is None for at, _ in found):
        raise BadVendorData("noren candle: no time")
    return [[at.isoformat(), *values] for at, values in found if any(values[:4])]


def daily(data: object) -> list[list[Any]]:
    """Rows of EODChartData, JSON texts stamped at 00:00 UTC of the trade date; ours begin at Indian midnight."""
    rows = [parse_object(item) for item in cast("list[str]", data)]
    return [[_midnight(row), *values] for row in rows if any((values := _CANDLE.read(row))[:4])]


def _midnight(row: Row) -> str:
    at: dt.datetime = stamp("ssboe")(row) or _date(row)
    return dt.datetime.combine(at.date(), dt.time(), IST).isoformat()


def snapshot(data: object) -> tuple[Depth | None, str]:
    """What GetQuotes tells, None without a price, and the time of day of the last trade."""
    image, fields = Image(), t.an_object(data or {})
    image.take(fields)
    return image.show(), str(fields.get("ltt") or "")


def today(found: Depth | None, traded: str, now: dt.datetime, days: list[Any]) -> list[list[Any]]:
    """The running day's row, which Noren's day candles leave out, from a quote.

    The quote shows the day before until the first trade: its last trade is later than now, or the prices are the same.
    """
    if found is None or traded > f"{ist(now):%H:%M:%S}":
        return []
    ohl = [found.quote.open, found.quote.high, found.quote.low]
    if None in ohl or (days and max(days)[1:4] == ohl):
        return []
    midnight = dt.datetime.combine(ist(now).date(), dt.time(), IST).isoformat()
    return [[midnight, *ohl, found.quote.ltp, found.quote.volume or 0]]
