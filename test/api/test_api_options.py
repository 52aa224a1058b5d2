"""The options routes over the practice exchange."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.instruments import Exchange, compact_expiry
from utils.clock import IST

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
