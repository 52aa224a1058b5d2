"""Paper trading as the browser sets it: the switch, settings, a fresh start, profit and loss."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side

ROOT = "/ui/api/sandbox"
CRORE = 10_000_000.0
SBIN = Instrument(
    symbol="SBIN", exchange=Exchange.NSE, broker_symbol="SBIN", broker_exchange="NSE", token="1", name="SBIN",
    instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"),
)  # fmt: skip


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


@pytest.fixture
def trader(signed_in: Any) -> Any:
    """Signed in, with a connected account."""
    account = data(
        signed_in.post("/ui/api/accounts", {"broker": "instant", "label": "Mine", "credentials": {}})
    )
    data(signed_in.post(f"/ui/api/accounts/{account['id']}/connect"))
    return signed_in


def buy(services: Any, quantity: int = 10, price: float = 800.0) -> None:
    """A paper purchase at exactly this price."""
    market = services.sandbox.engine.markets.follow("instant", SBIN)
    market.show(price, (), (), (None, None), services.clock.monotonic())
    market.levels.asks = [[int(price * 1_000_000), 10**6]]
    terms = OrderTerms(
        symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=quantity, price_type=PriceType.MARKET,
        product=Product.MIS,
    )  # fmt: skip
    services.sandbox.desk.place(
        1, "instant", PlaceOrder(terms=terms, instrument=SBIN, tag=services.ids.order_tag())
    )


def test_a_stranger_is_sent_to_sign_in(browser: Any) -> None:
    calls = ("PUT mode", "GET settings", "PUT settings", "POST reset", "GET pnl")
    for method, path in map(str.split, calls):
        answer = browser.write(method, f"{ROOT}/{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED"), path


def test_a_write_without_the_form_token_changes_nothing(trader: Any, services: Any) -> None:
    buy(services)
    trader.token = ""
    for method, path, body in (
        ("PUT", "mode", {"analyze": True}),
        ("PUT", "settings", {"values": {"charges": True}}),
        ("POST", "reset", {"confirm": True}),
    ):
        answer = trader.write(method, f"{ROOT}/{path}", body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "CSRF"), path
    assert services.installation.app_mode() == "live"
    assert not services.sandbox.preferences.get().charges
    assert services.sandbox.reports.show(1).account.reset_count == 0


def test_the_switch_goes_both_ways_and_says_where_it_stands(signed_in: Any, services: Any) -> None:
    for wanted, word in ((True, "analyze"), (False, "live"), (True, "analyze"), (True, "analyze")):
        answer = signed_in.write("PUT", f"{ROOT}/mode", {"analyze": wanted})
        assert (data(answer), answer.get_json()["mode"]) == ({"mode": word}, word)
        assert services.installation.app_mode() == word


BAD = [
    ("PUT", "mode", {}, "analyze"),
    ("PUT", "mode", {"analyze": "true"}, "analyze"),
    ("PUT", "mode", {"analyze": 1}, "analyze"),
    ("PUT", "mode", {"analyze": True, "live": False}, "live"),
    ("PUT", "settings", {"values": {"nonsense": 1}}, "nonsense"),
    ("PUT", "settings", {"values": {"equity_mis_leverage": 51}}, "equity_mis_leverage"),
    ("PUT", "settings", {"values": {"mcx_square_off_time": "24:00"}}, "mcx_square_off_time"),
    ("PUT", "settings", {"values": {"starting_capital": None}}, "starting_capital"),
    ("PUT", "settings", {"values": {"charges": True, "slippage_bps": 2.5}}, "slippage_bps"),
    ("PUT", "settings", {"values": {"charge_rates": [{"segment": "option", "gst": 2}]}}, "charge_rates"),
    ("PUT", "settings", {"values": "x"}, "values"),
    ("PUT", "settings", {"preset": "lavish"}, "preset"),
    ("PUT", "settings", {"values": {str(number): 1 for number in range(41)}}, "values"),
    ("POST", "reset", {}, "confirm"),
    ("POST", "reset", {"confirm": False}, "confirm"),
    ("POST", "reset", {"confirm": "yes"}, "confirm"),
]


def test_bad_input_is_a_400_that_names_its_field(trader: Any, services: Any) -> None:
    before = services.sandbox.preferences.get()
    for method, path, body, field in BAD:
        answer = trader.write(method, f"{ROOT}/{path}", body)
        assert (answer.status_code, answer.get_json()["status"]) == (400, "error"), body
        assert field in answer.get_json()["errors"], body
    assert services.sandbox.preferences.get() == before
    assert services.installation.app_mode() == "live"


def test_settings_are_shown_with_their_defaults_and_presets(signed_in: Any) -> None:
    shown = data(signed_in.get(f"{ROOT}/settings"))
    assert shown["values"] == shown["defaults"]
    assert shown["values"]["starting_capital"] == CRORE
    assert (shown["values"]["reset_day"], shown["values"]["charges"]) == ("Never", False)
    assert shown["presets"]["simple"]["option_sell_leverage"] == 10.0


def test_a_preset_is_laid_under_the_values_that_come_with_it(signed_in: Any) -> None:
    body = {"preset": "simple", "values": {"futures_leverage": 4, "reset_day": "Sunday"}}
    values = data(signed_in.write("PUT", f"{ROOT}/settings", body))["values"]
    assert (values["equity_mis_leverage"], values["futures_leverage"], values["reset_day"]) == (
        1.0,
        4.0,
        "Sunday",
    )


def test_settings_and_the_switch_survive_a_restart(
    make_services: Callable[..., Any], new_browser: Callable[..., Any], password: str
) -> None:
    first = make_services()
    browser = new_browser(first)
    data(browser.post("/ui/api/setup", {"username": "ada", "email": "a@example.com", "password": password}))
    rates = [{"segment": "intraday", "brokerage_cap": 15, "since": "2026-12-01"}]
    wanted = {"starting_capital": 500000.5, "mcx_square_off_time": "23:15", "charge_rates": rates}
    changed = data(browser.write("PUT", f"{ROOT}/settings", {"values": wanted}))
    browser.write("PUT", f"{ROOT}/mode", {"analyze": True})
    first.close()
    second = new_browser(make_services())
    data(second.post("/ui/api/login", {"username": "ada", "password": password}))
    assert data(second.get(f"{ROOT}/settings")) == changed
    assert changed["values"]["starting_capital"] == 500000.5
    assert changed["values"]["charge_rates"][0]["brokerage_cap"] == "15"
    assert second.open_desk()["mode"] == "analyze"


def test_settings_are_the_administrators(
    signed_in: Any, services: Any, new_browser: Callable[..., Any], password: str
) -> None:
    services.users.add("bob", "bob@example.com", password)
    bob = new_browser(signed_in.app)
    data(bob.post("/ui/api/login", {"username": "bob", "password": password}))
    assert bob.write("PUT", f"{ROOT}/settings", {"values": {"charges": True}}).status_code == 403
    assert data(bob.get(f"{ROOT}/settings"))["values"]["charges"] is False


def test_without_an_account_there_is_nothing_to_reset_or_show(signed_in: Any) -> None:
    for answer in (signed_in.post(f"{ROOT}/reset", {"confirm": True}), signed_in.get(f"{ROOT}/pnl")):
        assert answer.get_json()["code"] == "NO_BROKER_SESSION"


def test_profit_is_shown_by_day_with_every_movement_of_money(trader: Any, services: Any) -> None:
    empty = data(trader.get(f"{ROOT}/pnl"))
    assert (empty["days"], empty["entries"], empty["reset_count"], empty["last_reset"]) == ([], [], 0, None)
    buy(services)
    services.sandbox.engine.markets.get("instant", "NSE", "SBIN").last = 810_000_000
    shown = data(trader.get(f"{ROOT}/pnl"))
    (today,) = shown["days"]
    assert (today["date"], today["positions_unrealized_pnl"], today["portfolio_value"]) == (
        "2026-11-20", 100.0, CRORE + 100,
    )  # fmt: skip
    assert shown["funds"]["blocked"] == 1600.0
    assert [row["kind"] for row in shown["entries"]] == ["margin", "capital"]


def test_a_reset_answers_the_fresh_account_and_survives_a_restart(
    trader: Any, services: Any, make_services: Callable[..., Any], clock: Any
) -> None:
    buy(services)
    clock.advance(1)
    shown = data(trader.post(f"{ROOT}/reset", {"confirm": True}))
    assert (shown["funds"]["available"], shown["funds"]["blocked"], shown["reset_count"]) == (CRORE, 0.0, 1)
    assert shown["last_reset"] == "2026-11-20 09:20:01"
    services.close()
    again = make_services().sandbox
    assert again.reports.show(1).account.reset_count == 1
    assert again.desk.positions(1, "instant") == []
    assert again.reports.audit(1) == []


def test_before_the_first_order_the_page_shows_the_opening_capital(trader: Any) -> None:
    funds = data(trader.get(f"{ROOT}/pnl"))["funds"]
    assert (funds["capital"], funds["available"], funds["blocked"]) == (10_000_000.0, 10_000_000.0, 0.0)
