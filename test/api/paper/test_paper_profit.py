"""Profit and loss of paper trading by symbol, in the position book and in the funds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

TOTALS = ("total_pnl", "total_unrealized_pnl", "total_today_realized_pnl", "total_pnl_today")


@pytest.fixture(autouse=True)
def paper(api) -> Iterator[None]:
    api.services.installation.set_analyze_mode(True)
    yield
    api.post("closeposition", {"strategy": "paper"})
    api.services.sandbox.rounds.days.reset(1)
    api.services.installation.set_analyze_mode(False)


def trade(api, order, action: str, quantity: int, symbol: str) -> None:
    answer = api.post("placeorder", order(strategy="paper", action=action, quantity=quantity, symbol=symbol))
    assert answer.status_code == 200, answer.data


def rupees(value: float) -> Decimal:
    return Decimal(str(value))


def test_profit_by_symbol_adds_up_to_the_account(api, order) -> None:
    trade(api, order, "BUY", 10, "RELIANCE")
    trade(api, order, "SELL", 4, "RELIANCE")
    trade(api, order, "SELL", 7, "TCS")
    trade(api, order, "BUY", 5, "INFY")
    trade(api, order, "SELL", 5, "INFY")

    body = api.post("pnl/symbols").get_json()
    assert (body["status"], body["mode"], body["unpriced"]) == ("success", "analyze", 0)
    rows = {row["symbol"]: row for row in body["data"]}
    assert {name: row["quantity"] for name, row in rows.items()} == {"RELIANCE": 6, "TCS": -7, "INFY": 0}
    for row in rows.values():
        assert rupees(row["unrealized_pnl"]) + rupees(row["today_realized_pnl"]) == rupees(row["pnl"])
        assert row["total_pnl_today"] == row["pnl"]
    assert rows["INFY"]["unrealized_pnl"] == 0
    assert sum(rupees(row["pnl"]) for row in rows.values()) == rupees(body["total_pnl"])
    realised = sum(rupees(row["today_realized_pnl"]) for row in rows.values())
    assert realised == rupees(body["total_today_realized_pnl"])
    assert f"{realised:.2f}" == api.post("funds").get_json()["data"]["today_realized_pnl"]


def test_the_position_book_carries_the_same_figures_and_the_lot_size(api, order) -> None:
    trade(api, order, "BUY", 10, "RELIANCE")
    body = api.post("positionbook").get_json()
    (row,) = body["data"]
    assert row["lot_size"] == 1 and row["total_pnl_today"] == row["pnl"]
    cost = rupees(row["average_price"]) * 10
    assert row["pnlpercent"] == round(float(rupees(row["unrealized_pnl"]) / cost * 100), 2)
    assert all(name in body for name in TOTALS)


def test_paper_funds_tell_realised_profit_exposure_and_resets(api, order) -> None:
    trade(api, order, "BUY", 10, "RELIANCE")
    data = api.post("funds").get_json()["data"]
    assert data["grossexposure"] == data["utiliseddebits"] != "0.00"
    total = Decimal(data["total_realized_pnl"]) + Decimal(data["m2munrealized"])
    assert Decimal(data["totalpnl"]) == total
    before = data["reset_count"]
    api.services.sandbox.rounds.days.reset(1)
    data = api.post("funds").get_json()["data"]
    assert data["reset_count"] == before + 1 and data["last_reset"].startswith("20")


def test_live_mode_refuses_profit_by_symbol_and_keeps_its_books_bare(api) -> None:
    api.services.installation.set_analyze_mode(False)
    answer = api.post("pnl/symbols")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "PAPER_ONLY")
    assert "total_pnl" not in api.post("positionbook").get_json()
    assert set(api.post("funds").get_json()["data"]) == {
        "availablecash", "collateral", "m2mrealized", "m2munrealized", "utiliseddebits",
    }  # fmt: skip
