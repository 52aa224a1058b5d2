import datetime as dt
from decimal import Decimal

import pytest

from domain.calendar import INDIA, Day, DayType, SessionGroup, SessionKind, Window
from domain.instruments import Exchange, Instrument, InstrumentType
from services.market.calendar import Calendar, session_group
from utils.clock import UTC


@pytest.fixture
def calendar():
    return Calendar()


def test_timings_answer_in_epoch_milliseconds(calendar):
    rows = {row["exchange"]: row for row in calendar.timings(dt.date(2026, 3, 2))}
    assert rows["NSE"] == {"exchange": "NSE", "start_time": 1772423100000, "end_time": 1772445600000}
    assert list(rows) == ["NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX", "NCO"]
    assert rows["MCX"]["end_time"] - rows["MCX"]["start_time"] == (14 * 60 + 55) * 60_000


def test_timings_of_a_closed_day_are_empty(calendar):
    assert calendar.timings(dt.date(2026, 3, 1)) == []
    assert calendar.timings(dt.date(2026, 1, 26)) == []


def test_timings_of_a_holiday_list_the_commodity_evening(calendar):
    assert [row["exchange"] for row in calendar.timings(dt.date(2026, 3, 3))] == ["MCX", "NCO"]


def test_crypto_is_listed_only_when_asked_and_ends_before_midnight(calendar):
    rows = calendar.timings(dt.date(2026, 3, 1), with_crypto=True)
    assert [row["exchange"] for row in rows] == ["CRYPTO"]
    assert rows[0]["end_time"] - rows[0]["start_time"] == 86_399_000


def test_holidays_answer_has_the_contract_shape(calendar):
    rows = calendar.holidays(2026)
    assert [row["date"] for row in rows] == sorted({row["date"] for row in rows})
    republic = next(row for row in rows if row["date"] == "2026-01-26")
    assert republic == {
        "date": "2026-01-26",
        "description": "Republic Day",
        "holiday_type": "TRADING_HOLIDAY",
        "closed_exchanges": ["NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX", "NCO"],
        "open_exchanges": [],
    }
    holi = next(row for row in rows if row["date"] == "2026-03-03")
    start = int(dt.datetime(2026, 3, 3, 17, tzinfo=INDIA).timestamp() * 1000)
    assert holi["open_exchanges"][0] == {
        "exchange": "MCX", "start_time": start, "end_time": start + (6 * 60 + 55) * 60_000,
    }  # fmt: skip


def test_budget_sunday_is_a_special_session(calendar):
    row = next(row for row in calendar.holidays(2026) if row["date"] == "2026-02-01")
    assert row["holiday_type"] == "SPECIAL_SESSION"
    assert {each["exchange"] for each in row["open_exchanges"]} == {"NSE", "BSE", "NFO", "BFO", "MCX", "NCO"}


def test_a_year_without_data_answers_nothing_and_warns(calendar):
    assert calendar.holidays(2031) == []
    assert calendar.warnings(dt.datetime(2026, 6, 1, tzinfo=UTC)) == []
    assert len(calendar.warnings(dt.datetime(2026, 11, 21, tzinfo=UTC))) == 1


def test_an_amendment_replaces_the_shipped_day_and_can_be_taken_back(calendar):
    window = Window(SessionKind.SPECIAL, 18 * 60, 19 * 60)
    muhurat = Day(
        date=dt.date(2026, 11, 8), description="Muhurat", type=DayType.SPECIAL_SESSION, settles=False,
        notified=True, source="operator", sessions={Exchange.NSE: (window,)},
    )  # fmt: skip
    instant = dt.datetime(2026, 11, 8, 18, 30, tzinfo=INDIA)
    calendar.amend([muhurat])
    assert calendar.is_open(Exchange.NSE, instant)
    calendar.amend([])
    assert not calendar.is_open(Exchange.NSE, instant)


def test_a_broken_year_file_is_named(tmp_path):
    (tmp_path / "regular.json").write_text('{"sources": {}, "groups": {"equity": [{"since": "no"}]}}')
    with pytest.raises(ValueError, match=r"regular\.json"):
        Calendar(tmp_path)


@pytest.mark.parametrize(
    ("exchange", "name", "kind", "group"),
    [
        (Exchange.MCX, "CPO", InstrumentType.FUT, SessionGroup.COMMODITY_AGRI_INTERNATIONAL),
        (Exchange.MCX, "MENTHAOIL", InstrumentType.FUT, SessionGroup.COMMODITY_AGRI),
        (Exchange.MCX, "GOLD", InstrumentType.FUT, SessionGroup.COMMODITY),
        (Exchange.NSE, "TATA POWER", InstrumentType.EQ, SessionGroup.EQUITY_AUCTION),
        (Exchange.NSE_INDEX, "NIFTY", InstrumentType.INDEX, SessionGroup.EQUITY),
    ],
)
def test_an_instrument_finds_its_timetable(exchange, name, kind, group):
    row = Instrument("X", exchange, "X", exchange.value, "1", name, kind, 1, Decimal("0.05"))
    assert session_group(row, in_closing_auction=True) is group
