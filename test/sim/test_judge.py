"""The judge can tell: the product is broken on purpose in the ways that hurt most, and a few worlds must show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import OutcomeUnknown, Refused
from services.trading.desk import LiveDesk
from services.trading.idempotency import Idempotency
from services.trading.journal import UNDECIDED
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates import merging
from services.trading.writes import Writes
from test.sim.orders import simulate

WORLDS, ORDERS = 6, 60


def repeats_without_looking(patch: pytest.MonkeyPatch) -> None:
    """A repeat under a key whose outcome is unknown is simply sent."""
    answer = Idempotency._answer
    patch.setattr(
        Idempotency, "_answer", lambda self, row: None if row.state in UNDECIDED else answer(self, row)
    )


def sends_without_a_row(patch: pytest.MonkeyPatch) -> None:
    """Nothing is written before an order leaves."""
    patch.setattr(Writes, "_record", lambda *_: None)


def takes_silence_for_a_rejection(patch: pytest.MonkeyPatch) -> None:
    """A time-out is told as refused."""
    place = LiveDesk.place

    def impatient(self: Any, *given: Any) -> str:
        try:
            return place(self, *given)
        except OutcomeUnknown as error:
            raise Refused(error.message) from error

    patch.setattr(LiveDesk, "place", impatient)


def tells_every_push(patch: pytest.MonkeyPatch) -> None:
    """Doubled and late pushes go straight to the clients."""
    patch.setattr(merging, "merge", lambda known, new: new)
    patch.setattr(merging, "shows", lambda before, after: True)


def forgets_at_a_restart(patch: pytest.MonkeyPatch) -> None:
    """A new run does not take up what the one before left open."""
    patch.setattr(Reconciler, "load", lambda self: 0)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (repeats_without_looking, "a wish became more orders than wished for"),
        (sends_without_a_row, "an order without an intent"),
        (takes_silence_for_a_rejection, "told refused, but it is live"),
        (tells_every_push, "the same was told twice"),
        (forgets_at_a_restart, "an intent without an end"),
    ],
)
def test_a_broken_order_path_is_judged_wrong(
    breaks: Callable[[pytest.MonkeyPatch], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    found: list[str] = []
    for seed in range(1, WORLDS + 1):
        found += simulate(seed, ORDERS).wrongs
        if any(text.startswith(words) for text in found):
            return
    raise AssertionError(
        f"{WORLDS} worlds did not show it; they showed {sorted({text[:60] for text in found})}"
    )
