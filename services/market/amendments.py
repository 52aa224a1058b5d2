"""Days that the operator adds to the market calendar or corrects: a Muhurat's hours, a holiday declared overnight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from database.market_rules import CalendarDays, Timings
from database.stores import Store, Unit
from domain.calendar import TRADING, Day, SessionGroup, Timetable, check_windows
from domain.errors import InvalidInput, NotFound
from services.market.calendar import Calendar
from utils.clock import Clock

Also = Callable[[Unit], None]
YEARS = range(2020, 2051)


def nothing(_unit: Unit) -> None:
    """What runs along where nobody asks for more."""


class CalendarAmendments:
    """Use cases on amendments; every change reaches the running calendar at once."""

    def __init__(self, store: Store, calendar: Calendar, clock: Clock) -> None:
        self._store = store
        self._calendar = calendar
        self._clock = clock

    def start(self) -> None:
        """Lay the stored days and hours over the shipped calendar."""
        with self._store.reading() as unit:
            self._calendar.amend(CalendarDays(unit).all(), Timings(unit).all())

    def timings(self) -> dict[SessionGroup, list[Timetable]]:
        """The operator's regular hours by group, ascending."""
        with self._store.reading() as unit:
            return Timings(unit).all()

    def list(self) -> list[Day]:
        """Every amended day, ascending."""
        with self._store.reading() as unit:
            return CalendarDays(unit).all()

    def put(self, day: Day, also: Also = nothing) -> None:
        """Add a day or replace the amendment of its date; `also` runs in the same transaction. Raises InvalidInput."""
        _check_date(day.date, "date")
        for exchange, windows in day.sessions.items():
            try:
                check_windows(windows)
            except ValueError as error:
                raise InvalidInput(f"{exchange.value}: {error}", errors={"sessions": [str(error)]}) from None
        with self._store.unit() as unit:
            CalendarDays(unit).put(day, self._clock.now())
            also(unit)
        self.start()

    def remove(self, date: dt.date, also: Also = nothing) -> None:
        """Take an amendment back; the shipped day stands again. Raises NotFound."""
        with self._store.unit() as unit:
            if not CalendarDays(unit).remove(date):
                raise NotFound(f"There is no amendment of {date.isoformat()}")
            also(unit)
        self.start()

    def put_timing(self, group: SessionGroup, table: Timetable, also: Also = nothing) -> None:
        """Set the regular hours of a group from a date on. Raises InvalidInput."""
        _check_date(table.since, "since")
        try:
            check_windows(table.windows)
        except ValueError as error:
            raise InvalidInput(str(error).capitalize(), errors={"windows": [str(error)]}) from None
        if not any(window.kind in TRADING for window in table.windows):
            text = "regular hours need a continuous session"
            raise InvalidInput(text.capitalize(), errors={"windows": [text]})
        with self._store.unit() as unit:
            Timings(unit).put(group, table, self._clock.now())
            also(unit)
        self.start()

    def remove_timing(self, group: SessionGroup, since: dt.date, also: Also = nothing) -> None:
        """Take hours back; the shipped ones stand again. Raises NotFound."""
        with self._store.unit() as unit:
            if not Timings(unit).remove(group, since):
                raise NotFound(f"There are no hours of {group.value} from {since.isoformat()} to take back")
            also(unit)
        self.start()


def _check_date(date: dt.date, field: str) -> None:
    if date.year not in YEARS:
        raise InvalidInput("The date must lie between 2020 and 2050", errors={field: ["out of range"]})
