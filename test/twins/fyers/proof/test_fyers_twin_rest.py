import pytest
import requests

from test.twins.fyers.sessions import claims_of

SHARE = "NSE:SBIN-EQ"
ORDERS, GTTS = "/api/v3/orders/sync", "/api/v3/gtt/orders/sync"


def order(**changes):
    return {
        "symbol": SHARE, "qty": 10, "type": 2, "side": 1, "productType": "INTRADAY", "limitPrice": 0, "stopPrice": 0,
        "validity": "DAY", "disclosedQty": 0, "offlineOrder": False, "stopLoss": 0, "takeProfit": 0, **changes,
    }  # fmt: skip


def last(client, ticker=SHARE):
    return client.ask("GET", "/data/quotes", symbols=ticker)["d"][0]["v"]["lp"]


def resting(client, **changes):
    return order(type=1, limitPrice=int(last(client) * 0.95), **changes)


def row_of(client, order_id):
    (row,) = client.ask("GET", "/api/v3/orders", id=order_id)["orderBook"]
    return row


def test_a_token_tells_user_end_and_stream_key(client):
    claims = claims_of(client.token)
    assert claims["fy_id"] == client.twin.user
    assert claims["exp"] > 0 and len(claims["hsm_key"]) == 32


def test_a_code_works_once_and_only_with_the_secret(client):
    code = client.code()
    assert client.log_in(code, secret="wrong")["code"] == -371
    assert client.log_in(code)["s"] == "ok"
    assert client.log_in(code) == {"s": "error", "code": -437, "message": "invalid auth code"}


def test_a_foreign_token_is_refused_with_401(client):
    client.token = "a.b.c"
    answer = client.answer("GET", "/api/v3/orders")
    assert (answer.status_code, answer.json()["code"]) == (401, -16)


def test_a_market_order_fills_and_its_tag_gets_a_mark(client):
    placed = client.ask("POST", ORDERS, order(orderTag="OA1"))
    assert placed["code"] == 1101
    row = row_of(client, placed["id"])
    assert (row["status"], row["filledQty"], row["remainingQuantity"], row["orderTag"]) == (2, 10, 0, "1:OA1")
    trades = client.ask("GET", "/api/v3/tradebook")["tradeBook"]
    assert sum(trade["tradedQty"] for trade in trades if trade["orderNumber"] == placed["id"]) == 10
    client.ask("POST", ORDERS, order(side=-1))


def test_a_resting_order_is_changed_and_withdrawn_once(client):
    name = client.ask("POST", ORDERS, resting(client))["id"]
    assert client.ask("PATCH", ORDERS, {"id": name, "qty": 7})["code"] == 1102
    row = row_of(client, name)
    assert (row["status"], row["qty"], row["type"]) == (6, 7, 1)
    assert client.ask("DELETE", ORDERS, {"id": name})["code"] == 1103
    assert row_of(client, name)["status"] == 1
    assert client.ask("DELETE", ORDERS, {"id": name})["code"] == -161
    assert client.ask("DELETE", ORDERS, {"id": "nobody's"})["code"] == -51


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": "NSE:NOBODY-EQ"}, -300), ({"symbol": "NSE:NIFTY50-INDEX"}, -300), ({"qty": "10"}, -50),
        ({"qty": 0}, -50), ({"type": 9}, -50), ({"side": 0}, -50), ({"side": True, "qty": True}, -50),
        ({"productType": "MIS"}, -50), ({"productType": "MARGIN"}, -50), ({"validity": "IOC"}, -50),
        ({"limitPrice": 5}, -50), ({"type": 1}, -50), ({"stopLoss": 1}, -50), ({"orderTag": "no blanks"}, -50),
        ({"orderTag": "untagged"}, -50), ({"type": 4, "limitPrice": 5, "stopPrice": 6}, -390),
        ({"type": 4, "limitPrice": 6, "stopPrice": 5, "side": -1}, -390), ({"type": 1, "limitPrice": 1}, -99),
    ],
)  # fmt: skip
def test_what_fyers_refuses_is_refused(client, change, code):
    told = client.ask("POST", ORDERS, order(**change))
    assert (told["s"], told["code"]) == ("error", code), told


