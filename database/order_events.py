"""Reads of the order stories in the logs store."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from database.models.logs import OrderEvent
from database.stores import Unit

MOST_ROWS = 2_000
IDS_AT_ONCE = 500


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of order_events, as stored."""

    id: int
    at_ms: int
    account_id: int | None
    request_id: str | None
    tag: str | None
    order_id: str | None
    kind: str
    data: Any


class OrderEventRows:
    """Rows of one user, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def of_order(self, user_id: int, account_id: int | None, order_id: str) -> list[EventRow]:
        """What names this order id."""
        return self._found(user_id, account_id, OrderEvent.order_id == order_id)

    def of_keys(
        self, user_id: int, account_id: int | None, tags: Collection[str], requests: Collection[str]
    ) -> list[EventRow]:
        """What names one of these tags, and the steps that whole calls share."""
        shared = and_(OrderEvent.request_id.in_(requests), OrderEvent.tag.is_(None))
        return self._found(user_id, account_id, or_(OrderEvent.tag.in_(tags), shared))

    def of_request(self, user_id: int, account_id: int | None, request_id: str) -> list[EventRow]:
        """Everything that one call did."""
        return self._found(user_id, account_id, OrderEvent.request_id == request_id)

    def calls(self, user_id: int, account_id: int | None, limit: int) -> list[EventRow]:
        """The newest calls, newest first; refused ones included."""
        where = and_(OrderEvent.kind == "call", _of_account(account_id))
        query = select(OrderEvent).where(OrderEvent.user_id == user_id, where)
        rows = self._session.scalars(query.order_by(OrderEvent.id.desc()).limit(limit))
        return [_row(row) for row in rows]

    def last_state(self, user_id: int, account_id: int, order_id: str) -> dict[str, Any] | None:
        """What the broker last said about an order, as stored."""
        query = select(OrderEvent.data).where(
            OrderEvent.user_id == user_id,
            OrderEvent.order_id == order_id,
            OrderEvent.account_id == account_id,
            OrderEvent.kind == "state",
        )
        data: dict[str, Any] | None = self._session.scalars(
            query.order_by(OrderEvent.id.desc()).limit(1)
        ).first()
        return data

    def orders_with_states(self, user_id: int, account_id: int, limit: int) -> set[str]:
        """Ids of the orders of which the broker ever said something, at most so many."""
        query = select(OrderEvent.order_id).distinct().where(
            OrderEvent.user_id == user_id, OrderEvent.account_id == account_id, OrderEvent.kind == "state"
        )  # fmt: skip
        return {str(order_id) for order_id in self._session.scalars(query.limit(limit))}

    def last_states(
        self, user_id: int, account_id: int, order_ids: Collection[str], since_ms: int
    ) -> dict[str, dict[str, Any]]:
        """What the broker last said since an instant, by order id."""
        of_account = and_(
            OrderEvent.user_id == user_id, OrderEvent.account_id == account_id, OrderEvent.kind == "state"
        )
        found: dict[str, dict[str, Any]] = {}
        names = sorted(order_ids)
        for start in range(0, len(names), IDS_AT_ONCE):
            asked = names[start : start + IDS_AT_ONCE]
            newest = (
                select(func.max(OrderEvent.id))
                .where(of_account, OrderEvent.order_id.in_(asked), OrderEvent.at_ms >= since_ms)
                .group_by(OrderEvent.order_id)
            )
            query = select(OrderEvent.order_id, OrderEvent.data).where(OrderEvent.id.in_(newest))
            found |= {str(order_id): data for order_id, data in self._session.execute(query)}
        return found

    def resolutions(self, user_id: int, account_id: int, since_ms: int) -> list[EventRow]:
        """How unknown outcomes were settled since an instant, oldest first."""
        where = and_(OrderEvent.kind == "resolved", OrderEvent.at_ms >= since_ms)
        return [row for row in self._found(user_id, account_id, where) if row.account_id == account_id]

    def has_states(self, user_id: int, account_id: int) -> bool:
        """Whether any state of any order of the account was ever written."""
        query = select(OrderEvent.id).where(
            OrderEvent.user_id == user_id, OrderEvent.account_id == account_id, OrderEvent.kind == "state"
        )
        return self._session.scalars(query.limit(1)).first() is not None

    def _found(self, user_id: int, account_id: int | None, where: ColumnElement[bool]) -> list[EventRow]:
        query = select(OrderEvent).where(OrderEvent.user_id == user_id, _of_account(account_id), where)
        rows = self._session.scalars(query.order_by(OrderEvent.at_ms, OrderEvent.id).limit(MOST_ROWS))
        return [_row(row) for row in rows]


def _of_account(account_id: int | None) -> ColumnElement[bool]:
    """Rows of the account, and those that were refused before an account was known."""
    return or_(OrderEvent.account_id == account_id, OrderEvent.account_id.is_(None))


def _row(row: OrderEvent) -> EventRow:
    return EventRow(
        id=row.id, at_ms=row.at_ms, account_id=row.account_id, request_id=row.request_id, tag=row.tag,
        order_id=row.order_id, kind=row.kind, data=row.data,
    )  # fmt: skip
