"""A broker that bars MARKET and SL-M: whatever path an order takes, what leaves has a limit and keeps its trigger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from broker.core.budget import Priority
from domain.errors import Refused
from domain.instruments import Exchange
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side
from services.trading.protection.judging import State

TICK = Decimal("0.05")


@pytest.fixture(scope="module")
def api(tmp_path_factory, contracts) -> Iterator[Any]:
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("api_base", Path(__file__).parents[1] / "conftest.py")
    assert spec and spec.loader
    base = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(base)
    folder = tmp_path_factory.mktemp("barred")
    app, services = base.start_app(folder, contracts, BROKER_SIMULATOR_BARS_MARKET="yes")
    yield base.Api(app.test_client(), services, services.api_keys.rotate(1))
    services.close()


def book(api: Any) -> dict[str, dict[str, Any]]:
    rows = api.post("orderbook").get_json()["data"]["orders"]
    return {row["orderid"]: row for row in rows}


def placed(api: Any, order: Callable[..., dict[str, Any]], **changes: Any) -> str:
    answer = api.post("placeorder", order(**changes))
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["orderid"])


def ltp(api: Any, symbol: str = "RELIANCE") -> Decimal:
    data = api.post("quotes", {"exchange": "NSE", "symbol": symbol}).get_json()["data"]
    return Decimal(str(data["ltp"]))


def on_tick(price: Decimal) -> str:
    return str((price / TICK).to_integral_value() * TICK)


def steps(api: Any, order_id: str, stage: str, seconds: float = 10.0) -> list[dict[str, Any]]:
    """Entries of a stage on the order's time line, once there are any."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = api.post("ordertimeline", {"orderid": order_id})
        if answer.status_code == 200:
            found = [item for item in answer.get_json()["data"]["events"] if item["stage"] == stage]
            if found:
                return found
        time.sleep(0.02)
    raise AssertionError(f"{stage} of {order_id} was never told")


def test_a_market_order_leaves_as_a_marketable_limit_and_both_are_told(api, order) -> None:
    order_id = placed(api, order)
    row = book(api)[order_id]
    assert (row["pricetype"], row["order_status"]) == ("LIMIT", "complete")
    assert row["asked_pricetype"] == "MARKET"
    (told,) = steps(api, order_id, "protected")
    assert (told["asked"], told["sent"], told["band"]) == ("MARKET", "LIMIT", "known")
    price = Decimal(told["price"])
    assert price == Decimal(str(row["price"]))
    assert Decimal(told["reference"]) < price <= Decimal(told["band_high"])
    assert price % TICK == 0
    (ended,) = steps(api, order_id, "protection")
    assert (ended["state"], ended["alarm"]) == ("filled", False)


def test_what_rests_is_priced_anew_until_it_fills_and_every_price_is_told(api, order, monkeypatch) -> None:
    market = api.services.brokers.plugin("simulator").market
    quotes = market.quotes

    def stale(session: Any, instruments: Any) -> Any:
        """The market as it was before it ran three percent away; from the next look on the truth."""
        monkeypatch.setattr(market, "quotes", quotes)
        found = quotes(session, instruments)
        return {key: msgspec.structs.replace(row, ask=round(row.ltp * 0.97, 1)) for key, row in found.items()}

    gate, counted = api.services.trading.gate, []
    record = gate.record
    monkeypatch.setattr(
        gate,
        "record",
        lambda mandate, **kind: (counted.append(mandate.principal.source), record(mandate, **kind)),
    )
    monkeypatch.setattr(market, "quotes", stale)
    order_id = placed(api, order)
    assert book(api)[order_id]["order_status"] == "open"
    (ended,) = steps(api, order_id, "protection", seconds=20)
    assert (ended["state"], ended["alarm"]) == ("filled", False)
    first, *others = steps(api, order_id, "protected")
    assert counted.count("ladder") == len(others)  # each uses up a send of its second
    assert others and Decimal(others[-1]["price"]) > Decimal(first["price"])
    assert [step["source"] for step in steps(api, order_id, "received")][-1] == "ladder"
    row = book(api)[order_id]
    assert Decimal(str(row["price"])) == Decimal(others[-1]["price"])
    assert (row["order_status"], row["asked_pricetype"]) == ("complete", "MARKET")


