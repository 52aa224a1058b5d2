"""Vendor words and vendor rows: strict two-way tables and typed field readers.

Nothing here guesses. A word outside a table raises UnmappedValue in either direction; a field of the wrong type raises
BadVendorData with the field's name; an absent number stays None and never becomes zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from broker.core.roles import Alarm
from domain.errors import BadVendorData, UnmappedValue
from domain.money import to_decimal
from utils.clock import epoch_ms
from utils.limits import lru_cache
from utils.logging import get_logger

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Row = Mapping[str, Any]
Reader = Callable[[Row], Any]

_MISSING = object()
TIMES_KEPT = 16_384


class Table(Generic[K]):
    """A two-way enumeration table.

    pairs: our value to the vendor's word. also_read: further vendor words that are only ever received.
    """

    def __init__(
        self, name: str, pairs: Mapping[K, str], also_read: Mapping[str, K] | None = None, *,
        fold: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self._fold = fold
        self._out = dict(pairs)
        self._in: dict[str, K] = {}
        for ours, word in [*pairs.items(), *((ours, word) for word, ours in (also_read or {}).items())]:
            if self._key(word) in self._in:
                raise ValueError(f"{name}: vendor word {word!r} stands for two values")
            self._in[self._key(word)] = ours

    def _key(self, word: str) -> str:
        return word.casefold() if self._fold else word

    def encode(self, ours: K) -> str:
        """The vendor's word. Raises UnmappedValue."""
        try:
            return self._out[ours]
        except (KeyError, TypeError):
            raise UnmappedValue(self.name, ours, "vendor") from None

    def number(self, ours: K) -> int:
        """The vendor's word where its words are numbers. Raises UnmappedValue."""
        return int(self.encode(ours))

    def decode(self, word: object) -> K:
        """Our value. Raises UnmappedValue, also for a word that is no text."""
        found = self._in.get(self._key(word)) if isinstance(word, str) else None
        if found is None:
            raise UnmappedValue(self.name, word, "common")
        return found

    def decode_or_keep(self, word: str) -> K | str:
        """Our value, or the vendor's word in upper case where the contract shows foreign words as they are."""
        found = self._in.get(self._key(word))
        return word.upper() if found is None else found


def log_alarm(what: str, detail: str) -> None:
    """The alarm of a host that gave none: a warning in the log."""
    get_logger("broker.alarm").warning("unknown vendor word", table=what, detail=detail)


class StatusTable(Generic[K]):
    """States, read only. An unknown word becomes `unknown` and rings the alarm: never a guess, never lost."""

    def __init__(self, name: str, words: Mapping[str, K], unknown: K) -> None:
        self.name = name
        self._unknown = unknown
        self._in = {word.casefold(): status for word, status in words.items()}

    def decode(self, word: object, alarm: Alarm) -> K:
        """The common state of a vendor word, compared without letter case."""
        found = self._in.get(word.casefold()) if isinstance(word, str) else None
        if found is None:
            alarm(self.name, f"unknown status {word!r}")
            return self._unknown
        return found


class FieldKind(Protocol):
    """Makes a reader of a field. `absent` lists values that mean "nothing", next to a missing field and null.

    optional: whether nothing is None; else it is BadVendorData, as is a value of another type.
    """

    def __call__(self, name: str, *, optional: bool = False, absent: Collection[Any] = ()) -> Reader: ...


def _kind(convert: Callable[[Any], Any], expected: str) -> FieldKind:
    def make(name: str, *, optional: bool = False, absent: Collection[Any] = ()) -> Reader:
        def read(row: Row) -> Any:
            if not isinstance(row, dict):
                raise BadVendorData(f"expected an object with {name!r}, got {type(row).__name__}")
            value = row.get(name, _MISSING)
            if value is None or value is _MISSING or (absent and value in absent):
                if optional:
                    return None
                raise BadVendorData(f"field {name!r} is missing")
            try:
                return convert(value)
            except (ValueError, TypeError, ArithmeticError):
                raise BadVendorData(f"field {name!r} is not {expected}: {type(value).__name__}") from None

        return read

    return make


