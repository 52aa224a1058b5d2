"""The regression catalogue of the order path: what has hurt users of such systems, each once, by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.errors import Refused, Throttled
from domain.orders import PriceType
from services.trading.commands import Accepted, Cancel, Close, PlanOutcome
from services.trading.reconciliation.reconciler import SETTLE_SECONDS
from services.trading.writes import UncertainOrder
from test.sim.stage.app import ACCOUNT, BROKER, ME

MARKET = {"price_type": PriceType.MARKET, "price": None}


@pytest.mark.parametrize("pushed", [True, False])
def test_an_order_rejected_by_risk_after_it_was_accepted_is_told_as_rejected(
    scene: Any, pushed: bool
) -> None:
    """Regression 4 (P2): accept, then RMS reject; the push of it may get lost."""
    scene.world.mute = not pushed
    scene.meets("POST", "orders", reject=1.0)
    answer = scene.send(scene.order())
    assert isinstance(answer, Accepted)
    scene.world.run(15.0)
    assert scene.told(answer.order_id)[-1] == ("rejected", 0)
    _, message = scene.app.bus.stream[-1]
    assert message.rejection_reason.startswith("RMS:")


def test_an_order_that_shows_up_twenty_seconds_after_its_lost_answer_is_found_and_not_repeated(
    scene: Any,
) -> None:
    """Regression 5 (P2, P3): time-out after accept, the order appears 20 s later; the client repeats meanwhile."""
    order = scene.order(client_order_id="k")
    scene.world.mute = True
    scene.meets("POST", "orders", fault="timeout_after", hide=20.0)
    assert isinstance(scene.send(order), UncertainOrder)
    scene.world.run(5.0)
    assert isinstance(scene.send(order), UncertainOrder)

    (order_id,) = scene.world.vendor.rows()
    visible_at = scene.world.vendor.orders.hidden_until[order_id]
    scene.world.run(25.0)

    (resolved_at, state) = scene.app.resolved[scene.intents()[0].tag]
    assert state == "acked" and 0 <= resolved_at - visible_at <= 5.0
    again = scene.send(order)
    assert isinstance(again, Accepted) and again.replayed and again.order_id == order_id
    assert scene.posts() == 1


def test_a_position_without_an_average_price_has_none_instead_of_zero(scene: Any) -> None:
    """Regression 12 (P6): the broker omits the average price on day two; a gain must not be computed from 0."""
    scene.send(scene.order(**MARKET))
    for omitted in (0, None):

        def edit(body: bytes, omitted: Any = omitted) -> bytes:
            answer = json.loads(body)
            for row in answer["data"]["net"]:
                row["average_price"] = omitted
            return json.dumps(answer).encode()

        scene.meets("GET", "portfolio/positions", edit=edit)
        (row,) = scene.world.call(lambda: scene.app.trading.live.positions(ACCOUNT, BROKER))
        assert (row.quantity, row.average_price, row.pnl) == (5, None, None)


def test_a_broker_that_hangs_for_sixty_seconds_holds_up_one_order_and_no_other(scene: Any) -> None:
    """Regression 17 (P8): the call ends at its deadline as unknown; what the broker did late is found."""
    ended: list[tuple[float, Any]] = []
    scene.meets("POST", "orders", fault="late", seconds=60.0)
    begun = scene.world.threads.now

    def slow() -> None:
        try:
            ended.append((scene.world.threads.now, scene.app.router.submit(scene.order(strategy="slow"), ME)))
        except UncertainOrder as error:
            ended.append((scene.world.threads.now, error))

    scene.world.as_app(slow, "slow", scene.app.life)
    scene.world.run(0.5)
    assert isinstance(scene.send(scene.order(strategy="quick")), Accepted)
    assert scene.world.threads.now - begun < 1.0 and not ended
    scene.world.run(10.0)
    (at, error) = ended[0]
    assert isinstance(error, UncertainOrder) and at - begun < 7.5
    scene.world.run(60.0)
    assert [row.state for row in scene.intents()] == ["acked", "acked"] and len(
        scene.world.vendor.rows()
    ) == 2


@pytest.mark.parametrize("fault", ["busy", "busy_quiet"])
def test_a_rate_limit_of_the_broker_is_a_refusal_and_holds_the_next_order_back(
    scene: Any, fault: str
) -> None:
    """Regression 18 (P8): 429 with and without Retry-After, as JSON or a page; nothing is sent again by itself."""
    scene.meets("POST", "orders", fault=fault)
    first = scene.send(scene.order(client_order_id="k"))
    refused_at = scene.world.threads.now
    assert isinstance(first, Throttled) and first.retry_after >= 1.0
    assert scene.posts() == 1 and scene.intents()[0].state == "refused"

    again = scene.send(scene.order(client_order_id="k"))
    assert isinstance(again, Accepted) and scene.posts() == 2
    assert scene.world.wire.writes[-1].at - refused_at >= first.retry_after - 0.1


@pytest.mark.parametrize("leap", [3600.0, -3600.0])
def test_a_leap_of_the_clock_neither_proves_an_absence_nor_hides_one(scene: Any, leap: float) -> None:
    """Regression 29 (P14): the clock jumps an hour while an outcome is unknown; waiting is not measured by it."""
    order = scene.order(client_order_id="k")
    scene.world.mute = True
    scene.meets("POST", "orders", fault="timeout_after", hide=20.0)
    scene.send(order)
    lost = scene.order(client_order_id="l")
    scene.meets("POST", "orders", fault="timeout_before")
    scene.send(lost)
    scene.world.clock.offset = leap

    scene.world.run(3.0)
    assert isinstance(scene.send(order), UncertainOrder)
    scene.world.run(25.0)
    assert [row.state for row in scene.intents()] == ["acked", "unknown"]
    scene.world.run(SETTLE_SECONDS)
    assert [row.state for row in scene.intents()] == ["acked", "absent"]
    assert isinstance(scene.send(order), Accepted) and len(scene.world.vendor.rows()) == 1


def test_a_full_disk_refuses_entries_and_lets_exits_and_cancels_pass(scene: Any) -> None:
    """Regression 32 (P2): disk full while journalling; the rows of the exits follow when there is room again."""
    scene.send(scene.order(**MARKET))
    resting = scene.send(scene.order())
    scene.world.run(12.0)
    sent = scene.posts()
    scene.world.disk.full, scene.world.disk.odds = True, 1.0

    refused = scene.send(scene.order(strategy="entry"))
    assert isinstance(refused, Refused) and refused.code == "JOURNAL_UNAVAILABLE" and scene.posts() == sent
    assert isinstance(scene.send(Cancel(order_id=resting.order_id, strategy="cancel")), Accepted)
    closed = scene.send(Close(strategy="exit"))
    assert isinstance(closed, PlanOutcome) and [leg.succeeded for leg in closed.legs] == [True]
    assert scene.world.vendor.positions() == {} and len(scene.intents()) == 2

    scene.world.disk.full = False
    scene.world.run(5.0)
    found = {row.strategy: (row.operation, row.state) for row in scene.intents()}
    assert found["exit"] == ("place", "acked") and found["cancel"] == ("cancel", "acked")
    assert "entry" not in found
