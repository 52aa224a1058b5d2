"""The order stream: every change gets its number, goes to the store, and only then to clients.

What clients heard is therefore in the store, and whoever lost the line between the two, or the process, reads it there
(services.trading.updates.replays). Nobody on an order's way waits for this store: changes are queued, a thread of our
own writes what has gathered as one transaction and tells it in the order of its numbers.

    queue full             the producer waits: an order change is never dropped
    store refuses          clients are told all the same; the rows are written when it can, the newest LATE_ROWS of them
    a row is lost for good the next row names a number that is not there: a reader sees a gap, never a silent hole
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import Protocol

import msgspec
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from database.stores import Store
from database.streams.orders import OrderStreamRows, OrderStreamWriter, StreamRow
from domain.errors import Unavailable
from domain.feed import OrderMessage
from domain.orders import OrderRow
from services import events
from services.trading.updates.numbers import StreamNumbers
from services.wire.orders import order_message
from utils import limits
from utils.clock import Clock, epoch_ms
from utils.concurrency import BoundedQueue, Event, Thread, start_thread
from utils.logging import get_logger

log = get_logger(__name__)
QUEUE = 50_000
BATCH = 500
IDLE_SECONDS = 1.0
# The first change goes out at once; those of a burst share a transaction and a wake-up.
GATHER_SECONDS = 0.01
LATE_ROWS = 20_000
TRIM_EVERY = 500
DAY_MS = 24 * 3600 * 1000


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is."""

    user_id: int
    username: str
    account_id: int
    broker: str


class Kept(msgspec.Struct, frozen=True):
    """How much of each account's stream can be resumed: the newest `rows` of live and of paper, and no older than."""

    days: int = 7
    rows: int = 20_000


KEPT = Kept()


class OrderPublisher(Protocol):
    """The bus towards WebSocket clients."""

    def publish_order(self, user_id: int, seq: int, message: OrderMessage) -> None:
        """Send one change; must not block. Raises Unavailable when the bus takes nothing."""


def message_of(row: StreamRow) -> OrderMessage:
    """A stored change in the words of the contract."""
    return order_message(
        row.row, row.username, row.mode, row.broker, row.strategy, row.at_ms,
        account_id=row.account_id, prev_seq=row.prev_seq,
    )  # fmt: skip


