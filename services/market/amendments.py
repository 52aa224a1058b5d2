"""Days that the operator adds to the market calendar or corrects: a Muhurat's hours, a holiday declared overnight."""

from __future__ import annotations

import datetime as dt

from database.market_rules import CalendarDays
from database.stores import Store
from domain.calendar import Day, check_windows
from domain.errors import InvalidInput, NotFound
from services.market.calendar import Calendar
from utils.clock import Clock

YEARS = range(2020, 2051)


class CalendarAmendments:
    """Use cases on amendments; every change reaches the running calendar at once."""

    def __init__(self, store: Store, calendar: Calendar, clock: Clock) -> None:
        self._store = store
        self._calendar = calendar
        self._clock = clock

    def start(self) -> None:
        """Lay the stored days over the shipped calendar."""
        with self._store.reading() as unit:
            self._calendar.amend(CalendarDays(unit).all())

    def list(self) -> list[Day]:
        """Every amendment, ascending."""
        with self._store.reading() as unit:
            return CalendarDays(unit).all()

    def put(self, day: Day) -> None:
        """Add a day or replace the amendment of its date. Raises InvalidInput."""
        if day.date.year not in YEARS:
            raise InvalidInput("The date must lie between 2020 and 2050", errors={"date": ["out of range"]})
        for exchange, windows in day.sessions.items():
            try:
                check_windows(windows)
            except ValueError as error:
                raise InvalidInput(f"{exchange.value}: {error}", errors={"sessions": [str(error)]}) from None
        with self._store.unit() as unit:
            CalendarDays(unit).put(day, self._clock.now())
        self.start()

    def remove(self, date: dt.date) -> None:
        """Take an amendment back; the shipped day stands again. Raises NotFound."""
        with self._store.unit() as unit:
            if not CalendarDays(unit).remove(date):
                raise NotFound(f"There is no amendment of {date.isoformat()}")
        self.start()
