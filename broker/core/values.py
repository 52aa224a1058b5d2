"""Pieces every vendor's data needs on its last step to common values."""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import methodcaller
from typing import Any, Generic, TypeVar, cast

import msgspec

from broker.core import tables as t
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape
from domain.errors import BadVendorData, Refused
from domain.instruments import Exchange, Instrument
from domain.market import Candle, Depth, DepthLevel, Interval, Mode, Quote, Tick
from domain.money import to_decimal
from domain.orders import OrderTerms
from utils import json
from utils.clock import UTC, ist

T = TypeVar("T")
_NEVER = object()


def unchangeable(name: str, vendor: str) -> Callable[[Any], None]:
    """A term of a working order that the vendor's change has no field for: refused when it differs."""

    def source(command: Any) -> None:
        if getattr(command.terms, name) != getattr(command.row, name):
            raise Refused(f"{vendor} cannot change the {name.replace('_', ' ')} of an order")

    return source


def agreed_close(close: str, last: str, change: str) -> Reader:
    """The previous close where it agrees with the change that the vendor tells; None where it is another close."""
    readers = [t.decimal(name, optional=True) for name in (close, last, change)]

    def read(row: Row) -> float | None:
        closed, now, moved = (reader(row) for reader in readers)
        agrees = closed and (None in (now, moved) or abs(now - moved - closed) <= Decimal("0.01"))
        return float(closed) if agrees else None

    return read


def jwt_claims(token: str) -> dict[str, Any]:
    """What a vendor's token says of itself; its signature is the vendor's business. Raises BadVendorData."""
    try:
        payload = token.split(".")[1]
        claims = json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        raise BadVendorData("the token is not the documented JWT") from None
    return t.an_object(claims)


def require_prices(terms: OrderTerms) -> None:
    """The last look before the wire: no limit order without a price and no stop without a trigger. Raises Refused."""
    if terms.price_type.needs_price and not terms.price:
        raise Refused(f"A {terms.price_type.value} order needs a price")
    if terms.price_type.needs_trigger and not terms.trigger_price:
        raise Refused(f"A {terms.price_type.value} order needs a trigger price")


def unsayable(name: str) -> Callable[[Any], None]:
    """A term for which the vendor has no field: refused when it is given, never dropped."""

    def source(command: Any) -> None:
        if getattr(command.terms, name) is not None:
            raise Refused(f"{name} cannot be chosen with this broker")

    return source


def market_protection(value: str, most: int) -> Callable[[Any], Decimal | None]:
    """A request field: exchanges refuse orders without a limit price unless the vendor keeps them inside a band.

    value: an option's text, -1 for the vendor's own band or a percentage up to `most`, 0 for none. Raises ValueError.
    """
    band = to_decimal(value)
    if band != -1 and not 0 <= band <= most:
        raise ValueError(f"market_protection must be -1 or a percentage from 0 to {most}")
    return lambda order: None if order.terms.price_type.needs_price else band


def pnl_percent(average: Decimal | None, last: Decimal | None) -> Decimal | None:
    """Profit in percent of cost, two decimals; None for what cost nothing or has no price."""
    if not average or last is None:
        return None
    return round((last - average) / average * 100, 2)


def book(quote: Quote, bids: Sequence[DepthLevel], asks: Sequence[DepthLevel]) -> Depth:
    """A quote with its levels, without the empty ones; the best of each side also shows in the quote."""
    bids, asks, best = filled_sides(bids, asks)
    return Depth(quote=msgspec.structs.replace(quote, **best), bids=bids, asks=asks)


def filled_sides(
    bids: Sequence[DepthLevel], asks: Sequence[DepthLevel]
) -> tuple[tuple[DepthLevel, ...], tuple[DepthLevel, ...], dict[str, Any]]:
    """Both sides without empty levels, and the fields of a Quote that show the best of each."""
    bids = tuple([level for level in bids if level.quantity > 0])
    asks = tuple([level for level in asks if level.quantity > 0])
    best: dict[str, Any] = {}
    if bids:
        best.update(bid=bids[0].price, bid_qty=bids[0].quantity)
    if asks:
        best.update(ask=asks[0].price, ask_qty=asks[0].quantity)
    return bids, asks, best


