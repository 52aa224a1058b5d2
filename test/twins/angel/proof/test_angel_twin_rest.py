"""The Angel twin refuses what Angel One refuses, in its words."""

import pytest

from test.twins.angel.rest import OPEN, SECURE


def test_a_login_needs_key_code_pin_and_totp(client):
    assert set(client.tokens) == {"jwtToken", "refreshToken", "feedToken"}
    wrong = client.log_in(password="0000")
    assert (wrong["status"], wrong["data"], wrong["errorcode"]) == ("false", "null", "AB1007")
    assert client.log_in(totp="000000")["errorcode"] == "AB1050"
    foreign = client.call(
        "POST", f"{OPEN}/user/v1/loginByPassword", {"clientcode": client.user}, **{"X-PrivateKey": "other"}
    )
    assert foreign.json()["errorcode"] == "AG8001"


def test_a_refresh_token_works_once_and_brings_other_tokens(client):
    old = client.tokens
    fresh = client.refresh()["data"]
    assert all(fresh[name] != old[name] for name in old)
    assert client.refresh()["errorcode"] == "AB8050"
    assert client.get("/user/v1/getProfile")["errorcode"] == "AG8002"
    client.tokens = fresh
    assert client.get("/user/v1/getProfile")["data"]["clientcode"] == client.user


def test_tokens_that_are_missing_unknown_or_dead_are_told_apart(client, twin):
    path = f"{SECURE}/user/v1/getProfile"
    assert client.get("/user/v1/getProfile", Authorization=None)["errorcode"] == "AG8003"
    assert client.get("/user/v1/getProfile", Authorization="Bearer x")["errorcode"] == "AG8001"
    assert client.get("/user/v1/getProfile", **{"X-PrivateKey": "x"})["errorcode"] == "AG8002"
    twin.kill_tokens()
    answer = client.call("GET", path)
    assert (answer.status_code, answer.json()["errorcode"]) == (403, "AG8002")
    assert client.refresh()["errorcode"] == "AB8050"


@pytest.mark.parametrize("name", ["X-ClientLocalIP", "X-ClientPublicIP", "X-MACAddress", "X-SourceID"])
def test_a_call_needs_all_its_headers(client, name):
    assert client.call("GET", f"{SECURE}/user/v1/getProfile", **{name: None}).status_code == 400


def test_above_the_rate_a_line_of_text_answers_with_403(client, twin):
    twin.rule(rates=True)
    answers = [client.call("GET", f"{SECURE}/order/v1/getOrderBook") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[1].text == "Access denied because of exceeding access rate"


def test_an_order_is_entered_changed_and_withdrawn_under_its_own_variety(client):
    price = f"{client.last_price() * 0.95:.0f}"
    limit = {"ordertype": "LIMIT", "price": price}
    order_id = client.post("/order/v1/placeOrder", client.order(**limit, ordertag="tag1"))["data"]["orderid"]
    change = client.order(**limit, orderid=order_id, quantity="12")
    assert client.post("/order/v1/modifyOrder", {**change, "variety": "STOPLOSS"})["errorcode"] == "AB1020"
    assert client.post("/order/v1/modifyOrder", change)["data"]["orderid"] == order_id
    row = next(row for row in client.get("/order/v1/getOrderBook")["data"] if row["orderid"] == order_id)
    assert (row["status"], row["orderstatus"], row["quantity"], row["ordertag"]) == (
        "modified",
        "open",
        "12",
        "tag1",
    )
    assert row["price"] == float(price) and row["symboltoken"] == client.token("SBIN-EQ")
    assert client.get(f"/order/v1/details/{row['uniqueorderid']}")["data"]["orderid"] == order_id
    wrong = client.post("/order/v1/cancelOrder", {"variety": "STOPLOSS", "orderid": order_id})
    assert wrong["errorcode"] == "AB1020"
    done = client.post("/order/v1/cancelOrder", {"variety": "NORMAL", "orderid": order_id})
    assert done["data"]["orderid"] == order_id


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"variety": "STOPLOSS"}, "AB1020", 200),
        ({"ordertype": "STOPLOSS_MARKET"}, "AB1020", 200),
        ({"ordertag": "x" * 21}, "AB4008", 200),
        ({"ordertype": "LIMIT", "price": "1"}, "AB1007", 200),
        ({"quantity": 10}, "", 400),
        ({"quantity": "ten"}, "", 400),
        ({"price": None}, "", 400),
        ({"symboltoken": "1"}, "", 400),
        ({"tradingsymbol": "SBIN"}, "", 400),
        ({"exchange": "NFO"}, "", 400),
        ({"producttype": "CNC"}, "", 400),
        ({"transactiontype": "buy"}, "", 400),
        ({"duration": "GTC"}, "", 400),
    ],
)
def test_an_order_with_a_mistake_is_refused(client, changes, code, status):
    answer = client.call("POST", f"{SECURE}/order/v1/placeOrder", client.order(**changes))
    assert (answer.status_code, answer.json()["errorcode"]) == (status, code)
    assert answer.json()["status"] is False


def test_books_without_rows_are_null(client, twin):
    assert client.get("/portfolio/v1/getAllHolding")["data"] is None
    rules = {"status": ["CANCELLED"], "page": 1, "count": 10}
    assert client.post("/gtt/v1/ruleList", rules)["data"] is None


def test_quotes_take_fifty_tokens_and_tell_what_they_lack(client):
    token = client.token("SBIN-EQ")
    body = {"mode": "FULL", "exchangeTokens": {"NSE": [token, "nobody"], "BSE": [token]}}
    data = client.post("/market/v1/quote/", body)["data"]
    assert [row["symbolToken"] for row in data["fetched"]] == [token]
    assert {row["symbolToken"] for row in data["unfetched"]} == {"nobody", token}
    many = {"mode": "LTP", "exchangeTokens": {"NSE": [token] * 51}}
    assert client.call("POST", f"{SECURE}/market/v1/quote/", many).status_code == 400


def test_a_span_that_is_too_long_goes_wrong_without_a_reason(client):
    body = {"exchange": "NSE", "symboltoken": client.token("SBIN-EQ"), "interval": "ONE_MINUTE"}
    span = {"fromdate": "2026-01-01 09:15", "todate": "2026-03-01 15:30"}
    assert client.post("/historical/v1/getCandleData", {**body, **span})["errorcode"] == "AB1004"


def test_a_rule_fires_its_order_and_leaves_the_working_ones(client, twin):
    price = f"{client.last_price() * 0.99:.0f}"
    contract = {"tradingsymbol": "SBIN-EQ", "symboltoken": client.token("SBIN-EQ"), "exchange": "NSE"}
    terms = {"price": price, "triggerprice": price, "qty": 3, "disclosedqty": 0, "timeperiod": 30}
    rule = {**contract, **terms, "producttype": "DELIVERY", "transactiontype": "BUY"}
    path = "/gtt-service/rest/secure/angelbroking/gtt/v1/createRule"
    made = client.call("POST", path, rule).json()["data"]["id"]
    twin.control("POST", "/twin/gtts", {"id": made})
    asked = {"status": ["SENTTOEXCHANGE"], "page": 1, "count": 10}
    assert made in [int(row["id"]) for row in client.post("/gtt/v1/ruleList", asked)["data"]]
    assert client.get("/order/v1/getOrderBook")["data"][-1]["quantity"] == "3"
