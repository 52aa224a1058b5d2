"""One id leads from the edge to the broker call, the records, the order's story and the answer."""

from __future__ import annotations

import pytest

OURS = "trusted-caller-0001"


def rows(admin, path, **query):
    return lambda: admin.data(f"/ui/api/operator/{path}", **query)["rows"]


def test_an_id_follows_an_order_everywhere(api, admin, order, until) -> None:
    answer = api.post("placeorder", order(quantity=3), headers={"X-Request-ID": OURS})
    assert answer.headers["X-Request-ID"] == OURS
    order_id = answer.get_json()["orderid"]
    traffic = until(rows(admin, "traffic", request_id=OURS))
    assert [(row["route"], row["status_code"]) for row in traffic] == [("/api/v1/placeorder", 200)]
    calls = until(rows(admin, "broker-calls", request_id=OURS))
    assert [(row["broker"], row["operation"], row["outcome"]) for row in calls] == [
        ("simulator", "place", "ok")
    ]
    logged = until(lambda: admin.data("/ui/api/logs/calls", mode="live", request_id=OURS)["rows"])
    assert logged[0]["response_data"]["orderid"] == order_id
    samples = until(
        rows(admin, "latency/orders"), lambda found: any(row["request_id"] == OURS for row in found)
    )
    assert next(row for row in samples if row["request_id"] == OURS)["order_id"] == order_id
    line = until(
        lambda: api.post("ordertimeline", {"orderid": order_id}).get_json().get("data"),
        lambda data: data and data["request_ids"],
    )
    assert line["request_ids"] == [OURS]
    assert any(event.get("request_id") == OURS and event["stage"] == "sent" for event in line["events"])


def test_every_leg_of_a_plan_calls_the_broker_under_the_id_of_its_request(api, admin, order, until) -> None:
    legs = [order(quantity=count, strategy=None) for count in (1, 2, 3)]
    own = {"X-Request-ID": "basket-of-three"}
    answer = api.post("basketorder", {"strategy": "legs", "orders": legs}, headers=own)
    assert answer.status_code == 200, answer.get_json()
    calls = until(
        rows(admin, "broker-calls", request_id="basket-of-three"), lambda found: len(found) == len(legs)
    )
    assert {row["operation"] for row in calls} == {"place"}


@pytest.mark.parametrize(
    "offered", ["short", "x" * 37, "with blank here", "semi;colon;here", "ünïcödé-idéntity"]
)
def test_what_is_no_id_is_replaced(api, offered: str) -> None:
    answer = api.post("ping", headers={"X-Request-ID": offered.encode().decode("latin-1")})
    assert answer.headers["X-Request-ID"] != offered
    assert len(answer.headers["X-Request-ID"]) == 26


def test_a_caller_from_elsewhere_cannot_choose_the_id(api) -> None:
    far = {"REMOTE_ADDR": "203.0.113.9"}
    answer = api.post("ping", headers={"X-Request-ID": OURS}, environ_base=far)
    assert answer.headers["X-Request-ID"] != OURS


def test_a_later_request_of_the_same_thread_has_an_id_of_its_own(api) -> None:
    first, second = (api.post("ping").headers["X-Request-ID"] for _ in range(2))
    assert first and second and first != second


def test_a_refused_request_has_its_id_as_well(api, admin, until) -> None:
    answer = api.client.post(
        "/api/v1/placeorder", json={"apikey": "wrong"}, headers={"X-Request-ID": "refused-0001"}
    )
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (400, "refused-0001")
    assert until(rows(admin, "traffic", request_id="refused-0001"))[0]["status_code"] == 400
