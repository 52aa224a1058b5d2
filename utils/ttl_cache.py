"""A small bounded cache with a time to live, safe to share between threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """At most `size` values, each for `seconds`; when full the oldest goes. `name` is what utils.limits tells of it."""

    def __init__(self, size: int, seconds: float, clock: Clock, *, name: str) -> None:
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._items: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._round = 0
        limits.watch(self, name=name, kind="cache", bound=size, policy="drop_oldest", size=len)

    def get(self, key: K) -> V | None:
        """The fresh value, None when absent or stale."""
        with self._lock:
            found = self._items.get(key)
            if found is None:
                return None
            if self._clock.monotonic() >= found[0]:
                del self._items[key]
                return None
            return found[1]

    def get_or_load(self, key: K, load: Callable[[], V]) -> V:
        """The fresh value, else what `load` answers; a forget() during the load keeps its result out."""
        found = self.get(key)
        if found is not None:
            return found
        with self._lock:
            started = self._round
        value = load()
        with self._lock:
            if self._round == started:
                self._store(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value from now on."""
        with self._lock:
            self._store(key, value)

    def _store(self, key: K, value: V) -> None:
        self._items[key] = (self._clock.monotonic() + self._seconds, value)
        self._items.move_to_end(key)
        while len(self._items) > self._size:
            self._items.popitem(last=False)

    def forget(self, key: K) -> None:
        """Drop one value, and whatever is being loaded right now."""
        with self._lock:
            self._round += 1
            self._items.pop(key, None)

    def forget_where(self, test: Callable[[K, V], bool]) -> None:
        """Drop every value that passes the test."""
        with self._lock:
            self._round += 1
            for key in [key for key, (_, value) in self._items.items() if test(key, value)]:
                del self._items[key]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._round += 1
            self._items.clear()

    def __len__(self) -> int:
        return len(self._items)
