"""Many questions, few calls: questions that come together leave together, and one under way is asked only once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from utils import limits
from utils.concurrency import Condition, Lock, QueueFull, Thread, start_thread

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
V = TypeVar("V")

# A worker without work waits this long before it ends, so that steady traffic keeps its thread.
IDLE_SECONDS = 5.0
MOST_WAITING = 20_000


class _Question(Generic[K, T, V]):
    """One thing that somebody wants to know. `waiters`: how many still do."""

    __slots__ = ("answer", "is_settled", "item", "key", "waiters")

    def __init__(self, key: K, item: T) -> None:
        self.key = key
        self.item = item
        self.waiters = 0
        self.is_settled = False
        self.answer: V | Exception | None = None


class Gatherer(Generic[K, T, V]):
    """Asks in batches on threads of its own, so that every caller keeps its own deadline and nobody's end hurts others.

    ask: items -> answers by key; a key without an answer was left out, an exception as an answer is that key's own.
    What `ask` raises is the answer to every question of that batch; it is told to those who wait and not remembered.
    size: questions per batch. calls: batches under way at once. window: seconds that the first question of a batch
    waits for others. Questions past `most` are refused with QueueFull; one that nobody waits for any more is not asked.
    """

    def __init__(
        self, ask: Callable[[Sequence[T]], Mapping[K, V | Exception]], *, size: int, name: str, calls: int = 1,
        window: float = 0.0, most: int = MOST_WAITING,
    ) -> None:  # fmt: skip
        self._ask = ask
        self._size = max(1, size)
        self._name = name
        self._calls = max(1, calls)
        self._window = window
        self._most = most
        lock = Lock()
        self._work = Condition(lock)
        self._settled = Condition(lock)
        self._open: dict[K, _Question[K, T, V]] = {}
        self._waiting: deque[_Question[K, T, V]] = deque()
        limits.watch(
            self._waiting, name="questions to vendors", kind="queue", bound=most, policy="refuse", size=len,
        )  # fmt: skip
        self._threads: set[Thread] = set()
        self._started = 0
        self._busy = 0
        self._closed = False

    def get(self, wanted: Mapping[K, T], timeout: float) -> dict[K, V | Exception | None]:
        """Answers by key, None where there is none, TimeoutError where it did not come within `timeout` seconds.

        A question under way about an equal item is joined. Raises QueueFull.
        """
        asked: list[_Question[K, T, V]] = []
        with self._work:
            try:
                for key, item in wanted.items():
                    asked.append(self._question(key, item))
                self._staff()
                self._settled.wait_for(
                    lambda: self._closed or all(each.is_settled for each in asked), timeout
                )
            finally:
                for each in asked:
                    each.waiters -= 1
            return {each.key: each.answer if each.is_settled else TimeoutError() for each in asked}

    def close(self) -> None:
        """Let everybody go who waits, and end the threads; a call under way has two seconds."""
        with self._work:
            self._closed = True
            threads = list(self._threads)
            self._work.notify_all()
            self._settled.notify_all()
        for thread in threads:
            thread.join(2.0)

    def __len__(self) -> int:
        return len(self._open)

    def _question(self, key: K, item: T) -> _Question[K, T, V]:
        question = self._open.get(key)
        if question is None or question.item != item:
            if len(self._waiting) >= self._most:
                raise QueueFull(f"{self._name}: {self._most} questions wait")
            question = self._open[key] = _Question(key, item)
            self._waiting.append(question)
        question.waiters += 1
        return question

    def _staff(self) -> None:
        """Enough workers for what waits, at most `calls`."""
        if not self._waiting or self._closed:
            return
        spare = self._started - self._busy
        needed = -(-len(self._waiting) // self._size)
        while spare < needed and self._started < self._calls:
            self._threads.add(start_thread(self._run, self._name))
            self._started += 1  # only now: a machine without room for a thread must not look staffed
            spare += 1
        self._work.notify_all()

    def _run(self) -> None:
        while batch := self._take():
            try:
                found: Mapping[K, V | Exception] | Exception = self._ask([each.item for each in batch])
            except Exception as error:  # noqa: BLE001 - it is the answer, told to everybody who waits
                found = error
            with self._work:
                self._busy -= 1
                self._settle(batch, found)

    def _take(self) -> list[_Question[K, T, V]]:
        """The next batch; empty when this worker is not needed any more."""
        with self._work:
            while True:
                came = self._work.wait_for(lambda: bool(self._waiting) or self._closed, IDLE_SECONDS)
                if self._closed or not came:
                    self._started -= 1
                    self._threads = {each for each in self._threads if each.is_alive()}
                    return []
                if self._window:
                    self._work.wait_for(
                        lambda: self._closed or len(self._waiting) >= self._size, self._window
                    )
                batch = self._next()
                if batch:
                    self._busy += 1
                    return batch

    def _next(self) -> list[_Question[K, T, V]]:
        batch: list[_Question[K, T, V]] = []
        while self._waiting and len(batch) < self._size:
            question = self._waiting.popleft()
            if question.waiters:
                batch.append(question)
            elif self._open.get(question.key) is question:
                del self._open[question.key]
        return batch

    def _settle(self, batch: list[_Question[K, T, V]], found: Mapping[K, V | Exception] | Exception) -> None:
        for question in batch:
            question.answer = found if isinstance(found, Exception) else found.get(question.key)
            question.is_settled = True
            if self._open.get(question.key) is question:
                del self._open[question.key]
        self._settled.notify_all()
