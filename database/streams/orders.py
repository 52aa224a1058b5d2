"""The order stream in the logs store: every change that clients were told, in the order of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, Table, and_, delete, func, select

from database.identity import deleted_rows
from database.models.logs import OrderStreamEvent
from database.stores import Store, Unit
from database.streams.appending import Appender
from domain.orders import OrderRow


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one order as clients are told it.

    seq: grows by user and never repeats. prev_seq: number of the change before it in the same account and mode, 0 for
    the first one: what is missing between two rows shows. broker: the name that clients see. source: where we learnt
    it (`push`, `poll`, `answer`, `postback`). at_ms: when, epoch milliseconds.
    """

    user_id: int
    username: str
    account_id: int
    mode: str
    seq: int
    prev_seq: int
    at_ms: int
    broker: str
    strategy: str
    source: str
    row: OrderRow


class OrderStreamWriter:
    """Adds rows of every account, each call in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._rows = Appender(store, cast("Table", OrderStreamEvent.__table__))

    def add(self, rows: Sequence[StreamRow]) -> None:
        """Put rows behind those that are there. Raises SQLAlchemyError and Unavailable."""
        self._rows.add([_stored(row) for row in rows])


class OrderStreamRows:
    """Rows of every account, within one unit of the logs store."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._session = unit.session

    def after(
        self, user_id: int, seq: int, limit: int, *, account_id: int | None = None, mode: str | None = None
    ) -> list[StreamRow]:
        """Up to `limit` changes behind a number, in order; of one account or one mode when named."""
        where = [OrderStreamEvent.user_id == user_id, OrderStreamEvent.seq > seq]
        if account_id is not None:
            where.append(OrderStreamEvent.account_id == account_id)
        if mode is not None:
            where.append(OrderStreamEvent.mode == mode)
        return [row for _, row in self._found(and_(*where), OrderStreamEvent.seq, limit)]

    def head(self, user_id: int) -> int:
        """The highest number of a user, 0 without any."""
        query = select(func.max(OrderStreamEvent.seq)).where(OrderStreamEvent.user_id == user_id)
        return self._session.scalar(query) or 0

    def heads(self) -> list[tuple[int, int, str, int]]:
        """(user, account, mode, highest number) of every stream."""
        columns = (OrderStreamEvent.user_id, OrderStreamEvent.account_id, OrderStreamEvent.mode)
        query = select(*columns, func.max(OrderStreamEvent.seq)).group_by(*columns)
        return [(user, account, mode, seq) for user, account, mode, seq in self._session.execute(query)]

    def newest_id(self) -> int:
        """The place of the newest row among those of all users, 0 without any."""
        return self._session.scalar(select(func.max(OrderStreamEvent.id))) or 0

    def tail(self, after_id: int, limit: int) -> list[tuple[int, StreamRow]]:
        """Up to `limit` rows of all users behind a place, with the place of each."""
        return self._found(OrderStreamEvent.id > after_id, OrderStreamEvent.id, limit)

    def last_states(self, mode: str, since_ms: int) -> list[StreamRow]:
        """The last change since an instant of every order of every account, oldest first."""
        of_mode = and_(OrderStreamEvent.mode == mode, OrderStreamEvent.at_ms >= since_ms)
        keys = (OrderStreamEvent.account_id, OrderStreamEvent.order_id)
        newest = select(func.max(OrderStreamEvent.id)).where(of_mode).group_by(*keys)
        return [row for _, row in self._found(OrderStreamEvent.id.in_(newest), OrderStreamEvent.id, None)]

    def trim(self, account_id: int, mode: str, *, before_ms: int, most: int) -> int:
        """Forget of one stream what is older than an instant or more than `most` rows back; how many.

        The newest row stays whatever its age: by it a reader sees whether something behind its number is missing.
        """
        stream = and_(OrderStreamEvent.account_id == account_id, OrderStreamEvent.mode == mode)
        newest = self._session.scalar(select(func.max(OrderStreamEvent.seq)).where(stream))
        if newest is None:
            return 0
        ranked = select(OrderStreamEvent.seq).where(stream).order_by(OrderStreamEvent.seq.desc())
        first_gone = self._session.scalar(ranked.offset(most).limit(1)) or 0
        # Rows go from the oldest on, so that what is kept has no hole however the clock has leapt.
        first_young = self._session.scalar(
            select(func.min(OrderStreamEvent.seq)).where(stream, OrderStreamEvent.at_ms >= before_ms)
        )
        until = min(newest, max(first_gone + 1, newest if first_young is None else first_young))
        gone = delete(OrderStreamEvent).where(stream, OrderStreamEvent.seq < until)
        return deleted_rows(self._session.execute(gone))

    def _found(
        self, where: ColumnElement[bool], order: Any, limit: int | None
    ) -> list[tuple[int, StreamRow]]:
        query = select(OrderStreamEvent.__table__).where(where).order_by(order)
        found = self._unit.connection.execute(query if limit is None else query.limit(limit))
        return [(row["id"], _read(row)) for row in found.mappings()]


_COLUMNS = tuple(name for name in StreamRow.__struct_fields__ if name != "row")


def _stored(row: StreamRow) -> dict[str, Any]:
    """A row as its columns; what only a later change of the order needs is not told to clients and not kept."""
    told = msgspec.structs.replace(row.row, vendor={})
    fields = {name: getattr(row, name) for name in _COLUMNS}
    return {**fields, "order_id": told.order_id, "row": msgspec.to_builtins(told)}


def _read(row: Any) -> StreamRow:
    return StreamRow(**{name: row[name] for name in _COLUMNS}, row=msgspec.convert(row["row"], OrderRow))
