"""Virtual threads: one runs at a time, a seed chooses which is next, and time passes only when all of them wait.

They stand behind utils.concurrency (`running_on`), so that the product's own locks, waits and threads are scheduled
here. Every lock, wait and look at the clock is a step; a life (one run of the app) may be told to die at its n-th step.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import greenlet

from utils.concurrency import Threads


class Killed(BaseException):
    """The process of this life is dead; nothing of it runs on."""


class Life:
    """One run of the app from start to death. die_at: the step at which it dies, None for never."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.steps = 0
        self.die_at: int | None = None
        self.dead = False
        self.on_death: Callable[[], None] = lambda: None

    def step(self) -> None:
        """One step of the life. Raises Killed when it is the last one, or the life is over."""
        if self.dead:
            raise Killed
        self.steps += 1
        if self.die_at is not None and self.steps >= self.die_at:
            self.dead = True
            self.on_death()
            raise Killed


class Task:
    """One virtual thread. label: on whose behalf it runs; inherited by the tasks that it starts."""

    def __init__(self, name: str, life: Life | None, label: str) -> None:
        self.name = name
        self.life = life
        self.label = label
        self.ticket = 0
        self.parked = False
        self.woken = False
        self.done = False
        self.locals: dict[int, dict[str, Any]] = {}
        self.body: Any = None

    def join(self, timeout: float | None = None) -> None:
        """See threading.Thread.join."""
        self.ended.wait(timeout)

    ended: VirtualEvent


class VirtualThreads(Threads):
    """The scheduler. `now` is in seconds; `locals`: thread-local objects that each task has for itself."""

    def __init__(self, seed: int, locals_: Sequence[Any] = ()) -> None:
        self._dice = random.Random(f"threads-{seed}")
        self._ready: list[Task] = []
        self._timers: list[tuple[float, int, Task, int]] = []
        self._serial = 0
        self._hub = greenlet.getcurrent()
        self.locals = list(locals_)
        self.over = False
        self.now = 0.0
        self.current: Task | None = None
        self.failures: list[tuple[str, BaseException]] = []
        self._alive: dict[Task, None] = {}

    # What the product asks for.

    def lock(self) -> Any:
        return VirtualLock(self)

    def rlock(self) -> Any:
        return VirtualRLock(self)

    def event(self) -> Any:
        return VirtualEvent(self)

    def condition(self, lock: Any = None) -> Any:
        return VirtualCondition(self, lock or VirtualLock(self))

    def sleep(self, seconds: float) -> None:
        self.park(seconds)

    def start(self, target: Callable[[], None], name: str) -> Any:
        life = self.current.life if self.current else None
        return self.spawn(target, name, life)

    def run_all(self, jobs: Sequence[Callable[[], Any]], workers: int, name: str) -> list[Any]:
        results: list[Any] = [None] * len(jobs)
        left = deque(range(len(jobs)))

        def work() -> None:
            while left:
                number = left.popleft()
                results[number] = jobs[number]()

        tasks = [self.start(work, f"{name}-{number}") for number in range(min(workers, len(jobs)))]
        for task in tasks:
            task.join()
        return results

    # The world's own.

    def spawn(self, target: Callable[[], None], name: str, life: Life | None, label: str = "") -> Task:
        """A new task, ready to run."""
        inherited = self.current.label if self.current else ""
        task = Task(name, life, label or inherited)
        task.ended = VirtualEvent(self)

        def body() -> None:
            try:
                target()
            except Killed:
                pass
            except BaseException as error:
                self.failures.append((task.name, error))
            finally:
                task.done = True
                self._alive.pop(task, None)
                task.ended.wake_all()

        task.body = greenlet.greenlet(body, self._hub)
        self._alive[task] = None
        self._ready.append(task)
        return task

    def later(self, seconds: float, target: Callable[[], None], name: str) -> None:
        """Run something of the world after a while."""

        def body() -> None:
            self.park(seconds)
            target()

        self.spawn(body, name, None)

    def step(self) -> None:
        """A step of the current life, if any."""
        if self.over:
            raise Killed
        task = self.current
        if task is not None and task.life is not None:
            task.life.step()

    def yield_(self, chance: float = 1.0) -> None:
        """Perhaps let another task run first."""
        if self.current is not None and self._ready and self._dice.random() < chance:
            self._ready.append(self.current)
            self._leave()

    def park(self, timeout: float | None) -> bool:
        """Wait until woken; whether that happened within `timeout` seconds."""
        self.step()
        task = self.current
        assert task is not None, "only a task can wait"
        task.ticket += 1
        task.woken, task.parked = False, True
        if timeout is not None:
            self._serial += 1
            due = self.now + max(timeout, 0.0)
            heapq.heappush(self._timers, (due, self._serial, task, task.ticket))
        self._leave()
        return task.woken

    def wake(self, task: Task) -> None:
        """End a task's waiting."""
        task.woken = True
        self._unpark(task)

    def _unpark(self, task: Task) -> None:
        if task.parked:
            task.parked = False
            task.ticket += 1
            self._ready.append(task)

    def kill(self, life: Life) -> None:
        """Let every waiting task of a life see its death, in the order in which they began."""
        for task in list(self._alive):
            if task.life is life:
                self._unpark(task)

    def run(self, until: float, done: Callable[[], bool] = lambda: False) -> None:
        """Run tasks until a time, or until `done`."""
        while not done():
            if self._ready:
                at = self._dice.randrange(len(self._ready)) if len(self._ready) > 1 else 0
                self._enter(self._ready.pop(at))
            elif self._timers and self._timers[0][0] <= until:
                due, _, task, ticket = heapq.heappop(self._timers)
                if task.ticket == ticket and not task.done:
                    self.now = max(self.now, due)
                    self._unpark(task)
            else:
                self.now = max(self.now, until)
                return

    def end(self) -> None:
        """Unwind every task; the world is over."""
        self.over = True
        self._ready.clear()
        self._timers.clear()
        for task in list(self._alive):
            if not task.body:
                continue  # it never began
            self._load(task)
            self.current = task
            task.body.throw(Killed)
            self.current = None
        self._alive.clear()

    def _leave(self) -> None:
        task = self.current
        self._hub.switch()
        assert self.current is task
        if task is not None and task.life is not None and task.life.dead:
            raise Killed

    def _enter(self, task: Task) -> None:
        self._load(task)
        self.current = task
        task.body.switch()
        self.current = None
        for number, holder in enumerate(self.locals):
            values = holder.__dict__
            if values:
                task.locals[number] = dict(values)
            else:
                task.locals.pop(number, None)

    def _load(self, task: Task) -> None:
        for number, holder in enumerate(self.locals):
            values = holder.__dict__
            if values:
                values.clear()
            if number in task.locals:
                values.update(task.locals[number])


