"""Repository of the GTTs that we hold."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select, update

from database.models import triggers as tables
from database.stores import Unit
from domain.gtt import GttTerms
from domain.triggers.held import HeldGtt, HeldState, Leg

OPEN = ("active", "firing")


class HeldGtts:
    """GTTs by id and account."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, gtt: HeldGtt) -> None:
        """Keep a new one."""
        self._session.add(tables.HeldGtt(**_columns(gtt)))
        self._session.flush()

    def get(self, trigger_id: str) -> HeldGtt | None:
        """One of any state."""
        row = self._session.scalar(select(tables.HeldGtt).where(tables.HeldGtt.trigger_id == trigger_id))
        return _value(row) if row is not None else None

    def open(self) -> list[HeldGtt]:
        """Every GTT that can still send an order or may just have sent one."""
        query = select(tables.HeldGtt).where(tables.HeldGtt.state.in_(OPEN)).order_by(tables.HeldGtt.id)
        return [_value(row) for row in self._session.scalars(query)]

    def count_open(self, account_id: int, mode: str) -> int:
        """How many of an account are open."""
        table = tables.HeldGtt
        query = select(func.count()).where(
            table.account_id == account_id, table.mode == mode, table.state.in_(OPEN)
        )
        return self._session.scalar(query) or 0

    def of_account(self, account_id: int, mode: str, *, history: int) -> list[HeldGtt]:
        """The open ones, oldest first, then at most `history` finished ones, newest first."""
        table = tables.HeldGtt
        mine = select(table).where(table.account_id == account_id, table.mode == mode)
        rows = list(self._session.scalars(mine.where(table.state.in_(OPEN)).order_by(table.id)))
        if history:
            done = mine.where(table.state.not_in(OPEN)).order_by(table.id.desc()).limit(history)
            rows += self._session.scalars(done)
        return [_value(row) for row in rows]

    def move(self, gtt: HeldGtt, was: HeldGtt) -> bool:
        """Write all of `gtt`, if the stored version is still `was`; answers whether it was."""
        table = tables.HeldGtt
        changed = self._session.execute(
            update(table)
            .where(
                table.trigger_id == gtt.trigger_id,
                table.state == was.state.value,
                table.updated_ms == was.updated_ms,
            )
            .values(**_columns(gtt))
            .returning(table.id)
        )
        return changed.first() is not None


def _columns(gtt: HeldGtt) -> dict[str, object]:
    facts = {name: getattr(gtt, name) for name in gtt.__struct_fields__}
    return facts | {
        "terms": msgspec.json.encode(gtt.terms).decode(), "state": gtt.state.value,
        "leg": gtt.leg.value if gtt.leg else None, "reason": gtt.reason[:500],
    }  # fmt: skip


def _value(row: tables.HeldGtt) -> HeldGtt:
    return HeldGtt(
        trigger_id=row.trigger_id, user_id=row.user_id, account_id=row.account_id, broker=row.broker,
        mode=row.mode, strategy=row.strategy, terms=msgspec.json.decode(row.terms, type=GttTerms),
        state=HeldState(row.state), last_price=row.last_price, created_ms=row.created_ms,
        updated_ms=row.updated_ms, expires_ms=row.expires_ms, leg=Leg(row.leg) if row.leg else None,
        claimed_ms=row.claimed_ms, order_id=row.order_id, reason=row.reason,
    )  # fmt: skip
