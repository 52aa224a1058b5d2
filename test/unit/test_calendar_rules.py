import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import (
    INDIA,
    DayType,
    SessionGroup,
    SessionKind,
    Window,
    check_windows,
    us_daylight_saving,
)
from domain.instruments import Exchange
from services.market.calendar import Calendar, parse_minute

CALENDAR = Calendar()
EXCHANGES = [exchange for exchange in Exchange if exchange not in (Exchange.CRYPTO, Exchange.GLOBAL_INDEX)]
DATES = st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 31))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=INDIA)


def texts(exchange, date, group=None):
    return [
        (
            row.kind.value,
            row.start.astimezone(INDIA).strftime("%H:%M"),
            row.end.astimezone(INDIA).strftime("%H:%M"),
        )
        for row in CALENDAR.sessions(exchange, dt.date.fromisoformat(date), group)
    ]


@given(st.sampled_from(EXCHANGES), DATES, st.sampled_from([None, *SessionGroup]))
def test_sessions_are_sorted_disjoint_and_belong_to_their_date(exchange, date, group):
    if group is SessionGroup.CRYPTO:
        return
    rows = CALENDAR.sessions(exchange, date, group)
    midnight = dt.datetime.combine(date, dt.time(), INDIA)
    for row in rows:
        assert midnight <= row.start < row.end <= midnight + dt.timedelta(hours=30)
        assert row.start.tzinfo is dt.UTC
    for earlier, later in itertools.pairwise(rows):
        assert earlier.end <= later.start
    if date.weekday() >= 5 and rows:
        assert CALENDAR.day(date).type is DayType.SPECIAL_SESSION


@given(st.sampled_from(EXCHANGES), DATES)
def test_neighbouring_trading_days_lead_back_to_each_other(exchange, date):
    if not CALENDAR.is_trading_day(exchange, date):
        return
    assert CALENDAR.previous_trading_day(exchange, CALENDAR.next_trading_day(exchange, date)) == date


@given(st.sampled_from(EXCHANGES), DATES, st.integers(0, 86_399))
def test_the_next_change_flips_whether_the_exchange_is_open(exchange, date, second):
    instant = dt.datetime.combine(date, dt.time(), dt.UTC) + dt.timedelta(seconds=second)
    change = CALENDAR.next_change(exchange, instant)
    assert change.at > instant
    assert CALENDAR.is_open(exchange, instant) is not change.opens
    assert CALENDAR.is_open(exchange, change.at) is change.opens
    assert CALENDAR.is_open(exchange, change.at - dt.timedelta(microseconds=1)) is not change.opens


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_every_listed_trading_holiday_changes_at_least_one_segment(year):
    for day in CALENDAR.days(year):
        if day.type is DayType.TRADING_HOLIDAY:
            assert day.date.weekday() < 5, day
            assert day.sessions, day
        if day.type is DayType.SETTLEMENT_HOLIDAY:
            assert not day.sessions, day


@pytest.mark.parametrize(
    ("date", "trades"),
    [
        ("2025-10-22", False), ("2025-11-05", False), ("2025-11-14", True), ("2025-02-01", True),
        ("2025-11-01", False), ("2026-02-01", True), ("2026-01-15", False), ("2026-11-08", False),
        ("2026-03-02", True), ("2026-03-01", False), ("2026-04-01", True), ("2025-10-21", True),
    ],
)  # fmt: skip
def test_known_dates_of_the_equity_segment(date, trades):
    assert CALENDAR.is_trading_day(Exchange.NSE, dt.date.fromisoformat(date)) is trades


def test_muhurat_of_2025_is_an_hour_in_the_afternoon():
    assert texts(Exchange.NFO, "2025-10-21") == [("special", "13:45", "14:45")]


def test_a_muhurat_without_notified_times_is_marked_and_not_open():
    assert not CALENDAR.is_notified(dt.date(2026, 11, 8))
    assert texts(Exchange.NSE, "2026-11-08") == []
    assert not CALENDAR.is_open(Exchange.NSE, at("2026-11-08T18:30"))


def test_new_year_2026_closes_only_the_commodity_evening():
    assert texts(Exchange.MCX, "2026-01-01") == [("continuous", "09:00", "17:00")]
    assert CALENDAR.is_trading_day(Exchange.NSE, dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("date", "close"),
    [
        ("2026-03-06", "23:55"), ("2026-03-09", "23:30"), ("2026-10-30", "23:30"), ("2026-11-02", "23:55"),
        ("2027-03-12", "23:55"), ("2027-03-15", "23:30"), ("2027-11-05", "23:30"), ("2027-11-08", "23:55"),
    ],
)  # fmt: skip
def test_commodities_close_by_the_new_york_clock(date, close):
    assert texts(Exchange.MCX, date) == [("continuous", "09:00", close)]


def test_us_daylight_rule_agrees_with_the_time_zone_database():
    zone = ZoneInfo("America/New_York")
    for offset in range(6 * 366):
        date = dt.date(2024, 1, 1) + dt.timedelta(days=offset)
        noon = dt.datetime.combine(date, dt.time(12), zone)
        assert us_daylight_saving(date) is bool(noon.dst()), date


