"""The options routes over the practice exchange."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path

import pytest

from domain.instruments import Exchange, compact_expiry
from utils.clock import IST
from utils.route_policy import policy_of

NIFTY = {"underlying": "NIFTY", "exchange": "NSE_INDEX"}


@pytest.fixture(scope="module")
def expiry(api) -> str:
    """The second live expiry of NIFTY options: it cannot expire during the test."""
    return compact_expiry(api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")[1])


def ok(answer) -> dict:
    assert answer.status_code == 200, answer.data[:500]
    body = answer.get_json()
    assert body["status"] == "success"
    return body


def refused(answer, status: int) -> dict:
    assert answer.status_code == status, answer.data[:500]
    return answer.get_json()


def test_option_symbol_answers_the_six_fields_of_the_contract(api, expiry) -> None:
    asked = {**NIFTY, "offset": "otm2", "option_type": "ce", "expiry_date": expiry.lower(), "strategy": "x"}
    body = ok(api.post("optionsymbol", asked))
    assert set(body) == {
        "status", "symbol", "exchange", "lotsize", "tick_size", "freeze_qty", "underlying_ltp",
    }  # fmt: skip
    assert body["exchange"] == "NFO" and body["symbol"].startswith(f"NIFTY{expiry}")
    record = ok(api.post("symbol", {"symbol": body["symbol"], "exchange": "NFO"}))["data"]
    assert (record["lotsize"], record["freeze_qty"]) == (body["lotsize"], body["freeze_qty"])
    assert 0 < record["strike"] - body["underlying_ltp"] < 200


def test_option_symbol_errors_are_the_ones_of_the_contract(api, expiry) -> None:
    asked = {**NIFTY, "offset": "ATM", "option_type": "CE", "expiry_date": expiry}
    assert (
        "Expiry date required"
        in refused(api.post("optionsymbol", {**asked, "expiry_date": None}), 400)["message"]
    )
    assert refused(api.post("optionsymbol", {**asked, "offset": "OTM51"}), 400)["errors"]["offset"]
    yesterday = compact_expiry(dt.datetime.now(IST).date() - dt.timedelta(days=1))
    none = refused(api.post("optionsymbol", {**asked, "expiry_date": yesterday}), 404)
    assert none["code"] == "NOT_LISTED" and none["candidates"]
    assert (
        refused(api.post("optionsymbol", {**asked, "underlying": "NOSUCH"}), 400)["code"] == "UNKNOWN_SYMBOL"
    )
    refused(api.post("optionsymbol", {**asked, "exchange": "GLOBAL_INDEX"}), 400)
    refused(api.post("optionsymbol", {**asked, "expiry_date": "31FEB27"}), 400)


LEG = {
    "symbol", "label", "ltp", "bid", "ask", "bid_qty", "ask_qty", "open", "high", "low", "prev_close", "volume", "oi",
    "lotsize", "tick_size",
}  # fmt: skip
GREEKS = {"implied_volatility", "delta", "gamma", "theta", "vega"}


def test_a_chain_has_the_contracts_fields(api, expiry) -> None:
    body = ok(api.post("optionchain", {**NIFTY, "expiry_date": expiry, "strike_count": "10"}))
    assert {
        "underlying", "underlying_symbol", "underlying_exchange", "underlying_ltp", "underlying_prev_close",
        "expiry_date", "expiry_ts", "server_ts", "atm_strike", "quotes_included", "greeks_included", "forward_price",
        "chain",
    } <= set(body)  # fmt: skip
    assert (body["underlying"], body["underlying_exchange"], body["expiry_date"]) == (
        "NIFTY",
        "NSE_INDEX",
        expiry,
    )
    assert (body["quotes_included"], body["greeks_included"], len(body["chain"])) == (True, False, 21)
    strikes = [row["strike"] for row in body["chain"]]
    assert strikes == sorted(strikes) and strikes[10] == body["atm_strike"]
    for row in body["chain"]:
        for leg in (row["ce"], row["pe"]):
            assert set(leg) == LEG | {"quoted"} and leg["quoted"]
    assert body["chain"][10]["ce"]["label"] == body["chain"][10]["pe"]["label"] == "ATM"
    assert (body["chain"][0]["ce"]["label"], body["chain"][0]["pe"]["label"]) == ("ITM10", "OTM10")
    assert body["forward_source"] in ("future", "synthetic") and body["expiry_ts"] > body["server_ts"]


def test_greeks_of_a_chain_are_plausible_and_consistent(api, expiry) -> None:
    asked = {**NIFTY, "expiry_date": expiry, "strike_count": 8, "with_greeks": True}
    body = ok(api.post("optionchain", asked))
    calls, puts = ([row[side] for row in body["chain"]] for side in ("ce", "pe"))
    for leg in calls + puts:
        assert set(leg) >= LEG | GREEKS | {"iv_source"}
        assert 3 < leg["implied_volatility"] < 100 and leg["gamma"] >= 0 and leg["vega"] > 0 > leg["theta"]
    deltas = [leg["delta"] for leg in calls]
    assert deltas == sorted(deltas, reverse=True) and all(0 < delta < 1 for delta in deltas)
    for call, put in zip(calls, puts, strict=True):
        assert call["delta"] - put["delta"] == pytest.approx(1, abs=0.01)


def test_the_expiry_may_stand_in_the_underlying(api) -> None:
    future = compact_expiry(
        api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "futures")[1]
    )
    body = ok(
        api.post("optionchain", {"underlying": f"NIFTY{future}FUT", "exchange": "NFO", "strike_count": 1})
    )
    assert (body["expiry_date"], body["underlying_symbol"], len(body["chain"])) == (future, "NIFTY", 3)
    assert body["forward_source"] == "future"


@pytest.mark.parametrize(
    ("underlying", "exchange"), [("CRUDEOIL", "MCX"), ("USDINR", "CDS"), ("RELIANCE", "NSE")]
)
def test_chains_of_every_kind_of_underlying(api, underlying, exchange) -> None:
    listed = {"NSE": "NFO"}.get(exchange, exchange)
    days = api.services.instruments.expiries("simulator", Exchange(listed), underlying, "options")
    day = compact_expiry(days[-1])
    asked = {
        "underlying": underlying,
        "exchange": exchange,
        "expiry_date": day,
        "strike_count": 2,
        "with_greeks": True,
    }
    body = ok(api.post("optionchain", asked))
    assert body["forward_price"] == pytest.approx(body["underlying_ltp"], rel=0.1)
    assert 0.1 < body["chain"][2]["ce"]["implied_volatility"] < 200


def test_bad_chains_are_refused(api, expiry) -> None:
    asked = {**NIFTY, "expiry_date": expiry}
    for changes in ({"strike_count": 0}, {"strike_count": 101}, {"interest_rate": -1}, {"interest_rate": 101},
                    {"with_greeks": "maybe"}, {"expiry_date": None}, {"expiry_date": "x"}):  # fmt: skip
        refused(api.post("optionchain", {**asked, **changes}), 400)
    refused(api.post("optionchain", {**asked, "expiry_date": "01JAN40"}), 404)


@pytest.fixture(scope="module")
def symbol(api, expiry) -> str:
    asked = {**NIFTY, "offset": "OTM1", "option_type": "PE", "expiry_date": expiry}
    return ok(api.post("optionsymbol", asked))["symbol"]


def test_greeks_of_one_option_have_the_contracts_fields(api, symbol, expiry) -> None:
    body = ok(api.post("optiongreeks", {"symbol": symbol, "exchange": "NFO", "interest_rate": 6.5}))
    assert {
        "symbol", "exchange", "underlying", "strike", "option_type", "expiry_date", "days_to_expiry", "spot_price",
        "option_price", "interest_rate", "implied_volatility", "greeks",
    } <= set(body)  # fmt: skip
    assert set(body["greeks"]) == {"delta", "gamma", "theta", "vega", "rho"}
    assert (body["underlying"], body["option_type"], body["interest_rate"]) == ("NIFTY", "PE", 6.5)
    assert dt.datetime.strptime(body["expiry_date"], "%d-%b-%Y").strftime("%d%b%y").upper() == expiry
    assert -1 < body["greeks"]["delta"] < 0 and body["greeks"]["rho"] < 0


def test_greeks_follow_the_callers_forward_and_time(api, symbol) -> None:
    asked = {"symbol": symbol, "exchange": "NFO"}
    usual = ok(api.post("optiongreeks", asked))
    given = ok(
        api.post("optiongreeks", {**asked, "forward_price": usual["spot_price"] + 50, "expiry_time": "10:00"})
    )
    assert given["spot_price"] == usual["spot_price"] + 50 and given["forward_source"] == "given"
    assert given["days_to_expiry"] < usual["days_to_expiry"]
    assert given["implied_volatility"] > usual["implied_volatility"]


def test_an_option_without_time_value_is_explained(api, symbol) -> None:
    """P16, catalogue 26."""
    body = ok(api.post("optiongreeks", {"symbol": symbol, "exchange": "NFO", "forward_price": 100}))
    assert (body["implied_volatility"], body["greeks"]["delta"], body["greeks"]["vega"]) == (0, -1, 0)
    assert body["intrinsic_value"] > 0 and body["time_value"] == 0
    assert body["note"].startswith("Theoretical")


def test_bad_greeks_are_refused(api, symbol) -> None:
    asked = {"symbol": symbol, "exchange": "NFO"}
    for changes in ({"symbol": "NOSUCH"}, {"exchange": "NSE"}, {"forward_price": -1}, {"expiry_time": "25:00"},
                    {"expiry_time": "1000"}, {"interest_rate": "x"}, {"underlying_symbol": "NOSUCH"}):  # fmt: skip
        refused(api.post("optiongreeks", {**asked, **changes}), 400)
    assert refused(api.post("optiongreeks", {**asked, "forward_price": 10**9}), 400)["message"]


def test_many_greeks_always_answer(api, symbol) -> None:
    good, bad = {"symbol": symbol, "exchange": "NFO"}, {"symbol": "NOSUCH", "exchange": "NFO"}

    def ask(*items):
        answer = api.post("multioptiongreeks", {"symbols": list(items)})
        assert answer.status_code == 200, answer.data
        body = answer.get_json()
        assert len(body["data"]) == len(items)
        return body["status"], body["summary"], body

    status, summary, body = ask(good, good)
    assert (status, summary) == ("success", {"total": 2, "success": 2, "failed": 0}) and "message" not in body
    status, summary, body = ask(bad, good)
    assert (status, summary["failed"], [row["status"] for row in body["data"]]) == (
        "partial",
        1,
        ["error", "success"],
    )
    assert body["data"][0]["symbol"] == "NOSUCH" and body["message"]
    status, summary, body = ask(bad)
    assert (status, summary["success"]) == ("error", 0)
    refused(api.post("multioptiongreeks", {"symbols": []}), 400)
    refused(api.post("multioptiongreeks", {"symbols": [good] * 51}), 400)


def test_a_synthetic_future_lies_near_the_future(api) -> None:
    day = api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "futures")[1]
    body = ok(api.post("syntheticfuture", {**NIFTY, "expiry_date": compact_expiry(day)}))
    assert {"underlying", "underlying_ltp", "expiry", "atm_strike", "synthetic_future_price"} <= set(body)
    quote = ok(api.post("quotes", {"symbol": f"NIFTY{compact_expiry(day)}FUT", "exchange": "NFO"}))["data"]
    assert body["synthetic_future_price"] == pytest.approx(quote["ltp"], rel=2e-3)


def test_greeks_of_one_option_have_a_limit_of_their_own(api) -> None:
    views = api.client.application.view_functions
    limits = {
        rule.rule: policy_of(views[rule.endpoint], "POST").limit
        for rule in api.client.application.url_map.iter_rules()
        if rule.rule.endswith("optiongreeks")
    }
    assert limits == {"/api/v1/optiongreeks": "greeks", "/api/v1/multioptiongreeks": "api"}


def test_mutated_options_requests_get_proper_envelopes(api, expiry, symbol) -> None:
    spec = importlib.util.spec_from_file_location(
        "fuzz_of_options", Path(__file__).resolve().parents[1] / "fuzz.py"
    )
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    dated, named = {**NIFTY, "expiry_date": expiry}, {"symbol": symbol, "exchange": "NFO"}
    terms = {"interest_rate": 6.5, "expiry_time": "15:30"}
    routes = {
        "optionsymbol": {**dated, "offset": "ATM", "option_type": "CE", "strike_int": 50},
        "optionchain": {**dated, "strike_count": 3, "with_greeks": True, "interest_rate": 6.5},
        "syntheticfuture": dated,
        "optiongreeks": {**named, **terms, "forward_price": 0, "underlying_symbol": "NIFTY"},
        "multioptiongreeks": {"symbols": [named, {**named, "symbol": "NOSUCH"}], **terms},
    }
    fuzzer = fuzz.Fuzzer(api.client, api.key, routes, seed=76)
    assert fuzzer.run(400) == []
    assert fuzzer.statuses[200] > 100
