"""The one door to threads, locks, events, sleeps and queues, so that every thread has a name, an owner and an end."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from utils import limits

T = TypeVar("T")

Thread = threading.Thread
Flag = threading.Event  # the type of what Event() answers
BoundedSemaphore = threading.BoundedSemaphore
local = threading.local


class Threads:
    """Where threads, their locks and their waiting come from: the machine's. A simulation brings its own."""

    def lock(self) -> threading.Lock:
        """See Lock."""
        return threading.Lock()

    def rlock(self) -> Any:
        """See RLock."""
        return threading.RLock()

    def event(self) -> threading.Event:
        """See Event."""
        return threading.Event()

    def condition(self, lock: threading.Lock | None) -> threading.Condition:
        """See Condition."""
        return threading.Condition(lock)

    def sleep(self, seconds: float) -> None:
        """See sleep."""
        time.sleep(seconds)

    def start(self, target: Callable[[], None], name: str) -> threading.Thread:
        """See start_thread."""
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    def run_all(self, jobs: Sequence[Callable[[], T]], workers: int, name: str) -> list[T]:
        """See run_all."""
        with ThreadPoolExecutor(min(workers, len(jobs)), thread_name_prefix=name) as pool:
            return [future.result() for future in [pool.submit(job) for job in jobs]]


_machine = Threads()
_own = threading.local()


def _threads() -> Threads:
    return getattr(_own, "threads", _machine)


@contextmanager
def running_on(threads: Threads) -> Iterator[None]:
    """Whatever this thread of the machine builds or waits for inside the block comes from `threads`."""
    before = _threads()
    _own.threads = threads
    try:
        yield
    finally:
        _own.threads = before


def Lock() -> threading.Lock:  # noqa: N802 - read as the class that it stands for, like the three below
    """A lock."""
    return _threads().lock()


def RLock() -> Any:  # noqa: N802
    """A lock that its holder may take again."""
    return _threads().rlock()


def Event() -> threading.Event:  # noqa: N802
    """A flag to wait for."""
    return _threads().event()


def Condition(lock: threading.Lock | None = None) -> threading.Condition:  # noqa: N802
    """A place to wait under `lock`, a new one when None."""
    return _threads().condition(lock)


def sleep(seconds: float) -> None:
    """Pause this thread; never a way to synchronise."""
    _threads().sleep(seconds)


def start_thread(target: Callable[[], None], name: str) -> threading.Thread:
    """Start a daemon thread; the caller owns it and stops it through an Event."""
    return _threads().start(target, name)


def thread_count() -> int:
    """Threads of this process that Python knows."""
    return threading.active_count()


class Periodic:
    """Calls `work` every `seconds` until stopped. An error is handed to `on_error` and the rhythm goes on."""

    def __init__(
        self, work: Callable[[], None], seconds: float, name: str, on_error: Callable[[Exception], None]
    ) -> None:
        self._work = work
        self._seconds = seconds
        self._on_error = on_error
        self._stop = Event()
        self._thread = start_thread(self._run, name)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - handed on to the owner, never swallowed
                self._on_error(error)

    def stop(self, timeout: float = 2.0) -> None:
        """Ask to end and wait for the current round."""
        self._stop.set()
        self._thread.join(timeout)


class QueueFull(Exception):
    """A bounded queue with the policy `refuse` has no room."""


