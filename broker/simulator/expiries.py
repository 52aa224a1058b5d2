"""Expiry days by rule. The rules are words in the data file:

last TUE                last Tuesday of the month (NSE monthlies since September 2025; BSE: last THU)
day 19                  the 19th of the month
day 28 previous         the 28th of the month before
last working less 2     two working days before the month's last working day (currency)
An expiry that falls on a weekend or holiday moves to the previous trading day.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection, Iterator

WEEKDAYS = {"MON": 0, "TUE": 1, "WED": 2, "THU": 3, "FRI": 4}
_ONE_DAY = dt.timedelta(days=1)


def trading_day(day: dt.date, holidays: Collection[dt.date]) -> dt.date:
    """`day`, or the nearest earlier day that is neither weekend nor holiday."""
    while day.weekday() >= 5 or day in holidays:
        day -= _ONE_DAY
    return day


def nominal(rule: str, year: int, month: int) -> dt.date:
    """The rule's day before holidays move it. Raises ValueError for an unknown rule."""
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    match rule.split():
        case ["last", weekday] if weekday in WEEKDAYS:
            return last - dt.timedelta(days=(last.weekday() - WEEKDAYS[weekday]) % 7)
        case ["day", number]:
            return last.replace(day=int(number))
        case ["day", number, "previous"]:
            before = last.replace(day=1) - _ONE_DAY
            return before.replace(day=min(int(number), before.day))
        case ["last", "working", "less", _]:
            return last
    raise ValueError(f"unknown expiry rule {rule!r}")


def monthly(rule: str, year: int, month: int, holidays: Collection[dt.date]) -> dt.date:
    """The month's expiry."""
    day = trading_day(nominal(rule, year, month), holidays)
    if rule.startswith("last working less"):
        for _ in range(int(rule.rpartition(" ")[2])):
            day = trading_day(day - _ONE_DAY, holidays)
    return day


def _months(start: dt.date) -> Iterator[tuple[int, int]]:
    """The month before `start`, its month and on: a holiday or a `previous` rule may move an expiry back."""
    index = start.year * 12 + start.month - 2
    while True:
        yield index // 12, index % 12 + 1
        index += 1


def live_monthlies(rule: str, today: dt.date, count: int, holidays: Collection[dt.date]) -> list[dt.date]:
    """The next `count` monthly expiries, today's included."""
    live: list[dt.date] = []
    for year, month in _months(today):
        expiry = monthly(rule, year, month, holidays)
        if expiry >= today and expiry not in live:
            live.append(expiry)
        if len(live) == count:
            return live
    raise AssertionError("months never end")


def live_weeklies(weekday: str, today: dt.date, count: int, holidays: Collection[dt.date]) -> list[dt.date]:
    """The next `count` weekly expiries, today's included."""
    live: list[dt.date] = []
    day = today + dt.timedelta(days=(WEEKDAYS[weekday] - today.weekday()) % 7)
    while len(live) < count:
        expiry = trading_day(day, holidays)
        if expiry >= today and expiry not in live:
            live.append(expiry)
        day += dt.timedelta(days=7)
    return live


def option_expiries(
    rule: str, weeklies: int, today: dt.date, months: int, holidays: Collection[dt.date]
) -> list[dt.date]:
    """Weekly and monthly option expiries, ascending, each day once."""
    live = set(live_monthlies(rule, today, months, holidays))
    if weeklies:
        live.update(live_weeklies(rule.split()[1], today, weeklies, holidays))
    return sorted(live)
