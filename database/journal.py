"""The order journal on disk: rows handed in by requests, written in groups, synced once per group.

A request hands in a row and returns when the group that holds it is on disk. Under load a group carries many rows,
so the cost of the sync is shared; alone, a row costs one sync and no hand-over to another thread.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.exc import IntegrityError

from database.protection import protected
from database.stores import Store, Unit
from domain.errors import Conflict, OpenAlgoError, Unavailable
from utils import limits
from utils.clock import Clock
from utils.concurrency import Event, Lock, sleep, start_thread

QUEUE_SIZE = 20_000
LAZY_SECONDS = 0.1
LATE_SECONDS = 1.0
CLOSING_SECONDS = 0.002
UNAVAILABLE = "JOURNAL_UNAVAILABLE"
_NAMED = re.compile(r":([a-z_]+)")

Row = Mapping[str, Any]


class IntentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of order_intents, as stored."""

    tag: str
    user_id: int
    account_id: int
    broker: str
    mode: str
    operation: str
    state: str
    order_id: str | None
    symbol: str
    exchange: str
    terms: str | None
    strategy: str
    source: str
    code: str | None
    message: str | None
    created_ms: int
    decided_ms: int | None


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of idempotency_keys, as stored."""

    user_id: int
    mode: str
    key: str
    fingerprint: str
    tag: str | None
    answer: str | None
    created_ms: int


_INTENT_COLUMNS = IntentRow.__struct_fields__
_KEY_COLUMNS = KeyRow.__struct_fields__


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in columns)})"  # noqa: S608


# The order in which a group is written: a key is given up before it is taken again.
RELEASE_KEY, ADD_KEY, ADD_INTENT, ADD_PROTECTED, DECIDE, ANSWER_KEY = range(6)
MOVE_PROTECTED, RESERVE_NUMBERS, FREE_KEY = range(6, 9)
_STATEMENTS = {
    RELEASE_KEY: "DELETE FROM idempotency_keys WHERE user_id=:user_id AND mode=:mode AND key=:key",
    ADD_KEY: _insert("idempotency_keys", _KEY_COLUMNS),
    ADD_INTENT: _insert("order_intents", _INTENT_COLUMNS),
    ADD_PROTECTED: _insert("protected_orders", protected.COLUMNS),
    MOVE_PROTECTED: protected.MOVE,
    # A use that left nothing behind, recognised by its time: the key may have been taken again since.
    FREE_KEY: (
        "DELETE FROM idempotency_keys WHERE user_id=:user_id AND mode=:mode AND key=:key"
        " AND created_ms=:created_ms AND tag IS NULL AND answer IS NULL"
    ),
    RESERVE_NUMBERS: "UPDATE order_stream SET reserved=:reserved WHERE id=1 AND reserved<:reserved",
    # A row that comes late must not undo what was found since: only a broker's answer overwrites an end.
    DECIDE: (
        "UPDATE order_intents SET state=:state, order_id=COALESCE(:order_id, order_id), code=:code,"
        " message=:message, decided_ms=:decided_ms"
        " WHERE tag=:tag AND (:state IN ('acked', 'refused') OR state IN ('pending', 'unknown'))"
    ),
    ANSWER_KEY: "UPDATE idempotency_keys SET answer=:answer WHERE user_id=:user_id AND mode=:mode AND key=:key",
}
_SELECT_INTENT = f"SELECT {', '.join(_INTENT_COLUMNS)} FROM order_intents "  # noqa: S608 - our own column names
_WITH_TAG = "WHERE tag=:tag"
_OF_ORDERS = "operation IN ('place', 'modify', 'cancel')"
_SELECT_KEY = f"SELECT {', '.join(_KEY_COLUMNS)} FROM idempotency_keys "  # noqa: S608


class Pending:
    """Rows that must reach the disk together, and the thread that waits for it, if one does."""

    __slots__ = ("_woken", "abandoned", "done", "error", "is_lazy", "leads", "rows")

    def __init__(self, rows: Sequence[tuple[int, Row]], *, is_lazy: bool = False) -> None:
        self.rows = rows
        self.is_lazy = is_lazy
        self.done = False
        self.error: OpenAlgoError | None = None
        self.leads = False
        self.abandoned = False
        self._woken = Lock()
        self._woken.acquire()

    def finish(self, error: OpenAlgoError | None) -> None:
        """The rows are on disk, or `error` says why not. A thread that leads knows without being woken."""
        self.error = error
        self.done = True
        if not self.leads:
            self._woken.release()

    def lead(self) -> None:
        """Wake the waiter so that it writes the next group."""
        self.leads = True
        self._woken.release()

    def wait(self, timeout: float) -> bool:
        """Whether it was finished or made to lead within `timeout` seconds."""
        return self._woken.acquire(timeout=timeout)


class JournalWriter:
    """One connection of its own; every group is one synced transaction.

    The first thread that waits for rows writes them itself, with all that is queued by then; who comes meanwhile
    waits, and one of them writes the next group. Rows that nobody waits for go along with the next group, or are
    written by a thread of our own after LAZY_SECONDS.
    """

    def __init__(self, store: Store, clock: Clock, on_error: Callable[[Exception], None]) -> None:
        self._store = store
        self._clock = clock
        self._on_error = on_error
        self._guard = Lock()
        self._queue: deque[Pending] = deque()
        self._lazy: deque[Pending] = deque()
        limits.watch(
            self, name="order journal", kind="queue", bound=QUEUE_SIZE, policy="refuse",
            size=lambda own: max(len(own._queue), len(own._lazy)),  # noqa: SLF001 - ours
        )  # fmt: skip
        self._retry_at = 0.0
        self._led = False
        self._closed = Event()
        self._connection: Any = None
        self._texts = {statement: _for_driver(store, text) for statement, text in _STATEMENTS.items()}
        self.groups = 0
        self.rows = 0
        self._thread = start_thread(self._run, "order-journal")

    def write(self, rows: Sequence[tuple[int, Row]], timeout: float) -> None:
        """Return when the (statement, row) pairs are durable, as one unit.

        Raises Conflict when a row's key is taken, and Unavailable when the journal is overloaded, cannot write, or
        took longer than `timeout` seconds; the rows may then still get there.
        """
        begun = self._clock.monotonic()
        pending = Pending(rows)
        with self._guard:
            self._admit(self._queue, pending)
            pending.leads, self._led = not self._led, True
        if not pending.leads and not pending.wait(timeout):
            self._abandon(pending)
        if pending.leads:
            self._lead()
        if not pending.done or self._clock.monotonic() - begun > timeout:
            raise Unavailable("The order journal did not reach the disk in time", code=UNAVAILABLE)
        if pending.error is not None:
            raise pending.error

    def _abandon(self, pending: Pending) -> None:
        """Its waiter is gone, so it must not be chosen to lead; if it was chosen just now, it does."""
        with self._guard:
            if not pending.leads:
                pending.abandoned = True

    def note(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Queue pairs that nobody waits for; a failing disk gets them again. Raises Unavailable when full."""
        with self._guard:
            self._admit(self._lazy, Pending(rows, is_lazy=True))

    def close(self, timeout: float = 5.0) -> None:
        """Write what is queued, then end."""
        with self._guard:
            self._closed.set()
        self._thread.join(timeout)

    def _admit(self, queue: deque[Pending], pending: Pending) -> None:
        if self._closed.is_set():
            raise Unavailable("The order journal is closed", code=UNAVAILABLE)
        if len(queue) >= QUEUE_SIZE:
            raise Unavailable("The order journal is overloaded", code=UNAVAILABLE)
        queue.append(pending)

    def _run(self) -> None:
        """Write what has no waiting thread; after `close`, the rest."""
        while True:
            closed = self._closed.wait(LAZY_SECONDS)
            with self._guard:
                is_due = closed or self._clock.monotonic() >= self._retry_at
                waiting = bool(self._queue or (self._lazy and is_due))
                mine = waiting and not self._led
                if mine:
                    self._led = True
                elif closed and not waiting and not self._led:
                    self._disconnect()
                    return
            if mine:
                self._lead()
            elif closed:
                sleep(CLOSING_SECONDS)

    def _lead(self) -> None:
        """Write one group and let a waiter write the next."""
        with self._guard:
            # What was queued lazily is older than its own later rows, so it is written in front.
            group = [*self._lazy, *self._queue]
            self._lazy.clear()
            self._queue.clear()
        try:
            self._write(group)
        finally:
            with self._guard:
                heir = next((pending for pending in self._queue if not pending.abandoned), None)
                self._led = heir is not None
                if heir is not None:
                    heir.lead()

    def _write(self, group: list[Pending]) -> None:
        try:
            self._transact(group)
        except Exception as error:  # noqa: BLE001 - the driver's errors have no base that both drivers share
            if _is_called(error, "IntegrityError"):
                self._write_singly(group)
                return
            self._disconnect()
            self._on_error(error)
            failure = Unavailable("The order journal cannot write", code=UNAVAILABLE)
            # The disk's fault: the same rows may pass later.
            keeps = _is_called(error, "OperationalError") and self._keep_for_later(group)
            for pending in group:
                if not (keeps and pending.is_lazy):
                    pending.finish(failure)
        else:
            for pending in group:
                pending.finish(None)

    def _keep_for_later(self, group: list[Pending]) -> bool:
        """Rows that nobody waits for go back to where they were, in front of what came since, while we are open."""
        with self._guard:
            if self._closed.is_set():
                return False
            self._lazy.extendleft(pending for pending in reversed(group) if pending.is_lazy)
            self._retry_at = self._clock.monotonic() + LATE_SECONDS
            return True

    def _write_singly(self, group: list[Pending]) -> None:
        """A row of the group broke a rule (a key taken twice): find it, and let the others through."""
        if len(group) == 1:
            group[0].finish(Conflict("A request with this key is being processed", code="DUPLICATE_KEY"))
            return
        # In the order in which a group is written: the outcome of an intent may stand before its row in the queue.
        for pending in sorted(group, key=lambda each: min(statement for statement, _ in each.rows)):
            self._write([pending])

    def _transact(self, group: list[Pending]) -> None:
        batches: dict[int, list[Row]] = {}
        for pending in group:
            for statement, row in pending.rows:
                batches.setdefault(statement, []).append(row)
        with self._store.turn():
            connection = self._connect()
            cursor = connection.cursor()
            try:
                if self._store.is_sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                for statement in sorted(batches):
                    cursor.executemany(self._texts[statement], batches[statement])
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                cursor.close()
        self.groups += 1
        self.rows += sum(map(len, batches.values()))

    def _connect(self) -> Any:
        """The driver's own connection: at a thousand orders a second the layers above it cost more than the disk."""
        if self._connection is None:
            self._connection = self._store.engine.raw_connection()
            if self._store.is_sqlite:
                self._connection.execute("PRAGMA synchronous=FULL")
        return self._connection

    def _disconnect(self) -> None:
        """Throw the connection away: one that failed, or that syncs more than others need, must not be reused."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()


def _is_called(error: Exception, name: str) -> bool:
    """Whether an error is of this class of either driver, or of a finer one beneath it."""
    return any(kind.__name__ == name for kind in type(error).__mro__)


def _for_driver(store: Store, text: str) -> str:
    """Named parameters in the driver's spelling."""
    return text if store.is_sqlite else _NAMED.sub(r"%(\1)s", text)


