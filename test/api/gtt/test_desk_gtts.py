"""GTTs through the desk's own routes: signed in, with the form token."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

DESK = Path(__file__).resolve().parents[1] / "desk" / "conftest.py"
PASSWORD = "Api-Test-1!"


@pytest.fixture
def browser(api) -> Any:
    spec = importlib.util.spec_from_file_location("gtt_desk", DESK)
    assert spec and spec.loader
    desk = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(desk)
    found = desk.Browser(api.client.application)
    found.open_desk()
    assert found.post("/ui/api/login", {"username": "tester", "password": PASSWORD}).status_code == 200
    return found


@pytest.fixture
def form(api) -> dict[str, Any]:
    ltp = api.post("quotes", {"symbol": "SBIN", "exchange": "NSE"}).get_json()["data"]["ltp"]
    low = round(ltp * 0.9, 1)
    return {
        "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "SBIN", "action": "SELL", "product": "CNC",
        "quantity": 2, "pricetype": "LIMIT", "price": low, "triggerprice_sl": low,
    }  # fmt: skip


def test_the_desk_lists_places_changes_and_withdraws_gtts(browser, form) -> None:
    placed = browser.post("/ui/api/gtts", form).get_json()
    name = placed["data"]["trigger_id"]
    assert (placed["data"]["held_by"], placed["mode"]) == ("gateway", "live")
    (row,) = browser.get("/ui/api/gtts").get_json()["data"]
    assert (row["trigger_id"], row["strategy"], row["legs"][0]["quantity"]) == (name, "Desk", 2)
    changed = browser.write("PUT", f"/ui/api/gtts/{name}", form | {"quantity": 3})
    assert changed.get_json()["data"] == {"trigger_id": name, "held_by": "gateway"}
    ended = browser.write("DELETE", f"/ui/api/gtts/{name}")
    assert ended.get_json()["data"]["trigger_id"] == name
    assert browser.get("/ui/api/gtts").get_json()["data"] == []
    (row,) = browser.get("/ui/api/gtts?status=all").get_json()["data"]
    assert (row["status"], row["legs"][0]["quantity"]) == ("cancelled", 3)


def test_a_gtt_needs_a_signed_in_browser_and_its_form_token(api, browser, form) -> None:
    answer = api.client.application.test_client().get("/ui/api/gtts")
    assert answer.status_code == 401
    browser.token = "wrong"
    assert browser.post("/ui/api/gtts", form).status_code == 403


def test_an_unknown_field_of_the_form_is_named(browser, form) -> None:
    answer = browser.post("/ui/api/gtts", form | {"limit": 5})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["limit"])
