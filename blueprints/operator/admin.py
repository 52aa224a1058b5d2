"""Freeze quantities, holidays and market timings, for administrators."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import flask
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from blueprints.edge import Call, Form, session_route
from blueprints.operator.acting import acting
from domain.calendar import (
    GROUP_OF_EXCHANGE,
    Day,
    DayType,
    EndRule,
    SessionGroup,
    SessionKind,
    Timetable,
    Window,
)  # fmt: skip
from domain.errors import InvalidInput
from domain.instruments import Exchange
from services.market.calendar import parse_minute
from services.ops.admin.market_rules import clock_text
from utils.clock import ist

blueprint = flask.Blueprint("operator_admin", __name__)
ROOT = "/ui/api/operator/admin"
MOST_CSV = 500_000


def _minute(text: Any) -> Any:
    return parse_minute(text) if isinstance(text, str) else text


def _end(text: Any) -> Any:
    return EndRule(text) if text in (EndRule.REGULAR, EndRule.US_CLOCK) else _minute(text)


class WindowForm(BaseModel):
    """A session as written: HH:MM up to 30:00; an end may be `close` or `us`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SessionKind
    start: Annotated[StrictInt, BeforeValidator(_minute)]
    end: Annotated[StrictInt | EndRule, BeforeValidator(_end)]

    @property
    def window(self) -> Window:
        """As the calendar takes it."""
        return Window(self.kind, self.start, self.end)


class FreezeForm(Form):
    """The largest quantity of one order, in units."""

    freeze_qty: StrictInt


class UploadForm(Form):
    """The exchange's own CSV file; it replaces everything known of the exchange."""

    exchange: Exchange
    text: str = Field(min_length=1, max_length=MOST_CSV)


class DayForm(Form):
    """sessions: windows by exchange, none for closed; exchanges that are not named trade as on any weekday."""

    description: str = Field(min_length=1, max_length=150)
    type: DayType
    settles: StrictBool
    sessions: dict[Exchange, Annotated[list[WindowForm], Field(max_length=8)]] = Field(max_length=20)


class YearQuery(Form):
    """A calendar year; this one unless it is named."""

    year: int | None = Field(None, ge=2020, le=2050)


class DateQuery(Form):
    """A day."""

    date: dt.date


class TimingForm(Form):
    """Regular hours, ascending."""

    windows: list[WindowForm] = Field(min_length=1, max_length=8)


@session_route(blueprint, f"{ROOT}/freezes", auth="admin")
def show_freezes(call: Call) -> Any:
    """Every freeze quantity, by exchange and underlying."""
    found = call.services.operator.market_rules.freezes()
    return [
        {"exchange": exchange.value, "symbol": symbol, "freeze_qty": quantity}
        for (exchange, symbol), quantity in sorted(found.items())
    ]


@session_route(
    blueprint, f"{ROOT}/freezes/<exchange>/<symbol>", methods=("PUT",), auth="admin", body=FreezeForm
)
def set_freeze(call: Call, exchange: str, symbol: str) -> Any:
    """Set one; it is in force for the next order."""
    rules, quantity = call.services.operator.market_rules, call.body.freeze_qty
    rules.set_freeze(_exchange(exchange), symbol, quantity, acting(call, "freeze.set"))
    return {"exchange": exchange, "symbol": symbol.strip().upper(), "freeze_qty": quantity}


@session_route(blueprint, f"{ROOT}/freezes/<exchange>/<symbol>", methods=("DELETE",), auth="admin")
def forget_freeze(call: Call, exchange: str, symbol: str) -> Any:
    """Forget one: the quantity of an order is then not held to it."""
    call.services.operator.market_rules.set_freeze(
        _exchange(exchange), symbol, None, acting(call, "freeze.remove")
    )
    return {}


@session_route(blueprint, f"{ROOT}/freezes", methods=("POST",), auth="admin", body=UploadForm)
def upload_freezes(call: Call) -> Any:
    """Replace an exchange's."""
    form: UploadForm = call.body
    rules = call.services.operator.market_rules
    return {"rows": rules.upload_freezes(form.exchange, form.text, acting(call, "freeze.upload"))}