def tick(
    place: tuple[str, str], mode: Mode, fields: Mapping[str, Any],
    bids: Sequence[DepthLevel] = (), asks: Sequence[DepthLevel] = (),
) -> Tick:  # fmt: skip
    """A tick of a contract (vendor exchange, token) from a quote's fields and its levels, empty ones left out."""
    bids, asks, best = filled_sides(bids, asks)
    quote = Quote(**{**fields, **best})
    return Tick(broker_exchange=place[0], token=place[1], mode=mode, quote=quote, bids=bids, asks=asks)


def rejection(message: str, status: str | Reader, word: str = "rejected") -> Reader:
    """The reason of a rejection, from a field that holds harmless remarks in other states; blank for none."""
    said, state = t.filled(message), (methodcaller("get", status) if isinstance(status, str) else status)
    return lambda row: (said(row) or "") if str(state(row)).casefold() == word else ""


def bar_start(instant: dt.datetime, interval: Interval) -> int:
    """The epoch seconds a bar carries: its true start, or 00:00 UTC of the Indian trade date for days and longer."""
    if interval.seconds is not None:
        return int(instant.timestamp())
    return int(dt.datetime.combine(ist(instant).date(), dt.time(), UTC).timestamp())


def bars(
    found: object, interval: Interval, start: dt.datetime, end: dt.datetime,
    at: Callable[[Any], dt.datetime] = dt.datetime.fromisoformat,
) -> list[Candle]:  # fmt: skip
    """`[time, open, high, low, close, volume, oi?]` rows as candles within [start, end], ascending and unique.

    at: reads the vendor's time, ISO text unless told otherwise (utils.clock.from_epoch for seconds).
    """
    candles: dict[int, Candle] = {}
    try:
        for row in cast("list[list[Any]]", found):
            moment = at(row[0])
            opened, high, low, close, volume = (finite(value) for value in row[1:6])
            oi = int(finite(row[6])) if len(row) > 6 else 0
            if start <= moment <= end:
                epoch = bar_start(moment, interval)
                candles[epoch] = Candle(epoch, opened, high, low, close, int(volume), oi)
    except (TypeError, ValueError, LookupError, ArithmeticError, OSError):
        raise BadVendorData("candles: not the documented rows") from None
    return [candles[epoch] for epoch in sorted(candles)]


def finite(value: object) -> float:
    """A number as float. Raises TypeError for anything else and ValueError for NaN and infinities."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def own_word(name: str) -> Callable[[Any], str]:
    """A request field from the working order's own vendor words: a change must repeat them, never assume them."""

    def source(command: Any) -> str:
        if not command.row.vendor.get(name):
            raise Refused(f"The order book does not tell the {name} of order {command.order_id}")
        return str(command.row.vendor[name])

    return source


def lot_step(exchanges: str) -> Callable[[Instrument], int]:
    """Common units per vendor unit for a vendor who counts lots on some exchanges, named with blanks or commas between.

    Raises ValueError for an exchange nobody knows.
    """
    counted_in_lots = frozenset(Exchange(code) for code in exchanges.replace(",", " ").split())
    return lambda instrument: instrument.lot_size if instrument.exchange in counted_in_lots else 1


def counted(name: str, step: Callable[[Instrument], int]) -> Callable[[Any], int]:
    """A request field with a quantity in the vendor's unit; never rounded, because half a lot is another order."""

    def source(order: Any) -> int:
        units, rest = divmod(getattr(order.terms, name), step(order.instrument))
        if rest:
            raise Refused(f"{name} is not a multiple of the lot size {order.instrument.lot_size}")
        return int(units)

    return source


def unit_multiplier(name: str) -> Reader:
    """Rupees per point and common unit, from a vendor who tells them per vendor unit. Needs a row named by Naming."""
    read = t.integer(name)

    def convert(row: Row) -> int:
        multiplier, rest = divmod(read(row), row["common_step"])
        if rest or multiplier < 1:
            raise BadVendorData(f"the multiplier of {row['common_symbol']} does not fit its lot size")
        return int(multiplier)

    return convert


def trade_value(price: str, quantity: str) -> Reader:
    """Quantity x price x multiplier of a row named by Naming."""
    amount, units = t.decimal(price), t.integer(quantity)
    return lambda row: amount(row) * units(row) * row["common_multiplier"]


def total(*names: str) -> Reader:
    """The sum of whole numbers, of which all but the first may be absent."""
    first_one, others = t.integer(names[0]), [t.integer(name, optional=True) for name in names[1:]]
    return lambda row: first_one(row) + sum(read(row) or 0 for read in others)


