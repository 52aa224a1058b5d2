"""The gates a contract master passes before it may be served, and the spool its raw file passes through.

The gates are pure: same rows, same answer. They collect every complaint (up to a bound) so that one look at the report
tells what the vendor changed. A load that fails keeps yesterday's contracts; that is the caller's part.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Self

import msgspec

from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument, InstrumentType, compact_expiry
from domain.money import plain
from utils.limits import lru_cache

REASON_LIMIT = 50
SMALL_SEGMENT = 10
LARGEST_DROP = 0.5
# Far beyond any listed contract: what lies above was read from another column.
LARGEST_LOT, LARGEST_STRIKE = 1_000_000, Decimal(10_000_000)
FILE_LIMIT = 256 * 1024 * 1024
MOST_DIGITS = 20
LONGEST_LINE = 1024 * 1024
_BLANK_WORDS = frozenset({"", "nan", "NaN", "None", "null", "NULL"})
_CHUNK = 64 * 1024


class ContractsRejected(BadVendorData):
    """The load does not pass the gates. `reasons` are sentences, at most REASON_LIMIT; `total` counts them all."""

    code = "CONTRACTS_REJECTED"

    def __init__(self, reasons: tuple[str, ...], total: int) -> None:
        super().__init__(f"Contract master rejected for {total} reason(s): {'; '.join(reasons[:3])}")
        self.reasons = reasons
        self.total = total


class CheckedContracts(msgspec.Struct, frozen=True):
    """Rows that passed, rows per exchange, and what deserves a look without being wrong."""

    instruments: list[Instrument]
    counts: dict[Exchange, int]
    warnings: tuple[str, ...]


class _Reasons:
    """Complaints with a bound: the first ones in full, the rest as a number."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.total = 0

    def add(self, reason: str) -> None:
        self.total += 1
        if len(self.first) < REASON_LIMIT:
            self.first.append(reason)


def check(
    rows: Iterable[Instrument], previous_counts: Mapping[Exchange, int] | None, today: dt.date,
    floors: Mapping[Exchange, int] | None = None,
) -> CheckedContracts:  # fmt: skip
    """Pass every row and the load as a whole through the gates.

    previous_counts: rows per exchange of the load served now, None for a first load. floors: fewest rows an exchange
    may have. today: the Indian date. Raises ContractsRejected with every reason.
    """
    reasons = _Reasons()
    instruments: list[Instrument] = []
    names: set[tuple[Exchange, str]] = set()
    tokens: set[tuple[str, str]] = set()
    for row in rows:
        instruments.append(row)
        for problem in _row_problems(row, today):
            reasons.add(f"{row.exchange.value}:{row.symbol}: {problem}")
        size = len(names)
        names.add((row.exchange, row.symbol))
        if len(names) == size:
            reasons.add(f"{row.exchange.value}:{row.symbol} appears more than once")
        size = len(tokens)
        tokens.add((row.broker_exchange, row.token))
        if len(tokens) == size:
            reasons.add(
                f"{row.exchange.value}:{row.symbol}: token {row.broker_exchange}/{row.token} appears twice"
            )
    counts = dict(Counter(row.exchange for row in instruments))
    _check_counts(counts, previous_counts or {}, floors or {}, reasons)
    if reasons.total:
        raise ContractsRejected(tuple(reasons.first), reasons.total)
    return CheckedContracts(instruments, counts, _warnings(counts, previous_counts))


def _check_counts(
    counts: Mapping[Exchange, int], previous: Mapping[Exchange, int], floors: Mapping[Exchange, int],
    reasons: _Reasons,
) -> None:  # fmt: skip
    if not counts:
        reasons.add("the load has no rows")
    for exchange, before in previous.items():
        now = counts.get(exchange, 0)
        if before >= SMALL_SEGMENT and now < before * LARGEST_DROP:
            reasons.add(f"{exchange.value} fell from {before} to {now} rows")
    for exchange, floor in floors.items():
        if counts.get(exchange, 0) < floor:
            reasons.add(f"{exchange.value} has {counts.get(exchange, 0)} rows, fewer than {floor}")


def _warnings(counts: Mapping[Exchange, int], previous: Mapping[Exchange, int] | None) -> tuple[str, ...]:
    if previous is None:
        return ()
    found = [
        f"{exchange.value} is new with {counts[exchange]} rows"
        for exchange in counts
        if exchange not in previous
    ]
    for exchange, before in previous.items():
        now = counts.get(exchange, 0)
        if before and (now > before * 2 or (before < SMALL_SEGMENT and now < before)):
            found.append(f"{exchange.value} changed from {before} to {now} rows")
    return tuple(found)


def _row_problems(row: Instrument, today: dt.date) -> list[str]:
    """Complaints about one row on its own; nearly always none, so each test is written to be cheap."""
    found: list[str] = []
    if row.symbol in _BLANK_WORDS or row.symbol != row.symbol.strip():
        found.append("symbol is blank or padded")
    if row.broker_symbol in _BLANK_WORDS:
        found.append("broker symbol is blank")
    if row.broker_exchange in _BLANK_WORDS:
        found.append("broker exchange is blank")
    if row.token in _BLANK_WORDS:
        found.append("token is blank")
    if not 1 <= row.lot_size <= LARGEST_LOT:
        found.append(f"lot size is {_shown(row.lot_size)}")
    if row.multiplier < 1:
        found.append(f"multiplier is {_shown(row.multiplier)}")
    if not _is_positive(row.tick_size):
        found.append(f"tick size is {row.tick_size}")
    if row.freeze_qty is not None and row.freeze_qty < 1:
        found.append(f"freeze quantity is {row.freeze_qty}")
    _KIND_PROBLEMS[row.instrument_type](row, today, found)
    return found


