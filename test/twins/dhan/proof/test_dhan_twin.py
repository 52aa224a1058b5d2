"""The twin as a plain client meets it: what Dhan refuses, it refuses in Dhan's words."""

import json

import pytest
import requests
from websockets.sync.client import connect

from test.twins.dhan.proof.conftest import SANDBOX, Wire, order
from test.twins.dhan.stream import ORDERS


def price_of(wire, share):
    _, found = wire.ask("POST", "/marketfeed/ltp", {"NSE_EQ": [int(share)]})
    return found["data"]["NSE_EQ"][share]["last_price"]


def test_a_login_needs_its_secret_and_a_token_id_works_once(wire):
    wrong = {**wire.application, "app_secret": "no"}
    url = f"{wire.twin.url}/app/generate-consent"
    assert requests.post(url, params={"client_id": wire.client}, headers=wrong, timeout=5).status_code == 401
    found = requests.get(
        f"{wire.twin.url}/app/consumeApp-consent", {"tokenId": "x"}, headers=wire.application, timeout=5
    )
    assert (found.status_code, found.json()["errorCode"]) == (401, "DH-901")
    older = wire.token
    wire.token = wire.log_in()
    assert wire.ask("GET", "/profile")[0] == 200
    wire.token = older
    assert wire.ask("GET", "/profile")[1]["errorCode"] == "DH-901"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"securityId": "999999999"}, "DH-905"), ({"securityId": 3045}, "DH-905"), ({"orderType": "ICEBERG"}, "DH-905"),
        ({"price": 0}, "DH-905"), ({"quantity": 0}, "DH-905"), ({"quantity": "3"}, "DH-905"),
        ({"transactionType": "B"}, "DH-905"), ({"productType": "MIS"}, "DH-905"), ({"validity": "GTC"}, "DH-905"),
        ({"correlationId": "x" * 31}, "DH-905"), ({"correlationId": "a/b"}, "DH-905"),
        ({"dhanClientId": "1"}, "DH-905"),
        ({"disclosedQuantity": 1, "quantity": 10}, "DH-905"), ({"price": 1}, "DH-906"),
        ({"orderType": "STOP_LOSS", "triggerPrice": 701}, "DH-906"),
    ],
)  # fmt: skip
def test_an_order_with_a_mistake_is_refused(wire, share, changes, code):
    status, found = wire.ask("POST", "/orders", order(**{"securityId": share, **changes}))
    assert (status, found["errorCode"]) == (400, code), found


def test_orders_from_an_unlisted_address_are_refused_and_reads_are_not(wire, share, twin):
    twin.rule(ip_is_listed=False)
    status, found = wire.ask("POST", "/orders", order(securityId=share))
    assert (status, found["errorCode"]) == (403, "DH-911")
    assert wire.ask("GET", "/orders")[0] == 200


def test_a_stop_at_the_market_fills_at_once_as_on_live_accounts(wire, share):
    stop = order(
        securityId=share, orderType="STOP_LOSS_MARKET", price=0, triggerPrice=round(price_of(wire, share) * 2)
    )
    _, found = wire.ask("POST", "/orders", stop)
    _, row = wire.ask("GET", f"/orders/{found['orderId']}")
    assert row["orderStatus"] == "TRADED"


def test_an_order_is_found_by_its_correlation_id_and_changed_25_times_at_most(wire, share):
    price = int(price_of(wire, share) * 0.95)
    _, placed = wire.ask("POST", "/orders", order(securityId=share, price=price, correlationId="OATAG77"))
    _, found = wire.ask("GET", "/orders/external/OATAG77")
    assert (found["orderId"], found["orderStatus"]) == (placed["orderId"], "PENDING")
    change = {
        "orderId": placed["orderId"], "orderType": "LIMIT", "legName": "ENTRY_LEG", "quantity": 4, "price": price,
        "triggerPrice": 0, "disclosedQuantity": 0, "validity": "DAY",
    }  # fmt: skip
    answers = [wire.ask("PUT", f"/orders/{placed['orderId']}", change)[0] for _ in range(26)]
    assert answers == [200] * 25 + [400]
    assert wire.ask("DELETE", f"/orders/{placed['orderId']}")[1]["orderStatus"] == "CANCELLED"


