"""One client script, the published SDK unmodified, against every broker: not a word here depends on which one."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import queue
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
import websocket
from e2e_program import eventually
from gateways import Gateway
from openalgo import api

IST = dt.timezone(dt.timedelta(hours=5, minutes=30))
SYMBOLS = ("RELIANCE", "SBIN")
SBIN = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS"}


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[Any]:
    sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)
    yield sdk
    sdk.cancelallorder(strategy="journey")
    sdk.closeposition(strategy="journey")


def ok(answer: Any) -> Any:
    assert isinstance(answer, dict), answer
    assert answer.get("status") == "success", answer
    return answer


def status_of(client: Any, order_id: str) -> dict[str, Any]:
    data: dict[str, Any] = ok(client.orderstatus(order_id=order_id, strategy="journey"))["data"]
    return data


def reaches(client: Any, order_id: str, status: str) -> dict[str, Any]:
    eventually(
        lambda: status_of(client, order_id)["order_status"] == status,
        10,
        f"order {order_id} becomes {status}",
    )
    return status_of(client, order_id)


def last_price(client: Any, symbol: str) -> float:
    ltp: float = ok(client.quotes(symbol=symbol, exchange="NSE"))["data"]["ltp"]
    return ltp


def test_a_limit_order_is_placed_found_modified_and_cancelled(client: Any) -> None:
    far = round(last_price(client, "SBIN") * 0.95, 0)
    terms = {**SBIN, "price_type": "LIMIT"}
    order_id = ok(client.placeorder(strategy="journey", quantity=5, price=far, **terms))["orderid"]
    found = reaches(client, order_id, "open")
    assert (found["symbol"], found["action"], int(found["quantity"])) == ("SBIN", "BUY", 5)
    assert float(found["price"]) == far
    ok(client.modifyorder(order_id=order_id, strategy="journey", quantity=7, price=far - 1, **terms))
    eventually(lambda: int(status_of(client, order_id)["quantity"]) == 7, 10, "the change shows")
    assert float(status_of(client, order_id)["price"]) == far - 1
    ok(client.cancelorder(order_id=order_id, strategy="journey"))
    reaches(client, order_id, "cancelled")


def test_a_market_order_makes_a_position_that_close_flattens(client: Any) -> None:
    def held() -> int:
        rows = ok(client.positionbook())["data"]
        return sum(
            int(row["quantity"]) for row in rows if (row["symbol"], row["product"]) == ("RELIANCE", "MIS")
        )

    before = held()
    answer = client.placeorder(
        strategy="journey", symbol="RELIANCE", exchange="NSE", action="BUY", quantity=3, product="MIS"
    )
    order_id = ok(answer)["orderid"]
    done = reaches(client, order_id, "complete")
    assert float(done["average_price"]) > 0

    eventually(lambda: held() == before + 3, 10, "the position shows")
    trades = [row for row in ok(client.tradebook())["data"] if row["orderid"] == order_id]
    assert sum(int(row["quantity"]) for row in trades) == 3
    assert {(row["symbol"], row["exchange"], row["action"]) for row in trades} == {("RELIANCE", "NSE", "BUY")}
    ok(client.closeposition(strategy="journey"))
    eventually(lambda: held() == 0, 10, "the position is flat")
    orders = ok(client.orderbook())["data"]["orders"]
    assert any(row["symbol"] == "RELIANCE" and row["action"] == "SELL" for row in orders)
    assert {row["strategy"] for row in orders if row["orderid"] == order_id} == {"journey"}


def test_a_stop_order_waits_for_its_trigger_and_is_cancelled(client: Any) -> None:
    trigger = round(last_price(client, "SBIN") * 1.03, 0)
    answer = client.placeorder(
        strategy="journey", price_type="SL", quantity=4, price=trigger + 1, trigger_price=trigger, **SBIN
    )
    order_id = ok(answer)["orderid"]
    found = reaches(client, order_id, "trigger pending")
    assert (float(found["price"]), float(found["trigger_price"])) == (trigger + 1, trigger)
    ok(client.cancelorder(order_id=order_id, strategy="journey"))
    reaches(client, order_id, "cancelled")


def test_a_refused_order_is_told_with_its_reason_and_leaves_nothing(client: Any) -> None:
    before = len(ok(client.orderbook())["data"]["orders"])
    answer = client.placeorder(strategy="journey", price_type="LIMIT", quantity=1, price=1, **SBIN)
    assert (answer["status"], answer["code"]) == ("error", 400), answer
    live = [row for row in ok(client.orderbook())["data"]["orders"] if row["order_status"] == "open"]
    assert live == [] and len(ok(client.orderbook())["data"]["orders"]) - before <= 1


def test_quotes_depth_and_history_agree(client: Any) -> None:
    quote = ok(client.quotes(symbol="RELIANCE", exchange="NSE"))["data"]
    depth = ok(client.depth(symbol="RELIANCE", exchange="NSE"))["data"]
    assert quote["low"] <= quote["ltp"] <= quote["high"]
    assert len(depth["bids"]) == len(depth["asks"]) == 5
    assert depth["bids"][0]["price"] < depth["asks"][0]["price"]
    today = dt.datetime.now(IST).date()
    bars = client.history(
        symbol="RELIANCE", exchange="NSE", interval="5m",
        start_date=str(today - dt.timedelta(days=5)), end_date=str(today),
    )  # fmt: skip
    assert isinstance(bars, pd.DataFrame), bars
    assert {"open", "high", "low", "close", "volume"} <= set(bars.columns)
    assert len(bars) > 50 and bars.index.is_monotonic_increasing
    assert ((bars["low"] <= bars["close"]) & (bars["close"] <= bars["high"])).all()
    assert "5m" in ok(client.intervals())["data"]["minutes"]


def test_many_quotes_come_in_the_order_asked(client: Any) -> None:
    future = ok(client.search(query="NIFTY FUT", exchange="NFO"))["data"][0]["symbol"]
    wanted = [("SBIN", "NSE"), ("NIFTY", "NSE_INDEX"), (future, "NFO")]
    results = ok(client.multiquotes(symbols=[{"symbol": s, "exchange": e} for s, e in wanted]))["results"]
    assert [(row["symbol"], row["exchange"]) for row in results] == wanted
    assert all(row["data"]["ltp"] > 0 for row in results)


def test_symbols_are_found_by_words_names_and_expiries(client: Any) -> None:
    days = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))["data"]
    dates = [dt.datetime.strptime(day, "%d-%b-%y").date() for day in days]
    assert dates == sorted(dates) and dates[0] >= dt.datetime.now(IST).date()
    found = ok(client.search(query=f"NIFTY {days[0].replace('-', '')} CE", exchange="NFO"))["data"]
    assert found and {row["expiry"] for row in found} == {days[0]}
    record = ok(client.symbol(symbol=found[0]["symbol"], exchange="NFO"))["data"]
    assert {name: record[name] for name in ("token", "lotsize", "strike")} == {
        name: found[0][name] for name in ("token", "lotsize", "strike")
    }


def test_an_option_is_found_in_its_chain_and_has_greeks(client: Any) -> None:
    days = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))["data"]
    nifty = {"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": days[-1].replace("-", "")}
    chain = ok(client.optionchain(**nifty, strike_count=3))
    chosen = ok(client.optionsymbol(**nifty, offset="OTM1", option_type="CE"))
    assert chosen["symbol"] in {row["ce"]["symbol"] for row in chain["chain"] if row["ce"]}
    greeks = ok(client.optiongreeks(symbol=chosen["symbol"], exchange="NFO"))
    assert greeks["greeks"]["vega"] > 0 and greeks["spot_price"] > 0
    assert ok(client.syntheticfuture(**nifty))["atm_strike"] > 0


def test_the_account_tells_money_holdings_and_margin(client: Any, gateway: Gateway) -> None:
    funds = ok(client.funds())["data"]
    assert float(funds["availablecash"]) > 0
    holdings = ok(client.holdings())["data"]
    total = sum(row["current_value"] for row in holdings["holdings"])
    assert holdings["statistics"]["totalholdingvalue"] == pytest.approx(total, abs=0.05)
    leg = {"symbol": "SBIN", "exchange": "NSE", "product": "MIS", "pricetype": "MARKET", "quantity": 10}
    if not gateway.supports("margin"):
        assert client.margin(positions=[{**leg, "action": "BUY"}])["code"] == 501
        return
    one = ok(client.margin(positions=[{**leg, "action": "BUY"}]))["data"]["total_margin_required"]
    two = ok(
        client.margin(positions=[{**leg, "action": "BUY"}, {**leg, "symbol": "RELIANCE", "action": "BUY"}])
    )
    assert 0 < one < two["data"]["total_margin_required"]


@pytest.mark.parametrize(("kind", "mode"), [("ltp", 1), ("quote", 2), ("depth", 3)])
def test_two_ticks_a_symbol_arrive_within_ten_seconds(gateway: Gateway, kind: str, mode: int) -> None:
    sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)
    ticks: queue.Queue[dict[str, Any]] = queue.Queue()
    wanted = [{"exchange": "NSE", "symbol": symbol} for symbol in SYMBOLS]
    assert sdk.connect()
    try:
        subscribe: Callable[..., bool] = getattr(sdk, f"subscribe_{kind}")
        assert subscribe(wanted, on_data_received=ticks.put)
        seen: Counter[str] = Counter()

        def enough() -> bool:
            while not ticks.empty():
                tick = ticks.get()
                assert tick["mode"] == mode and tick["data"]["ltp"] > 0
                seen[tick["symbol"]] += 1
            return all(seen[symbol] >= 2 for symbol in SYMBOLS)

        eventually(enough, 10, f"two {kind} ticks for each of {SYMBOLS}, got {seen}")
    finally:
        sdk.disconnect()


def asked(socket: websocket.WebSocket, message: dict[str, Any], kind: str) -> dict[str, Any]:
    socket.send(json.dumps(message))
    answer: dict[str, Any] = json.loads(socket.recv())
    assert (answer["type"], answer["status"]) == (kind, "success"), answer
    return answer


def test_order_changes_arrive_on_the_order_channel(gateway: Gateway, client: Any) -> None:
    far = round(last_price(client, "SBIN") * 0.95, 0)
    with contextlib.closing(websocket.create_connection(gateway.websocket_url, timeout=10)) as socket:
        asked(socket, {"action": "authenticate", "api_key": gateway.api_key}, "auth")
        asked(socket, {"action": "subscribe_orders"}, "subscribe_orders")
        heard: list[dict[str, Any]] = []

        def hears(order_id: str, status: str) -> dict[str, Any]:
            while not heard or (heard[-1]["orderid"], heard[-1]["order_status"]) != (order_id, status):
                heard.append(json.loads(socket.recv()))
                assert heard[-1]["type"] == "order_update"
            return heard[-1]

        resting = ok(client.placeorder(strategy="journey", price_type="LIMIT", quantity=2, price=far, **SBIN))
        update = hears(resting["orderid"], "open")
        assert (update["mode"], update["strategy"], update["price"]) == ("live", "journey", far)
        ok(client.cancelorder(order_id=resting["orderid"], strategy="journey"))
        hears(resting["orderid"], "cancelled")
        filled = ok(client.placeorder(strategy="journey", quantity=2, **SBIN))["orderid"]
        update = hears(filled, "complete")
        assert (update["filled_quantity"], update["pending_quantity"]) == (2, 0)
        assert update["average_price"] > 0
    numbers = [row["seq"] for row in heard]
    assert numbers == sorted(set(numbers))
