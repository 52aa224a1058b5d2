"""What a connection has asked for, by kinds of message."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from broker.core.stream import Subscribing
from domain.market import Mode

KINDS = {Mode.LTP: (1,), Mode.QUOTE: (2, 9), Mode.DEPTH: (3, 9)}


def item(token: str) -> Any:
    return SimpleNamespace(broker_exchange="NSE", token=token)


class Wire(Subscribing):
    def kinds(self, instrument: Any, mode: Mode) -> tuple[int, ...]:
        return KINDS[mode]

    def ask(self, starts: bool, kind: int, batch: Sequence[Any]) -> str:
        return f"{'+' if starts else '-'}{kind} {' '.join(found.token for found in batch)}"


def wire(batch: int = 2) -> Wire:
    return Wire(SimpleNamespace(manifest=SimpleNamespace(stream=SimpleNamespace(batch=batch))))  # type: ignore[arg-type]


def test_kinds_that_a_changed_mode_no_longer_needs_are_stopped_first() -> None:
    codec = wire()
    assert codec.subscribe([(item("A"), Mode.QUOTE), (item("B"), Mode.LTP)]) == ["+1 B", "+2 A", "+9 A"]
    assert codec.subscribe([(item("A"), Mode.DEPTH)]) == ["-2 A", "+3 A", "+9 A"]


def test_requests_are_cut_into_batches_of_one_kind() -> None:
    wants = [(item(token), Mode.LTP) for token in "ABC"]
    assert wire().subscribe(wants) == ["+1 A B", "+1 C"]


def test_only_what_was_asked_for_is_stopped_and_only_once() -> None:
    codec = wire()
    codec.subscribe([(item("A"), Mode.QUOTE)])
    assert codec.unsubscribe([item("A"), item("Z")]) == ["-2 A", "-9 A"]
    assert codec.unsubscribe([item("A")]) == []
