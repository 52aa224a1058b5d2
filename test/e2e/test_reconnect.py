"""An order whose answer was lost in an outage is found within five seconds after the broker can be reached again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from e2e_program import eventually
from gateways import TwinGateway
from openalgo import api

SETTLED_SECONDS = 5.0
OUTAGE_SECONDS = 4.0
SBIN = {"strategy": "outage", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS"}


@pytest.fixture
def gateway(kite_gateway: TwinGateway) -> Iterator[TwinGateway]:
    kite_gateway.twin.clear_faults()
    yield kite_gateway
    kite_gateway.twin.clear_faults()


@pytest.fixture
def client(gateway: TwinGateway) -> Iterator[Any]:
    sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)
    yield sdk
    sdk.disconnect()


def lose_the_answer(gateway: TwinGateway, client: Any) -> str:
    """The tag of a resting order that the broker has taken and not answered."""
    price = round(client.quotes(symbol="SBIN", exchange="NSE")["data"]["ltp"] * 0.93, 0)
    gateway.twin.fault(kind="drop_after", path="/orders/regular", method="POST")
    answer = client.placeorder(**SBIN, price_type="LIMIT", quantity=1, price=price)
    found = json.loads(answer["message"].partition(": ")[2])
    assert found["code"] == "OUTCOME_UNKNOWN", answer
    return str(found["tag"])


@pytest.mark.parametrize("trouble", [{"kind": "drop_before"}, {"kind": "delay_before", "seconds": 30}])
def test_an_unknown_outcome_is_settled_within_five_seconds_after_connectivity_returns(
    gateway: TwinGateway, client: Any, trouble: dict[str, Any]
) -> None:
    assert client.cancelallorder(strategy="outage")["status"] == "success"
    gateway.twin.fault(path="/orders", method="GET", times=-1, **trouble)
    gateway.twin.disturb(action="silence", seconds=8)  # else the order would be pushed
    tag = lose_the_answer(gateway, client)

    def intent() -> dict[str, Any]:
        (row,) = [row for row in gateway.intents() if row["tag"] == tag]
        return row

    time.sleep(OUTAGE_SECONDS)
    assert intent()["state"] == "unknown"

    gateway.twin.clear_faults()
    returned = time.monotonic()
    eventually(lambda: intent()["state"] == "acked", 2 * SETTLED_SECONDS, "the order is found")
    took = time.monotonic() - returned
    assert took <= SETTLED_SECONDS, took
    (order,) = gateway.orders_at_broker(tag)
    assert intent()["order_id"] == order["order_id"]
    assert client.cancelorder(order_id=order["order_id"], strategy="outage")["status"] == "success"


def test_an_order_in_the_vendors_terminal_explains_why_the_books_differ(
    gateway: TwinGateway, client: Any
) -> None:
    form = {
        "exchange": "NSE", "tradingsymbol": "TCS", "transaction_type": "SELL", "product": "MIS", "validity": "DAY",
        "order_type": "MARKET", "quantity": "4",
    }  # fmt: skip
    terminal = gateway.order_at_terminal(form)

    def rows() -> dict[str, dict[str, Any]]:
        answer = requests.get(
            f"{gateway.url}/api/v1/driftreport", headers={"X-API-KEY": gateway.api_key}, timeout=30
        ).json()
        assert answer["status"] == "success", answer
        return {row["kind"]: row for row in answer["data"]["rows"] if row["symbol"] == "TCS"}

    eventually(lambda: "position-differs" in rows(), 10, "the position shows the terminal's fill")
    found = rows()
    assert found["order-from-elsewhere"]["orderid"] == terminal
    position = found["position-differs"]
    assert (position["broker_says"], position["we_say"]["quantity"]) == ({"quantity": -4}, 0)
    assert position["explained_by"] == f"order {terminal} from elsewhere (-4)"
    assert all(row["explained"] for row in found.values())
    shown = {row["kind"] for row in gateway.desk.call("GET", "/drift")["rows"] if row["symbol"] == "TCS"}
    assert shown == set(found)