def _shown(number: int) -> str:
    return str(number) if number.bit_length() <= 64 else "beyond all bounds"


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and 0 < number <= LARGEST_STRIKE


def _cash_problems(row: Instrument, _today: dt.date, found: list[str]) -> None:
    if row.expiry is not None or row.strike is not None:
        found.append("has an expiry or a strike without being a derivative")
    if (row.instrument_type is InstrumentType.INDEX) != row.exchange.is_index:
        found.append(f"is {row.instrument_type.value} on {row.exchange.value}")


def _future_problems(row: Instrument, today: dt.date, found: list[str]) -> None:
    _derivative_problems(row, today, found)
    if row.strike is not None:
        found.append("is a future with a strike")
    if row.expiry is not None and row.symbol != f"{row.name}{_expiry_text(row.expiry)}FUT":
        found.append(f"symbol disagrees with {row.name} {row.expiry}")


def _option_problems(row: Instrument, today: dt.date, found: list[str]) -> None:
    _derivative_problems(row, today, found)
    strike = row.strike
    if strike is None or not _is_positive(strike):
        found.append(f"strike is {strike}")
    elif row.expiry is not None:
        expected = f"{row.name}{_expiry_text(row.expiry)}{_strike_text(strike)}{row.instrument_type.value}"
        if row.symbol != expected:
            found.append(f"symbol disagrees with {row.name} {row.expiry} {_strike_text(strike)}")


def _derivative_problems(row: Instrument, today: dt.date, found: list[str]) -> None:
    if row.name in _BLANK_WORDS:
        found.append("underlying is blank")
    if not row.exchange.is_derivative:
        found.append(f"is {row.instrument_type.value} on {row.exchange.value}")
    if row.expiry is None:
        found.append("has no expiry")
    elif row.expiry < today:
        found.append(f"expired on {row.expiry}")


def _perpetual_problems(row: Instrument, _today: dt.date, found: list[str]) -> None:
    if row.name in _BLANK_WORDS:
        found.append("underlying is blank")
    if row.expiry is not None or row.strike is not None:
        found.append("is perpetual with an expiry or a strike")
    if not row.exchange.is_derivative:
        found.append(f"is {row.instrument_type.value} on {row.exchange.value}")


_expiry_text = lru_cache(maxsize=1024)(compact_expiry)
_strike_text = lru_cache(maxsize=16384)(plain)
_KIND_PROBLEMS: dict[InstrumentType, Callable[[Instrument, dt.date, list[str]], None]] = {
    InstrumentType.EQ: _cash_problems,
    InstrumentType.INDEX: _cash_problems,
    InstrumentType.FUT: _future_problems,
    InstrumentType.CE: _option_problems,
    InstrumentType.PE: _option_problems,
    InstrumentType.PERPFUT: _perpetual_problems,
}


class Spooled:
    """A vendor file on private disk. Use as a context manager; the file is gone afterwards."""

    def __init__(self, path: Path, sha256: str, size: int) -> None:
        self.path = path
        self.sha256 = sha256
        self.size = size

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes again, in order; may be read as often as wanted."""
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)


def spool(chunks: Iterable[bytes], folder: Path | None = None, limit: int = FILE_LIMIT) -> Spooled:
    """Write chunks to a file only this user can read, counting and hashing. Raises BadVendorData past `limit` bytes."""
    handle, name = tempfile.mkstemp(prefix="contracts-", dir=folder)
    path = Path(name)
    digest = hashlib.sha256()
    size = 0
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise BadVendorData(f"The contract file is larger than {limit} bytes")
                digest.update(chunk)
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Spooled(path, digest.hexdigest(), size)


def text_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines of UTF-8 chunks, cut anywhere, with their line ends. Raises BadVendorData for other bytes."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    try:
        for chunk in chunks:
            *lines, rest = (rest + decoder.decode(chunk)).splitlines(keepends=True) or [""]
            if rest.endswith("\n"):
                lines, rest = [*lines, rest], ""
            yield from lines
            if len(rest) > LONGEST_LINE:  # each further chunk would copy it once more
                raise BadVendorData("The contract file has a line without end")
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadVendorData("The contract file is not UTF-8 text") from None
    if rest:
        yield rest


def csv_rows(chunks: Iterable[bytes], columns: tuple[str, ...], name: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, values) of a CSV file with exactly these columns. Raises BadVendorData."""
    rows = csv.reader(text_lines(chunks))
    try:
        if tuple(next(rows, ())) != columns:
            raise BadVendorData(f"{name}: the columns are not the documented ones")
        for number, row in enumerate(rows, start=2):
            if len(row) != len(columns):
                raise BadVendorData(f"{name}: line {number} has {len(row)} columns")
            yield number, row
    except csv.Error as error:
        raise BadVendorData(f"{name}: not a CSV file ({error})") from None


def csv_of(columns: tuple[str, ...]) -> Callable[[Iterable[bytes], str], Iterator[tuple[int, list[str]]]]:
    """The rows of a ContractFile that is a CSV file with exactly these columns."""
    return lambda chunks, name: csv_rows(chunks, columns, name)


def derivative_symbol(root: str, kind: InstrumentType, expiry: dt.date | None, strike: Decimal | None) -> str:
    """The common symbol of a future or an option. Raises ValueError without an expiry or an option's strike."""
    if expiry is None or (kind.is_option and strike is None):
        raise ValueError(f"{root}: a derivative needs an expiry, an option a strike")
    # Written out, 1e999999999 would fill the memory.
    if strike is not None and not (strike.is_finite() and abs(strike.adjusted()) < MOST_DIGITS):
        raise ValueError(f"{root}: the strike is no price")
    return f"{root}{_expiry_text(expiry)}{'FUT' if strike is None else _strike_text(strike) + kind}"
