"""The main kinds of drift over REST, with the books of Kite's twin and orders that another application places there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import requests
from sqlalchemy import text

from domain.orders import OrderRow, OrderStatus
from test.api.gtt import kite_app
from test.support.waiting import wait_for
from test.twins.kite.process import KiteProcess

SYMBOL = "TATAPOWER"


class Terminal:
    """Another application of the same user, straight at Kite."""

    def __init__(self, twin: Any, services: Any) -> None:
        session = services.accounts.session(1)
        self._url = f"{twin.url}/orders"
        self._headers = {
            "X-Kite-Version": "3", "Authorization": f"token {twin.api_key}:{session.tokens['access_token']}"
        }  # fmt: skip

    def place(self, **fields: Any) -> str:
        known = {
            "exchange": "NSE", "tradingsymbol": SYMBOL, "transaction_type": "BUY", "quantity": 4, "product": "MIS",
            "order_type": "MARKET", "validity": "DAY", "market_protection": -1,
        }  # fmt: skip
        return self._sent(
            requests.post(f"{self._url}/regular", known | fields, headers=self._headers, timeout=5)
        )

    def make_marketable(self, order_id: str) -> str:
        fields = {"order_type": "MARKET", "market_protection": -1, "validity": "DAY"}
        return self._sent(
            requests.put(f"{self._url}/regular/{order_id}", fields, headers=self._headers, timeout=5)
        )

    @staticmethod
    def _sent(answer: Any) -> str:
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["order_id"])


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    running = KiteProcess(tmp_path_factory.mktemp("twin"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, twin: Any) -> Iterator[Any]:
    app, services = kite_app.set_up(
        tmp_path_factory.mktemp("app"), twin, [], ORDER_UPDATES_ENABLED="false", ORDER_POLL_INTERVAL="60"
    )  # fmt: skip
    yield kite_app.harness.Api(app.test_client(), services, services.api_keys.rotate(1))
    services.close()


@pytest.fixture
def terminal(twin: Any, api: Any) -> Terminal:
    return Terminal(twin, api.services)


@pytest.fixture
def book(api: Any) -> Iterator[Callable[[Callable[[OrderRow], OrderRow | None]], None]]:
    """Let Kite's book say something else of some rows; None leaves a row out."""
    orders = api.services.brokers.plugin("zerodha").orders
    real = orders.order_book

    def edit(change: Callable[[OrderRow], OrderRow | None]) -> None:
        orders.order_book = lambda session: [row for row in map(change, real(session)) if row is not None]

    yield edit
    orders.order_book = real


def rows(api: Any, order_id: str | None) -> dict[str, dict[str, Any]]:
    """Differences about an order, or about the position, by kind."""
    answer = api.get("driftreport")
    assert answer.status_code == 200, answer.data
    return {row["kind"]: row for row in answer.get_json()["data"]["rows"] if row["orderid"] == order_id}


def placed(api: Any, **fields: Any) -> str:
    known = {
        "strategy": "drift", "symbol": SYMBOL, "exchange": "NSE", "action": "BUY", "quantity": 10,
        "product": "MIS", "pricetype": "MARKET",
    }  # fmt: skip
    answer = api.post("placeorder", known | fields)
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["orderid"])


def age(api: Any, order_id: str) -> None:
    """What we said of an order lies a minute back."""
    wait_for(lambda: not api.services.trading.journal.unresolved())
    with api.services.stores.main.unit() as unit:
        unit.session.execute(
            text(
                "UPDATE order_intents SET created_ms = created_ms - 60000, decided_ms = decided_ms - 60000"
                " WHERE order_id = :id"
            ),
            {"id": order_id},
        )
    with api.services.trading.updates._lock:
        entry = api.services.trading.updates._orders[1].get(order_id)
        if entry is not None:
            entry.heard_ms -= 60_000


def test_an_order_that_kites_book_does_not_show_is_missing_and_first_put_down_to_lag(
    api: Any, book: Any
) -> None:
    order_id = placed(api)
    book(lambda row: None if row.order_id == order_id else row)
    first = rows(api, order_id)["missing-at-broker"]
    assert first["explained"] and "the book may lag" in first["explained_by"]
    assert first["broker_says"] is None
    age(api, order_id)
    later = rows(api, order_id)["missing-at-broker"]
    assert (later["explained"], later["explained_by"]) == (False, "unexplained")


def test_an_order_of_another_application_is_unknown_to_us_and_explains_the_position(
    api: Any, terminal: Any
) -> None:
    before = int(
        api.post("openposition", {"symbol": SYMBOL, "exchange": "NSE", "product": "MIS"}).get_json()[
            "quantity"
        ]
    )
    order_id = terminal.place()
    wait_for(lambda: rows(api, order_id).get("order-from-elsewhere"))
    found = rows(api, order_id)["order-from-elsewhere"]
    assert (found["explained"], found["we_say"], found["symbol"]) == (True, None, SYMBOL)
    assert found["broker_says"]["quantity"] == 4 and "placed outside OpenAlgo" in found["explained_by"]
    position = wait_for(lambda: rows(api, None).get("position-differs"))
    assert position["broker_says"]["quantity"] == before + 4
    assert position["explained"] and f"order {order_id} from elsewhere (+4)" in position["explained_by"]


def read_after_it(api: Any) -> None:
    """Until the book was read that follows every order; no other read comes by itself."""
    watches = api.services.trading.sources._watches
    wait_for(lambda: not any(each.wanted or each.touched or each.reads for each in watches.values()))


def test_a_fill_that_nobody_told_us_of_shows_as_state_and_quantity_until_the_book_is_read(
    api: Any, terminal: Any
) -> None:
    ltp = api.post("quotes", {"symbol": SYMBOL, "exchange": "NSE"}).get_json()["data"]["ltp"]
    order_id = placed(api, pricetype="LIMIT", price=str(round(ltp * 0.95)))
    read_after_it(api)
    terminal.make_marketable(order_id)
    found = rows(api, order_id)
    for kind in ("status-behind", "fill-quantity-differs"):
        assert found[kind]["explained"] and "this read brought us up to date" in found[kind]["explained_by"]
        assert (found[kind]["we_say"]["status"], found[kind]["broker_says"]["status"]) == ("open", "complete")
        assert (found[kind]["we_say"]["filled_quantity"], found[kind]["broker_says"]["filled_quantity"]) == (
            0,
            10,
        )
    assert rows(api, order_id) == {}


def test_a_finished_order_that_kite_shows_as_open_again_is_unexplained(api: Any, book: Any) -> None:
    order_id = placed(api)
    wait_for(
        lambda: (
            api.post("orderstatus", {"orderid": order_id}).get_json()["data"]["order_status"] == "complete"
        )
    )
    age(api, order_id)
    back = {"status": OrderStatus.OPEN, "filled_quantity": 6, "updated_at": None}
    book(lambda row: msgspec.structs.replace(row, **back) if row.order_id == order_id else row)
    found = rows(api, order_id)
    assert (found["status-behind"]["explained"], found["fill-quantity-differs"]["explained"]) == (
        False,
        False,
    )
    assert found["status-behind"]["broker_says"]["status"] == "open"
    assert found["fill-quantity-differs"]["we_say"]["filled_quantity"] == 10
