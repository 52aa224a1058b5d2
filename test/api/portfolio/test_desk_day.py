"""The desk's bulk actions and its profit of the day, over the practice exchange."""

from __future__ import annotations

from typing import Any

import pytest

from test.support.browser import SignedIn

TICKET = {
    "symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", "quantity": 2, "pricetype": "MARKET", "product": "MIS",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(api) -> SignedIn:
    return SignedIn(api.client.application)


def placed(desk: SignedIn, **changes: Any) -> str:
    answer = desk.send("POST", "/ui/api/orders", {**TICKET, **changes})
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["data"]["orderid"])


def limits(desk: SignedIn, count: int) -> list[str]:
    quote = desk.send("POST", "/ui/api/quotes", {"symbols": [{"symbol": "SBIN", "exchange": "NSE"}]})
    price = round(quote.get_json()["data"][0]["data"]["ltp"] * 0.95)
    return [placed(desk, symbol="SBIN", pricetype="LIMIT", price=price) for _ in range(count)]


def test_only_the_named_orders_are_withdrawn(desk) -> None:
    first, second, third = limits(desk, 3)
    answer = desk.send("POST", "/ui/api/orders/cancel-all", {"order_ids": [first, third, "no-such-order"]})
    assert set(answer.get_json()["data"]["canceled_orders"]) == {first, third}
    states = {row["orderid"]: row["order_status"] for row in desk.get("/ui/api/orders")["orders"]}
    assert (states[first], states[second], states[third]) == ("cancelled", "open", "cancelled")
    nothing = desk.send("POST", "/ui/api/orders/cancel-all", {"order_ids": []})
    assert nothing.status_code == 400
    desk.send("DELETE", f"/ui/api/orders/{second}")


def test_only_the_named_positions_are_closed(desk) -> None:
    for symbol in ("INFY", "TCS", "ITC"):
        placed(desk, symbol=symbol)
    named = [{"symbol": symbol, "exchange": "NSE", "product": "MIS"} for symbol in ("INFY", "ITC")]
    answer = desk.send("POST", "/ui/api/positions/close-all", {"positions": named}).get_json()["data"]
    assert {row["symbol"] for row in answer["results"]} == {"INFY", "ITC"}
    left = {row["symbol"]: row["quantity"] for row in desk.get("/ui/api/positions")}
    assert (left["INFY"], left["TCS"], left["ITC"]) == (0, 2, 0)


def test_the_profit_of_the_day_is_told_by_symbol_and_by_strategy(desk) -> None:
    placed(desk, symbol="HDFCBANK", strategy="orb")
    placed(desk, symbol="HDFCBANK", action="SELL", quantity=1)
    page = desk.get("/ui/api/pnl")
    rows = {row["strategy"]: row for row in page["strategies"]}
    assert rows["orb"]["trades"] == 1 and rows["orb"]["unpriced"] == 0 and rows["orb"]["charges"] > 0
    symbol = next(row for row in page["symbols"] if row["symbol"] == "HDFCBANK")
    assert (symbol["quantity"], symbol["carried"], symbol["trades"]) == (1, 0, 2)
    sold = next(row for row in page["strategies"] if row["strategy"] == "Desk")
    assert sold["turnover"] > 0 and page["unattributed_trades"] == 0


def test_an_orders_charges_are_those_that_the_ticket_tells(desk) -> None:
    placed(desk, symbol="WIPRO", quantity=40, strategy="told")
    row = next(row for row in desk.get("/ui/api/pnl")["strategies"] if row["strategy"] == "told")
    trade = {**TICKET, "symbol": "WIPRO", "quantity": 40, "price": round(row["turnover"] / 40, 6)}
    asked = {name: trade[name] for name in ("symbol", "exchange", "action", "product", "quantity", "price")}
    assert row["charges"] == desk.data("POST", "/ui/api/charges", asked)["total"] > 0


def test_the_curve_of_the_day_names_what_it_leaves_out(desk) -> None:
    curve = desk.get("/ui/api/pnl/curve")
    assert curve["left_out"] == [] and len(curve["points"]) > 1
    times = [at for at, _ in curve["points"]]
    assert times == sorted(set(times))
    assert curve["lowest"]["amount"] <= 0 <= curve["highest"]["amount"]
    assert curve["drawdown"]["amount"] >= 0
