"""Paper accounts, their ledger, positions, lots, holdings and daily figures."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, func, insert, select, update

from database.models.sandbox import (
    PaperAccount,
    PaperBalance,
    PaperDay,
    PaperEntry,
    PaperHolding,
    PaperLot,
    PaperPosition,
)
from database.sandbox.orders import columns, values
from database.sandbox.records import (
    AccountRecord,
    DayRecord,
    EntryRecord,
    HoldingRecord,
    LotRecord,
    PositionRecord,
)
from database.stores import Unit

R = TypeVar("R", bound=msgspec.Struct)
DAYS_SHOWN = 1000


class _Rows:
    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def _read(self, model: Any, kind: type[R], *wanted: Any, order: Any = None) -> list[R]:
        query = select(*columns(model, kind)).where(*wanted)
        if order is not None:
            query = query.order_by(order)
        fields = kind.__struct_fields__
        return [kind(**dict(zip(fields, row, strict=True))) for row in self._session.execute(query).all()]

    def _put(self, model: Any, record: Any) -> None:
        """Insert a record without id, else write it back."""
        fields = values(record, without="id")
        if record.id is None:
            result: Any = self._session.execute(insert(model).values(fields))
            record.id = result.inserted_primary_key[0]
        else:
            self._session.execute(update(model).where(model.id == record.id).values(fields))

    def _drop(self, model: Any, record: Any) -> None:
        if record.id is not None:
            self._session.execute(delete(model).where(model.id == record.id))


class Accounts(_Rows):
    """Repository of paper accounts, ledger entries and balances."""

    def all(self) -> list[AccountRecord]:
        """Every paper account."""
        return self._read(PaperAccount, AccountRecord, order=PaperAccount.account_id)

    def get(self, account_id: int) -> AccountRecord | None:
        """One paper account, None before its first use."""
        found = self._read(PaperAccount, AccountRecord, PaperAccount.account_id == account_id)
        return found[0] if found else None

    def add(self, account: AccountRecord) -> None:
        """A new paper account."""
        self._session.execute(insert(PaperAccount).values(values(account)))

    def save(self, account: AccountRecord) -> None:
        """Write an account back."""
        mine = PaperAccount.account_id == account.account_id
        self._session.execute(update(PaperAccount).where(mine).values(values(account)))

    def post(self, entry: EntryRecord) -> None:
        """Move money; both balances follow in the same transaction."""
        self._session.execute(insert(PaperEntry).values(values(entry)))
        self._add(entry.account_id, entry.source, -entry.paise)
        self._add(entry.account_id, entry.target, entry.paise)

    def _add(self, account_id: int, name: str, paise: int) -> None:
        mine = (PaperBalance.account_id == account_id, PaperBalance.name == name)
        changed: Any = self._session.execute(
            update(PaperBalance).where(*mine).values(paise=PaperBalance.__table__.c.paise + paise)
        )
        if not changed.rowcount:
            self._session.execute(insert(PaperBalance).values(account_id=account_id, name=name, paise=paise))

    def balances(self, account_id: int) -> dict[str, int]:
        """Paise by ledger account; absent ones are zero."""
        query = select(PaperBalance.name, PaperBalance.paise).where(PaperBalance.account_id == account_id)
        return {row.name: row.paise for row in self._session.execute(query)}

    def summed(self, account_id: int) -> dict[str, int]:
        """Balances added up from the entries themselves; for audits."""
        found: dict[str, int] = {}
        for column, sign in ((PaperEntry.source, -1), (PaperEntry.target, 1)):
            query = select(column, func.sum(PaperEntry.paise)).where(PaperEntry.account_id == account_id)
            for name, paise in self._session.execute(query.group_by(column)):
                found[name] = found.get(name, 0) + sign * int(paise)
        return found

    def moved(self, account_id: int, name: str, kinds: tuple[str, ...], since_ms: int, until_ms: int) -> int:
        """Net paise that arrived at a ledger account by entries of these kinds within [since, until)."""
        within = (
            PaperEntry.account_id == account_id, PaperEntry.kind.in_(kinds), PaperEntry.at_ms >= since_ms,
            PaperEntry.at_ms < until_ms,
        )  # fmt: skip
        total = func.coalesce(func.sum(PaperEntry.paise), 0)
        inward = self._session.scalar(select(total).where(*within, PaperEntry.target == name))
        outward = self._session.scalar(select(total).where(*within, PaperEntry.source == name))
        return int(inward or 0) - int(outward or 0)

    def entries(self, account_id: int, limit: int) -> list[EntryRecord]:
        """The latest movements, newest first."""
        query = select(*columns(PaperEntry, EntryRecord)).where(PaperEntry.account_id == account_id)
        rows = self._session.execute(query.order_by(PaperEntry.id.desc()).limit(limit)).all()
        fields = EntryRecord.__struct_fields__
        return [EntryRecord(**dict(zip(fields, row, strict=True))) for row in rows]

    def add_day(self, day: DayRecord) -> None:
        """The figures of a day, once."""
        mine = (PaperDay.account_id == day.account_id, PaperDay.day == day.day)
        self._session.execute(delete(PaperDay).where(*mine))
        self._session.execute(insert(PaperDay).values(values(day)))

    def days(self, account_id: int) -> list[DayRecord]:
        """Daily figures, newest first."""
        query = select(*columns(PaperDay, DayRecord)).where(PaperDay.account_id == account_id)
        rows = self._session.execute(query.order_by(PaperDay.day.desc()).limit(DAYS_SHOWN)).all()
        fields = DayRecord.__struct_fields__
        return [DayRecord(**dict(zip(fields, row, strict=True))) for row in rows]


class Positions(_Rows):
    """Repository of positions, unsettled lots and holdings."""

    def get(self, account_id: int, exchange: str, symbol: str, product: str) -> PositionRecord | None:
        """One position."""
        found = self._read(
            PaperPosition, PositionRecord, PaperPosition.account_id == account_id,
            PaperPosition.exchange == exchange, PaperPosition.symbol == symbol, PaperPosition.product == product,
        )  # fmt: skip
        return found[0] if found else None

    def of_account(self, account_id: int) -> list[PositionRecord]:
        """Every position of an account, flat ones included."""
        return self._read(
            PaperPosition, PositionRecord, PaperPosition.account_id == account_id, order=PaperPosition.id
        )

    def open(self) -> list[PositionRecord]:
        """Open positions of all accounts."""
        return self._read(PaperPosition, PositionRecord, PaperPosition.quantity != 0, order=PaperPosition.id)

    def save(self, position: PositionRecord) -> None:
        """Insert or write back."""
        self._put(PaperPosition, position)

    def start_day(self, account_id: int) -> None:
        """Nothing is realised yet on a new day."""
        mine = PaperPosition.account_id == account_id
        self._session.execute(update(PaperPosition).where(mine).values(realised=0))

    def lots(self, account_id: int, exchange: str, symbol: str) -> list[LotRecord]:
        """Unsettled lots of one share, the first to settle first."""
        return self._read(
            PaperLot, LotRecord, PaperLot.account_id == account_id, PaperLot.exchange == exchange,
            PaperLot.symbol == symbol, order=PaperLot.settles_on,
        )  # fmt: skip

    def due_lots(self, day: str) -> list[LotRecord]:
        """Lots of all accounts that settle on or before a day."""
        return self._read(PaperLot, LotRecord, PaperLot.settles_on <= day, order=PaperLot.settles_on)

    def save_lot(self, lot: LotRecord) -> None:
        """Insert, write back, or remove what is used up."""
        if lot.quantity:
            self._put(PaperLot, lot)
        else:
            self._drop(PaperLot, lot)

    def holding(self, account_id: int, exchange: str, symbol: str) -> HoldingRecord | None:
        """One holding."""
        found = self._read(
            PaperHolding, HoldingRecord, PaperHolding.account_id == account_id,
            PaperHolding.exchange == exchange, PaperHolding.symbol == symbol,
        )  # fmt: skip
        return found[0] if found else None

    def holdings(self, account_id: int | None = None) -> list[HoldingRecord]:
        """Holdings of one account, or of all."""
        wanted = () if account_id is None else (PaperHolding.account_id == account_id,)
        return self._read(PaperHolding, HoldingRecord, *wanted, order=PaperHolding.id)

    def save_holding(self, holding: HoldingRecord) -> None:
        """Insert, write back, or remove what is sold."""
        if holding.quantity:
            self._put(PaperHolding, holding)
        else:
            self._drop(PaperHolding, holding)

    def clear(self, account_id: int) -> None:
        """Drop every position, lot and holding of an account."""
        for model in (PaperPosition, PaperLot, PaperHolding):
            self._session.execute(delete(model).where(model.account_id == account_id))