def test_an_order_that_left_as_it_was_asked_says_nothing_of_it(api, order) -> None:
    order_id = placed(api, order, pricetype="LIMIT", price=on_tick(ltp(api) * Decimal("0.97")))
    assert "asked_pricetype" not in book(api)[order_id]
    api.post("cancelorder", {"strategy": "orb-15", "orderid": order_id})


def test_a_stop_leaves_with_the_trigger_it_was_asked_with(api, order) -> None:
    """P2b, #1647: an SL-M went out as a limit without trigger, and the protective stop filled at once."""
    trigger = on_tick(ltp(api) * Decimal("0.97"))
    order_id = placed(api, order, action="SELL", pricetype="SL-M", trigger_price=trigger)
    row = book(api)[order_id]
    assert (row["pricetype"], row["order_status"]) == ("SL", "trigger pending")
    assert Decimal(str(row["trigger_price"])) == Decimal(trigger)
    assert 0 < row["price"] <= row["trigger_price"]
    api.post("cancelorder", {"strategy": "orb-15", "orderid": order_id})


def test_cancelling_it_ends_the_protection_without_an_alarm(api, order) -> None:
    trigger = on_tick(ltp(api) * Decimal("0.97"))
    order_id = placed(api, order, action="SELL", pricetype="SL-M", trigger_price=trigger)
    api.post("cancelorder", {"strategy": "orb-15", "orderid": order_id})
    (ended,) = steps(api, order_id, "protection")
    assert (ended["state"], ended["alarm"]) == ("released", False)


def test_a_resting_order_changed_to_market_is_protected_from_then_on(api, order) -> None:
    low = on_tick(ltp(api) * Decimal("0.97"))
    order_id = placed(api, order, pricetype="LIMIT", price=low)
    answer = api.post("modifyorder", order(orderid=order_id))
    assert answer.status_code == 200, answer.data
    row = book(api)[order_id]
    assert (row["pricetype"], row["order_status"]) == ("LIMIT", "complete")
    told = steps(api, order_id, "protected")
    assert (told[-1]["asked"], told[-1]["sent"]) == ("MARKET", "LIMIT")


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("placesmartorder", {"position_size": "25", "quantity": "1"}),
        ("splitorder", {"splitsize": 10, "quantity": "25"}),
        ("basketorder", None),
        ("closeposition", {}),
    ],
)
def test_no_path_to_the_desk_sends_what_is_barred(api, order, route, fields) -> None:
    before = set(book(api))
    base = order()
    if route == "basketorder":
        legs = [
            {name: base[name] for name in base if name != "strategy"} | {"action": side}
            for side in ("BUY", "SELL")
        ]
        body: dict[str, Any] = {"strategy": "s", "orders": legs}
    elif route == "closeposition":
        body = {"strategy": "s"}
    else:
        body = base | fields
    answer = api.post(route, body)
    assert answer.status_code == 200, answer.data
    new = [row for key, row in book(api).items() if key not in before]
    assert new, answer.data
    assert {row["pricetype"] for row in new} == {"LIMIT"}
    assert {row["order_status"] for row in new} == {"complete"}


def test_what_would_bypass_protection_is_refused_at_the_desk(api) -> None:
    trading = api.services.trading
    instrument = api.services.instruments.resolve("simulator", Exchange.NSE, "RELIANCE")
    terms = OrderTerms(
        symbol="RELIANCE", exchange=Exchange.NSE, side=Side.SELL, quantity=1, price_type=PriceType.MARKET,
        product=Product.MIS,
    )  # fmt: skip
    command = PlaceOrder(terms=terms, instrument=instrument, tag="OABYPASS00000000")
    before = set(book(api))
    with pytest.raises(Refused, match="barred"):
        trading.live.place(1, "simulator", command, Priority.EXIT)
    assert set(book(api)) == before


def test_nothing_is_left_open_behind(api) -> None:
    deadline = time.monotonic() + 10
    roster = api.services.trading.protection.roster
    while roster.open() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [order for order in roster.open() if order.state is State.OPEN] == []
