"""What the retention sweep removes, and what it must never remove."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from database.identity import Users
from database.models.approvals import PendingOrder
from database.models.logs import AnalyzerLog, OrderEvent, OrderLatency, OrderLog
from database.models.trading import OrderIntent
from database.stores import Stores
from services.ops.retention import Retention
from utils.clock import ManualClock, epoch_ms

DAY = dt.timedelta(days=1)


@pytest.fixture
def clock(now: dt.datetime) -> ManualClock:
    return ManualClock(now)


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that one day's sweep removed."""

    order_events: int = 0
    calls: int = 0
    latencies: int = 0
    waiting_orders: int = 0


class House:
    """Stores in which a day's orders are written, and the sweep that runs later."""

    def __init__(self, stores: Stores, clock: ManualClock) -> None:
        self.stores, self.clock = stores, clock
        self.retention = Retention(stores)

    def event(self, kind: str, order_id: str | None = None, *, days: float = 0, **names: Any) -> None:
        data = names.pop("data", {"steps": []})
        with self.stores.logs.unit() as unit:
            unit.session.add(
                OrderEvent(
                    at_ms=epoch_ms(self.clock.now() + days * DAY), user_id=names.get("user", 1), account_id=1,
                    request_id=names.get("request"), tag=names.get("tag"), order_id=order_id, kind=kind, data=data,
                )
            )  # fmt: skip

    def state(self, order_id: str, status: str, *, final: bool, **names: Any) -> None:
        self.event("state", order_id, data={"status": status, "final": final}, **names)

    def intent(self, tag: str, state: str) -> None:
        at = epoch_ms(self.clock.now())
        with self.stores.main.unit() as unit:
            unit.session.add(
                OrderIntent(
                    tag=tag, user_id=1, account_id=1, broker="acme", mode="live", operation="place", state=state,
                    symbol="ACME", exchange="NSE", strategy="s", source="api", created_ms=at,
                )
            )  # fmt: skip

    def after(self, days: float) -> Removed:
        self.clock.advance(days * 86_400)
        now = self.clock.now()
        return Removed(
            order_events=self.retention.stories(now - 10 * DAY), calls=self.retention.calls(now - 5 * DAY),
            latencies=self.retention.latencies(now - 5 * DAY),
            waiting_orders=self.retention.waiting_orders(now - 7 * DAY),
        )  # fmt: skip

    def left(self) -> list[tuple[str, str | None]]:
        with self.stores.logs.reading() as unit:
            rows = unit.session.execute(select(OrderEvent.kind, OrderEvent.order_id).order_by(OrderEvent.id))
            return [(kind, order_id) for kind, order_id in rows]


@pytest.fixture
def house(stores: Stores, clock: ManualClock) -> House:
    return House(stores, clock)


def test_a_finished_orders_story_goes_as_a_whole_on_its_day(house: House) -> None:
    house.event("call", "1", tag="T1", request="R1")
    house.state("1", "open", final=False, tag="T1")
    house.state("1", "complete", final=True, tag="T1", days=2)
    house.event("call", request="R2")  # a refused call, without an order
    assert house.after(9.9) == Removed()
    assert house.after(0.2).order_events == 1
    assert len(house.left()) == 3
    assert house.after(1.8).order_events == 0  # its last word is not old enough
    assert house.after(0.2).order_events == 3
    assert house.left() == []


@pytest.mark.parametrize("status", ["open", "trigger pending", "partially filled"])
def test_an_open_order_keeps_its_story_however_old_it_is(house: House, status: str) -> None:
    house.event("call", "1", tag="T1", request="R1")
    house.state("1", status, final=False, tag="T1")
    assert house.after(5000) == Removed()
    house.state("1", "cancelled", final=True, tag="T1")
    assert house.after(11).order_events == 3


@pytest.mark.parametrize("state", ["pending", "unknown"])
def test_an_order_whose_outcome_is_unknown_keeps_its_story(house: House, state: str) -> None:
    house.intent("T1", state)
    house.event("call", tag="T1", request="R1")
    house.intent("T2", "refused")
    house.event("call", tag="T2", request="R2")
    assert house.after(400).order_events == 1
    assert house.left() == [("call", None)]


def test_an_order_that_was_never_told_to_have_ended_stays(house: House) -> None:
    house.event("call", "1", tag="T1", request="R1")
    assert house.after(400).order_events == 0


def test_one_open_leg_keeps_the_story_of_its_plan_and_no_other(house: House) -> None:
    house.event("call", request="R1")
    for number, final in (("1", True), ("2", False)):
        house.event("call", number, tag=f"T{number}", request="R1")
        house.state(number, "complete" if final else "open", final=final, tag=f"T{number}")
    house.state("3", "complete", final=True, tag="T3")
    assert house.after(400).order_events == 1
    assert len(house.left()) == 5


def test_the_same_order_id_of_another_user_is_another_order(house: House) -> None:
    house.state("1", "open", final=False, user=2)
    house.state("1", "complete", final=True, user=1)
    assert house.after(400).order_events == 1


def test_many_stories_go_in_batches_past_those_that_stay(house: House) -> None:
    with house.stores.logs.unit() as unit:
        for number in range(1300):
            unit.session.add(
                OrderEvent(
                    at_ms=epoch_ms(house.clock.now()), user_id=1, account_id=1, tag=f"T{number}",
                    order_id=str(number), kind="state", data={"final": number % 13 != 0},
                )
            )  # fmt: skip
    assert house.after(11).order_events == 1200
    assert len(house.left()) == 100


def test_calls_and_samples_go_by_age_alone(house: House, now: dt.datetime) -> None:
    with house.stores.logs.unit() as unit:
        for table in (OrderLog, AnalyzerLog):
            unit.session.add(table(api_type="placeorder", request_data={}, response_data={}, created_at=now))
    with house.stores.latency.unit() as unit:
        unit.session.add(OrderLatency(order_type="PLACE", total_ms=1.0, status="SUCCESS", created_at=now))
    assert house.after(4.9) == Removed()
    assert house.after(0.2) == Removed(calls=2, latencies=1)


def test_waiting_orders_go_only_after_their_owner_took_them_off_the_list(house: House) -> None:
    at = epoch_ms(house.clock.now())
    with house.stores.main.unit() as unit:
        Users(unit).add(
            username="ada", email="a@example.com", password_hash="x", is_admin=True, now=house.clock.now()
        )
        for deleted in (None, at):
            unit.session.add(
                PendingOrder(
                    user_id=1, account_id=1, broker="acme", api_type="placeorder", command={}, fingerprint="f",
                    request_id="r", prices={}, state="rejected", created_ms=at, priced_ms=at, expires_ms=at,
                    deleted_ms=deleted,
                )
            )  # fmt: skip
    assert house.after(6.9) == Removed()
    assert house.after(400) == Removed(waiting_orders=1)
    with house.stores.main.reading() as unit:
        assert unit.session.scalar(select(func.count()).select_from(PendingOrder)) == 1