class BoundedQueue(Generic[T]):
    """A queue with a size and a named policy for what happens when it is full.

    refuse       put() raises QueueFull (orders: back-pressure)
    drop_oldest  the oldest item makes room and `dropped` counts it (metrics)
    wait         put() waits for room (order logs: nothing is lost, the producer slows down)

    `name` is what utils.limits tells of it.
    """

    def __init__(self, size: int, policy: str, *, name: str) -> None:
        if policy not in ("refuse", "drop_oldest", "wait"):
            raise ValueError(f"unknown queue policy {policy!r}")
        self._items: deque[T] = deque()
        self.size = self._size = size
        self.policy = self._policy = policy
        lock = Lock()
        self._ready = Condition(lock)
        self._room = Condition(lock)
        self._closed = False
        self.dropped = 0
        self.refused = 0
        limits.watch(
            self, name=name, kind="queue", bound=size, policy=policy, size=len,
            dropped=lambda own: own.dropped + own.refused,
        )  # fmt: skip

    def put(self, item: T) -> None:
        """Add an item under the queue's policy."""
        with self._ready:
            if len(self._items) >= self._size:
                if self._policy == "refuse":
                    self.refused += 1
                    raise QueueFull(f"queue is full ({self._size})")
                if self._policy == "wait":
                    self._room.wait_for(lambda: len(self._items) < self._size or self._closed)
                else:
                    self._items.popleft()
                    self.dropped += 1
            self._items.append(item)
            self._ready.notify()

    def take(self, limit: int, timeout: float) -> list[T]:
        """Up to `limit` items, waiting at most `timeout` seconds for the first. Empty when none came or closed."""
        with self._ready:
            if not self._items and not self._closed:
                self._ready.wait(timeout)
            count = min(limit, len(self._items))
            taken = [self._items.popleft() for _ in range(count)]
            if taken and self._policy == "wait":
                self._room.notify_all()
            return taken

    def close(self) -> None:
        """Wake waiting consumers; what is queued can still be taken."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
            self._room.notify_all()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def __len__(self) -> int:
        return len(self._items)


def run_all(jobs: Sequence[Callable[[], T]], workers: int, name: str) -> list[T]:
    """Run every job, at most `workers` at a time, and answer their results in order.

    Jobs must not raise: the first error would be re-raised only after all of them ended.
    """
    if len(jobs) <= 1 or workers <= 1:
        return [job() for job in jobs]
    return _threads().run_all(jobs, workers, name)


class KeyedLocks:
    """A lock per key, kept only while somebody holds or awaits it."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: dict[Hashable, list[Any]] = {}

    @contextmanager
    def hold(self, key: Hashable, timeout: float) -> Iterator[bool]:
        """Hold the key's lock; answers False when it did not come free within `timeout` seconds."""
        with self._guard:
            entry = self._locks.setdefault(key, [Lock(), 0])
            entry[1] += 1
        held = entry[0].acquire(timeout=timeout)
        try:
            yield held
        finally:
            if held:
                entry[0].release()
            with self._guard:
                entry[1] -= 1
                if not entry[1]:
                    del self._locks[key]


class _Claim:
    """Who holds a scope, or waits for it with `granted` to be set."""

    __slots__ = ("granted", "scope")

    def __init__(self, scope: tuple[Hashable | None, ...]) -> None:
        self.scope = scope
        self.granted = Event()

    def excludes(self, other: _Claim) -> bool:
        """Whether the scopes have something in common."""
        return all(
            ours is None or theirs is None or ours == theirs
            for ours, theirs in zip(self.scope, other.scope, strict=True)
        )


class ScopedLocks:
    """Locks over parts of a whole. A scope is a tuple of names, all of the same length; None stands for every name.

        ("NSE", "SBIN") and ("NSE", "TCS") are held side by side; ("NSE", None) and (None, None) exclude both.

    Who comes later never overtakes who waits for something in common, so a wide scope gets its turn.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._claims: list[_Claim] = []  # holders and waiters in the order they came

    @contextmanager
    def hold(self, scope: tuple[Hashable | None, ...], timeout: float) -> Iterator[bool]:
        """Hold the scope; answers False when it did not come free within `timeout` seconds."""
        claim = _Claim(scope)
        with self._guard:
            self._claims.append(claim)
            self._grant()
        try:
            yield claim.granted.wait(timeout)
        finally:
            with self._guard:
                self._claims.remove(claim)
                self._grant()

    def _grant(self) -> None:
        """Let everybody begin who has nothing in common with those in front."""
        for place, claim in enumerate(self._claims):
            if not claim.granted.is_set() and not any(map(claim.excludes, self._claims[:place])):
                claim.granted.set()

    def __len__(self) -> int:
        return len(self._claims)


class _Shared:
    """A call under way and, once `done`, how it ended."""

    __slots__ = ("done", "error", "result")

    def __init__(self) -> None:
        self.done = Event()
        self.result: Any = None
        self.error: BaseException | None = None


class SharedCalls:
    """Identical calls at the same time become one: the first does the work, the others get its result or error."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._running: dict[Hashable, _Shared] = {}

    def run(self, key: Hashable, work: Callable[[], T], timeout: float) -> T:
        """The result of `work`, ours or that of a call under way. Raises TimeoutError after `timeout` seconds."""
        with self._guard:
            call = self._running.get(key)
            mine = call is None
            if call is None:
                call = self._running[key] = _Shared()
        if mine:
            return self._lead(key, call, work)
        if not call.done.wait(timeout):
            raise TimeoutError
        if call.error is not None:
            raise call.error
        shared: T = call.result
        return shared

    def _lead(self, key: Hashable, call: _Shared, work: Callable[[], T]) -> T:
        try:
            call.result = result = work()
        except BaseException as error:
            call.error = error
            raise
        finally:
            with self._guard:
                del self._running[key]
            call.done.set()
        return result
