"""The queue of orders that wait for approval, on disk."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from database.identity import deleted_rows
from database.models.approvals import PendingOrder
from database.stores import Unit


class PendingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of pending_orders, as stored."""

    id: int
    user_id: int
    account_id: int
    broker: str
    key_id: int | None
    api_type: str
    command: Any
    client_order_id: str | None
    fingerprint: str
    request_id: str
    prices: Any
    state: str
    created_ms: int
    priced_ms: int
    expires_ms: int
    confirm_reason: str | None = None
    decided_ms: int | None = None
    decided_by: str | None = None
    reason: str | None = None
    outcome: str | None = None
    code: str | None = None
    message: str | None = None
    tag: str | None = None
    broker_order_id: str | None = None
    broker_status: str | None = None
    deleted_ms: int | None = None


class PendingFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How a user's queue fares.

    waited_ms: mean time to a person's decision. oldest_ms: when the oldest waiting order came.
    """

    outcomes: dict[str, int]
    waited_ms: float | None
    oldest_ms: int | None


_FIELDS = PendingRow.__struct_fields__


class PendingOrders:
    """Rows within one unit of work. Every change names the state it starts from, so two deciders cannot both win."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, row: PendingRow) -> PendingRow:
        """A new row; its id is given by the store. Raises IntegrityError when the caller's key is taken."""
        fields = {name: getattr(row, name) for name in _FIELDS if name != "id"}
        stored = PendingOrder(**fields)
        self._session.add(stored)
        self._session.flush()
        return msgspec.structs.replace(row, id=stored.id)

    def get(self, pending_id: int) -> PendingRow | None:
        """One row."""
        row = self._session.get(PendingOrder, pending_id)
        return _row(row) if row is not None else None

    def by_key(self, user_id: int, client_order_id: str) -> PendingRow | None:
        """The row that a caller's key made."""
        query = select(PendingOrder).where(
            PendingOrder.user_id == user_id, PendingOrder.client_order_id == client_order_id
        )
        row = self._session.scalars(query).first()
        return _row(row) if row is not None else None

    def of_user(self, user_id: int, states: Collection[str], limit: int) -> list[PendingRow]:
        """Newest first, without what was taken off the list."""
        query = select(PendingOrder).where(
            PendingOrder.user_id == user_id, PendingOrder.state.in_(states), PendingOrder.deleted_ms.is_(None)
        )
        return [
            _row(row) for row in self._session.scalars(query.order_by(PendingOrder.id.desc()).limit(limit))
        ]

    def counts(self, user_id: int) -> dict[str, int]:
        """state -> rows on the list."""
        query = select(PendingOrder.state, func.count()).where(
            PendingOrder.user_id == user_id, PendingOrder.deleted_ms.is_(None)
        )
        return {
            str(state): int(count)
            for state, count in self._session.execute(query.group_by(PendingOrder.state))
        }

    def figures(self, user_id: int) -> PendingFigures:
        """Outcomes and waiting times of every row that is kept, on the list or off it."""
        mine = PendingOrder.user_id == user_id
        outcomes = select(PendingOrder.outcome, func.count()).where(mine, PendingOrder.outcome.is_not(None))
        waited = select(func.avg(PendingOrder.decided_ms - PendingOrder.created_ms)).where(
            mine, PendingOrder.decided_by.is_not(None)
        )
        oldest = select(func.min(PendingOrder.created_ms)).where(mine, PendingOrder.state == "pending")
        mean = self._session.scalar(waited)
        return PendingFigures(
            outcomes={
                str(name): int(count)
                for name, count in self._session.execute(outcomes.group_by(PendingOrder.outcome))
            },
            waited_ms=None if mean is None else float(mean), oldest_ms=self._session.scalar(oldest),
        )  # fmt: skip

    def hide(self, pending_id: int, states: Collection[str], at_ms: int) -> bool:
        """Take a row off the list if it is in one of `states` and its outcome is known; whether it was."""
        query = update(PendingOrder).where(
            PendingOrder.id == pending_id, PendingOrder.state.in_(states), PendingOrder.deleted_ms.is_(None),
            func.coalesce(PendingOrder.outcome, "") != "unknown",
        )  # fmt: skip
        return deleted_rows(self._session.execute(query.values(deleted_ms=at_ms))) == 1

    def forget(self, before_ms: int) -> int:
        """Remove rows that were taken off the list before an instant; how many."""
        query = delete(PendingOrder).where(PendingOrder.deleted_ms < before_ms)
        return deleted_rows(self._session.execute(query))

    def in_state(self, state: str) -> list[PendingRow]:
        """Rows of every user, oldest first."""
        query = select(PendingOrder).where(PendingOrder.state == state).order_by(PendingOrder.id)
        return [_row(row) for row in self._session.scalars(query)]

    def overdue(self, now_ms: int) -> list[PendingRow]:
        """Waiting rows past their time."""
        query = select(PendingOrder).where(PendingOrder.state == "pending", PendingOrder.expires_ms <= now_ms)
        return [_row(row) for row in self._session.scalars(query)]

    def watched(self, since_ms: int) -> list[PendingRow]:
        """Executed rows whose outcome or broker state may still change."""
        query = select(PendingOrder).where(
            PendingOrder.state == "approved",
            PendingOrder.decided_ms >= since_ms,
            PendingOrder.outcome.in_(("accepted", "unknown")),
        )
        return [_row(row) for row in self._session.scalars(query)]

    def move(self, pending_id: int, from_state: str, **values: Any) -> bool:
        """Change a row that is in `from_state` now; whether it was."""
        query = update(PendingOrder).where(PendingOrder.id == pending_id, PendingOrder.state == from_state)
        return deleted_rows(self._session.execute(query.values(**values))) == 1


def _row(row: PendingOrder) -> PendingRow:
    return PendingRow(**{name: getattr(row, name) for name in _FIELDS})
