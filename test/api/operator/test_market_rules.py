"""What an administrator changes about the market is checked, audited, and used from the next call on."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.instruments import Exchange

ROOT = "/ui/api/operator/admin"
CLOSED = {"description": "Declared overnight", "type": "TRADING_HOLIDAY", "settles": False}
WINDOW = {"kind": "special", "start": "18:00", "end": "19:00"}


def trail(admin, until, action: str):
    return until(lambda: admin.data("/ui/api/operator/audit", words=action)["rows"])[0]


def test_a_freeze_quantity_holds_for_the_very_next_order(api, admin, order, until) -> None:
    future = next(
        row for row in api.services.instruments.search("simulator", "NIFTY FUT", Exchange.NFO, 20)
        if row.name == "NIFTY"
    )  # fmt: skip
    big = {"symbol": future.symbol, "exchange": "NFO", "product": "NRML", "quantity": future.lot_size * 4}
    freeze = future.lot_size * 2
    changed = admin.write("PUT", f"{ROOT}/freezes/NFO/nifty", {"freeze_qty": freeze})
    assert changed.get_json()["data"] == {"exchange": "NFO", "symbol": "NIFTY", "freeze_qty": freeze}
    if future.freeze_qty is None:
        refused = api.post("placeorder", order(**big)).get_json()
        assert refused["status"] == "error" and "freeze" in refused["message"].lower()
    listed = {(row["exchange"], row["symbol"]): row["freeze_qty"] for row in admin.data(f"{ROOT}/freezes")}
    assert listed[("NFO", "NIFTY")] == freeze
    assert api.services.instruments.freezes[(Exchange.NFO, "NIFTY")] == freeze
    row = trail(admin, until, "freeze.set")
    assert (row["actor"], row["subject"], row["detail"]["after"]) == ("tester", "NFO NIFTY", freeze)
    assert isinstance(row["detail"]["before"], int)


def test_a_forgotten_freeze_is_unknown_and_not_one(api, admin) -> None:
    admin.write("PUT", f"{ROOT}/freezes/NFO/FORGET%26ME", {"freeze_qty": 100})
    assert admin.write("DELETE", f"{ROOT}/freezes/NFO/FORGET%26ME").status_code == 200
    assert (Exchange.NFO, "FORGET&ME") not in api.services.instruments.freezes
    assert admin.write("DELETE", f"{ROOT}/freezes/NFO/FORGET%26ME").status_code == 404


def test_the_exchanges_own_file_replaces_what_was_known(admin, api, until) -> None:
    text = "S.No.,SYMBOL,VOL_FRZ_QTY\n1, USDINR  ,10001\n2,EURINR,5001\n"
    assert admin.write("POST", f"{ROOT}/freezes", {"exchange": "CDS", "text": text}).get_json()["data"] == {
        "rows": 2
    }
    listed = [row for row in admin.data(f"{ROOT}/freezes") if row["exchange"] == "CDS"]
    assert [(row["symbol"], row["freeze_qty"]) for row in listed] == [("EURINR", 5001), ("USDINR", 10001)]
    broken = admin.write("POST", f"{ROOT}/freezes", {"exchange": "CDS", "text": text + "3,JPYINR,many\n"})
    assert broken.status_code == 400 and "Line 4" in broken.get_json()["message"]
    assert len([row for row in admin.data(f"{ROOT}/freezes") if row["exchange"] == "CDS"]) == 2
    assert trail(admin, until, "freeze.upload")["subject"] == "CDS"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("NFO/NIFTY", {"freeze_qty": 0}), ("NFO/NIFTY", {"freeze_qty": -5}), ("NFO/NIFTY", {"freeze_qty": 1.5}),
        ("NFO/NIFTY", {"freeze_qty": "1800"}), ("NFO/NIFTY", {"freeze_qty": 10**12}), ("NFO/NIFTY", {}),
        ("MARS/NIFTY", {"freeze_qty": 1}), ("NFO/NIF TY", {"freeze_qty": 1}), ("NFO/<b>", {"freeze_qty": 1}),
    ],
)  # fmt: skip
def test_a_freeze_that_cannot_be_is_refused(admin, path: str, body: dict) -> None:
    assert admin.write("PUT", f"{ROOT}/freezes/{path}", body).status_code == 400


def test_a_holiday_closes_the_market_at_once_and_can_be_taken_back(api, admin, until) -> None:
    day = dt.date(2027, 3, 9)
    calendar = api.services.calendar
    assert calendar.is_trading_day(Exchange.NSE, day)
    put = admin.write("PUT", f"{ROOT}/holidays/2027-03-09", CLOSED | {"sessions": {"NSE": [], "NFO": []}})
    assert put.status_code == 200, put.get_json()
    assert not calendar.is_trading_day(Exchange.NSE, day) and not calendar.is_trading_day(
        Exchange.NSE_INDEX, day
    )
    assert calendar.is_trading_day(Exchange.MCX, day)
    listed = next(
        row for row in admin.data(f"{ROOT}/holidays", year=2027)["days"] if row["date"] == "2027-03-09"
    )
    assert (listed["amended"], listed["sessions"]) == (True, {"NSE": [], "NFO": []})
    asked = api.post("market/holidays", {"year": 2027}).get_json()["data"]
    assert any(row["date"] == "2027-03-09" for row in asked)
    assert admin.write("DELETE", f"{ROOT}/holidays/2027-03-09").status_code == 200
    assert calendar.is_trading_day(Exchange.NSE, day)
    assert admin.write("DELETE", f"{ROOT}/holidays/2027-03-09").status_code == 404
    row = trail(admin, until, "holiday.set")
    assert row["detail"]["after"]["sessions"]["NSE"] == [] and row["detail"]["before"] is None


def test_a_special_session_opens_a_weekend(api, admin) -> None:
    special = {
        "description": "Muhurat",
        "type": "SPECIAL_SESSION",
        "settles": False,
        "sessions": {"NSE": [WINDOW]},
    }
    assert admin.write("PUT", f"{ROOT}/holidays/2027-10-30", special).status_code == 200
    rows = admin.data(f"{ROOT}/timings/check", date="2027-10-30")["sessions"]
    assert [row["exchange"] for row in rows] == ["NSE"]
    admin.write("DELETE", f"{ROOT}/holidays/2027-10-30")


@pytest.mark.parametrize(
    ("date", "changes"),
    [
        ("2027-03-09", {"sessions": {}}),
        ("2027-03-09", {"type": "SPECIAL_SESSION", "sessions": {"NSE": []}}),
        ("2027-03-09", {"type": "SETTLEMENT_HOLIDAY", "sessions": {"NSE": []}}),
        ("2027-03-09", {"type": "PARTY"}),
        ("2027-03-09", {"description": "  "}),
        ("2027-03-09", {"sessions": {"MARS": []}}),
        ("2027-03-09", {"sessions": {"NSE": [WINDOW | {"end": "17:00"}]}}),
        ("2027-03-09", {"sessions": {"NSE": [WINDOW | {"start": "25:99"}]}}),
        ("2027-03-09", {"sessions": {"NSE": [WINDOW, WINDOW]}}),
        ("1999-01-01", {}),
        ("2027-02-30", {}),
        ("tomorrow", {}),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(admin, date: str, changes: dict) -> None:
    answer = admin.write("PUT", f"{ROOT}/holidays/{date}", CLOSED | {"sessions": {"NSE": []}} | changes)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "INVALID_INPUT"), answer.get_json()


def test_timings_move_the_close_at_once_and_only_from_their_date_on(api, admin, until) -> None:
    calendar = api.services.calendar
    before, after = dt.date(2027, 5, 31), dt.date(2027, 6, 2)
    closes = calendar.trading_sessions(Exchange.CDS, after)[-1].end
    longer = {"windows": [{"kind": "continuous", "start": "09:00", "end": "19:30"}]}
    assert admin.write("PUT", f"{ROOT}/timings/currency/2027-06-01", longer).status_code == 200
    assert calendar.trading_sessions(Exchange.CDS, after)[-1].end == closes + dt.timedelta(
        hours=2, minutes=30
    )
    assert calendar.trading_sessions(Exchange.CDS, before)[-1].end.hour == 11, "17:00 IST as before"
    listed = [row for row in admin.data(f"{ROOT}/timings") if row["group"] == "currency"]
    assert [(row["since"], row["amended"]) for row in listed] == [("2027-06-01", True), ("2020-01-01", False)]
    again = api.services.calendar_amendments
    again.start()
    assert calendar.trading_sessions(Exchange.CDS, after)[-1].end != closes, "the store knows it, too"
    assert admin.write("DELETE", f"{ROOT}/timings/currency/2027-06-01").status_code == 200
    assert calendar.trading_sessions(Exchange.CDS, after)[-1].end == closes
    row = trail(admin, until, "timing.set")
    assert (row["subject"], row["detail"]["after"]) == ("currency 2027-06-01", ["continuous 09:00-19:30"])


@pytest.mark.parametrize(
    ("path", "windows"),
    [
        ("currency/2027-06-01", []),
        ("currency/2027-06-01", [{"kind": "preopen", "start": "09:00", "end": "09:08"}]),
        ("currency/2027-06-01", [{"kind": "continuous", "start": "17:00", "end": "09:00"}]),
        ("currency/2027-06-01", [{"kind": "continuous", "start": "09:00", "end": "30:01"}]),
        ("currency/2027-06-01", [{"kind": "continuous", "start": "09:00", "end": "whenever"}]),
        ("stamps/2027-06-01", [{"kind": "continuous", "start": "09:00", "end": "17:00"}]),
        ("currency/soon", [{"kind": "continuous", "start": "09:00", "end": "17:00"}]),
    ],
)
def test_hours_that_cannot_be_are_refused(admin, path: str, windows: list) -> None:
    assert admin.write("PUT", f"{ROOT}/timings/{path}", {"windows": windows}).status_code == 400


def test_a_shipped_table_that_was_corrected_stands_again_when_that_is_taken_back(api, admin) -> None:
    path = f"{ROOT}/timings/ncdex/2020-01-01"
    shipped = [row for row in admin.data(f"{ROOT}/timings") if row["group"] == "ncdex"]
    admin.write("PUT", path, {"windows": [{"kind": "continuous", "start": "10:00", "end": "17:00"}]})
    admin.write("DELETE", path)
    assert [row for row in admin.data(f"{ROOT}/timings") if row["group"] == "ncdex"] == shipped
    assert admin.write("DELETE", path).status_code == 404


def test_a_refused_change_by_a_plain_user_is_in_the_trail(admin, plain_user, until) -> None:
    assert plain_user.write("PUT", f"{ROOT}/freezes/NFO/NIFTY", {"freeze_qty": 1}).status_code == 403
    rows = until(lambda: admin.data("/ui/api/operator/audit", words="plain", outcome="refused")["rows"])
    row = next(row for row in rows if "freezes" in row["action"])
    assert (row["outcome"], row["detail"]) == ("NOT_ALLOWED", {"exchange": "NFO", "symbol": "NIFTY"})