class Naming:
    """Gives vendor rows their common symbol and turns vendor quantities into units.

    exchange, symbol: the row's fields with the vendor's exchange and trading symbol. token: its field with the
    vendor's token, which alone is believed where a row has one; the symbol may then be blank. Exchange and token are
    readers where they are not one field. quantities: fields counted in the vendor's unit. step: units per vendor unit.
    """

    def __init__(
        self, instruments: InstrumentLookup, alarm: Alarm | None, *, exchange: str | Reader, symbol: str,
        token: str | Reader | None = None, quantities: tuple[str, ...] = (),
        step: Callable[[Instrument], int] = lambda _instrument: 1,
    ) -> None:  # fmt: skip
        self._instruments = instruments
        self._exchange = t.text(exchange) if isinstance(exchange, str) else exchange
        self._symbol = t.text(symbol) if token is None else t.filled(symbol)
        self._table = symbol
        self._token = t.identity(token, optional=True, absent=("",)) if isinstance(token, str) else token
        self._quantities = quantities
        self._step = step
        self._alarm = alarm or t.log_alarm
        self.rung = 0

    def alarm(self, what: str, detail: str) -> None:
        """Ring the host's alarm; `rung` counts."""
        self.rung += 1
        self._alarm(what, detail)

    def reads(self, shape: Shape[T], within: str | None = None) -> NamedShape[T]:
        """`shape` for rows that have to be named first; `within` is the nested object that tells the contract."""
        return NamedShape(self, shape, within)

    def all(self, data: object, within: str | None = None) -> object:
        """`one` for each row of a list; anything else is left for the shape to refuse."""
        return [self.one(row, within) for row in data] if isinstance(data, list) else data

    def one(self, row: object, within: str | None = None) -> object:
        """The row with `common_symbol`, `common_step`, `common_multiplier` and the `vendor_exchange` as it was read.

        A contract the master does not know keeps the vendor's word and rings the alarm: a snapshot never loses a row.
        """
        if not isinstance(row, dict):
            return row
        place = t.section(within)(row) if within else row
        exchange, word = self._exchange(place), self._symbol(place)
        token = self._token(place) if self._token else None
        word = word or token
        if word is None:
            raise BadVendorData("a row names no contract")
        by_token, by_symbol = self._instruments.by_token, self._instruments.by_broker_symbol
        found = by_token(exchange, token) if token else by_symbol(exchange, word)
        if found is None:
            self.alarm(self._table, f"{exchange}:{word} is not in the contract master")
            unnamed = {"common_symbol": word, "common_step": 1, "common_multiplier": 1}
            return {**row, **unnamed, "vendor_exchange": exchange}
        step = self._step(found)
        units = self._units(row, step) if step > 1 else {}
        names = {"common_symbol": found.symbol, "common_step": step, "common_multiplier": found.multiplier}
        return {**row, **units, **names, "vendor_exchange": exchange}

    def _units(self, row: Row, step: int) -> dict[str, int]:
        return {
            name: int(count) * step for name in self._quantities
            if isinstance(count := row.get(name), int) or (isinstance(count, str) and count.lstrip("-").isdecimal())
        }  # fmt: skip


class NamedShape(Generic[T]):
    """A shape whose rows pass a Naming first."""

    def __init__(self, naming: Naming, shape: Shape[T], within: str | None = None) -> None:
        self._naming = naming
        self._shape = shape
        self._within = within
        self._last: list[tuple[object, T]] = []

    def read(self, row: object) -> T:
        """One value."""
        return self._shape.read(self._naming.one(row, self._within))

    def read_all(self, data: object) -> list[T]:
        """A list of values; see Shape. A row that the last list held in the same place keeps its value."""
        named = self._naming.all(data, self._within)
        if not isinstance(named, list):
            return self._shape.read_all(named)
        before, after = self._last, []
        for place, row in enumerate(named):
            kept = before[place] if place < len(before) else None
            after.append(kept if kept is not None and kept[0] == row else self._read(row))
        self._last = after
        return [value for _, value in after]

    def under(self, name: str) -> Callable[[Row], list[T]]:
        """read_all of the list that an answer holds under this name."""
        nested = t.rows(name)
        return lambda data: self.read_all(nested(data))

    def _read(self, row: object) -> tuple[object, T]:
        """The row with its value; one that rings the alarm is not kept, so that it rings with every list."""
        rung = self._naming.rung
        value = self._shape.read(row)
        return (row if self._naming.rung == rung else _NEVER), value