class VirtualLock:
    """A lock that is handed to the first who waits."""

    SWITCH = 0.05

    def __init__(self, threads: VirtualThreads) -> None:
        self._threads = threads
        self._held = False
        self._waiting: deque[Task] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        threads = self._threads
        threads.step()
        threads.yield_(self.SWITCH)
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        task = threads.current
        assert task is not None, "a lock is held that nobody can release"
        self._waiting.append(task)
        try:
            if threads.park(None if timeout < 0 else timeout):
                return True
        except Killed:
            if task.woken:
                self.release()
            raise
        finally:
            if task in self._waiting:
                self._waiting.remove(task)
        return False

    def release(self) -> None:
        if self._waiting:
            self._threads.wake(self._waiting.popleft())
        else:
            self._held = False

    def locked(self) -> bool:
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class VirtualRLock(VirtualLock):
    """A lock that its holder may take again."""

    def __init__(self, threads: VirtualThreads) -> None:
        super().__init__(threads)
        self._owner: Task | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._depth and self._owner is self._threads.current:
            self._depth += 1
            return True
        if not super().acquire(blocking, timeout):
            return False
        self._owner, self._depth = self._threads.current, 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            super().release()


class VirtualCondition:
    """A place to wait under a lock."""

    def __init__(self, threads: VirtualThreads, lock: VirtualLock) -> None:
        self._threads = threads
        self._lock = lock
        self._waiting: deque[Task] = deque()
        self.acquire, self.release = lock.acquire, lock.release

    def __enter__(self) -> bool:
        return self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        task = self._threads.current
        assert task is not None
        self._waiting.append(task)
        self._lock.release()
        try:
            woken = self._threads.park(timeout)
        finally:
            if task in self._waiting:
                self._waiting.remove(task)
            if task.life is None or not task.life.dead:
                self._lock.acquire()
        return woken

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        end = None if timeout is None else self._threads.now + timeout
        while not predicate():
            left = None if end is None else end - self._threads.now
            if left is not None and left <= 0:
                return predicate()
            self.wait(left)
        return True

    def notify(self, count: int = 1) -> None:
        for _ in range(min(count, len(self._waiting))):
            self._threads.wake(self._waiting.popleft())

    def notify_all(self) -> None:
        self.notify(len(self._waiting))


class VirtualEvent:
    """A flag to wait for."""

    def __init__(self, threads: VirtualThreads) -> None:
        self._threads = threads
        self._set = False
        self._waiting: list[Task] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._threads.step()
        self.wake_all()

    def wake_all(self) -> None:
        """Set it without being a step."""
        self._set = True
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            self._threads.wake(task)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        if self._set:
            return True
        task = self._threads.current
        assert task is not None
        self._waiting.append(task)
        try:
            self._threads.park(timeout)
        finally:
            if task in self._waiting:
                self._waiting.remove(task)
        return self._set
