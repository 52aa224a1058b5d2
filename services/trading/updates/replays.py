"""What a client missed of the order stream: read from the store by whoever serves it, in this process or another one.

    reader = OrderReplays(stores.logs).reader(user_id, after)
    while rows := reader.next(200):      # raises Gap when something behind `after` is no longer there
        ...

Every change names the one before it in its account and mode, so a reader proves that nothing is missing in between.
"""

from __future__ import annotations

from database.stores import Store
from database.streams.orders import OrderStreamRows, StreamRow
from domain.streams.orders import Gap, Placed, Scope, Sent
from services.trading.updates.stream import message_of


class OrderReader:
    """Reads a scope forward from a number; one thread at a time."""

    def __init__(self, store: Store, scope: Scope, after: int) -> None:
        self._store = store
        self.scope = scope
        self._after = self.at = after
        self._last: dict[tuple[int, str], int] = {}
        self._is_checked = False

    def next(self, limit: int) -> list[Sent]:
        """Up to `limit` more changes, in order; empty at the end. Raises Gap."""
        scope = self.scope
        with self._store.reading() as unit:
            rows = OrderStreamRows(unit)
            if not self._is_checked:
                head = rows.head(scope.user_id)
                if self._after > head:
                    raise Gap(head)
                self._is_checked = True
            found = rows.after(scope.user_id, self.at, limit, account_id=scope.account_id, mode=scope.mode)
            if not all(map(self._follows, found)):
                raise Gap(rows.head(scope.user_id))
        if found:
            self.at = found[-1].seq
        return [Sent(row.seq, message_of(row)) for row in found]

    def _follows(self, row: StreamRow) -> bool:
        stream = (row.account_id, row.mode)
        last = self._last.get(stream)
        self._last[stream] = row.seq
        return row.prev_seq <= self._after if last is None else row.prev_seq == last


class OrderReplays:
    """The reading side of the order stream; thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reader(self, scope: Scope, after: int) -> OrderReader:
        """A reader of what is behind a number."""
        return OrderReader(self._store, scope, after)

    def head(self, user_id: int) -> int:
        """The user's highest number, 0 without any."""
        with self._store.reading() as unit:
            return OrderStreamRows(unit).head(user_id)

    def after(self, user_id: int, seq: int, limit: int) -> list[Sent]:
        """Up to `limit` changes of a user behind a number, whether or not something is missing."""
        with self._store.reading() as unit:
            return [
                Sent(row.seq, message_of(row)) for row in OrderStreamRows(unit).after(user_id, seq, limit)
            ]

    def newest_place(self) -> int:
        """The place of the newest change of all users."""
        with self._store.reading() as unit:
            return OrderStreamRows(unit).newest_id()

    def tail(self, place: int, limit: int) -> list[Placed]:
        """Up to `limit` changes of all users behind a place, oldest first."""
        with self._store.reading() as unit:
            found = OrderStreamRows(unit).tail(place, limit)
        return [Placed(at, row.user_id, Sent(row.seq, message_of(row))) for at, row in found]
