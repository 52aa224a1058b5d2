"""The action centre over HTTP: taking decided orders off the list, figures, and what a modify of a semi-auto key is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.events import PendingOrderResolved
from test.api import conftest as harness
from test.support.browser import SignedIn

HERE = Path(__file__).resolve().parent
ROOT = "/ui/api/action-center"


class Owner(SignedIn):
    """An app, the owner's signed-in browser, and a semi-auto key."""

    def __init__(self, app: Any, services: Any, api: Any) -> None:
        super().__init__(app)
        self.services, self.api = services, api

    def queue(self, order: dict[str, Any]) -> int:
        answer = self.api.post("placeorder", order)
        assert answer.status_code == 200, answer.data
        return answer.get_json()["pending_order_id"]

    def shown(self, status: str = "all") -> Any:
        return self.http.get(f"{ROOT}?status={status}").get_json()["data"]

    def set_row(self, pending_id: int, column: str, value: Any) -> None:
        with self.services.stores.main.unit() as unit:
            unit.session.connection().exec_driver_sql(
                f"UPDATE pending_orders SET {column} = ? WHERE id = ?", (value, pending_id)
            )


@pytest.fixture(scope="module")
def make_owner(tmp_path_factory: pytest.TempPathFactory, contracts: Any) -> Iterator[Callable[..., Owner]]:
    """One app per way of treating modifies, started when it is first asked for."""
    owners = {}

    def make(modify: str = "approval") -> Owner:
        if modify not in owners:
            folder = tmp_path_factory.mktemp(modify)
            app, services = harness.start_app(folder, contracts, SEMI_AUTO_MODIFY=modify)
            api = harness.Api(app.test_client(), services, services.api_keys.rotate(1))
            owners[modify] = Owner(app, services, api)
        services = owners[modify].services
        services.api_keys.set_order_mode(1, "semi_auto")
        return owners[modify]

    yield make
    for owner in owners.values():
        owner.services.close()


@pytest.fixture
def owner(make_owner: Callable[..., Owner]) -> Owner:
    return make_owner()


def test_a_decided_order_is_taken_off_the_list_and_told(owner: Owner, order: Any) -> None:
    told: list[tuple[int, str]] = []
    owner.services.events.subscribe(
        PendingOrderResolved, lambda event: told.append((event.pending_order_id, event.action))
    )
    rejected, approved = owner.queue(order()), owner.queue(order())
    assert owner.send("POST", f"{ROOT}/{rejected}/reject", {"reason": "no"}).status_code == 200
    assert owner.send("POST", f"{ROOT}/{approved}/approve").get_json()["data"]["outcome"] == "accepted"
    for number in (rejected, approved):
        assert owner.send("DELETE", f"{ROOT}/{number}").get_json()["data"] == {"deleted": number}
        assert number not in [row["id"] for row in owner.shown()["orders"]]
        again = owner.send("DELETE", f"{ROOT}/{number}")
        assert (again.status_code, again.get_json()["code"]) == (404, "NOT_FOUND")
    deadline = time.monotonic() + 10
    while (approved, "deleted") not in told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [entry for entry in told if entry[1] == "deleted"] == [
        (rejected, "deleted"),
        (approved, "deleted"),
    ]


