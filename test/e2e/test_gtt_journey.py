"""GTTs through the published SDK's own requests, against every broker.

The published SDK (1.0.47) has no methods for GTTs: what its later versions send goes through its request function.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from e2e_program import Program, eventually
from gateways import Gateway, TwinGateway
from openalgo import api

TICK = 0.05


class Client:
    """The SDK, and the four calls of its later versions."""

    def __init__(self, gateway: Gateway) -> None:
        self.sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)

    def call(self, route: str, **fields: Any) -> dict[str, Any]:
        payload = {"apikey": self.sdk.api_key, **fields}
        answer: dict[str, Any] = self.sdk._make_request(route, payload)
        return answer

    def ok(self, route: str, **fields: Any) -> dict[str, Any]:
        answer = self.call(route, **fields)
        assert answer.get("status") == "success", answer
        return answer

    def ltp(self) -> float:
        price: float = self.sdk.quotes(symbol="SBIN", exchange="NSE")["data"]["ltp"]
        return price

    def row(self, trigger_id: str) -> dict[str, Any]:
        rows = self.ok("gttorderbook", status="all")["data"]
        (row,) = [row for row in rows if row["trigger_id"] == trigger_id]
        found: dict[str, Any] = row
        return found

    def orders(self, strategy: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sdk.orderbook()["data"]["orders"]
        return [row for row in rows if row["strategy"] == strategy]


@pytest.fixture
def practice(demo: Program) -> Iterator[Client]:
    """At the practice exchange, whose market never closes: only an open market fires."""
    yield from used(Client(Gateway(demo, demo.said("API key"), "simulator")))


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    yield from used(Client(gateway))


def used(found: Client) -> Iterator[Client]:
    """A client whose traces are removed afterwards."""
    yield found
    found.sdk.analyzertoggle(mode=False)
    for row in found.ok("gttorderbook")["data"]:
        found.call("cancelgttorder", strategy="gtt", trigger_id=row["trigger_id"])
    found.sdk.closeposition(strategy="gtt")


def terms(ltp: float, **changes: Any) -> dict[str, Any]:
    low = round(ltp * 0.9, 1)
    fields = {
        "strategy": "gtt", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "SBIN", "action": "BUY",
        "product": "CNC", "quantity": 2, "pricetype": "LIMIT", "price": low, "triggerprice_sl": low,
        "triggerprice_tg": None, "stoploss": None, "target": None,
    }  # fmt: skip
    return fields | changes


def near(client: Client, strategy: str) -> str:
    """An OCO one tick to either side of the market, so that the next move fires it; its id."""
    for _ in range(20):
        price = client.ltp()
        around = {"triggerprice_sl": round(price - TICK, 2), "triggerprice_tg": round(price + TICK, 2)}
        asked = terms(price, strategy=strategy, trigger_type="OCO", pricetype="MARKET", price=0, **around)
        answer = client.call("placegttorder", **asked, expires_at="2099-12-31")
        if answer["status"] == "success":
            assert answer["held_by"] == "gateway"
            trigger_id: str = answer["trigger_id"]
            return trigger_id
        assert "the last price" in answer["message"], answer  # the market moved between the two calls
    raise AssertionError("the market never stood still")


def test_a_gtt_is_set_changed_and_withdrawn_as_the_book_tells(client: Client, gateway: Gateway) -> None:
    holder = "broker" if isinstance(gateway, TwinGateway) else "gateway"
    price = client.ltp()
    placed = client.ok("placegttorder", **terms(price), idempotency_key="e2e-once")
    name = placed["trigger_id"]
    assert placed["held_by"] == holder
    assert client.ok("placegttorder", **terms(price), idempotency_key="e2e-once")["trigger_id"] == name
    assert client.ok("modifygttorder", **terms(price, quantity=3), trigger_id=name)["held_by"] == holder
    row = client.row(name)
    assert (row["status"], row["legs"][0]["quantity"], row["held_by"]) == ("active", 3, holder)
    client.ok("cancelgttorder", strategy="gtt", trigger_id=name)
    assert all(row["trigger_id"] != name for row in client.ok("gttorderbook")["data"])
    again = client.call("cancelgttorder", strategy="gtt", trigger_id=name)
    assert again["code"] == 404


def test_a_gtt_held_here_fires_once_from_the_live_feed(practice: Client) -> None:
    name = near(practice, "gtt-fires")
    eventually(lambda: practice.row(name)["status"] == "triggered", 30, "the market moves a tick")
    (order,) = practice.orders("gtt-fires")
    assert practice.row(name)["triggered_order_id"] == order["orderid"]


def test_a_paper_gtt_fires_into_the_paper_book_only(practice: Client) -> None:
    live = len(practice.orders("gtt-paper"))
    practice.sdk.analyzertoggle(mode=True)
    name = near(practice, "gtt-paper")
    eventually(lambda: practice.row(name)["status"] == "triggered", 30, "the market moves a tick")
    assert [row["orderid"] for row in practice.orders("gtt-paper")] == [
        practice.row(name)["triggered_order_id"]
    ]
    practice.sdk.analyzertoggle(mode=False)
    assert len(practice.orders("gtt-paper")) == live


def test_a_gtt_that_the_broker_fires_shows_its_order(kite_gateway: TwinGateway) -> None:
    client = Client(kite_gateway)
    name = client.ok("placegttorder", **terms(client.ltp()))["trigger_id"]
    order_id = kite_gateway.twin.fire_gtt(name)["order_id"]
    row = client.row(name)
    assert (row["status"], row["triggered_order_id"], row["held_by"]) == ("triggered", order_id, "broker")
    assert order_id in [order["orderid"] for order in client.sdk.orderbook()["data"]["orders"]]
    client.sdk.cancelallorder(strategy="gtt")


def test_gtts_survive_the_death_of_the_program_wherever_they_are_held(kite_gateway: TwinGateway) -> None:
    client = Client(kite_gateway)
    price = client.ltp()
    asked = (
        {**terms(price), "idempotency_key": "native-before-death"},
        {**terms(price), "idempotency_key": "held-before-death", "expires_at": "2099-12-31"},
    )
    native, held = (client.ok("placegttorder", **fields)["trigger_id"] for fields in asked)
    before = {name: client.row(name) for name in (native, held)}
    kite_gateway.kill()
    kite_gateway.start_again()
    eventually(lambda: client.call("gttorderbook")["status"] == "success", 60, "the book is there again")
    assert {name: client.row(name) for name in (native, held)} == before, json.dumps(before)
    assert [client.ok("placegttorder", **fields)["trigger_id"] for fields in asked] == [native, held]
    for name in (native, held):
        client.ok("cancelgttorder", strategy="gtt", trigger_id=name)
