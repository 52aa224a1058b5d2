"""Forgets old rows of the logs and latency stores. The story of an order goes as a whole, and only once it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from database.identity import deleted_rows
from database.models.logs import OrderEvent
from database.models.operations import ErrorGroup
from database.stores import Store, Unit

BATCH = 2_000
Key = tuple[str, ...]


class _Row(msgspec.Struct, frozen=True):
    """What of an event row decides whether its story may go. final: None where the row tells no state."""

    id: int
    at_ms: int
    keys: tuple[Key, ...]
    order: Key | None
    final: bool | None


class OldStories:
    """Order events within one unit of the logs store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def remove(
        self, before_ms: int, after_id: int, limit: int, unsettled: Collection[str]
    ) -> tuple[int, int | None]:
        """Look at `limit` rows older than `before_ms` behind `after_id`, and remove those whose story is over.

        A story stays while one of its rows is younger, an order of it was last told as working or never told to have
        ended, or one of its tags is in `unsettled`. Answers (rows removed, last id looked at; None at the end).
        """
        query = select(OrderEvent).where(OrderEvent.id > after_id, OrderEvent.at_ms < before_ms)
        old = [_row(row) for row in self._session.scalars(query.order_by(OrderEvent.id).limit(limit))]
        if not old:
            return 0, None
        stories = _Stories(self._related(old))
        kept = stories.kept(before_ms, {("tag", tag) for tag in unsettled})
        gone = [row.id for row in old if stories.of(row) not in kept]
        self._session.execute(delete(OrderEvent).where(OrderEvent.id.in_(gone)))
        return len(gone), old[-1].id

    def _related(self, rows: Iterable[_Row]) -> list[_Row]:
        """The rows and whatever shares an order, a tag or a call with one of them."""
        keys = {key for row in rows for key in row.keys}
        tags = [key[1] for key in keys if key[0] == "tag"]
        requests = [key[1] for key in keys if key[0] == "request"]
        by_user: dict[str, list[str]] = {}
        for key in keys:
            if key[0] == "order":
                by_user.setdefault(key[1], []).append(key[3])
        same_orders = [
            and_(OrderEvent.user_id == int(user), OrderEvent.order_id.in_(ids))
            for user, ids in by_user.items()
        ]
        query = select(OrderEvent).where(
            or_(OrderEvent.tag.in_(tags), OrderEvent.request_id.in_(requests), *same_orders)
        )
        found = {row.id: row for row in rows}
        found |= {row.id: _row(row) for row in self._session.scalars(query)}
        return list(found.values())


class _Stories:
    """Rows that belong together, by the keys they share."""

    def __init__(self, rows: list[_Row]) -> None:
        self._rows = rows
        self._parent: dict[Key, Key] = {}
        for row in rows:
            for key in row.keys:
                self._parent[self._root(key)] = self._root(row.keys[0])

    def _root(self, key: Key) -> Key:
        while (above := self._parent.setdefault(key, key)) != key:
            key = above
        return key

    def of(self, row: _Row) -> Key:
        """The story that a row belongs to."""
        return self._root(row.keys[0])

    def kept(self, before_ms: int, unsettled: Collection[Key]) -> set[Key]:
        """Stories that are not over."""
        last: dict[Key, bool | None] = {}
        for row in sorted(self._rows, key=lambda row: row.id):
            if row.order is not None:
                last[row.order] = row.final if row.final is not None else last.get(row.order)
        return {
            self.of(row)
            for row in self._rows
            if row.at_ms >= before_ms
            or (row.order is not None and not last[row.order])
            or any(key in unsettled for key in row.keys)
        }


def _row(row: OrderEvent) -> _Row:
    order = None
    if row.order_id is not None:
        order = ("order", str(row.user_id), str(row.account_id), row.order_id)
    named = (("tag", row.tag), ("request", row.request_id))
    keys = [(kind, text) for kind, text in named if text is not None]
    return _Row(
        row.id, row.at_ms, (*keys, *([order] if order else [])) or (("row", str(row.id)),), order,
        bool(row.data.get("final")) if row.kind == "state" else None,
    )  # fmt: skip


def remove_before(store: Store, column: InstrumentedAttribute[Any], before: Any, *where: Any) -> int:
    """Forget the rows of a table with a growing `id` whose column is less than `before`; how many.

    In batches that are transactions of their own, so that writers get their turn.
    """
    table = column.class_
    removed = 0
    while True:
        with store.unit() as unit:
            old = select(table.id).where(column < before, *where).limit(BATCH)
            count = deleted_rows(unit.session.execute(delete(table).where(table.id.in_(old))))
        removed += count
        if count < BATCH:
            return removed


def remove_old_errors(store: Store, before: dt.datetime) -> int:
    """Forget groups of errors that are solved and were not seen since an instant; how many."""
    query = delete(ErrorGroup).where(ErrorGroup.last_seen < before, ErrorGroup.resolved_at.is_not(None))
    with store.unit() as unit:
        return deleted_rows(unit.session.execute(query))
