"""Locks over parts of a whole: side by side where nothing is in common, in the order of arrival where something is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from utils.concurrency import ScopedLocks

WAIT = 10.0
SBIN, TCS = ("NSE", "SBIN", "MIS"), ("NSE", "TCS", "MIS")
ALL = (None, None, None)
Scope = tuple[str | None, ...]


class Holders:
    """Threads that hold scopes until they are let go; `order` says who got theirs."""

    def __init__(self) -> None:
        self.locks = ScopedLocks()
        self.order: list[str] = []
        self._let_go: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._changed = threading.Condition()

    def ask(self, name: str, scope: Scope, timeout: float = WAIT) -> None:
        """Returns when the scope is asked for, held or not."""
        before = len(self.locks)
        self._let_go[name] = threading.Event()
        self._threads[name] = threading.Thread(target=self._hold, args=(name, scope, timeout))
        self._threads[name].start()
        self._until(lambda: len(self.locks) > before)

    def _hold(self, name: str, scope: Scope, timeout: float) -> None:
        with self.locks.hold(scope, timeout) as held:
            with self._changed:
                self.order.append(name if held else f"{name} gave up")
                self._changed.notify_all()
            if held:
                assert self._let_go[name].wait(WAIT)

    def expect(self, *order: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.order) >= len(order), WAIT), self.order
        assert self.order == list(order)

    def let_go(self, name: str) -> None:
        self._let_go[name].set()
        self._threads[name].join(WAIT)

    def end(self) -> None:
        for name in self._threads:
            self.let_go(name)
        assert len(self.locks) == 0

    @staticmethod
    def _until(condition: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if condition():
                return
            threading.Event().wait(0.001)
        raise AssertionError("the scope was not asked for")


@pytest.fixture
def holders() -> Holders:
    return Holders()


def test_different_positions_are_held_side_by_side(holders: Holders) -> None:
    holders.ask("sbin", SBIN)
    holders.expect("sbin")
    holders.ask("tcs", TCS)
    holders.expect("sbin", "tcs")
    holders.end()


def test_one_position_is_held_by_one_at_a_time(holders: Holders) -> None:
    holders.ask("first", SBIN)
    holders.expect("first")
    holders.ask("second", SBIN)
    assert holders.order == ["first"]
    holders.let_go("first")
    holders.expect("first", "second")
    holders.end()


@pytest.mark.parametrize("scope", [(None, "SBIN", None), ("NSE", None, None), (None, None, "MIS")])
def test_a_filter_excludes_what_it_names_only(holders: Holders, scope: Scope) -> None:
    other = ("BSE", "TCS", "CNC")
    holders.ask("filter", scope)
    holders.expect("filter")
    holders.ask("sbin", SBIN)
    holders.ask("other", other)
    holders.expect("filter", "other")
    holders.let_go("filter")
    holders.expect("filter", "other", "sbin")
    holders.end()


def test_who_wants_everything_waits_for_all_and_is_not_overtaken(holders: Holders) -> None:
    holders.ask("sbin", SBIN)
    holders.expect("sbin")
    holders.ask("all", ALL)
    holders.ask("tcs", TCS)  # came later: waits although its position is free
    holders.let_go("sbin")
    holders.expect("sbin", "all")
    holders.let_go("all")
    holders.expect("sbin", "all", "tcs")
    holders.end()


def test_who_gives_up_no_longer_stands_in_the_way(holders: Holders) -> None:
    holders.ask("sbin", SBIN)
    holders.expect("sbin")
    holders.ask("all", ALL, timeout=0.05)
    holders.ask("tcs", TCS)
    holders.expect("sbin", "all gave up", "tcs")
    holders.end()
