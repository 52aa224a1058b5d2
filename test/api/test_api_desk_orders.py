"""The desk's own routes for orders and market data, over the practice exchange."""

from __future__ import annotations

import pytest

from services.accounts.users import Device
from test.support.browser import SignedIn


@pytest.fixture(scope="module")
def desk(api) -> SignedIn:
    assert Device
    return SignedIn(api.client.application)


TICKET = {
    "symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", "quantity": 2, "pricetype": "MARKET", "product": "MIS",
}  # fmt: skip


def test_an_order_of_the_desk_goes_the_same_way(desk) -> None:
    answer = desk.send("POST", "/ui/api/orders", TICKET)
    assert answer.status_code == 200, answer.data
    assert answer.get_json()["mode"] == "live"
    order_id = answer.get_json()["data"]["orderid"]
    book = desk.get("/ui/api/orders")
    row = next(item for item in book["orders"] if item["orderid"] == order_id)
    assert (row["strategy"], row["quantity"]) == ("Desk", 2)
    assert any(trade["orderid"] == order_id for trade in desk.get("/ui/api/trades"))
    position = next(item for item in desk.get("/ui/api/positions") if item["symbol"] == "RELIANCE")
    assert {"lot_size", "tick_size", "multiplier", "realized_pnl"} <= set(position)


def test_the_desk_modifies_cancels_and_cancels_all(desk) -> None:
    ltp = desk.send("POST", "/ui/api/quotes", {"symbols": [{"symbol": "SBIN", "exchange": "NSE"}]})
    price = round(ltp.get_json()["data"][0]["data"]["ltp"] * 0.95)
    limit = {**TICKET, "symbol": "SBIN", "pricetype": "LIMIT", "price": price}
    ids = [desk.send("POST", "/ui/api/orders", limit).get_json()["data"]["orderid"] for _ in range(3)]
    changed = desk.send("PUT", f"/ui/api/orders/{ids[0]}", {**limit, "quantity": 4})
    assert changed.status_code == 200, changed.data
    assert desk.send("DELETE", f"/ui/api/orders/{ids[0]}").status_code == 200
    rest = desk.send("POST", "/ui/api/orders/cancel-all").get_json()["data"]
    assert set(rest["canceled_orders"]) == set(ids[1:])
    rows = {row["orderid"]: row for row in desk.get("/ui/api/orders")["orders"]}
    assert (rows[ids[0]]["quantity"], rows[ids[0]]["order_status"]) == (4, "cancelled")


def test_the_desk_closes_one_position_and_then_all(desk) -> None:
    for symbol in ("INFY", "TCS"):
        assert desk.send("POST", "/ui/api/orders", {**TICKET, "symbol": symbol}).status_code == 200
    one = desk.send(
        "POST", "/ui/api/positions/close", {"symbol": "INFY", "exchange": "NSE", "product": "MIS"}
    )
    assert one.get_json()["data"]["orderid"]
    everything = desk.send("POST", "/ui/api/positions/close-all").get_json()["data"]
    assert everything["failed_closures"] == 0 and len(everything["results"]) >= 1
    assert all(row["quantity"] == 0 for row in desk.get("/ui/api/positions"))
    none = desk.send(
        "POST", "/ui/api/positions/close", {"symbol": "INFY", "exchange": "NSE", "product": "MIS"}
    )
    assert none.get_json()["data"] == {"message": "No open position to close"}


def test_the_desk_reads_its_account_and_the_market(desk, api) -> None:
    assert len(desk.get("/ui/api/funds")["availablecash"].split(".")[1]) == 2
    assert set(desk.get("/ui/api/holdings")) == {"holdings", "statistics"}
    assert desk.get("/ui/api/search", q="RELIANCE", exchange="NSE", limit=5)[0]["symbol"] == "RELIANCE"
    assert desk.get("/ui/api/symbol", symbol="RELIANCE", exchange="NSE")["lotsize"] == 1
    assert len(desk.get("/ui/api/depth", symbol="RELIANCE", exchange="NSE")["bids"]) >= 5
    assert "5m" in desk.get("/ui/api/intervals")["minutes"]
    day = str(api.services.clock.now().date())
    asked = {"symbol": "RELIANCE", "exchange": "NSE", "interval": "D"}
    assert desk.get("/ui/api/history", **asked, start_date="2026-09-01", end_date=day)
    margin = desk.send("POST", "/ui/api/margin", {"positions": [TICKET]})
    assert margin.get_json()["data"]["total_margin_required"] > 0


