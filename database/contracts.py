"""Contract masters at rest: loads written beside what is served, a swap in one transaction, look-ups by index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from sys import intern
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from database.models.market import ContractGeneration, ContractRow, ContractStatus
from database.stores import Unit
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.money import plain
from utils.limits import lru_cache

COLUMNS = (
    "generation", "exchange", "symbol", "broker_exchange", "broker_symbol", "token", "name", "instrument_type",
    "lot_size", "tick_size", "expiry", "strike", "freeze_qty", "multiplier",
)  # fmt: skip
FETCH = 4096
KEYS_AT_ONCE = 500

_TABLE: Any = ContractRow.__table__
_ROW = [_TABLE.c[name] for name in COLUMNS[1:]]
_BOTH = (f"INSERT INTO contracts ({', '.join(COLUMNS)}) VALUES (", ")")  # noqa: S608 - the names are ours

RawRow = tuple[
    str, str, str, str, str, str, str, int, str, str | None, str | None, int | None, int
]  # fmt: skip


class LoadStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker's contract master is like. Counts, times and checksum are those of the load being served.

    status: pending, downloading, success or error. generation: None while nothing was ever loaded.
    heartbeat_at: the last sign of life of a running load.
    """

    broker: str
    status: str
    message: str
    updated_at: dt.datetime
    heartbeat_at: dt.datetime | None = None
    generation: int | None = None
    total: int = 0
    counts: dict[Exchange, int] = {}
    downloaded_at: dt.datetime | None = None
    duration_ms: int | None = None
    sha256: str | None = None
    warnings: tuple[str, ...] = ()


class Contracts:
    """Repository of contract masters."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def status(self, broker: str) -> LoadStatus | None:
        """The broker's status, None before the first load was tried."""
        row = self._session.get(ContractStatus, broker)
        return _status(row) if row else None

    def statuses(self) -> list[LoadStatus]:
        """Status of every broker that ever tried to load, by id."""
        rows = self._session.scalars(select(ContractStatus).order_by(ContractStatus.broker))
        return [_status(row) for row in rows]

    def generation(self, broker: str) -> int | None:
        """The generation being served, None when there is none."""
        return self._session.scalar(select(ContractStatus.generation).where(ContractStatus.broker == broker))

    def note(self, broker: str, status: str, message: str, now: dt.datetime) -> None:
        """Record the state of a load without touching what is served. `downloading` also beats the heart."""
        row = self._session.get(ContractStatus, broker)
        if row is None:
            row = ContractStatus(broker=broker, total=0, counts={}, warnings=[])
            self._session.add(row)
        row.status = status
        row.message = message[:1000]
        row.updated_at = now
        row.heartbeat_at = now if status == "downloading" else None

    def begin(self, broker: str, sha256: str, now: dt.datetime) -> int:
        """Open a new generation; its rows are invisible until `publish`."""
        row = ContractGeneration(broker=broker, complete=False, total=0, sha256=sha256, created_at=now)
        self._session.add(row)
        self._session.flush()
        return row.id

    def add(self, generation: int, instruments: Iterable[Instrument]) -> None:
        """Insert rows of an open generation."""
        rows = [
            (
                generation, row.exchange.value, row.symbol, row.broker_exchange, row.broker_symbol, row.token,
                row.name, row.instrument_type.value, row.lot_size, _decimal_text(row.tick_size),
                None if row.expiry is None else _date_text(row.expiry),
                None if row.strike is None else _decimal_text(row.strike),
                row.freeze_qty, row.multiplier,
            )
            for row in instruments
        ]  # fmt: skip
        if not rows:
            return
        connection = self._session.connection()
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        connection.exec_driver_sql(", ".join([mark] * len(COLUMNS)).join(_BOTH), rows)

    def publish(self, load: LoadStatus, generation: int) -> None:
        """Make a finished generation current, keep the one it replaces as previous."""
        found = self._session.scalar(
            select(func.count()).select_from(ContractRow).where(ContractRow.generation == generation)
        )
        if found != load.total:
            raise ValueError(f"generation {generation} holds {found} rows instead of {load.total}")
        self._session.execute(
            update(ContractGeneration)
            .where(ContractGeneration.id == generation)
            .values(complete=True, total=load.total)
        )
        row = self._session.get(ContractStatus, load.broker)
        if row is None:
            row = ContractStatus(broker=load.broker)
            self._session.add(row)
        row.previous_generation = row.generation
        row.generation = generation
        row.status, row.message, row.updated_at = load.status, load.message, load.updated_at
        row.heartbeat_at = None
        row.total, row.counts = load.total, {key.value: count for key, count in load.counts.items()}
        row.downloaded_at, row.duration_ms, row.sha256 = load.downloaded_at, load.duration_ms, load.sha256
        row.warnings = list(load.warnings)

    def confirm(self, broker: str, message: str, now: dt.datetime, duration_ms: int) -> None:
        """The vendor's file is the one already served: only the download time moves."""
        self._session.execute(
            update(ContractStatus)
            .where(ContractStatus.broker == broker)
            .values(
                status="success", message=message, updated_at=now, downloaded_at=now, heartbeat_at=None,
                duration_ms=duration_ms,
            )
        )  # fmt: skip

    def superseded(self, broker: str) -> list[int]:
        """Generations below the current one, except the previous: older loads and debris of crashed ones."""
        row = self._session.get(ContractStatus, broker)
        if row is None or row.generation is None:
            return []
        ids = self._session.scalars(
            select(ContractGeneration.id).where(
                ContractGeneration.broker == broker, ContractGeneration.id < row.generation
            )
        )
        return [each for each in ids if each != row.previous_generation]

    def delete_some(self, generation: int, limit: int) -> int:
        """Delete up to `limit` rows of a generation, then the generation itself; answers the rows deleted."""
        some = select(ContractRow.id).where(ContractRow.generation == generation).limit(limit)
        gone = self._session.execute(
            delete(ContractRow).where(ContractRow.id.in_(some)).execution_options(synchronize_session=False)
        )
        count = int(getattr(gone, "rowcount", 0))
        if count < limit:
            self._session.execute(delete(ContractGeneration).where(ContractGeneration.id == generation))
        return count

    def rows(self, generation: int) -> Iterator[Sequence[RawRow]]:
        """All rows of a generation in batches, each row in the order of COLUMNS without the generation."""
        query = select(*_ROW).where(_TABLE.c.generation == generation).order_by(_TABLE.c.id)
        result = self._session.connection().execution_options(yield_per=FETCH).execute(query)
        yield from result.partitions(FETCH)

    def by_key(self, generation: int, key: InstrumentKey) -> Instrument | None:
        """Row of a common name."""
        return self._one(
            _TABLE.c.generation == generation,
            _TABLE.c.symbol == key.symbol,
            _TABLE.c.exchange == key.exchange.value,
        )

    def by_keys(self, generation: int, keys: Collection[InstrumentKey]) -> list[Instrument]:
        """Rows of common names; absent ones are left out."""
        wanted = set(keys)
        symbols = sorted({key.symbol for key in wanted})
        found: list[Instrument] = []
        for start in range(0, len(symbols), KEYS_AT_ONCE):
            part = symbols[start : start + KEYS_AT_ONCE]
            query = select(*_ROW).where(_TABLE.c.generation == generation, _TABLE.c.symbol.in_(part))
            rows = (instrument(row) for row in self._session.connection().execute(query))
            found += [row for row in rows if row.key in wanted]
        return found

    def by_token(self, generation: int, broker_exchange: str, token: str) -> Instrument | None:
        """Row of a vendor token."""
        return self._one(
            _TABLE.c.generation == generation,
            _TABLE.c.token == token,
            _TABLE.c.broker_exchange == broker_exchange,
        )

    def by_broker_symbol(
        self, generation: int, broker_exchange: str, broker_symbol: str
    ) -> Instrument | None:
        """Row of a vendor symbol, None also when it is ambiguous."""
        return self._one(
            _TABLE.c.generation == generation,
            _TABLE.c.broker_symbol == broker_symbol,
            _TABLE.c.broker_exchange == broker_exchange,
        )

    def _one(self, *conditions: Any) -> Instrument | None:
        rows = self._session.connection().execute(select(*_ROW).where(*conditions).limit(2)).all()
        return instrument(rows[0]) if len(rows) == 1 else None


