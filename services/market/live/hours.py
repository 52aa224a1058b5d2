"""When prices cannot have changed: the market of an instrument has been closed all the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from domain.calendar import GROUP_OF_EXCHANGE, Calendar, MarketSession, SessionGroup
from domain.calendar import INDIA as IST
from domain.instruments import Exchange, Instrument
from services.market.calendar import session_group

# Last ticks trail, and closing figures are corrected, for a while after a session.
SETTLING = dt.timedelta(minutes=5)


class MarketHours:
    """Answers from the calendar, and `no` wherever it is not sure. is_practice: brokers whose market never closes."""

    def __init__(self, calendar: Calendar, is_practice: Callable[[str], bool]) -> None:
        self._calendar = calendar
        self._is_practice = is_practice

    def is_unchanged(self, broker: str, instrument: Instrument, since: dt.datetime, now: dt.datetime) -> bool:
        """Whether no session of any kind was under way, or settling, at any time between `since` and `now`.

        Never across an Indian midnight: brokers begin the new day's figures at an hour they do not tell.
        """
        day = now.astimezone(IST).date()
        if self._is_practice(broker) or since > now or since.astimezone(IST).date() != day:
            return False
        if not self._calendar.is_notified(day):
            return False
        return not any(
            row.start <= now and row.end + SETTLING > since for row in self._sessions(instrument, day)
        )

    def is_open(self, broker: str, exchange: Exchange, now: dt.datetime) -> bool:
        """Whether it can trade now."""
        return self._is_practice(broker) or self._calendar.is_open(exchange, now)

    def _sessions(self, instrument: Instrument, day: dt.date) -> list[MarketSession]:
        """Of the exchange and of any timetable that the instrument may have; some end after midnight."""
        exchange = instrument.exchange
        groups: set[SessionGroup] = {GROUP_OF_EXCHANGE[exchange], session_group(instrument, True)}
        days = (day - dt.timedelta(days=1), day)
        return [
            row for each in days for group in groups for row in self._calendar.sessions(exchange, each, group)
        ]
