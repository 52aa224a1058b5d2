"""Smart, basket and split orders over REST, on the practice exchange."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

SMART = {
    "strategy": "plans", "exchange": "NSE", "symbol": "SBIN", "action": "BUY", "quantity": "0", "product": "MIS",
    "pricetype": "MARKET",
}  # fmt: skip


def held(api, symbol: str = "SBIN", product: str = "MIS") -> int:
    body = {"strategy": "plans", "symbol": symbol, "exchange": "NSE", "product": product}
    return int(api.post("openposition", body).get_json()["quantity"])


def target(api, size, **changes):
    return api.post("placesmartorder", {**SMART, "position_size": size, **changes})


def test_a_smart_order_trades_the_difference_and_a_repeat_does_nothing(api) -> None:
    for size in (10, 4, -6, 12, 0):
        answer = target(api, size)
        assert answer.status_code == 200 and answer.get_json()["orderid"], answer.data
        assert held(api) == size
        again = target(api, size).get_json()
        assert again["status"] == "success" and "orderid" not in again
    assert again["message"] == "No OpenPosition Found. Not placing Exit order."


def test_flat_and_wanted_flat_with_a_quantity_is_a_plain_order(api) -> None:
    assert target(api, 0, symbol="INFY", action="SELL", quantity=3).status_code == 200
    assert held(api, "INFY") == -3
    matched = target(api, -3, symbol="INFY").get_json()
    assert matched["message"] == "Positions Already Matched. No Action needed."
    target(api, 0, symbol="INFY")
    assert held(api, "INFY") == 0


def test_twenty_smart_orders_at_once_reach_the_target_once(api) -> None:
    app = api.client.application
    body = {"apikey": api.key, **SMART, "symbol": "WIPRO", "position_size": 25}
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: app.test_client().post("/api/v1/placesmartorder", json=body), range(20))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert sum("orderid" in answer.get_json() for answer in answers) == 1
    assert held(api, "WIPRO") == 25


def test_a_resting_limit_smart_order_is_not_placed_a_second_time(api) -> None:
    ltp = api.post("quotes", {"symbol": "TCS", "exchange": "NSE"}).get_json()["data"]["ltp"]
    price = round(ltp * 0.97 / 0.05) * 0.05
    body = {"symbol": "TCS", "pricetype": "LIMIT", "price": f"{price:.2f}"}
    first = target(api, 5, **body).get_json()
    assert first["orderid"]
    second = target(api, 5, **body).get_json()
    assert second["message"] == "Orders for this position are already working. No Action needed."
    more = target(api, 8, **body).get_json()
    rows = api.post("orderbook").get_json()["data"]["orders"]
    assert [row["quantity"] for row in rows if row["orderid"] == more["orderid"]] == [3]
    api.post("cancelallorder", {"strategy": "plans", "symbol": "TCS", "exchange": "NSE"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position_size": "x"}, "position_size"),
        ({"position_size": None}, "position_size"),
        ({"position_size": 1.5}, "position_size"),
        ({"quantity": -1}, "quantity"),
        ({"action": "HOLD"}, "action"),
        ({"pricetype": "LIMIT", "position_size": 3}, "price"),
    ],
)
def test_a_bad_smart_order_is_refused_by_field(api, changes, field) -> None:
    answer = api.post("placesmartorder", {**SMART, "position_size": 1, "symbol": "ITC", **changes})
    assert answer.status_code == 400 and field in answer.get_json()["errors"], answer.data


def item(symbol: str, action: str, quantity: int = 1, **changes):
    return {
        "exchange": "NSE", "symbol": symbol, "action": action, "quantity": quantity, "product": "MIS",
        "pricetype": "MARKET", **changes,
    }  # fmt: skip


def test_a_basket_answers_each_order_in_the_order_of_the_request_and_buys_first(api) -> None:
    before = {row["orderid"] for row in api.post("orderbook").get_json()["data"]["orders"]}
    answer = api.post(
        "basketorder",
        {"strategy": "plans", "orders": [item("HDFCBANK", "SELL", 2), item("AXISBANK", "BUY", 3)]},
    ).get_json()
    results = answer["results"]
    assert [(row["index"], row["symbol"], row["action"], row["status"]) for row in results] == [
        (0, "HDFCBANK", "SELL", "success"),
        (1, "AXISBANK", "BUY", "success"),
    ]
    rows = api.post("orderbook").get_json()["data"]["orders"]
    placed = sorted(row["orderid"] for row in rows if row["orderid"] not in before)
    assert placed == [results[1]["orderid"], results[0]["orderid"]]


def test_one_bad_order_refuses_the_whole_basket_before_anything_is_sent(api) -> None:
    before = len(api.post("orderbook").get_json()["data"]["orders"])
    orders = [item("HDFCBANK", "BUY"), item("NOSUCH", "BUY"), item("SBIN", "BUY", product="NRML")]
    answer = api.post("basketorder", {"strategy": "plans", "orders": orders})
    assert answer.status_code == 400
    assert set(answer.get_json()["errors"]) == {"orders.1", "orders.2"}
    assert len(api.post("orderbook").get_json()["data"]["orders"]) == before


def test_an_order_that_the_exchange_refuses_leaves_the_others_of_its_basket_alone(api) -> None:
    orders = [item("HDFCBANK", "BUY"), item("SBIN", "BUY", pricetype="LIMIT", price="5")]
    results = api.post("basketorder", {"strategy": "plans", "orders": orders}).get_json()["results"]
    assert [row["status"] for row in results] == ["success", "error"]
    assert results[1]["message"] and "orderid" not in results[1]


@pytest.mark.parametrize("orders", [[], None, "x", [{}], [item("SBIN", "BUY")] * 101])
def test_a_basket_needs_one_to_a_hundred_whole_orders(api, orders) -> None:
    answer = api.post("basketorder", {"strategy": "plans", "orders": orders})
    assert answer.status_code == 400 and answer.get_json()["errors"]


def test_a_split_order_tells_every_slice(api) -> None:
    answer = api.post("splitorder", {**item("ICICIBANK", "BUY", 7), "strategy": "plans", "splitsize": 3})
    body = answer.get_json()
    assert (body["total_quantity"], body["split_size"]) == (7, 3)
    assert [(row["order_num"], row["quantity"], row["status"]) for row in body["results"]] == [
        (1, 3, "success"),
        (2, 3, "success"),
        (3, 1, "success"),
    ]
    assert held(api, "ICICIBANK") == 7


def test_more_than_a_hundred_slices_are_refused_before_the_first(api) -> None:
    answer = api.post("splitorder", {**item("ICICIBANK", "BUY", 101), "strategy": "plans", "splitsize": 1})
    assert answer.status_code == 400
    assert answer.get_json()["message"] == "Total number of orders would exceed maximum limit of 100"


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("placesmartorder", {**SMART, "symbol": "LT", "position_size": 4}),
        ("basketorder", {"strategy": "plans", "orders": [item("LT", "BUY", 4)]}),
        ("splitorder", {**item("LT", "BUY", 4), "strategy": "plans", "splitsize": 2}),
    ],
)
def test_a_plan_repeated_under_its_key_answers_the_same_and_orders_nothing(api, route, body) -> None:
    keyed = {**body, "idempotency_key": f"plan-{route}"}
    first = api.post(route, keyed).get_json()
    before = len(api.post("orderbook").get_json()["data"]["orders"])
    with ThreadPoolExecutor(5) as pool:
        app = api.client.application
        answers = list(
            pool.map(
                lambda _: app.test_client().post(f"/api/v1/{route}", json={"apikey": api.key, **keyed}),
                range(5),
            )
        )
    assert all(answer.get_json() == first for answer in answers)
    assert len(api.post("orderbook").get_json()["data"]["orders"]) == before


def test_a_close_and_a_smart_exit_at_once_do_not_turn_the_position_around(api) -> None:
    app = api.client.application
    named = {"strategy": "plans", "symbol": "ITC", "exchange": "NSE", "product": "MIS"}
    calls = [
        ("closeposition", named),
        ("placesmartorder", {**named, "action": "SELL", "quantity": 0, "position_size": 0}),
    ] * 2  # fmt: skip
    for _ in range(6):
        target(api, 10, symbol="ITC")
        assert held(api, "ITC") == 10
        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(
                    lambda call: app.test_client().post(
                        f"/api/v1/{call[0]}", json={"apikey": api.key, **call[1]}
                    ),
                    calls,
                )
            )
        assert held(api, "ITC") == 0
