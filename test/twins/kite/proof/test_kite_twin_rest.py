import datetime as dt
import hashlib

import pytest
import requests
from kiteconnect import exceptions

from test.twins.kite.sessions import Sessions
from utils.clock import IST, ManualClock, SystemClock

SYMBOL = "TATAPOWER"


def place(kite, **changes):
    terms = {
        "variety": "regular", "exchange": "NSE", "tradingsymbol": SYMBOL, "transaction_type": "BUY", "quantity": 10,
        "product": "MIS", "order_type": "MARKET", "validity": "DAY", **changes,
    }  # fmt: skip
    return kite.place_order(**terms)


def last_price(kite, name=f"NSE:{SYMBOL}"):
    return kite.ltp([name])[name]["last_price"]


def far_below(kite):
    return round(last_price(kite) * 0.93, 1)


def row_of(kite, order_id):
    return next(row for row in kite.orders() if row["order_id"] == order_id)


def test_login_yields_a_session_with_profile_and_funds(kite):
    assert kite.profile()["user_id"] == "AB1234"
    margins = kite.margins()
    assert margins["equity"]["net"] > 0
    assert kite.margins("commodity")["net"] == 0


def test_a_request_token_works_once_and_only_with_the_secret(kite_twin):
    page = requests.get(
        f"{kite_twin.url}/connect/login",
        {"v": 3, "api_key": kite_twin.api_key},
        allow_redirects=False,
        timeout=5,
    )
    token = page.headers["Location"].rpartition("request_token=")[2].partition("&")[0]
    form = {"api_key": kite_twin.api_key, "request_token": token, "checksum": "0" * 64}
    answer = requests.post(f"{kite_twin.url}/session/token", form, timeout=5)
    assert (answer.status_code, answer.json()["error_type"]) == (403, "TokenException")


def test_a_new_login_ends_the_earlier_session(connect):
    first = connect()
    second = connect()
    assert second.profile()
    with pytest.raises(exceptions.TokenException) as refusal:
        first.orders()
    assert refusal.value.code == 403


def test_a_market_order_fills_and_shows_in_every_book(kite):
    before = len(kite.trades())
    order_id = place(kite, tag="firsttag")
    row = row_of(kite, order_id)
    assert (row["status"], row["filled_quantity"], row["tag"]) == ("COMPLETE", 10, "firsttag")
    assert row["average_price"] > 0
    assert isinstance(row["order_timestamp"], dt.datetime)
    assert len(kite.trades()) > before
    assert sum(trade["quantity"] for trade in kite.order_trades(order_id)) == 10
    states = [state["status"] for state in kite.order_history(order_id)]
    assert states[0] == "PUT ORDER REQ RECEIVED"
    assert states[-1] == "COMPLETE"
    net = next(row for row in kite.positions()["net"] if row["tradingsymbol"] == SYMBOL)
    assert net["pnl"] == pytest.approx(
        net["value"] + net["quantity"] * net["last_price"] * net["multiplier"], abs=0.02
    )
    place(kite, transaction_type="SELL", quantity=10)


def test_a_resting_order_is_modified_and_cancelled(kite):
    order_id = place(kite, order_type="LIMIT", price=far_below(kite))
    assert row_of(kite, order_id)["status"] == "OPEN"
    assert kite.modify_order("regular", order_id, quantity=7, price=far_below(kite) - 1) == order_id
    row = row_of(kite, order_id)
    assert (row["quantity"], row["pending_quantity"], row["modified"]) == (7, 7, True)
    assert kite.cancel_order("regular", order_id) == order_id
    row = row_of(kite, order_id)
    assert (row["status"], row["cancelled_quantity"], row["pending_quantity"]) == ("CANCELLED", 7, 0)
    with pytest.raises(exceptions.OrderException):
        kite.cancel_order("regular", order_id)


def test_a_stop_order_waits_for_its_trigger(kite):
    price = far_below(kite)
    order_id = place(kite, transaction_type="SELL", order_type="SL", price=price, trigger_price=price + 1)
    row = row_of(kite, order_id)
    assert (row["status"], row["trigger_price"]) == ("TRIGGER PENDING", price + 1)
    kite.cancel_order("regular", order_id)


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"quantity": 0}, exceptions.InputException, 400),
        ({"quantity": "x"}, exceptions.InputException, 400),
        ({"transaction_type": "HOLD"}, exceptions.InputException, 400),
        ({"tradingsymbol": "NOBODY"}, exceptions.InputException, 400),
        ({"exchange": "XYZ"}, exceptions.InputException, 400),
        ({"variety": "amo"}, exceptions.InputException, 400),
        ({"product": "NRML"}, exceptions.InputException, 400),
        ({"order_type": "LIMIT"}, exceptions.InputException, 400),
        ({"order_type": "LIMIT", "price": 1.0}, exceptions.OrderException, 500),
        ({"quantity": 5_000_000}, exceptions.GeneralException, 400),
        ({"tag": "not alnum"}, exceptions.InputException, 400),
    ],
)
def test_a_wrong_order_is_refused_in_the_vendors_words(kite, changes, error, status):
    before = len(kite.orders())
    with pytest.raises(error) as refusal:
        place(kite, **changes)
    assert refusal.value.code == status
    assert len(kite.orders()) == before


