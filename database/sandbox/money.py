"""Paper accounts, their ledger, positions, lots, holdings and daily figures."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from database.models.sandbox import (
    PaperAccount,
    PaperBalance,
    PaperDay,
    PaperEntry,
    PaperHolding,
    PaperLot,
    PaperPosition,
)
from database.sandbox.records import (
    AccountRecord,
    DayRecord,
    EntryRecord,
    HoldingRecord,
    LotRecord,
    PositionRecord,
)
from database.sandbox.rows import Rows, Statement
from database.stores import Unit

DAYS_SHOWN = 1000
_accounts = Rows(PaperAccount, AccountRecord)
_entries = Rows(PaperEntry, EntryRecord)
_days = Rows(PaperDay, DayRecord)
_positions = Rows(PaperPosition, PositionRecord, key="id")
_lots = Rows(PaperLot, LotRecord, key="id")
_holdings = Rows(PaperHolding, HoldingRecord, key="id")
_BALANCE = PaperBalance.__table__.c
_ADD = Statement(
    update(PaperBalance.__table__)  # type: ignore[arg-type]
    .where(_BALANCE.account_id == bindparam("the_account"), _BALANCE.name == bindparam("the_name"))
    .values(paise=_BALANCE.paise + bindparam("more"))
)
_BALANCES = Statement(
    select(_BALANCE.name, _BALANCE.paise).where(_BALANCE.account_id == bindparam("the_account"))
)


class _Rows:
    def __init__(self, unit: Unit) -> None:
        self._session = unit.session
        self._connection = unit.connection


class Accounts(_Rows):
    """Repository of paper accounts, ledger entries and balances."""

    def all(self) -> list[AccountRecord]:
        """Every paper account."""
        return _accounts.read(self._connection, order="account_id")

    def get(self, account_id: int) -> AccountRecord | None:
        """One paper account, None before its first use."""
        found = _accounts.read(self._connection, account_id=account_id)
        return found[0] if found else None

    def add(self, account: AccountRecord) -> None:
        """A new paper account."""
        _accounts.add(self._connection, account)

    def save(self, account: AccountRecord) -> None:
        """Write an account back."""
        mine = PaperAccount.account_id == account.account_id
        self._session.execute(update(PaperAccount).where(mine).values(msgspec.structs.asdict(account)))

    def post(self, entry: EntryRecord) -> None:
        """Move money; both balances follow in the same transaction."""
        _entries.add(self._connection, entry)
        self._add(entry.account_id, entry.source, -entry.paise)
        self._add(entry.account_id, entry.target, entry.paise)

    def _add(self, account_id: int, name: str, paise: int) -> None:
        changed = _ADD.change(self._connection, {"the_account": account_id, "the_name": name, "more": paise})
        if not changed:
            self._session.execute(insert(PaperBalance).values(account_id=account_id, name=name, paise=paise))

    def balances(self, account_id: int) -> dict[str, int]:
        """Paise by ledger account; absent ones are zero."""
        return {row[0]: row[1] for row in _BALANCES.rows(self._connection, {"the_account": account_id})}

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
        query = select(*_entries.columns).where(PaperEntry.account_id == account_id)
        rows = self._session.execute(query.order_by(PaperEntry.id.desc()).limit(limit)).all()
        return _entries.records(rows)

    def add_day(self, day: DayRecord) -> None:
        """The figures of a day, once."""
        mine = (PaperDay.account_id == day.account_id, PaperDay.day == day.day)
        self._session.execute(delete(PaperDay).where(*mine))
        _days.add(self._connection, day)

    def days(self, account_id: int) -> list[DayRecord]:
        """Daily figures, newest first."""
        query = select(*_days.columns).where(PaperDay.account_id == account_id)
        rows = self._session.execute(query.order_by(PaperDay.day.desc()).limit(DAYS_SHOWN)).all()
        return _days.records(rows)


class Positions(_Rows):
    """Repository of positions, unsettled lots and holdings."""

    def get(self, account_id: int, exchange: str, symbol: str, product: str) -> PositionRecord | None:
        """One position."""
        found = _positions.read(
            self._connection, account_id=account_id, exchange=exchange, symbol=symbol, product=product
        )
        return found[0] if found else None

    def of_account(self, account_id: int) -> list[PositionRecord]:
        """Every position of an account, flat ones included."""
        return _positions.read(self._connection, order="id", account_id=account_id)

    def open(self) -> list[PositionRecord]:
        """Open positions of all accounts."""
        return _positions.read(self._connection, _positions.table.c.quantity != 0, name="open", order="id")

    def save(self, position: PositionRecord) -> None:
        """Insert or write back."""
        _positions.save(self._connection, position)

    def start_day(self, account_id: int) -> None:
        """Nothing is realised yet on a new day."""
        mine = PaperPosition.account_id == account_id
        self._session.execute(update(PaperPosition).where(mine).values(realised=0))

    def lots(self, account_id: int, exchange: str, symbol: str) -> list[LotRecord]:
        """Unsettled lots of one share, the first to settle first."""
        return _lots.read(
            self._connection, order="settles_on", account_id=account_id, exchange=exchange, symbol=symbol
        )

    def due_lots(self, day: str) -> list[LotRecord]:
        """Lots of all accounts that settle on or before a day."""
        query = select(*_lots.columns).where(_lots.table.c.settles_on <= day)
        return _lots.records(self._connection.execute(query.order_by(_lots.table.c.settles_on)))

    def save_lot(self, lot: LotRecord) -> None:
        """Insert, write back, or remove what is used up."""
        if lot.quantity:
            _lots.save(self._connection, lot)
        else:
            _lots.drop(self._connection, lot)

    def holding(self, account_id: int, exchange: str, symbol: str) -> HoldingRecord | None:
        """One holding."""
        found = _holdings.read(self._connection, account_id=account_id, exchange=exchange, symbol=symbol)
        return found[0] if found else None

    def holdings(self, account_id: int | None = None) -> list[HoldingRecord]:
        """Holdings of one account, or of all."""
        wanted: dict[str, Any] = {} if account_id is None else {"account_id": account_id}
        return _holdings.read(self._connection, order="id", **wanted)

    def save_holding(self, holding: HoldingRecord) -> None:
        """Insert, write back, or remove what is sold."""
        if holding.quantity:
            _holdings.save(self._connection, holding)
        else:
            _holdings.drop(self._connection, holding)

    def clear(self, account_id: int) -> None:
        """Drop every position, lot and holding of an account."""
        for model in (PaperPosition, PaperLot, PaperHolding):
            self._session.execute(delete(model).where(model.account_id == account_id))
