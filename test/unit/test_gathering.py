"""Questions that come together leave together; who waits keeps his own deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from utils.concurrency import QueueFull
from utils.gathering import Gatherer

WAIT = 10.0


class Oracle:
    """Answers each item with its double, once the test lets it; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Semaphore(0)
        self.fault: Exception | None = None

    def __call__(self, items: list[int]) -> dict[str, int | Exception]:
        self.asked.append(sorted(items))
        self.entered.release()
        assert self.may_answer.acquire(timeout=WAIT)
        if self.fault is not None:
            raise self.fault
        return {str(item): item * 2 for item in items if item != 13}


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def gather(oracle: Oracle) -> Iterator[Callable[..., Gatherer[str, int, int]]]:
    made = []

    def make(**changes: object) -> Gatherer[str, int, int]:
        facts = {"size": 500, "name": "test", "window": 0.0, **changes}
        made.append(Gatherer(oracle, **facts))
        return made[-1]

    yield make
    for gatherer in made:
        oracle.may_answer.release(100)
        gatherer.close()


class Callers:
    """Threads that ask; `answers` by name."""

    def __init__(self, gatherer: Gatherer[str, int, int]) -> None:
        self._gatherer = gatherer
        self._threads: list[threading.Thread] = []
        self.answers: dict[str, dict[str, object]] = {}

    def ask(self, name: str, *items: int, timeout: float = WAIT) -> None:
        """Returns when the question is there."""

        def work() -> None:
            self.answers[name] = self._gatherer.get({str(item): item for item in items}, timeout)

        before = self._waiting()
        self._threads.append(threading.Thread(target=work))
        self._threads[-1].start()
        while self._waiting() < before + len(items) and self._threads[-1].is_alive():
            pass

    def _waiting(self) -> int:
        with self._gatherer._work:
            return sum(question.waiters for question in self._gatherer._open.values())

    def join(self) -> dict[str, dict[str, object]]:
        for thread in self._threads:
            thread.join(WAIT)
        return self.answers


def test_a_hundred_callers_of_one_thing_are_one_call(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather()
    callers = Callers(gatherer)
    for number in range(100):
        callers.ask(str(number), 7)
    oracle.may_answer.release()
    assert callers.join() == {str(number): {"7": 14} for number in range(100)}
    assert oracle.asked == [[7]]


def test_what_is_under_way_is_not_asked_again(oracle: Oracle, gather: Callable) -> None:
    callers = Callers(gather(calls=2))
    callers.ask("bc", 2, 3)
    assert oracle.entered.acquire(timeout=WAIT)
    callers.ask("ab", 1, 2)
    assert oracle.entered.acquire(timeout=WAIT)
    oracle.may_answer.release(2)
    assert callers.join() == {"bc": {"2": 4, "3": 6}, "ab": {"1": 2, "2": 4}}
    assert oracle.asked == [[2, 3], [1]]


def test_questions_gather_while_a_call_is_under_way(oracle: Oracle, gather: Callable) -> None:
    callers = Callers(gather(size=3))
    callers.ask("first", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    for item in (2, 3, 4, 5):
        callers.ask(str(item), item)
    oracle.may_answer.release(3)
    callers.join()
    assert oracle.asked == [[1], [2, 3, 4], [5]]


def test_the_first_of_a_batch_waits_for_others(oracle: Oracle, gather: Callable) -> None:
    callers = Callers(gather(size=3, window=WAIT))
    for item in (1, 2, 3):
        callers.ask(str(item), item)
    oracle.may_answer.release()
    callers.join()
    assert oracle.asked == [[1, 2, 3]]


def test_an_error_is_told_to_all_who_wait_and_forgotten(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather()
    callers = Callers(gatherer)
    oracle.fault = ValueError("down")
    callers.ask("a", 1)
    callers.ask("b", 1)
    oracle.may_answer.release()
    assert {name: answer["1"] for name, answer in callers.join().items()} == {
        "a": oracle.fault,
        "b": oracle.fault,
    }
    oracle.fault = None
    oracle.may_answer.release()
    assert gatherer.get({"1": 1}, WAIT) == {"1": 2}


def test_a_missing_answer_is_none(oracle: Oracle, gather: Callable) -> None:
    oracle.may_answer.release()
    assert gather().get({"12": 12, "13": 13}, WAIT) == {"12": 24, "13": None}


def test_who_leaves_early_harms_nobody(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather()
    callers = Callers(gatherer)
    callers.ask("patient", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    hasty = gatherer.get({"1": 1}, 0.0)
    assert isinstance(hasty["1"], TimeoutError)
    oracle.may_answer.release()
    assert callers.join() == {"patient": {"1": 2}}
    assert oracle.asked == [[1]]


def test_a_question_that_nobody_waits_for_any_more_is_not_asked(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather()
    callers = Callers(gatherer)
    callers.ask("first", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    assert isinstance(gatherer.get({"2": 2}, 0.0)["2"], TimeoutError)
    callers.ask("third", 3)
    oracle.may_answer.release(2)
    callers.join()
    assert oracle.asked == [[1], [3]]
    assert len(gatherer) == 0


def test_a_name_that_means_something_else_now_is_asked_anew(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather(calls=2)
    callers = Callers(gatherer)
    callers.ask("old", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    oracle.may_answer.release(2)
    assert gatherer.get({"1": 5}, WAIT) == {"1": None}  # the oracle answers under "5"
    callers.join()
    assert sorted(oracle.asked) == [[1], [5]]


def test_too_many_questions_are_refused_and_leave_nothing_behind(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather(most=1)
    callers = Callers(gatherer)
    callers.ask("first", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    with pytest.raises(QueueFull):
        gatherer.get({"2": 2, "3": 3}, WAIT)
    oracle.may_answer.release(2)
    callers.join()
    assert gatherer.get({"4": 4}, WAIT) == {"4": 8}
    assert oracle.asked == [[1], [4]]


def test_the_end_lets_go_who_waits(oracle: Oracle, gather: Callable) -> None:
    gatherer = gather()
    callers = Callers(gatherer)
    callers.ask("a", 1)
    assert oracle.entered.acquire(timeout=WAIT)
    oracle.may_answer.release()
    gatherer.close()
    assert set(callers.join()["a"]) == {"1"}
    assert isinstance(gatherer.get({"2": 2}, WAIT)["2"], TimeoutError)
    assert not gatherer._threads or not any(thread.is_alive() for thread in gatherer._threads)