def test_an_unknown_order_is_not_found(kite):
    for call in (kite.order_history, lambda order: kite.cancel_order("regular", order)):
        with pytest.raises(exceptions.KiteException) as refusal:
            call("1")
        assert refusal.value.code == 404


def test_quotes_come_in_three_sizes_and_leave_strangers_out(kite):
    names = [f"NSE:{SYMBOL}", "NSE:NIFTY 50", "BSE:SENSEX", "NSE:M&M", "NSE:NOBODY"]
    full = kite.quote(names)
    assert set(full) == set(names[:4])
    assert len(full[f"NSE:{SYMBOL}"]["depth"]["buy"]) == 5
    assert "depth" not in full["NSE:NIFTY 50"]
    best = full[f"NSE:{SYMBOL}"]["depth"]
    assert best["buy"][0]["price"] < best["sell"][0]["price"]
    assert set(kite.ohlc(names)[f"NSE:{SYMBOL}"]) == {"instrument_token", "last_price", "ohlc"}
    token = full[f"NSE:{SYMBOL}"]["instrument_token"]
    assert kite.ltp([str(token)])[str(token)]["last_price"] > 0


def test_the_instrument_file_lists_every_segment(kite):
    rows = kite.instruments()
    assert {row["segment"] for row in rows} >= {
        "NSE",
        "BSE",
        "NFO-FUT",
        "NFO-OPT",
        "BFO-OPT",
        "MCX-FUT",
        "INDICES",
    }
    assert len({row["instrument_token"] for row in rows}) == len(rows) > 10_000
    assert len({(row["exchange"], row["tradingsymbol"]) for row in rows}) == len(rows)
    nifty = [row for row in rows if row["name"] == "NIFTY" and row["instrument_type"] == "CE"]
    assert all(row["expiry"] and row["strike"] > 0 and row["lot_size"] > 0 for row in nifty)
    assert {row["exchange"] for row in kite.instruments("MCX")} == {"MCX"}


def test_history_ends_at_the_last_price_and_keeps_to_its_span(kite):
    token = kite.ltp([f"NSE:{SYMBOL}"])[f"NSE:{SYMBOL}"]["instrument_token"]
    today = SystemClock().now().astimezone(IST)
    days = kite.historical_data(token, today - dt.timedelta(days=20), today, "day")
    assert len(days) >= 10
    assert all(
        bar["low"] <= min(bar["open"], bar["close"]) <= max(bar["open"], bar["close"]) <= bar["high"]
        for bar in days
    )
    minutes = kite.historical_data(token, today - dt.timedelta(days=3), today, "5minute", oi=True)
    assert [bar["date"] for bar in minutes] == sorted({bar["date"] for bar in minutes})
    assert "oi" in minutes[0]
    with pytest.raises(exceptions.InputException, match="max limit"):
        kite.historical_data(token, today - dt.timedelta(days=90), today, "minute")


def test_a_basket_never_needs_more_margin_than_its_legs(kite):
    rows = [
        row for row in kite.instruments("NFO") if row["name"] == "NIFTY" and row["instrument_type"] == "CE"
    ]
    expiry = min(row["expiry"] for row in rows)
    spot = last_price(kite, "NSE:NIFTY 50")
    near, far = sorted(
        (row for row in rows if row["expiry"] == expiry and row["strike"] > spot),
        key=lambda row: row["strike"],
    )[:2]
    legs = [
        {
            "exchange": "NFO", "tradingsymbol": row["tradingsymbol"], "transaction_type": side, "variety": "regular",
            "product": "NRML", "order_type": "MARKET", "quantity": row["lot_size"], "price": 0, "trigger_price": 0,
        }
        for row, side in ((near, "SELL"), (far, "BUY"))
    ]  # fmt: skip
    single = kite.order_margins(legs[:1])
    basket = kite.basket_order_margins(legs)
    assert single[0]["total"] > 0
    assert 0 < basket["final"]["total"] <= basket["initial"]["total"]


