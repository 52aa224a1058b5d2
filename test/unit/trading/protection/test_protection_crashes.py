"""Death at any step of a protected exit: after the restart it is one order, flat or told aloud."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.orders import OrderStatus

ROOT = Path(__file__).resolve().parents[4]
COUNTED = tuple(
    str(ROOT / part)
    for part in ("services/trading/protection", "services/trading/writes.py", "services/trading/journal.py")
)
POINTS = 25


class Died(BaseException):
    """The process is gone: no handler for errors may see this."""


class Death:
    """Counts calls inside the order path and ends it at the n-th; after that nothing of the old run works any more."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.count = 0

    def __call__(self, frame: Any, event: str, _argument: Any) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(COUNTED):
            return
        self.count += 1
        if self.count == self.at:
            sys.setprofile(None)
            raise Died


def live(scene: Any) -> None:
    """An exit that needs several rungs: thirty units at once, the rest as the market falls away."""
    scene.offer(bids=[(1998, 30)], asks=[], last=1998)
    scene.gateway.exit(7, scene.terms())
    for rung, bid in enumerate((1985, 1975, 1960), start=1):
        scene.offer(bids=[(bid, 10 if rung < 3 else 500)], asks=[], last=bid)
        scene.pass_time(scene.ladder.rung_seconds)


def lived_until(scene: Any, at: int | None) -> tuple[int, bool]:
    """Calls made, and whether the run died at the `at`-th of them."""
    death = Death(at)
    sys.setprofile(death)
    try:
        live(scene)
    except Died:
        return death.count, True
    finally:
        sys.setprofile(None)
    return death.count, False


def bury(scene: Any) -> None:
    """What was only queued is lost with the process, as a power cut would have it."""
    scene.gateway.journal._writer._lazy.clear()
    scene.restart()


def test_death_at_any_step_leaves_one_exit_that_ends_flat_or_aloud(open_scene: Callable[..., Any]) -> None:
    """P2b, P3: kill at every step must not duplicate the exit."""
    calls, died = lived_until(open_scene(), None)
    assert not died and calls > 200
    dice = random.Random(5)
    for at in sorted(dice.sample(range(1, calls), POINTS)):
        scene = open_scene()
        _, died = lived_until(scene, at)
        assert died, at
        bury(scene)
        scene.offer(bids=[(1960, 500)], asks=[], last=1960)
        scene.pass_time(scene.ladder.seconds + 70)
        places = [terms for what, terms in scene.exchange.arrivals if what == "place"]
        assert len(places) <= 1, f"call {at}: sent {len(places)} times"
        assert sum(order.filled for order in scene.exchange.orders.values()) <= 100, at
        for order in scene.exchange.orders.values():
            told = [end for end in scene.ended if end.alarm]
            assert order.status is OrderStatus.COMPLETE or told, (
                f"call {at}: left alone at {order.left} units"
            )
        assert scene.gateway.protection.roster.open() == [], f"call {at}"


@pytest.mark.parametrize("times", [3])
def test_many_restarts_in_a_row_change_nothing(scene: Any, times: int) -> None:
    scene.offer(bids=[(1998, 30)], asks=[], last=1998)
    order = scene.exit()
    for _ in range(times):
        scene.restart()
        scene.pass_time(1)
    scene.offer(bids=[(1960, 500)], asks=[], last=1960)
    scene.pass_time(2 * scene.ladder.rung_seconds)
    assert (len(scene.exchange.orders), order.status) == (1, OrderStatus.COMPLETE)