@cache
def _statement(sql: str) -> TextClause:
    """One of our few statements, parsed once."""
    return text(sql)


class JournalRows:
    """Reads of the journal within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def _intents(self, where: str, **values: Any) -> list[IntentRow]:
        rows = self._session.execute(_statement(_SELECT_INTENT + where), values)
        return [IntentRow(**row) for row in rows.mappings()]

    def by_tag(self, tag: str) -> IntentRow | None:
        """The intent with this tag."""
        found = self._intents(_WITH_TAG, tag=tag)
        return found[0] if found else None

    def of_order(self, account_id: int, order_id: str) -> list[IntentRow]:
        """Every intent about this order, oldest first."""
        return self._intents(
            "WHERE account_id=:account_id AND order_id=:order_id ORDER BY id",
            account_id=account_id, order_id=order_id,
        )  # fmt: skip

    def unresolved(self) -> list[IntentRow]:
        """Every intent of an order whose outcome is not known, oldest first."""
        return self._intents(f"WHERE state IN ('pending', 'unknown') AND {_OF_ORDERS} ORDER BY id")

    def unresolved_gtts(self) -> list[IntentRow]:
        """Every intent of a broker's GTT whose outcome is not known, oldest first."""
        return self._intents(f"WHERE state IN ('pending', 'unknown') AND NOT {_OF_ORDERS} ORDER BY id")

    def taken_gtts(self, account_id: int, trigger_ids: Collection[str]) -> list[IntentRow]:
        """The account's intents about these GTTs that the broker took, oldest first."""
        statement = text(
            _SELECT_INTENT
            + f"WHERE account_id=:account_id AND order_id IN :ids AND state='acked' AND NOT {_OF_ORDERS} ORDER BY id"
        ).bindparams(bindparam("ids", expanding=True))
        rows = self._session.execute(statement, {"account_id": account_id, "ids": list(trigger_ids)})
        return [IntentRow(**row) for row in rows.mappings()]

    def absent(self, since_ms: int) -> list[IntentRow]:
        """Intents since an instant that were found missing, oldest first."""
        return self._intents(
            f"WHERE state='absent' AND created_ms>=:since AND {_OF_ORDERS} ORDER BY id", since=since_ms
        )

    def of_account(self, account_id: int, since_ms: int) -> list[IntentRow]:
        """An account's intents of orders since an instant, oldest first."""
        return self._intents(
            f"WHERE account_id=:account_id AND created_ms>=:since AND {_OF_ORDERS} ORDER BY id",
            account_id=account_id, since=since_ms,
        )  # fmt: skip

    def count_placed(self, account_id: int, mode: str, since_ms: int, until_ms: int) -> int:
        """New orders of an account from one instant up to another."""
        query = text(
            "SELECT count(*) FROM order_intents WHERE account_id=:account_id AND created_ms>=:since"
            " AND created_ms<:until AND mode=:mode AND operation='place'"
        )
        values = {"account_id": account_id, "mode": mode, "since": since_ms, "until": until_ms}
        return int(self._session.execute(query, values).scalar_one())

    def strategies(self, account_id: int, since_ms: int) -> dict[str, str]:
        """order id -> strategy tag of an account's placed orders since an instant."""
        rows = self._session.execute(
            text(
                "SELECT order_id, strategy FROM order_intents WHERE account_id=:account_id"
                " AND created_ms>=:since AND operation='place' AND order_id IS NOT NULL"
            ),
            {"account_id": account_id, "since": since_ms},
        )
        return {str(row[0]): str(row[1]) for row in rows}

    def reserved_number(self) -> int:
        """The highest number that any run may have given to an order update."""
        found = self._session.execute(
            text("SELECT reserved FROM order_stream WHERE id=1")
        ).scalar_one_or_none()
        return int(found or 0)