def test_the_search_is_narrowed_to_an_expiry_a_type_and_strikes(desk) -> None:
    day = desk.get("/ui/api/search/expiries", underlying="NIFTY", exchange="NFO")[0]
    found = desk.get("/ui/api/search", underlying="nifty", expiry=day, type="CE", exchange="", limit=500)
    assert found and {(row["name"], row["instrumenttype"]) for row in found} == {("NIFTY", "CE")}
    strikes = [row["strike"] for row in found]
    low, high = strikes[1], strikes[2]
    asked = {"underlying": "NIFTY", "expiry": day, "type": "OPT", "strike_min": low, "strike_max": high}
    narrowed = desk.get("/ui/api/search", **asked)
    assert sorted({row["strike"] for row in narrowed}) == [low, high] and len(narrowed) == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/ui/api/orders", {**TICKET, "quantity": "x"}, 400),
        ("POST", "/ui/api/orders", {**TICKET, "surprise": 1}, 400),
        ("POST", "/ui/api/orders", {**TICKET, "symbol": "NOSUCH"}, 400),
        ("PUT", "/ui/api/orders/404", TICKET, 404),
        ("DELETE", "/ui/api/orders/404", None, 404),
        ("POST", "/ui/api/quotes", {"symbols": []}, 400),
        ("GET", "/ui/api/search?exchange=NSE", None, 400),
        ("GET", "/ui/api/search?underlying=NIFTY&expiry=soon", None, 400),
        ("GET", "/ui/api/search?underlying=NIFTY&type=XX", None, 400),
        ("GET", "/ui/api/search?underlying=NIFTY&strike_min=-1", None, 400),
        ("POST", "/ui/api/positions/close", {"symbol": "X"}, 400),
    ],
)
def test_bad_input_of_the_desk_is_a_clear_4xx(desk, method, path, body, status) -> None:
    answer = desk.send(method, path, body)
    assert answer.status_code == status, answer.data
    assert answer.get_json()["status"] == "error"


def test_without_a_session_nothing_is_shown(api) -> None:
    for path in ("/ui/api/orders", "/ui/api/funds", "/ui/api/search?q=x"):
        answer = api.client.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED")


def test_an_option_picker_finds_expiries_strikes_and_the_chain(desk) -> None:
    nifty = {"underlying": "nifty", "exchange": "NSE_INDEX"}
    menu = desk.get("/ui/api/options/expiries", **nifty)
    assert (menu["underlying"], menu["exchange"]) == ("NIFTY", "NFO")
    day = menu["expiries"][1]
    strikes = desk.get("/ui/api/options/strikes", **nifty, expiry=day)["strikes"]
    asked = {**nifty, "expiry": day, "strike_count": 3, "with_greeks": "true"}
    chain = desk.get("/ui/api/options/chain", **asked)
    assert [row["strike"] for row in chain["chain"] if row["strike"] not in strikes] == []
    assert len(chain["chain"]) == 7 and chain["chain"][3]["ce"]["delta"] > 0
    for path, changes in (
        ("strikes", {"expiry": ""}),
        ("chain", {"expiry": "x"}),
        ("chain", {"strike_count": 0}),
    ):
        answer = desk.http.get(f"/ui/api/options/{path}", query_string={**asked, **changes})
        assert answer.status_code == 400, (path, changes, answer.data)
    gone = desk.http.get("/ui/api/options/strikes", query_string={**nifty, "expiry": "01JAN40"})
    assert gone.status_code == 404
