"""The key of a call of several orders: one execution, whatever happens between the calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.errors import NotSent, Refused

BASKET = {
    "strategy": "keys",
    "orders": [
        {"exchange": "NSE", "symbol": name, "action": "BUY", "quantity": 3, "product": "MIS", "pricetype": "MARKET"}
        for name in ("SBIN", "TCS")
    ],
}  # fmt: skip
SPLIT = {**BASKET["orders"][0], "symbol": "LT", "strategy": "keys", "splitsize": 1}
SMART = {
    "strategy": "keys", "exchange": "NSE", "symbol": "ITC", "action": "BUY", "quantity": 0, "position_size": 4,
    "product": "MIS", "pricetype": "MARKET",
}  # fmt: skip


def orders(api) -> int:
    return len(api.post("orderbook").get_json()["data"]["orders"])


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize(
    ("route", "body", "count"),
    [("basketorder", BASKET, 2), ("splitorder", SPLIT, 3), ("placesmartorder", SMART, 1)],
)
def test_five_first_calls_at_once_under_one_key_execute_once(api, route, body, count, paper) -> None:
    api.services.installation.set_analyze_mode(paper)
    app = api.client.application
    keyed = {"apikey": api.key, **body, "idempotency_key": f"first-{route}-{paper}"}
    before = orders(api)
    try:
        with ThreadPoolExecutor(5) as pool:
            answers = list(
                pool.map(lambda _: app.test_client().post(f"/api/v1/{route}", json=keyed), range(5))
            )
        assert {answer.status_code for answer in answers} == {200}
        assert all(answer.get_json() == answers[0].get_json() for answer in answers)
        assert orders(api) == before + count
    finally:
        api.post("closeposition", {"strategy": "keys"})
        api.services.installation.set_analyze_mode(False)


def test_the_answer_of_a_plan_outlives_a_restart(tmp_path, contracts, harness) -> None:
    keyed = {**BASKET, "idempotency_key": "before-the-restart"}
    app, services = harness.start_app(tmp_path, contracts)
    key = services.api_keys.rotate(1)
    first = harness.Api(app.test_client(), services, key).post("basketorder", keyed).get_json()
    services.close()
    app, services = harness.open_app(tmp_path, contracts)
    try:
        api = harness.Api(app.test_client(), services, key)
        before = orders(api)
        assert api.post("basketorder", keyed).get_json() == first
        assert orders(api) == before == 2
        changed = {**keyed, "strategy": "another"}
        assert api.post("basketorder", changed).status_code == 409
    finally:
        services.close()


def test_a_plan_whose_every_order_could_not_leave_may_be_tried_again_under_its_key(api, monkeypatch) -> None:
    keyed = {**BASKET, "idempotency_key": "no-line"}
    with monkeypatch.context() as broken:
        fail_placing(api, broken, NotSent("no connection"))
        failed = api.post("basketorder", keyed).get_json()
        assert {item["status"] for item in failed["results"]} == {"error"}
    sent = api.post("basketorder", keyed).get_json()
    assert {item["status"] for item in sent["results"]} == {"success"}
    assert api.post("basketorder", keyed).get_json() == sent


def test_a_plan_that_the_broker_refused_keeps_its_answer(api, monkeypatch) -> None:
    keyed = {**BASKET, "idempotency_key": "refused"}
    with monkeypatch.context() as broken:
        fail_placing(api, broken, Refused("Insufficient funds"))
        refused = api.post("basketorder", keyed).get_json()
    before = orders(api)
    assert api.post("basketorder", keyed).get_json() == refused
    assert orders(api) == before


def fail_placing(api, monkeypatch, error: Exception) -> None:
    def refuse(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(api.services.trading.live, "place", refuse)