def intent_with(store: Store, tag: str) -> IntentRow | None:
    """The intent with this tag. Asked for on every order's way, so outside any unit."""
    found = store.fetch(_SELECT_INTENT + _WITH_TAG, tag=tag)
    return IntentRow(**dict(zip(_INTENT_COLUMNS, found[0], strict=True))) if found else None


def stored_key(store: Store, user_id: int, mode: str, key: str) -> KeyRow | None:
    """What is stored under a caller's key; as above."""
    where = "WHERE user_id=:user_id AND mode=:mode AND key=:key"
    found = store.fetch(_SELECT_KEY + where, user_id=user_id, mode=mode, key=key)
    return KeyRow(**dict(zip(_KEY_COLUMNS, found[0], strict=True))) if found else None


def keep_answer(unit: Unit, row: Row, *, retakes: bool) -> None:
    """Put a key with its finished answer along with the unit's other rows. Raises Conflict when the key is taken."""
    if retakes:
        unit.session.execute(text(_STATEMENTS[RELEASE_KEY]), dict(row))
    try:
        unit.session.execute(text(_STATEMENTS[ADD_KEY]), dict(row))
    except IntegrityError:
        raise Conflict("A request with this key is being processed", code="DUPLICATE_KEY") from None


def purge_keys(unit: Unit, before_ms: int) -> int:
    """Drop keys older than an instant; answers how many."""
    result = unit.session.execute(
        text("DELETE FROM idempotency_keys WHERE created_ms<:before"), {"before": before_ms}
    )
    return int(getattr(result, "rowcount", 0))
