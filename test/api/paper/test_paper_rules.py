"""What a paper order may and may not do, over the whole app; numbers are those of the list of paper defects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from app import create_app
from broker.core.roles import Session
from domain.instruments import Exchange
from services.container import build_app_services
from services.events import OrderFailed, OrderPlaced
from services.market.index import InstrumentIndex
from test.api import conftest as harness
from test.stores import copy_stores
from test.support.waiting import wait_until
from utils.settings import load_settings


def book(api) -> list[dict]:
    return api.post("orderbook").get_json()["data"]["orders"]


def held(api, product: str = "MIS") -> int:
    body = {"symbol": "RELIANCE", "exchange": "NSE", "product": product, "strategy": "paper"}
    return api.post("openposition", body).get_json()["quantity"]


def test_08_a_smart_order_keeps_its_price_type(api, order, ltp) -> None:
    low = str(ltp - 20)
    body = order(pricetype="LIMIT", price=low, quantity="0", position_size="5", strategy="paper")
    order_id = api.post("placesmartorder", body).get_json()["orderid"]
    (row,) = [row for row in book(api) if row["orderid"] == order_id]
    assert (row["pricetype"], row["price"], row["quantity"], row["order_status"]) == (
        "LIMIT", ltp - 20, 5, "open",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pricetype": "LIMIT", "price": "100.01"}, "TICK_MULTIPLE"),
        ({"product": "NRML"}, "PRODUCT_SEGMENT"),
        ({"exchange": "NSE_INDEX", "symbol": "NIFTY"}, "INDEX"),
        ({"symbol": "NO-SUCH-SHARE"}, "UNKNOWN_SYMBOL"),
    ],
)
def test_12_rules_of_the_instrument_hold_on_paper(api, order, changes, code) -> None:
    answer = api.post("placeorder", order(**changes))
    assert (answer.status_code, answer.get_json()["code"]) == (400, code), answer.data
    assert book(api) == []


def an_option(api):
    """A listed option with a lot and a freeze quantity."""
    rows = api.services.instruments.all("simulator", Exchange.NFO)
    return next(row for row in rows if row.freeze_qty and row.instrument_type.is_option)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (lambda item: -item.lot_size, None),
        (lambda item: 0, None),
        (lambda item: item.lot_size + 0.5, "WHOLE_QUANTITY"),
        (lambda item: item.lot_size + 1, "LOT_MULTIPLE"),
        (lambda item: item.freeze_qty // item.lot_size * item.lot_size + item.lot_size, "FREEZE_QUANTITY"),
    ],
    ids=["negative", "zero", "fractional", "no lot", "above freeze"],
)
def test_regression_28_bad_quantities_never_become_paper_orders(api, order, size, code) -> None:
    """P18, P7: negative, zero, fractional, no lot multiple, above the freeze quantity."""
    item = an_option(api)
    body = order(
        exchange="NFO", symbol=item.symbol, product="NRML", quantity=str(size(item)), pricetype="LIMIT", price="1",
    )  # fmt: skip
    answer = api.post("placeorder", body)
    assert answer.status_code == 400
    assert "quantity" in answer.get_json()["errors"]
    if code is not None:
        assert answer.get_json()["code"] == code
    assert book(api) == []


def test_20_closing_where_nothing_is_open_says_so(api, order) -> None:
    answer = api.post("closeposition", {"strategy": "paper"}).get_json()
    assert (answer["status"], answer["message"]) == ("success", "No open positions to close")
    smart = api.post("placesmartorder", order(quantity="0", position_size="0")).get_json()
    assert smart["message"] == "No OpenPosition Found. Not placing Exit order."


def test_23_only_an_order_that_was_taken_is_told_as_placed(api, order) -> None:
    told: list[str] = []
    api.services.events.subscribe((OrderPlaced, OrderFailed), lambda event: told.append(type(event).__name__))
    assert api.post("placeorder", order(product="CNC", quantity="100000000")).status_code == 400
    assert api.post("placeorder", order(quantity="0")).status_code == 400
    assert api.post("placeorder", order()).status_code == 200
    wait_until(lambda: told, ["OrderFailed", "OrderPlaced"])


def test_26_paper_orders_fill_and_are_squared_off_while_the_switch_is_on_live(api, order, tick, ltp) -> None:
    tick(ltp)
    body = order(pricetype="LIMIT", price=str(ltp - 5), strategy="paper")
    order_id = api.post("placeorder", body).get_json()["orderid"]
    api.services.installation.set_analyze_mode(False)
    tick(ltp - 6)
    assert api.services.sandbox.by_id(1, order_id).status == "complete"
    with api.services.stores.sandbox.unit() as unit:  # it was opened the day before yesterday
        unit.session.connection().exec_driver_sql(
            "UPDATE paper_positions SET opened_ms = opened_ms - 172800000"
        )
    tick(ltp)
    api.services.sandbox.rounds.run()
    api.services.installation.set_analyze_mode(True)
    assert held(api) == 0


def test_28_a_call_that_waited_while_the_switch_moved_sends_nothing(api, order, monkeypatch) -> None:
    """The mode is taken with the call; another one when its turn comes is a refusal, at neither venue an order."""
    answers = iter(["analyze"])
    monkeypatch.setattr(api.services.trading.modes, "_app_mode", lambda: next(answers, "live"))
    before = len(api.services.trading.live.order_book(1, "simulator"))
    answer = api.post("placeorder", order())
    assert (answer.status_code, answer.get_json()["code"]) == (403, "MODE_CHANGED")
    monkeypatch.undo()
    assert book(api) == []
    assert len(api.services.trading.live.order_book(1, "simulator")) == before


def test_17_a_reset_withdraws_the_paper_triggers_too(api, ltp) -> None:
    body = {
        "strategy": "paper", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY",
        "product": "CNC", "quantity": "1", "pricetype": "LIMIT", "price": ltp - 100, "triggerprice_sl": ltp - 100,
        "stoploss": ltp - 100,
    }  # fmt: skip
    assert api.post("placegttorder", body).status_code == 200
    api.services.sandbox.rounds.days.reset(1)
    assert api.post("gttorderbook").get_json()["data"] == []
    (row,) = api.post("gttorderbook", {"status": "all"}).get_json()["data"]
    assert row["status"] == "cancelled"


@pytest.fixture
def live_account(tmp_path, contracts) -> Iterator[Any]:
    """A caller whose active account is at a live broker with a valid session, on paper.

    Not started, and without a contract download: whatever reaches for the broker is the order itself.
    """
    (tmp_path / ".env").write_text("")
    environ = harness.ENVIRON | {"OPENALGO_DATA_DIR": str(tmp_path)}
    copy_stores(tmp_path)
    services = build_app_services(load_settings(tmp_path / ".env", environ))
    services.contracts.close()
    try:
        app = create_app(services)
        services.users.set_up("tester", "tester@example.com", harness.PASSWORD, None)
        live = services.accounts.create(1, "zerodha", "Live", {"api_key": "k", "api_secret": "s"}).id
        now = services.clock.now()
        services.accounts.keep(
            Session(
                account_id=live, broker="zerodha", broker_user_id="AB1234", credentials={},
                tokens={"access_token": "real"}, issued_at=now, expires_at=now + dt.timedelta(hours=5),
            )
        )  # fmt: skip
        services.accounts.activate(1, live)
        services.instruments.serve("zerodha", InstrumentIndex(contracts))
        services.installation.set_analyze_mode(True)
        services.sandbox.preferences.put({"market_hours": False})
        yield harness.Api(app.test_client(), services, services.api_keys.rotate(1))
    finally:
        services.close()


def test_regression_15_a_paper_order_of_a_live_account_builds_neither_its_plug_in_nor_a_transport(
    live_account, order
) -> None:
    """P7, and the user who asked whether the sandbox sent real orders: nothing that could send one exists."""
    api, services = live_account, live_account.services
    share = services.instruments.resolve("zerodha", "NSE", "RELIANCE")
    market = services.sandbox.engine.markets.follow("zerodha", share)
    market.show(1000.0, (), (), (None, None), services.clock.monotonic())
    order_id = api.post("placeorder", order()).get_json()["orderid"]
    resting = order(pricetype="LIMIT", price="990")
    second = api.post("placeorder", resting).get_json()["orderid"]
    assert api.post("modifyorder", {**resting, "orderid": second, "quantity": 5}).status_code == 200
    assert api.post("cancelorder", {"orderid": second}).status_code == 200
    assert api.post("closeposition", {"strategy": "x"}).get_json()["closed_positions"] == 1
    for route in ("orderbook", "tradebook", "positionbook", "holdings", "funds"):
        assert api.post(route).status_code == 200
    assert services.sandbox.by_id(1, order_id).status == "complete"
    assert "zerodha" not in services.brokers._plugins
    assert services.brokers._transport._real is None


@pytest.mark.parametrize("quantity", ["-1", "0", "1.5", "NaN", 10**10])
def test_regression_28_quantities_that_cannot_be_are_refused_on_paper_too(api, order, quantity) -> None:
    """P18, P7: paper trading takes no order that live trading would refuse."""
    answer = api.post("placeorder", order(quantity=quantity))
    assert (answer.status_code, answer.get_json()["status"]) == (400, "error")
    assert book(api) == []
