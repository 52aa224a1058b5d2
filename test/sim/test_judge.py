"""The judge can tell: the product is broken on purpose in the ways that hurt most, and a few worlds must show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain.errors import OutcomeUnknown, Refused
from services.trading.desk import LiveDesk
from services.trading.idempotency import Idempotency
from services.trading.journal import UNDECIDED, Journal
from services.trading.plans import runner
from services.trading.plans.slicing import cut
from services.trading.reconciliation.examination import Examination
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.timeline.told import Story
from services.trading.timeline.written import WrittenStates
from services.trading.updates import merging
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Writes
from test.sim.orders import simulate

WORLDS, ORDERS, FEW = 6, 60, 25


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


def believes_in_tags(patch: pytest.MonkeyPatch) -> None:
    """A book without tags is read as one in which every order of ours bears its tag."""
    patch.setattr(Examination, "_keeps_tags", lambda *_: True)


def tells_the_first_user(patch: pytest.MonkeyPatch) -> None:
    """Whoever an order is of, the first user hears of it."""
    append = OrderStream.append

    def wrongly(self: Any, owner: Owner, *change: Any, **facts: Any) -> int:
        return append(self, msgspec.structs.replace(owner, user_id=1), *change, **facts)

    patch.setattr(OrderStream, "append", wrongly)


def cuts_one_piece_too_large(patch: pytest.MonkeyPatch) -> None:
    """The last child of a split is one unit larger than what is left."""

    def generously(order: Any, size: int, **limits: Any) -> list[Any]:
        *front, last = cut(order, size, **limits)
        return [*front, msgspec.structs.replace(last, quantity=last.quantity + 1)]

    patch.setattr(runner, "cut", generously)


def forgets_its_stories(patch: pytest.MonkeyPatch) -> None:
    """What an earlier run wrote is told again."""
    patch.setattr(Story, "of", lambda *_: {})
    patch.setattr(OrderStream, "last_states", lambda *_: [])
    patch.setattr(WrittenStates, "of", lambda *_: None)


def frees_no_key(patch: pytest.MonkeyPatch) -> None:
    """A plan that the disk refused leaves its key behind."""
    patch.setattr(Journal, "_free", lambda *_: None)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("breaks", "seed", "words"),
    [
        (believes_in_tags, 5, "the journal says it is not live, but it is"),
        (tells_the_first_user, 2, "an order in another's stream"),
        (cuts_one_piece_too_large, 4, "a plan sent more than was asked for"),
        (forgets_its_stories, 3, "a story tells a state twice"),
        (frees_no_key, 8, "unknown was told although the answer was clear"),
    ],
)
def test_what_only_some_worlds_show_is_judged_wrong_there(
    breaks: Callable[[pytest.MonkeyPatch], None], seed: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    found = simulate(seed, FEW).wrongs
    assert any(text.startswith(words) for text in found), {text[:60] for text in found}


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