def _of(*types: type) -> Callable[[Any], Any]:
    """The value as it is, where it is of one of these types."""

    def check(value: Any) -> Any:
        if not isinstance(value, types):
            raise TypeError
        return value

    return check


_as_text, _as_list, _as_row, _as_number = _of(str), _of(list), _of(dict), _of(int, float, Decimal)


def _as_name(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise TypeError
    return str(value)


def _as_int(value: Any) -> int:
    if type(value) is int:
        return value
    number = to_decimal(_as_number(value))
    if number != number.to_integral_value():
        raise TypeError
    return int(number)


def _as_only(value: Any) -> Any:
    (found,) = value
    return _as_text(found)


def _as_decimal(value: Any) -> Decimal:
    return to_decimal(_as_number(value))


text = _kind(_as_text, "text")
identity = _kind(_as_name, "an id")
"""An id the vendor writes as text or as a whole number; always text with us, never blank."""
integer = _kind(_as_int, "a whole number")
"""A whole number; 5.0 is whole, "5" and true are not numbers."""
decimal = _kind(_as_decimal, "a number")
"""Exact money."""
number = _kind(lambda value: float(_as_decimal(value)), "a number")
"""A market-data number as float."""
decimals = _kind(lambda value: tuple(map(_as_decimal, _as_list(value))), "a list of numbers")
"""A list of exact money, as a tuple."""
only = _kind(_as_only, "a list of one text")
"""The text in a list of exactly one."""
section = _kind(_as_row, "an object")
"""A nested object."""
rows = _kind(lambda value: [_as_row(item) for item in _as_list(value)], "a list of objects")
"""A nested list of objects."""


def filled(name: str) -> Reader:
    """A text field, None where it is missing or blank."""
    return text(name, optional=True, absent=("",))


def from_text(reader: Callable[..., Reader], name: str, **options: Any) -> Reader:
    """`reader` for a vendor that writes numbers as text: from_text(decimal, "price"). Blank text is absent."""
    inner = reader(name, **options)

    def read(row: Row) -> Any:
        value = row.get(name)
        if not isinstance(value, str):
            return inner(row)
        try:
            return inner({**row, name: to_decimal(value) if value.strip() else None})
        except ValueError:
            raise BadVendorData(f"field {name!r} is not a number") from None

    return read


def unless_zero(reader: Callable[..., Reader], name: str) -> Reader:
    """`reader` for a vendor that writes 0 for "none": unless_zero(decimal, "trigger_price")."""
    return reader(name, optional=True, absent=(0,))


def prices(**names: str) -> dict[str, Reader]:
    """Readers of market prices by our names, for a vendor that writes 0 for "none"; the values are its names."""
    return {ours: unless_zero(number, theirs) for ours, theirs in names.items()}


def counts(**names: str) -> dict[str, Reader]:
    """Readers of whole numbers that may be absent, by our names; the values are the vendor's names."""
    return {ours: integer(theirs, optional=True) for ours, theirs in names.items()}


def first(*readers: Reader) -> Reader:
    """The first value that is there; None when no reader finds any."""
    return lambda row: next((value for reader in readers if (value := reader(row)) is not None), None)


def either(*readers: Reader) -> Reader:
    """The first reader that understands the row, for a vendor who writes one thing in two ways."""

    def read(row: Row) -> Any:
        for reader in readers[:-1]:
            try:
                return reader(row)
            except BadVendorData:
                continue
        return readers[-1](row)

    return read


def words(*names: str) -> Reader:
    """What later calls need of a row, as text by the vendor's names; what is absent or blank is left out."""
    return lambda row: {name: str(row[name]) for name in names if row.get(name)}


def inside(name: str, reader: Reader) -> Reader:
    """`reader` applied to a nested object; None when the object is not there."""
    nested = section(name, optional=True)
    return lambda row: None if (found := nested(row)) is None else reader(found)


def moment(name: str, pattern: str, zone: ZoneInfo, *, optional: bool = False) -> Reader:
    """A wall-clock time of `zone` in a strptime pattern, zone-aware. Blank text counts as absent."""
    kind = _kind(lambda value: _wall_time(_as_text(value), pattern, zone), f"a time like {pattern}")
    return kind(name, optional=optional, absent=("",))


@lru_cache(maxsize=TIMES_KEPT)
def _wall_time(text: str, pattern: str, zone: ZoneInfo) -> dt.datetime:
    """A time as text; books repeat theirs with every poll, and reading them is most of the work on a row."""
    return dt.datetime.strptime(text, pattern).replace(tzinfo=zone)


def moment_ms(name: str, pattern: str, zone: ZoneInfo) -> Reader:
    """`moment` as epoch milliseconds; None when absent."""
    read = moment(name, pattern, zone, optional=True)
    return lambda row: None if (at := read(row)) is None else epoch_ms(at)


def clock_readers(pattern: str, zone: ZoneInfo) -> tuple[Callable[[str], Reader], Callable[[str], Reader]]:
    """Optional `moment` and `moment_ms` for a vendor who writes all times alike."""
    known = {"pattern": pattern, "zone": zone}
    return partial(moment, optional=True, **known), partial(moment_ms, **known)  # type: ignore[arg-type]


def coded(
    name: str, table: Table[Any], *, keep_foreign: bool = False, word: Callable[[str], Reader] = text
) -> Reader:
    """A word of a two-way table; with `keep_foreign` a word outside it stays as it is, in upper case.

    word: `identity` for a vendor whose codes are numbers.
    """
    plain_text = word(name)
    if keep_foreign:
        return lambda row: table.decode_or_keep(plain_text(row))
    return lambda row: table.decode(plain_text(row))


def state(name: str, table: StatusTable[Any], alarm: Alarm, *, digits: bool = False) -> Reader:
    """A word of a status table; a missing one is unknown too. digits: the vendor's words are whole numbers."""

    def read(row: Row) -> Any:
        word = row.get(name)
        return table.decode(str(word) if digits and type(word) is int else word, alarm)

    return read


def an_object(data: object) -> dict[str, Any]:
    """Answer data that must be one object."""
    if not isinstance(data, dict):
        raise BadVendorData(f"expected an object, got {type(data).__name__}")
    return data


def each(name: str, read_all: Callable[[object], list[Any]]) -> Reader:
    """A nested list of objects as values, as a tuple: each("legs", SHAPE.read_all)."""
    nested = rows(name)
    return lambda row: tuple(read_all(nested(row)))


class Shape(Generic[T]):
    """A vendor row as one of our values: `make(field=reader(row), …)`. Errors carry the shape's name."""

    def __init__(self, name: str, make: Callable[..., T], fields: Mapping[str, Reader]) -> None:
        self.name = name
        self._make = make
        self._fields = dict(fields)

    def read(self, row: object) -> T:
        """One value. Raises BadVendorData or UnmappedValue naming shape and field."""
        if not isinstance(row, dict):
            raise BadVendorData(f"{self.name}: expected an object, got {type(row).__name__}")
        try:
            return self._make(**{field: reader(row) for field, reader in self._fields.items()})
        except BadVendorData as error:
            raise BadVendorData(f"{self.name}: {error.message}") from None

    def read_only(self, data: object) -> T:
        """The value of a list that must hold exactly one."""
        found = self.read_all(data)
        if len(found) != 1:
            raise BadVendorData(f"{self.name}: {len(found)} rows where one was asked for")
        return found[0]

    def read_all(self, data: object) -> list[T]:
        """A list of values; null is what many vendors send for "none". One bad row fails the whole snapshot."""
        if data is None:
            return []
        if not isinstance(data, list):
            raise BadVendorData(f"{self.name}: expected a list, got {type(data).__name__}")
        return [self.read(row) for row in data]