@pytest.mark.parametrize("state", ["pending", "executing"])
def test_an_order_that_is_not_decided_stays(owner: Owner, order: Any, state: str) -> None:
    number = owner.queue(order())
    owner.set_row(number, "state", state)
    answer = owner.send("DELETE", f"{ROOT}/{number}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "NOT_DECIDED")
    assert number in [row["id"] for row in owner.shown()["orders"]]
    owner.set_row(number, "state", "pending")
    owner.send("POST", f"{ROOT}/reject-all", {"reason": ""})


def test_an_order_with_an_unknown_outcome_stays_until_it_is_known(owner: Owner, order: Any) -> None:
    number = owner.queue(order())
    owner.send("POST", f"{ROOT}/{number}/approve")
    owner.set_row(number, "outcome", "unknown")
    answer = owner.send("DELETE", f"{ROOT}/{number}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "OUTCOME_UNKNOWN")
    owner.set_row(number, "outcome", "accepted")
    assert owner.send("DELETE", f"{ROOT}/{number}").status_code == 200


def test_a_repeat_under_the_callers_key_finds_an_order_that_left_the_list(owner: Owner, order: Any) -> None:
    body = order(client_order_id="kept-after-delete")
    number = owner.queue(body)
    owner.send("POST", f"{ROOT}/{number}/reject", {"reason": ""})
    owner.send("DELETE", f"{ROOT}/{number}")
    assert owner.queue(body) == number
    assert owner.shown("pending")["orders"] == []


def test_nobody_else_takes_it_off(owner: Owner, order: Any) -> None:
    number = owner.queue(order())
    owner.send("POST", f"{ROOT}/{number}/reject", {"reason": ""})
    token, owner.token = owner.token, ""
    assert owner.send("DELETE", f"{ROOT}/{number}").status_code == 403
    owner.token = token
    stranger = owner.services.users.add("stranger", "stranger@example.com", "Api-Test-2!")
    owner.set_row(number, "user_id", stranger.id)
    assert owner.send("DELETE", f"{ROOT}/{number}").status_code == 404
    owner.set_row(number, "user_id", 1)
    assert owner.send("DELETE", f"{ROOT}/{number}").status_code == 200


def test_the_figures_count_outcomes_and_waiting(owner: Owner, order: Any) -> None:
    before = owner.shown()["statistics"]
    first, second, third = (owner.queue(order()) for _ in range(3))
    owner.send("POST", f"{ROOT}/{first}/approve")
    owner.send("POST", f"{ROOT}/{second}/reject", {"reason": ""})
    owner.send("DELETE", f"{ROOT}/{second}")
    after = owner.shown()["statistics"]
    grown = {name: after[name] - before.get(name, 0) for name in ("pending", "approved", "rejected", "total")}
    assert grown == {"pending": 1, "approved": 1, "rejected": 0, "total": 2}
    assert after["outcome_accepted"] - before["outcome_accepted"] == 1
    assert after["average_wait_seconds"] >= 0 and 0 <= after["oldest_wait_seconds"] < 60
    owner.send("POST", f"{ROOT}/{third}/reject", {"reason": ""})
    assert "oldest_wait_seconds" not in owner.shown()["statistics"]


def resting(owner: Owner, order: Any) -> dict[str, Any]:
    """A live LIMIT order below the market; answers the body of its next modify."""
    ltp = owner.api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]
    owner.services.api_keys.set_order_mode(1, "auto")
    body = order(pricetype="LIMIT", price=str(round(ltp * 0.96)))
    order_id = owner.api.post("placeorder", body).get_json()["orderid"]
    owner.services.api_keys.set_order_mode(1, "semi_auto")
    return {**body, "orderid": order_id, "quantity": 11}


def quantity(owner: Owner, order_id: str) -> int:
    return owner.api.post("orderstatus", {"orderid": order_id}).get_json()["data"]["quantity"]


def test_modify_executes_at_once_where_the_setting_says_live(make_owner: Any, order: Any) -> None:
    owner = make_owner("live")
    change = resting(owner, order)
    answer = owner.api.post("modifyorder", change)
    assert (answer.status_code, answer.get_json()["orderid"]) == (200, change["orderid"])
    assert quantity(owner, change["orderid"]) == 11
    assert owner.shown()["orders"] == []


def test_modify_waits_where_the_setting_says_approval(make_owner: Any, order: Any) -> None:
    owner = make_owner("approval")
    change = resting(owner, order)
    answer = owner.api.post("modifyorder", change).get_json()
    assert (answer["status"], answer["mode"]) == ("success", "semi_auto") and "orderid" not in answer
    assert quantity(owner, change["orderid"]) == 10
    (row,) = owner.shown("pending")["orders"]
    assert (row["api_type"], row["orderid"], row["quantity"]) == ("modifyorder", change["orderid"], "11")
    done = owner.send("POST", f"{ROOT}/{row['id']}/approve").get_json()["data"]
    assert (done["outcome"], done["broker_order_id"]) == ("accepted", change["orderid"])
    assert quantity(owner, change["orderid"]) == 11


def test_a_waiting_modify_that_is_rejected_or_too_late_changes_nothing(make_owner: Any, order: Any) -> None:
    owner = make_owner("approval")
    change = resting(owner, order)
    first = owner.api.post("modifyorder", change).get_json()["pending_order_id"]
    owner.send("POST", f"{ROOT}/{first}/reject", {"reason": "no"})
    assert quantity(owner, change["orderid"]) == 10
    second = owner.api.post("modifyorder", change).get_json()["pending_order_id"]
    assert owner.api.post("cancelorder", {"orderid": change["orderid"]}).status_code == 200
    done = owner.send("POST", f"{ROOT}/{second}/approve").get_json()["data"]
    assert (done["outcome"], done["code"]) == ("refused", "ORDER_STATE")