def test_holiday_evening_of_commodities_runs_to_the_regular_close():
    assert texts(Exchange.MCX, "2026-03-03") == [("continuous", "17:00", "23:55")]
    assert texts(Exchange.MCX, "2026-05-01") == [("continuous", "17:00", "23:30")]
    assert texts(Exchange.MCX, "2026-05-01", SessionGroup.COMMODITY_AGRI) == []
    assert texts(Exchange.MCX, "2026-05-01", SessionGroup.COMMODITY_AGRI_INTERNATIONAL) == [
        ("continuous", "17:00", "21:00")
    ]


def test_derivatives_close_at_1540_from_the_third_of_august_2026():
    assert texts(Exchange.NFO, "2026-07-31") == [("continuous", "09:15", "15:30")]
    assert texts(Exchange.BFO, "2026-08-03") == [("continuous", "09:15", "15:40")]
    assert CALENDAR.is_open(Exchange.NFO, at("2026-08-03T15:39:59"))
    assert not CALENDAR.is_open(Exchange.NFO, at("2026-07-31T15:30"))


def test_closing_auction_takes_the_last_quarter_of_eligible_stocks():
    group = SessionGroup.EQUITY_AUCTION
    assert texts(Exchange.NSE, "2026-08-03", group)[1:] == [
        ("continuous", "09:15", "15:15"), ("auction", "15:15", "15:35"), ("postclose", "15:50", "16:00"),
    ]  # fmt: skip
    instant = at("2026-08-03T15:20")
    assert CALENDAR.is_open(Exchange.NSE, instant)
    assert not CALENDAR.is_open(Exchange.NSE, instant, group=group)
    assert CALENDAR.is_open(Exchange.NSE, instant, SessionKind.AUCTION, group)
    assert texts(Exchange.NSE, "2026-07-31", group) == texts(Exchange.NSE, "2026-07-31")


def test_settlement_skips_bank_holidays_that_trade():
    assert CALENDAR.settlement_date(dt.date(2026, 3, 30)) == dt.date(2026, 4, 2)
    assert CALENDAR.settlement_date(dt.date(2026, 1, 30)) == dt.date(2026, 2, 2)
    assert CALENDAR.settlement_date(dt.date(2026, 3, 4), 2) == dt.date(2026, 3, 6)


def test_next_open_jumps_over_a_long_weekend():
    assert CALENDAR.next_open(Exchange.NSE, at("2026-04-02T15:30")) == at("2026-04-06T09:15")


def test_a_session_past_midnight_counts_for_the_day_it_began():
    from domain.calendar import Calendar as Rules
    from domain.calendar import Day, EndRule, Timetable

    assert EndRule.REGULAR == "close"
    late = Day(
        date=dt.date(2026, 11, 8), description="", type=DayType.SPECIAL_SESSION, settles=False,
        notified=True, source="",
        sessions={Exchange.MCX: (Window(SessionKind.SPECIAL, 18 * 60, 24 * 60 + 15),)},
    )  # fmt: skip
    rules = Rules({SessionGroup.COMMODITY: (Timetable(dt.date(2020, 1, 1), ()),)}, [late], [2026])
    assert rules.is_open(Exchange.MCX, at("2026-11-09T00:14"))
    assert not rules.is_open(Exchange.MCX, at("2026-11-09T00:15"))


def test_square_off_moves_before_the_closing_auction():
    when = CALENDAR.square_off_at(
        Exchange.NSE, dt.date(2026, 8, 3), dt.time(15, 15), SessionGroup.EQUITY_AUCTION
    )
    assert when == at("2026-08-03T15:10")
    assert CALENDAR.square_off_at(Exchange.NSE, dt.date(2026, 8, 3), dt.time(15, 15)) == at(
        "2026-08-03T15:15"
    )
    assert CALENDAR.square_off_at(Exchange.NSE, dt.date(2025, 10, 21), dt.time(15, 15)) == at(
        "2025-10-21T14:40"
    )
    assert CALENDAR.square_off_at(Exchange.NSE, dt.date(2026, 8, 2), dt.time(15, 15)) is None


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="zone"):
        CALENDAR.is_open(Exchange.NSE, dt.datetime(2026, 3, 2, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    "windows",
    [
        [(600, 500)], [(500, 600), (550, 700)], [(700, 800), (500, 600)], [(500, 31 * 60)], [(500, None)],
        [(500, 500)],
    ],
)  # fmt: skip
def test_impossible_windows_are_refused(windows):
    with pytest.raises(ValueError, match="window"):
        check_windows([Window(SessionKind.CONTINUOUS, start, end) for start, end in windows])


@pytest.mark.parametrize("text", ["9:15", "09:60", "30:01", "0915", "09:1a", "", "-1:00"])
def test_unreadable_times_are_refused(text):
    with pytest.raises(ValueError, match="time of day"):
        parse_minute(text)