@session_route(blueprint, f"{ROOT}/holidays", auth="admin", query=YearQuery)
def show_holidays(call: Call) -> Any:
    """Exceptional days of a year, ascending, and what an operator should know of the years ahead."""
    services, now = call.services, call.services.clock.now()
    year = call.query.year or ist(now).year
    days = [_day(day, amended) for day, amended in services.operator.market_rules.days(year)]
    exchanges = [exchange.value for exchange in GROUP_OF_EXCHANGE if not exchange.value.endswith("_INDEX")]
    return {"year": year, "days": days, "exchanges": exchanges, "warnings": services.calendar.warnings(now)}


@session_route(blueprint, f"{ROOT}/holidays/<date>", methods=("PUT",), auth="admin", body=DayForm)
def put_holiday(call: Call, date: str) -> Any:
    """Add a day or correct it; every room trades by it at once."""
    form: DayForm = call.body
    day = Day(
        date=_date(date), description=form.description, type=form.type, settles=form.settles, notified=True,
        source="operator",
        sessions={
            exchange: tuple(row.window for row in windows) for exchange, windows in form.sessions.items()
        },
    )  # fmt: skip
    call.services.operator.market_rules.put_day(day, acting(call, "holiday.set"))
    return _day(call.services.calendar.day(day.date) or day, True)


@session_route(blueprint, f"{ROOT}/holidays/<date>", methods=("DELETE",), auth="admin")
def remove_holiday(call: Call, date: str) -> Any:
    """Take an amendment back."""
    call.services.operator.market_rules.remove_day(_date(date), acting(call, "holiday.remove"))
    return {}


@session_route(blueprint, f"{ROOT}/timings", auth="admin")
def show_timings(call: Call) -> Any:
    """Regular hours of every group of exchanges, the latest first."""
    exchanges: dict[SessionGroup, list[str]] = {}
    for exchange, group in GROUP_OF_EXCHANGE.items():
        exchanges.setdefault(group, []).append(exchange.value)
    return [
        {
            "group": group.value, "exchanges": exchanges.get(group, []), "since": table.since.isoformat(),
            "windows": _windows(table.windows), "amended": amended,
        }
        for group, table, amended in call.services.operator.market_rules.timetables()
    ]  # fmt: skip


@session_route(blueprint, f"{ROOT}/timings/check", auth="admin", query=DateQuery)
def check_timings(call: Call) -> Any:
    """What each exchange does on a day, all things considered; epoch milliseconds."""
    date: dt.date = call.query.date
    return {"date": date.isoformat(), "sessions": call.services.calendar.timings(date)}


@session_route(blueprint, f"{ROOT}/timings/<group>/<since>", methods=("PUT",), auth="admin", body=TimingForm)
def put_timing(call: Call, group: str, since: str) -> Any:
    """Set the regular hours of a group from a date on."""
    table = Timetable(_date(since), tuple(row.window for row in call.body.windows))
    call.services.operator.market_rules.put_timing(_group(group), table, acting(call, "timing.set"))
    return {"group": group, "since": since, "windows": _windows(table.windows), "amended": True}


@session_route(blueprint, f"{ROOT}/timings/<group>/<since>", methods=("DELETE",), auth="admin")
def remove_timing(call: Call, group: str, since: str) -> Any:
    """Take hours back."""
    rules = call.services.operator.market_rules
    rules.remove_timing(_group(group), _date(since), acting(call, "timing.remove"))
    return {}


def _day(day: Day, amended: bool) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(), "description": day.description, "type": day.type.value,
        "settles": day.settles, "notified": day.notified, "source": day.source, "amended": amended,
        "sessions": {
            exchange.value: _windows(windows)
            for exchange, windows in day.sessions.items()
            if not exchange.value.endswith("_INDEX")
        },
    }  # fmt: skip


def _windows(windows: tuple[Window, ...]) -> list[dict[str, str | None]]:
    return [
        {"kind": window.kind.value, "start": clock_text(window.start), "end": clock_text(window.end)}
        for window in windows
    ]


def _exchange(text: str) -> Exchange:
    try:
        return Exchange(text)
    except ValueError:
        raise InvalidInput(f"exchange: {text[:20]!r} is none", errors={"exchange": ["is unknown"]}) from None


def _group(text: str) -> SessionGroup:
    try:
        return SessionGroup(text)
    except ValueError:
        raise InvalidInput(f"group: {text[:20]!r} is none", errors={"group": ["is unknown"]}) from None


def _date(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise InvalidInput("date: must be YYYY-MM-DD", errors={"date": ["must be YYYY-MM-DD"]}) from None
