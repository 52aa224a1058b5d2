"""Two brokers of one user connected at once: neither sees the other's orders, both stay alive, one is traded with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from e2e_program import eventually
from gateways import LOAD_SECONDS, TwinGateway
from openalgo import api

STREAM_SECONDS = 20.0
STRATEGY = "two accounts"
SBIN = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS", "price_type": "LIMIT"}


class Accounts:
    """The account at the vendor's twin and one at the practice exchange, and which of them is traded with."""

    def __init__(self, gateway: TwinGateway) -> None:
        self.desk, self.vendor = gateway.desk, gateway.account_id
        self.practice = self.desk.add_account("simulator", {})
        self.desk.log_in(self.practice)
        self._client = api(api_key=gateway.api_key, host=gateway.url)

    def trade_with(self, account_id: int) -> None:
        self.desk.call("POST", f"/accounts/{account_id}/activate")
        eventually(
            lambda: self.desk.call("GET", "/contracts")["is_ready"], LOAD_SECONDS, "contracts are ready"
        )

    def call(self, name: str, **fields: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._client, name)(**fields)
        assert answer["status"] == "success", answer
        return answer

    def resting(self, quantity: int) -> str:
        """A new order far below the market, with the account that is traded with."""
        price = round(self.call("quotes", symbol="SBIN", exchange="NSE")["data"]["ltp"] * 0.95, 0)
        order: str = self.call("placeorder", strategy=STRATEGY, quantity=quantity, price=price, **SBIN)[
            "orderid"
        ]
        return order

    def open_orders(self) -> set[tuple[str, int]]:
        """(order id, quantity): two brokers may well give the same id, as these two do."""
        rows = self.call("orderbook")["data"]["orders"]
        return {(row["orderid"], int(row["quantity"])) for row in rows if row["order_status"] == "open"}


@pytest.fixture
def accounts(kite_gateway: TwinGateway) -> Iterator[Accounts]:
    both = Accounts(kite_gateway)
    yield both
    both.trade_with(both.practice)
    both.call("cancelallorder", strategy=STRATEGY)
    both.trade_with(both.vendor)
    both.call("cancelallorder", strategy=STRATEGY)
    kite_gateway.desk.call("DELETE", f"/accounts/{both.practice}")


def test_orders_of_one_account_are_nowhere_in_the_other(
    kite_gateway: TwinGateway, accounts: Accounts
) -> None:
    states = {row["id"]: row["session"]["state"] for row in accounts.desk.call("GET", "/accounts")}
    assert states == {accounts.vendor: "valid", accounts.practice: "valid"}
    at_vendor = accounts.resting(2), 2
    accounts.trade_with(accounts.practice)
    before = len(kite_gateway.twin.state()["orders"][kite_gateway.twin.user])
    practised = accounts.resting(3), 3
    assert len(kite_gateway.twin.state()["orders"][kite_gateway.twin.user]) == before
    assert accounts.open_orders() == {practised}
    accounts.call("cancelallorder")  # everything, but of this account only
    assert accounts.open_orders() == set()
    accounts.trade_with(accounts.vendor)
    assert at_vendor in accounts.open_orders()


@contextlib.contextmanager
def client(gateway: TwinGateway, **wanted: Any) -> Iterator[websocket.WebSocket]:
    """A WebSocket client that has asked for something."""
    with contextlib.closing(
        websocket.create_connection(gateway.websocket_url, timeout=STREAM_SECONDS)
    ) as socket:
        for message in ({"action": "authenticate", "api_key": gateway.api_key}, wanted):
            socket.send(json.dumps(message))
            answer = json.loads(socket.recv())
            assert answer["status"] == "success", answer
        yield socket


def test_the_account_that_is_not_traded_with_still_hears_of_its_orders(
    kite_gateway: TwinGateway, accounts: Accounts
) -> None:
    at_vendor = accounts.resting(2)
    accounts.trade_with(accounts.practice)
    with client(kite_gateway, action="subscribe_orders") as socket:
        kite_gateway.cancel_at_terminal(at_vendor)
        while True:
            update = json.loads(socket.recv())
            if (update["orderid"], update["order_status"]) == (at_vendor, "cancelled"):
                break
    assert (update["broker"], update["account_id"]) == ("zerodha", accounts.vendor)


def test_a_client_that_streams_gets_the_prices_of_the_account_that_is_traded_with(
    kite_gateway: TwinGateway, accounts: Accounts
) -> None:
    with client(kite_gateway, action="subscribe", symbol="SBIN", exchange="NSE", mode="Quote") as socket:

        def comes_from(broker: str) -> bool:
            return bool(json.loads(socket.recv()).get("broker") == broker)

        eventually(lambda: comes_from("zerodha"), STREAM_SECONDS, "ticks of the vendor")
        accounts.trade_with(accounts.practice)
        eventually(lambda: comes_from("simulator"), STREAM_SECONDS, "ticks of the practice exchange")
        accounts.trade_with(accounts.vendor)
        eventually(lambda: comes_from("zerodha"), STREAM_SECONDS, "ticks of the vendor again")
