import json

import pytest

SHARE = {"exchangeSegment": 1, "exchangeInstrumentID": 1}


def order(**changes):
    return {
        "exchangeSegment": "NSECM", "exchangeInstrumentID": 1, "productType": "MIS", "orderType": "LIMIT",
        "orderSide": "BUY", "timeInForce": "DAY", "disclosedQuantity": 0, "orderQuantity": 5, "limitPrice": 0,
        "stopPrice": 0, "orderUniqueIdentifier": "tag1", **changes,
    }  # fmt: skip


def far(client):
    body = {"instruments": [SHARE], "xtsMessageCode": 1512, "publishFormat": "JSON"}
    (text,) = client.result("POST", "instruments/quotes", body)["listQuotes"]
    return int(json.loads(text)["LastTradedPrice"] * 0.95)


@pytest.mark.parametrize(
    ("kind", "path", "status"),
    [
        ("interactive", "/interactive/user/balance", 400),
        ("market", "instruments/indexlist?exchangeSegment=1", 200),
    ],
)
def test_a_second_login_of_a_key_kills_the_first_token(client, kind, path, status):
    first = client.tokens[kind]
    client.log_in(kind)
    assert client.call("GET", path).json()["type"] == "success"
    client.tokens[kind] = first
    answer = client.call("GET", path)
    assert (answer.status_code, answer.json()["description"]) == (status, "Invalid Token")


def test_a_token_opens_its_own_application_only(client):
    assert client.call("GET", "/interactive/orders", kind="market").json()["description"] == "Invalid Token"
    assert (
        client.call("GET", "instruments/indexlist", kind="interactive").json()["description"]
        == "Invalid Token"
    )


def test_quotes_are_texts_in_no_order_and_leave_strangers_out(client):
    asked = [SHARE, {**SHARE, "exchangeInstrumentID": 2}, {**SHARE, "exchangeInstrumentID": 999_999}]
    body = {"instruments": asked, "xtsMessageCode": 1502, "publishFormat": "JSON"}
    texts = client.result("POST", "instruments/quotes", body)["listQuotes"]
    assert [json.loads(text)["ExchangeInstrumentID"] for text in texts] == [2, 1]
    asked[0] = {**SHARE, "exchangeInstrumentID": "1"}
    assert client.call("POST", "instruments/quotes", body).status_code == 400


def test_an_order_is_placed_changed_and_cancelled(client):
    price = far(client)
    order_id = client.result("POST", "/interactive/orders", order(limitPrice=price))["AppOrderID"]
    change = {
        "appOrderID": order_id, "modifiedProductType": "MIS", "modifiedOrderType": "LIMIT", "modifiedOrderQuantity": 7,
        "modifiedDisclosedQuantity": 0, "modifiedLimitPrice": price - 1, "modifiedStopPrice": 0,
        "modifiedTimeInForce": "DAY", "orderUniqueIdentifier": "tag1",
    }  # fmt: skip
    client.result("PUT", "/interactive/orders", change)
    row = client.result("GET", "/interactive/orders")[-1]
    assert (row["OrderStatus"], row["OrderQuantity"], row["LeavesQuantity"], row["OrderPrice"]) == (
        "Replaced", 7, 7, price - 1,
    )  # fmt: skip
    client.result("DELETE", "/interactive/orders", appOrderID=order_id)
    states = client.result("GET", "/interactive/orders", appOrderID=order_id)
    assert [state["OrderStatus"] for state in states] == ["New", "Replaced", "Cancelled"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"orderSide": "HOLD"}, "e-app-0001"), ({"exchangeSegment": "NYSE"}, "e-app-0001"),
        ({"exchangeInstrumentID": 999_999}, "e-orders-0002"), ({"orderQuantity": 0}, "e-orders-0001"),
        ({"limitPrice": 1}, "e-rms-0001"), ({"stopPrice": 5}, "e-app-0001"),
        ({"orderUniqueIdentifier": "x" * 21}, "e-app-0001"),
    ],
)  # fmt: skip
def test_a_wrong_order_is_refused_in_the_vendors_words(client, changes, code):
    before = len(client.result("GET", "/interactive/orders"))
    body = order(**{"limitPrice": 1000, **changes})
    answer = client.call("POST", "/interactive/orders", body)
    assert (answer.status_code, answer.json()["type"], answer.json()["code"]) == (400, "error", code)
    assert len(client.result("GET", "/interactive/orders")) == before


def test_calls_above_the_published_rate_are_refused_when_the_rule_is_on(client):
    client.twin.rule(rates=True)
    assert client.call("GET", "/interactive/orders").status_code == 200
    answer = client.call("GET", "/interactive/orders")
    assert (answer.status_code, answer.json()["code"]) == (429, "e-apirl-0004")


def test_the_margin_of_a_portfolio_comes_in_the_vendors_spelling(client):
    leg = {
        "exchange": 1, "exchangeInstrumentId": 1, "productType": "MIS", "orderType": "LIMIT", "orderSide": "BUY",
        "quantity": 10, "price": far(client), "stopPrice": 0, "userID": "AB1234", "orderSessionType": 1,
    }  # fmt: skip
    told = client.result(
        "POST", "/interactive/orders/margindetails", {"clientID": "AB1234", "portfolio": [leg]}
    )
    assert told["brokerageDeatils"]["MarginRequired"] > 0
    answer = client.call("POST", "/interactive/orders/margindetails", order())
    assert answer.json()["description"] == "Instrument Informations count is 0"