class OrderStream:
    """Numbers, stores and tells the changes of all accounts, live and paper.

    Without a store (a room of a test) changes are told at once and cannot be resumed.
    """

    def __init__(
        self, *, publisher: OrderPublisher, bus: events.Events, clock: Clock, store: Store | None = None,
        kept: Kept = KEPT, numbers: StreamNumbers | None = None,
    ) -> None:  # fmt: skip
        self._publisher = publisher
        self._events = bus
        self._clock = clock
        self._store = store
        self._rows = OrderStreamWriter(store) if store is not None else None
        self._kept = kept
        self.numbers = numbers or StreamNumbers(clock)
        self._queue: BoundedQueue[StreamRow] = BoundedQueue(QUEUE, "wait", name="order stream rows")
        self._late: deque[StreamRow] = deque(maxlen=LATE_ROWS)
        limits.watch(
            self._late, name="late order stream rows", kind="queue", bound=LATE_ROWS, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._previous: defaultdict[tuple[int, str], int] | None = None
        self._untrimmed: Counter[tuple[int, str]] = Counter()
        self._closing = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to write and tell."""
        if self._store is not None:
            self._previous = _stored_numbers(self._store)
            self._thread = start_thread(self._run, "order-stream")

    def close(self) -> None:
        """Write and tell what is queued, then end."""
        self._queue.close()
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def append(
        self, owner: Owner, mode: str, broker: str, row: OrderRow, *, strategy: str, source: str, at_ms: int
    ) -> int:
        """Take the next change of an account; answers its number. `broker`: the name that clients see."""
        with self.numbers.next(owner.user_id) as seq:
            previous = self._load_previous(seq)
            stream = (owner.account_id, mode)
            told = StreamRow(
                user_id=owner.user_id, username=owner.username, account_id=owner.account_id, mode=mode, seq=seq,
                prev_seq=previous[stream], at_ms=at_ms, broker=broker, strategy=strategy, source=source,
                row=row,
            )  # fmt: skip
            previous[stream] = seq
            if self._store is None:
                self._tell(told)
            else:
                self._queue.put(told)
        return seq

    def last_states(self, mode: str, since_ms: int) -> list[StreamRow]:
        """What clients were told last of every order since an instant; empty while the store cannot be read."""
        if self._store is None:
            return []
        try:
            with self._store.reading() as unit:
                return OrderStreamRows(unit).last_states(mode, since_ms)
        except SQLAlchemyError as error:
            log.error("what was told of orders cannot be read", reason=type(error).__name__)
            return []

    def sweep(self) -> None:
        """Forget what is older than it is kept."""
        if self._store is not None:
            with self._store.reading() as unit:
                streams = [(account_id, mode) for _, account_id, mode, _ in OrderStreamRows(unit).heads()]
            for account_id, mode in streams:
                self._trim(self._store, account_id, mode)

    def write(self, patience: float = 0.0) -> int:
        """One round: store what is queued and tell it; how many changes. Waits `patience` seconds for the first."""
        batch = self._queue.take(BATCH, patience)
        if self._store is not None and self._rows is not None and (batch or self._late):
            self._store_rows(self._store, self._rows, batch)
        for row in batch:
            try:
                self._tell(row)
            except Exception:  # one change that cannot be put into words must not hold back the others
                log.exception("an order update was not told", seq=row.seq)
        return len(batch)

    def _run(self) -> None:
        while not (self._queue.closed and not len(self._queue)):
            try:
                if self.write(IDLE_SECONDS):
                    self._closing.wait(GATHER_SECONDS)
            except Exception:
                log.exception("a round of the order stream failed")

    def _load_previous(self, seq: int) -> defaultdict[tuple[int, str], int]:
        """The last number of every stream; in doubt something stands before `seq`, and nobody takes it for complete."""
        if self._previous is None:
            stored = _stored_numbers(self._store) if self._store is not None else defaultdict(int)
            self._previous = defaultdict(lambda: seq - 1) if stored is None else stored
        return self._previous

    def _store_rows(self, store: Store, stored: OrderStreamWriter, batch: list[StreamRow]) -> None:
        rows = [*self._late, *batch]
        try:
            try:
                stored.add(rows)
            except IntegrityError:
                _write_singly(stored, rows)
        except (SQLAlchemyError, Unavailable) as error:
            log.error("order changes are told and not stored", rows=len(rows), error=type(error).__name__)
            self._late.extend(batch)
            return
        self._late.clear()
        self._count(store, rows)

    def _count(self, store: Store, rows: list[StreamRow]) -> None:
        for row in rows:
            stream = (row.account_id, row.mode)
            self._untrimmed[stream] += 1
            if self._untrimmed[stream] >= TRIM_EVERY:
                del self._untrimmed[stream]
                self._trim(store, *stream)

    def _trim(self, store: Store, account_id: int, mode: str) -> None:
        before_ms = epoch_ms(self._clock.now()) - self._kept.days * DAY_MS
        try:
            with store.unit() as unit:
                OrderStreamRows(unit).trim(account_id, mode, before_ms=before_ms, most=self._kept.rows)
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("an order stream is not trimmed", account=account_id, reason=type(error).__name__)

    def _tell(self, row: StreamRow) -> None:
        message = message_of(row)
        try:
            self._publisher.publish_order(row.user_id, row.seq, message)
        except Unavailable as error:
            log.error("an order update did not reach the bus", order_id=message.orderid, reason=error.message)
        if self._events.has_listeners(events.OrderStreamed):
            self._events.publish(
                events.OrderStreamed(
                    user_id=row.user_id,
                    account_id=row.account_id,
                    mode=row.mode,
                    seq=row.seq,
                    message=message,
                )
            )


def _write_singly(stored: OrderStreamWriter, rows: list[StreamRow]) -> None:
    """A number of the batch is taken: that row is lost, which the row behind it shows, and the others are not."""
    for row in rows:
        try:
            stored.add([row])
        except IntegrityError:
            log.error("a number of the order stream is taken", user=row.user_id, seq=row.seq)


def _stored_numbers(store: Store) -> defaultdict[tuple[int, str], int] | None:
    """The last number of every stream, 0 for a new one; None while the store cannot be read."""
    try:
        with store.reading() as unit:
            heads = OrderStreamRows(unit).heads()
    except SQLAlchemyError as error:
        log.error("the order stream cannot be read", reason=type(error).__name__)
        return None
    return defaultdict(int, {(account_id, mode): last for _, account_id, mode, last in heads})