def test_an_order_without_a_field_is_refused(client):
    for name in order():
        body = {key: value for key, value in order().items() if key != name}
        assert client.ask("POST", ORDERS, body)["s"] == "error", name


def test_a_bad_ticker_fails_in_its_slot_only(client):
    found = client.ask("GET", "/data/quotes", symbols=f"{SHARE},NSE:NOBODY-EQ")
    assert [row["s"] for row in found["d"]] == ["ok", "error"]
    assert client.ask("GET", "/data/quotes", symbols=",".join([SHARE] * 51))["code"] == -50


def test_depth_writes_bids_and_ask(client):
    row = client.ask("GET", "/data/depth", symbol=SHARE)["d"][SHARE]
    assert len(row["bids"]) == len(row["ask"]) == 5
    assert row["bids"][0]["price"] < row["ask"][0]["price"]


def test_history_is_bounded_and_an_empty_range_says_so(client):
    bars = client.ask(
        "GET", "/data/history", symbol=SHARE, resolution="1D", date_format=1, range_from="2026-01-01",
        range_to="2026-02-01", oi_flag=1,
    )  # fmt: skip
    assert len(bars["candles"]) > 15 and len(bars["candles"][0]) == 7
    span = {"symbol": SHARE, "date_format": 0, "range_from": 1767225600, "range_to": 1775000000}
    assert client.ask("GET", "/data/history", resolution="5S", **span)["code"] == -50
    span = {"symbol": SHARE, "date_format": 1, "range_from": "1990-01-01", "range_to": "1990-01-02"}
    assert client.ask("GET", "/data/history", resolution="1D", **span)["s"] == "no_data"


def test_tickers_become_tokens_of_the_files(client):
    told = client.ask("POST", "/data/symbol-token", {"symbols": [SHARE, "NSE:NOBODY-EQ"]})
    token = told["validSymbol"][SHARE]
    assert told["invalidSymbol"] == ["NSE:NOBODY-EQ"]
    text = requests.get(f"{client.twin.url}/sym_details/NSE_CM.csv", timeout=5).text
    assert any(line.startswith(f"{token},") and SHARE in line for line in text.splitlines())


def test_a_gtt_keeps_its_sides_and_fires_its_leg(client):
    price = last(client)
    legs = {
        "leg1": {"price": round(price * 1.05), "triggerPrice": round(price * 1.05), "qty": 2},
        "leg2": {"price": round(price * 0.95), "triggerPrice": round(price * 0.95), "qty": 2},
    }
    body = {"symbol": SHARE, "side": -1, "productType": "CNC", "orderInfo": legs}
    turned = {**body, "orderInfo": {"leg1": legs["leg2"], "leg2": legs["leg1"]}}
    assert client.ask("POST", GTTS, turned)["s"] == "error"
    name = client.ask("POST", GTTS, body)["id"]
    assert client.ask("PATCH", GTTS, {"id": name, "orderInfo": {"leg1": legs["leg1"]}})["code"] == -50
    fired = client.twin.control("POST", "/twin/gtts", {"id": name, "leg": 2})
    (row,) = [row for row in client.ask("GET", "/api/v3/gtt/orders")["orderBook"] if row["id"] == name]
    assert row["ord_status"] == (2 if fired else 5)
    assert client.ask("DELETE", GTTS, {"id": name})["code"] == -51


def test_calls_above_the_rate_meet_429_with_a_pause(client):
    client.twin.rule(rates=True)
    answers = [client.answer("GET", "/api/v3/profile") for _ in range(12)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late and late[0].json()["code"] == -429 and late[0].headers["X-Retry-After-Ms"] == "1000"


def test_faults_befall_calls(client):
    client.twin.fault(kind="status", path="/api/v3/holdings", status=500, error_type="-99", message="down")
    told = client.answer("GET", "/api/v3/holdings")
    assert (told.status_code, told.json()["code"]) == (500, -99)
    client.twin.fault(kind="drop_after", path=ORDERS, method="POST")
    count = len(client.ask("GET", "/api/v3/orders")["orderBook"])
    with pytest.raises(requests.ConnectionError):
        client.ask("POST", ORDERS, resting(client))
    book = client.ask("GET", "/api/v3/orders")["orderBook"]
    assert len(book) == count + 1
    client.ask("DELETE", ORDERS, {"id": book[-1]["id"]})
