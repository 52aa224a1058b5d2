"""Whatever can hold things has a bound: it tells of itself to utils.limits, or `held.toml` says what bounds it."""

from __future__ import annotations

import ast
import gc
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Flask

from utils import limits
from utils.clock import SystemClock
from utils.concurrency import BoundedQueue, QueueFull
from utils.ttl_cache import TtlCache

from .sources import nodes

HOLDERS = {
    "deque", "OrderedDict", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "dict", "set", "defaultdict",
    "Counter", "BoundedSemaphore", "Semaphore", "WeakValueDictionary",
}  # fmt: skip
# Where pools of threads are made, and why each ends.
POOLS = {"utils.concurrency": "run_all waits for every job and ends its pool"}
# Caches without a number, and what bounds them.
FOREVER = {
    "database.journal": "the statements that the module names",
    "services.accounts.passwords": "one entry: the parameters of the installation",
}


def called(node: ast.expr) -> str:
    """The name of what a call calls: `deque[int]()`, `asyncio.Queue(1)`, `deque()`."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
    return str(getattr(function, "id", None) or getattr(function, "attr", ""))


def held(found: Iterable[ast.AST]) -> Iterator[str]:
    """Attributes that an object begins with an empty container."""
    for node in found:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                targets = target.elts if isinstance(target, ast.Tuple) else [target]
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value] * len(targets)
                for each, value in zip(targets, values, strict=False):
                    is_ours = isinstance(each, ast.Attribute) and getattr(each.value, "id", "") == "self"
                    is_empty = isinstance(value, ast.Dict) and not value.keys
                    if is_ours and (is_empty or called(value) in HOLDERS):
                        yield each.attr  # type: ignore[union-attr]


def told(found: Iterable[ast.AST]) -> set[str]:
    """Attributes that are handed to limits.watch."""
    calls = [node for node in found if isinstance(node, ast.Call) and node.args and called(node) == "watch"]
    inside = [node for call in calls for node in ast.walk(call) if isinstance(node, ast.Attribute)]
    return {node.attr for node in inside if node.attr != "watch"}


def explained() -> dict[str, str]:
    rows = tomllib.loads((Path(__file__).parent / "held.toml").read_text(encoding="utf-8"))["bounded"]
    places = [place for row in rows for place in row["places"]]
    assert len(places) == len(set(places)), "a place stands in held.toml twice"
    return {place: row["by"] for row in rows for place in row["places"]}


def test_whatever_holds_things_is_told_of_or_explained() -> None:
    found = {f"{name}.{attr}" for name, found in nodes().items() for attr in held(found)}
    known = {f"{name}.{attr}" for name, found in nodes().items() for attr in told(found)}
    reasons = explained()
    unbounded = sorted(found - known - set(reasons))
    assert unbounded == [], (
        "register these with utils.limits.watch, or say in test/architecture/held.toml what bounds them"
    )
    assert sorted(set(reasons) - found) == [], "held.toml explains what no longer is"


def test_a_scan_sees_what_it_is_meant_to_see() -> None:
    tree = ast.parse(
        "class A:\n def __init__(self):\n  self.a = {}\n  self.b: dict[int, int] = {}\n  self.c = deque()\n"
        "  self.d, self.e = set(), OrderedDict[str, int]()\n  self.f = {1: 2}\n  self.g = asyncio.Queue(1)\n"
    )
    assert sorted(held(ast.walk(tree))) == ["a", "b", "c", "d", "e", "g"]


def test_every_cache_of_a_function_has_a_number_and_is_told_of() -> None:
    for name, found in nodes().items():
        for node in found:
            if isinstance(node, ast.ImportFrom) and node.module == "functools":
                taken = {alias.name for alias in node.names}
                assert "lru_cache" not in taken or name.startswith("domain."), (
                    f"{name}: take utils.limits.lru_cache"
                )
                assert "cache" not in taken or name in FOREVER, name
            if (
                isinstance(node, ast.Attribute)
                and node.attr == "cache"
                and getattr(node.value, "id", "") == "functools"
            ):
                assert name in FOREVER, name
            if called(node) == "lru_cache" and isinstance(node, ast.Call):  # type: ignore[arg-type]
                assert node.args or node.keywords, f"{name}:{node.lineno} a cache without a bound"


def test_pools_of_threads_are_made_in_one_place() -> None:
    makers = {
        name for name, found in nodes().items() for node in found
        if isinstance(node, ast.Call) and called(node) in ("ThreadPoolExecutor", "ProcessPoolExecutor", "ThreadPool")
    }  # fmt: skip
    assert makers == set(POOLS)


def row(name: str) -> limits.Holding | None:
    return next((each for each in limits.census() if each.name == name), None)


def test_a_queue_tells_its_bound_what_waits_and_what_was_turned_away() -> None:
    queue: BoundedQueue[int] = BoundedQueue(2, "refuse", name="a test's queue")
    for item in range(3):
        try:
            queue.put(item)
        except QueueFull:
            assert item == 2
    found = row("a test's queue")
    assert found == limits.Holding(
        name="a test's queue",
        kind="queue",
        bound=2,
        policy="refuse",
        holders=1,
        size=2,
        fullest=1.0,
        dropped=1,
    )
    other: BoundedQueue[int] = BoundedQueue(8, "refuse", name="a test's queue")
    found = row("a test's queue")
    assert found is not None and (found.holders, found.bound, found.size, found.fullest) == (2, 10, 2, 1.0)
    del queue, other
    gc.collect()
    assert row("a test's queue") is None, "what is gone is not told of"


def test_caches_tell_of_themselves() -> None:
    cache_of_values: TtlCache[str, int] = TtlCache(5, 60, SystemClock(), name="a test's cache")
    cache_of_values.put("a", 1)
    found = row("a test's cache")
    assert found is not None and (found.kind, found.bound, found.size) == ("cache", 5, 1)
    kept = limits.lru_cache(maxsize=3)(abs)
    assert [kept(number) for number in range(9)] == list(range(9))
    found = row(f"{__name__}.abs")
    assert found is not None and (found.bound, found.size, found.fullest) == (3, 3, 1.0)


def test_the_running_app_tells_of_its_queues_caches_and_pools(app: Flask) -> None:
    told_of = {each.name: each for each in limits.census()}
    for name in (
        "order journal",
        "rows of order_logs",
        "known API keys",
        "connections of stores",
        "web sessions",
    ):
        assert told_of[name].bound, name
    assert all(each.size <= each.bound for each in told_of.values() if each.bound is not None)
