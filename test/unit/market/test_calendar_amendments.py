import datetime as dt

import pytest

from domain.calendar import INDIA, Day, DayType, EndRule, SessionKind, Window
from domain.errors import InvalidInput, NotFound
from domain.instruments import Exchange
from services.market.amendments import CalendarAmendments
from services.market.calendar import Calendar

SUNDAY = dt.date(2026, 11, 8)
EVENING = dt.datetime(2026, 11, 8, 18, 30, tzinfo=INDIA)


def muhurat(date=SUNDAY, start=18 * 60, end=19 * 60):
    return Day(
        date=date, description="Muhurat", type=DayType.SPECIAL_SESSION, settles=False, notified=True, source="operator",
        sessions={
            Exchange.NSE: (Window(SessionKind.SPECIAL, start, end),),
            Exchange.MCX: (Window(SessionKind.SPECIAL, start, EndRule.REGULAR),),
            Exchange.CDS: (),
        },
    )  # fmt: skip


@pytest.fixture
def calendar():
    return Calendar()


@pytest.fixture
def amendments(stores, calendar, clock):
    return CalendarAmendments(stores.main, calendar, clock)


def test_an_amendment_is_in_force_at_once_and_after_a_restart(amendments, calendar, stores, clock):
    amendments.put(muhurat())
    assert calendar.is_open(Exchange.NSE, EVENING)
    assert amendments.list() == [muhurat()]
    later = Calendar()
    CalendarAmendments(stores.main, later, clock).start()
    assert later.is_open(Exchange.NSE, EVENING)
    assert later.sessions(Exchange.MCX, SUNDAY)[0].end == dt.datetime(2026, 11, 8, 23, 55, tzinfo=INDIA)


def test_the_later_amendment_of_a_date_wins_and_can_be_taken_back(amendments, calendar):
    amendments.put(muhurat())
    amendments.put(muhurat(start=14 * 60, end=15 * 60))
    assert not calendar.is_open(Exchange.NSE, EVENING)
    assert len(amendments.list()) == 1
    amendments.remove(SUNDAY)
    assert calendar.day(SUNDAY).source != "operator"
    with pytest.raises(NotFound):
        amendments.remove(SUNDAY)


@pytest.mark.parametrize(
    "changes", [{"date": dt.date(2019, 1, 1)}, {"start": 1140, "end": 1080}, {"end": 2000}]
)
def test_an_impossible_amendment_changes_nothing(amendments, calendar, changes):
    with pytest.raises(InvalidInput):
        amendments.put(muhurat(**changes))
    assert amendments.list() == []
