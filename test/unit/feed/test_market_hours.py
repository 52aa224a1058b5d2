"""When ticks are expected of an instrument."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from broker.core.registry import load_plugins
from domain.instruments import Exchange, Instrument, InstrumentType
from services.market.calendar import Calendar
from utils.clock import IST, ManualClock
from websocket_proxy.feed.watch.hours import MarketHours

CALENDAR = Calendar()
MANIFESTS = load_plugins().manifests()


def instrument(exchange, name="RELIANCE", kind=InstrumentType.EQ):
    return Instrument(
        symbol=name, exchange=exchange, broker_symbol=name, broker_exchange=str(exchange), token="1", name=name,
        instrument_type=kind, lot_size=1, tick_size=Decimal("0.05"),
    )  # fmt: skip


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("exchange", "moment", "expected"),
    [
        (Exchange.NSE, "2026-03-02 09:05", False),  # pre-open
        (Exchange.NSE, "2026-03-02 09:15:03", False),  # the first seconds are forgiven
        (Exchange.NSE, "2026-03-02 09:15:06", True),
        (Exchange.NSE, "2026-03-02 15:29", True),
        (Exchange.NSE, "2026-03-02 15:29:58", False),
        (Exchange.NSE, "2026-03-02 15:45", False),  # post-close
        (Exchange.NSE, "2026-03-03 11:00", False),  # Holi
        (Exchange.NSE, "2026-03-07 11:00", False),  # Saturday
        (Exchange.NSE, "2026-02-01 11:00", True),  # Sunday, a special session for the budget
        (Exchange.NSE, "2026-08-10 15:14", True),
        (Exchange.NSE, "2026-08-10 15:20", False),  # the closing auction of those that have one
        (Exchange.NFO, "2026-08-10 15:35", True),
        (Exchange.MCX, "2026-03-03 11:00", False),
        (Exchange.MCX, "2026-03-03 18:00", True),  # the evening of a holiday
        (Exchange.CRYPTO, "2026-03-07 03:00", True),
        (Exchange.GLOBAL_INDEX, "2026-03-02 11:00", False),  # nobody knows its hours
    ],
)
def test_ticks_are_expected_in_continuous_trading_only(exchange, moment, expected):
    clock = ManualClock(at(moment))
    hours = MarketHours(CALENDAR, MANIFESTS["zerodha"], clock)
    group = hours.group(instrument(exchange))
    assert (hours.opened()[group] is not None) is expected


def test_the_opening_is_remembered_and_the_next_one_is_another():
    clock = ManualClock(at("2026-03-02 09:00"))
    hours = MarketHours(CALENDAR, MANIFESTS["zerodha"], clock)
    group = hours.group(instrument(Exchange.NSE))
    clock.advance(3600)
    opened = hours.opened()[group]
    clock.advance(3600)
    assert hours.opened()[group] == opened
    clock.advance(24 * 3600)  # Holi
    assert hours.opened()[group] is None
    clock.advance(24 * 3600)
    assert hours.opened()[group] == clock.monotonic()


def test_a_practice_exchange_never_closes():
    clock = ManualClock(at("2026-03-07 03:00"))
    hours = MarketHours(CALENDAR, MANIFESTS["simulator"], clock)
    assert hours.opened().get(hours.group(instrument(Exchange.NSE))) is not None


def test_agricultural_commodities_keep_their_own_hours():
    clock = ManualClock(at("2026-03-04 18:00"))
    hours = MarketHours(CALENDAR, MANIFESTS["zerodha"], clock)
    groups = [
        hours.group(instrument(Exchange.MCX, name, InstrumentType.FUT)) for name in ("GOLD", "MENTHAOIL")
    ]
    assert [hours.opened()[group] is not None for group in groups] == [True, False]