def test_the_data_side_has_errors_of_its_own(wire, share):
    assert wire.ask("POST", "/marketfeed/ltp", {"NSE_EQ": [int(share)]}, **{"client-id": ""})[1]["data"] == {
        "810": "Client ID is invalid"
    }
    many = {"NSE_EQ": list(range(1001))}
    assert list(wire.ask("POST", "/marketfeed/quote", many)[1]["data"]) == ["804"]
    wire.token = "dead"
    assert list(wire.ask("POST", "/marketfeed/quote", {"NSE_EQ": [1]})[1]["data"]) == ["808"]


def test_charts_want_the_right_class_and_give_the_running_day_no_candle(wire, share):
    asked = {
        "securityId": share, "exchangeSegment": "NSE_EQ", "instrument": "EQUITY", "expiryCode": 0, "oi": False,
        "fromDate": "2026-01-01", "toDate": "2099-01-01",
    }  # fmt: skip
    assert (
        wire.ask("POST", "/charts/historical", {**asked, "instrument": "INDEX"})[1]["errorCode"] == "DH-905"
    )
    _, days = wire.ask("POST", "/charts/historical", asked)
    assert len(days["timestamp"]) == len(days["close"]) > 100
    assert days["open_interest"] == []
    assert (days["timestamp"][-1] + 19800) % 86400 == 0


def test_quotes_above_one_a_second_are_refused_where_the_rule_stands(wire, share, twin):
    twin.rule(rates=True)
    answers = [wire.ask("POST", "/marketfeed/ltp", {"NSE_EQ": [int(share)]}) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 429]
    assert answers[1][1]["errorCode"] == "DH-904"


def test_a_forever_order_fires_into_an_order(wire, share, twin):
    price = price_of(wire, share)
    _, placed = wire.ask("POST", "/forever/orders", {
        "orderFlag": "OCO", "transactionType": "BUY", "exchangeSegment": "NSE_EQ", "productType": "CNC",
        "orderType": "LIMIT", "validity": "DAY", "securityId": share, "quantity": 2, "price": int(price * 0.9),
        "triggerPrice": int(price * 0.9), "price1": int(price * 1.05), "triggerPrice1": int(price * 1.04),
        "quantity1": 2,
    })  # fmt: skip
    fired = twin.control("POST", "/twin/gtts", {"id": placed["orderId"], "leg": 1})
    legs = [row for row in wire.ask("GET", "/forever/orders")[1] if row["orderId"] == placed["orderId"]]
    assert {row["legName"]: row["orderStatus"] for row in legs} == {
        "STOP_LOSS_LEG": "CANCELLED", "TARGET_LEG": "TRADED",
    }  # fmt: skip
    assert wire.ask("GET", f"/orders/{fired['orderId']}")[1]["orderStatus"] == "TRADED"


def test_a_feed_with_a_bad_token_says_why_and_an_order_socket_closes(wire):
    with connect(f"{wire.twin.ws_url}?version=2&token=no&clientId={wire.client}&authType=2") as socket:
        assert socket.recv(timeout=5)[:1] == b"\x32"
    with connect(f"{wire.twin.ws_url}{ORDERS}") as socket:
        socket.send(json.dumps({"LoginReq": {"MsgCode": 42, "ClientId": wire.client, "Token": "no"}}))
        with pytest.raises(Exception, match="received 1000"):
            socket.recv(timeout=5)


def test_the_sandbox_has_no_quotes_and_tells_changes_in_utc(tmp_path):
    twin = SANDBOX.start(tmp_path)
    try:
        wire = Wire.__new__(Wire)
        wire.twin, wire.client, wire.token = twin, twin.credentials["api_key"], twin.credentials["api_secret"]
        assert wire.ask("POST", "/marketfeed/ltp", {"NSE_EQ": [1]})[0] == 404
        assert wire.ask("GET", "/fundlimit", **{"client-id": ""})[0] == 401
        assert wire.ask("GET", "/holdings")[1]["internalErrorCode"] == "DH-1111"
        assert wire.ask("GET", "/orders") == (200, [])
    finally:
        twin.stop()