def instrument(row: RawRow) -> Instrument:
    """The domain value of a stored row; repeated strings, dates and decimals are shared."""
    (
        exchange, symbol, broker_exchange, broker_symbol, token, name, kind, lot_size, tick_size, expiry, strike,
        freeze_qty, multiplier,
    ) = row  # fmt: skip
    return Instrument(
        symbol=symbol,
        exchange=Exchange(exchange),
        broker_symbol=symbol if broker_symbol == symbol else broker_symbol,
        broker_exchange=intern(broker_exchange),
        token=token,
        name=intern(name),
        instrument_type=InstrumentType(kind),
        lot_size=lot_size,
        tick_size=_decimal(tick_size),
        expiry=None if expiry is None else _date(expiry),
        strike=None if strike is None else _decimal(strike),
        freeze_qty=freeze_qty,
        multiplier=multiplier,
    )


def _status(row: ContractStatus) -> LoadStatus:
    return LoadStatus(
        broker=row.broker,
        status=row.status,
        message=row.message,
        updated_at=row.updated_at,
        heartbeat_at=row.heartbeat_at,
        generation=row.generation,
        total=row.total,
        counts={Exchange(key): count for key, count in row.counts.items()},
        downloaded_at=row.downloaded_at,
        duration_ms=row.duration_ms,
        sha256=row.sha256,
        warnings=tuple(row.warnings),
    )


_decimal_text = lru_cache(maxsize=16384)(plain)
_date_text = lru_cache(maxsize=2048)(dt.date.isoformat)
_decimal = lru_cache(maxsize=16384)(Decimal)
_date = lru_cache(maxsize=2048)(dt.date.fromisoformat)
