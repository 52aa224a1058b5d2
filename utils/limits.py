"""Everything in this process that holds things: queues, caches and pools, each with its bound, told on demand.

    self._queue = BoundedQueue(1000, "refuse", name="jobs")       # tells of itself, and so does TtlCache
    quotes = lru_cache(maxsize=512)(parse)                        # this module's, told under the caller's name
    watch(self, name="held", kind="cache", bound=500, policy="drop_oldest", size=lambda own: len(own.kept))

Holders are only referred to: what is gone is no longer told of.
"""

from __future__ import annotations

import functools
import itertools
import sys
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

R = TypeVar("R")
T = TypeVar("T")


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """All holders of one name. kind: queue, cache or pool. bound and size in items, of all `holders` together; bound
    is None where something else bounds it, which `policy` names. fullest: share of its bound that the fullest holder
    has reached, 0 to 1. dropped: items that made room or were refused, None where nobody counts them.
    """

    name: str
    kind: str
    bound: int | None
    policy: str
    holders: int
    size: int
    fullest: float | None
    dropped: int | None


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    owner: Any
    name: str
    kind: str
    bound: int | None
    policy: str
    size: Callable[[Any], int]
    dropped: Callable[[Any], int] | None


# No lock: a holder may end, and with it its entry, while the same thread is in here. Each step is the dict's own.
_watched: dict[int, _Watched] = {}
_numbers = itertools.count()


def watch(
    owner: T,
    *,
    name: str,
    kind: str,
    bound: int | None,
    policy: str,
    size: Callable[[T], int],
    dropped: Callable[[T], int] | None = None,
) -> None:
    """Tell of what `owner` holds for as long as it lives. `size` and `dropped` must not refer to it themselves."""
    number = next(_numbers)
    reference = weakref.ref(owner, lambda _: _watched.pop(number, None))
    _watched[number] = _Watched(
        owner=reference, name=name, kind=kind, bound=bound, policy=policy, size=size, dropped=dropped
    )


def census() -> list[Holding]:
    """What is held now, by name."""
    groups: dict[str, list[_Watched]] = {}
    for each in list(_watched.values()):
        groups.setdefault(each.name, []).append(each)
    return [holding for name in sorted(groups) if (holding := _holding(name, groups[name])) is not None]


def _holding(name: str, group: list[_Watched]) -> Holding | None:
    living = [(each, owner) for each in group if (owner := each.owner()) is not None]
    if not living:
        return None
    sizes = [each.size(owner) for each, owner in living]
    bounds = [each.bound for each, _ in living]
    known = [bound for bound in bounds if bound is not None]
    drops = [each.dropped(owner) for each, owner in living if each.dropped is not None]
    shares = [size / bound for size, bound in zip(sizes, bounds, strict=True) if bound]
    first = living[0][0]
    return Holding(
        name=name, kind=first.kind, bound=sum(known) if len(known) == len(bounds) else None, policy=first.policy,
        holders=len(living), size=sum(sizes), fullest=round(max(shares), 4) if shares else None,
        dropped=sum(drops) if drops else None,
    )  # fmt: skip


def lru_cache(maxsize: int) -> Callable[[Callable[..., R]], functools._lru_cache_wrapper[R]]:
    """functools.lru_cache with a bound, told under the module that makes it and the function's name."""
    place = str(sys._getframe(1).f_globals.get("__name__", ""))  # noqa: SLF001 - the one way to know who asks

    def remember(function: Callable[..., R]) -> functools._lru_cache_wrapper[R]:
        kept = functools.lru_cache(maxsize=maxsize)(function)
        name = f"{place}.{getattr(function, '__name__', 'function').strip('_<>')}"
        watch(
            kept, name=name, kind="cache", bound=maxsize, policy="drop_oldest",
            size=lambda own: own.cache_info().currsize,
        )  # fmt: skip
        return kept

    return remember