def test_commodity_quantities_are_lots_and_values_hold_the_multiplier(kite):
    row = next(
        row
        for row in kite.instruments("MCX")
        if row["instrument_type"] == "FUT" and row["name"] == "CRUDEOIL"
    )
    place(kite, exchange="MCX", tradingsymbol=row["tradingsymbol"], quantity=1, product="NRML")
    net = next(each for each in kite.positions()["net"] if each["tradingsymbol"] == row["tradingsymbol"])
    assert net["quantity"] == 1
    assert net["multiplier"] > 1
    assert net["buy_value"] == pytest.approx(net["buy_price"] * net["multiplier"], rel=1e-3)
    place(
        kite,
        exchange="MCX",
        tradingsymbol=row["tradingsymbol"],
        quantity=1,
        product="NRML",
        transaction_type="SELL",
    )


def test_logout_ends_the_session(kite):
    kite.invalidate_access_token()
    with pytest.raises(exceptions.TokenException):
        kite.profile()


def test_an_order_with_a_dropped_answer_is_live(kite, kite_twin):
    kite_twin.fault(kind="drop_after", path="/orders/regular", method="POST")
    with pytest.raises(requests.ConnectionError):
        place(kite, order_type="LIMIT", price=far_below(kite), tag="dropafter")
    rows = [row for row in kite.orders() if row["tag"] == "dropafter"]
    assert [row["status"] for row in rows] == ["OPEN"]
    kite.cancel_order("regular", rows[0]["order_id"])


def test_an_order_dropped_before_the_exchange_is_not_there(kite, kite_twin):
    kite_twin.fault(kind="drop_before", path="/orders/regular", method="POST")
    with pytest.raises(requests.ConnectionError):
        place(kite, tag="dropbefore")
    assert not [row for row in kite.orders() if row["tag"] == "dropbefore"]


def test_delays_outlast_the_clients_patience_before_or_after_acceptance(connect, kite_twin):
    kite = connect()
    kite.timeout = 0.3
    price = far_below(kite)
    for kind, found in (("delay_before", 0), ("delay_after", 1)):
        kite_twin.fault(kind=kind, path="/orders/regular", method="POST", seconds=1.0)
        with pytest.raises(requests.ReadTimeout):
            place(kite, order_type="LIMIT", price=price, tag=kind.replace("_", ""))
        kite.timeout = 5
        assert len([row for row in kite.orders() if row["tag"] == kind.replace("_", "")]) == found
        kite.timeout = 0.3


def test_rate_limit_gateway_page_and_dead_tokens(kite, kite_twin):
    kite_twin.fault(kind="status", path="/quote", status=429, error_type="NetworkException")
    with pytest.raises(exceptions.NetworkException) as refusal:
        last_price(kite)
    assert refusal.value.code == 429
    kite_twin.fault(kind="html", path="/orders", status=502)
    with pytest.raises(exceptions.DataException):
        kite.orders()
    kite_twin.kill_tokens()
    with pytest.raises(exceptions.TokenException):
        kite.orders()


def test_unknown_routes_and_methods_answer_in_the_envelope(kite, kite_twin):
    head = {"Authorization": f"token {kite.api_key}:{kite.access_token}"}
    for method, path, status in (("GET", "/nowhere", 404), ("PATCH", "/orders", 405), ("GET", "/quote", 400)):
        answer = requests.request(method, f"{kite_twin.url}{path}", headers=head, timeout=5)
        assert (answer.status_code, answer.json()["status"]) == (status, "error")


def test_half_an_answer_and_a_reset_reach_the_client_as_such(kite, kite_twin):
    kite_twin.fault(kind="garbled", path="/orders", method="GET")
    with pytest.raises(exceptions.DataException):
        kite.orders()
    kite_twin.fault(kind="reset", path="/orders", method="GET")
    with pytest.raises(requests.ConnectionError):
        kite.orders()
    assert isinstance(kite.orders(), list)


def test_calls_above_the_published_rate_are_refused_when_the_rule_is_on(kite, kite_twin):
    last_price(kite)
    last_price(kite)
    kite_twin.rule(rates=True)
    last_price(kite)
    with pytest.raises(exceptions.NetworkException) as refusal:
        last_price(kite)
    assert refusal.value.code == 429
    assert isinstance(kite.orders(), list)


def test_every_token_dies_at_the_hour_of_the_rule(tmp_path):
    clock = ManualClock(dt.datetime(2026, 11, 30, 9, 0, tzinfo=IST))
    sessions = Sessions({"key": ("secret", "AB1234")}, clock, tmp_path / "tokens.json")
    sessions.end_daily_at("06:30")

    def log_in():
        request = sessions.code("key")
        proof = hashlib.sha256(f"key{request}secret".encode()).hexdigest()
        return sessions.trade_in("key", request, proof)[1]

    token = log_in()
    clock.jump(dt.datetime(2026, 12, 1, 6, 29, 59, tzinfo=IST))
    assert sessions.user_of("key", token) == "AB1234"
    clock.jump(dt.datetime(2026, 12, 1, 6, 30, tzinfo=IST))
    assert sessions.user_of("key", token) is None
    assert sessions.user_of("key", log_in()) == "AB1234"
