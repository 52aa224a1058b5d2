"""When exactly an option ends, and how many years are left until then."""

from __future__ import annotations

import datetime as dt

from domain.calendar import Calendar, india_instant
from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument, compact_expiry
from services.market.calendar import session_group

YEAR_SECONDS = 365 * 86_400
# About 53 minutes: below it a year fraction says nothing but noise.
LEAST_YEARS = 0.0001
USUAL_CUT_OFF = 15 * 60 + 30
# Contracts that end before their exchange closes, and what holds where the calendar knows no session of the day.
CUT_OFF = {Exchange.CDS: 12 * 60 + 30, Exchange.BCD: 12 * 60 + 30, Exchange.MCX: 23 * 60 + 30}
ENDS_BEFORE_CLOSE = frozenset({Exchange.CDS, Exchange.BCD, Exchange.CRYPTO})


def expiry_instant(calendar: Calendar, instrument: Instrument, at: dt.time | None = None) -> dt.datetime:
    """UTC instant at which the contract expires. `at`: the caller's own Indian time of day.

    The market calendar says it: the end of the day's last trading session. Currency and crypto end at their cut-off
    even so, and the cut-off is taken for a day of which the calendar knows no session.
    """
    day = instrument.expiry
    if day is None:
        raise InvalidInput(f"{instrument.symbol} does not expire")
    if at is not None:
        return india_instant(day, at.hour * 60 + at.minute)
    cut_off = india_instant(day, CUT_OFF.get(instrument.exchange, USUAL_CUT_OFF))
    sessions = calendar.trading_sessions(instrument.exchange, day, session_group(instrument))
    if not sessions:
        return cut_off
    if instrument.exchange in ENDS_BEFORE_CLOSE:
        return min(cut_off, sessions[-1].end)
    return sessions[-1].end


def years_left(instant: dt.datetime, now: dt.datetime) -> float:
    """Calendar years of 365 days until the instant, at least 0.0001; zero or less once it has passed."""
    left = (instant - now).total_seconds() / YEAR_SECONDS
    return max(left, LEAST_YEARS) if left > 0 else left


def require_alive(instrument: Instrument, years: float) -> None:
    """Raise InvalidInput for a contract that has expired."""
    if years <= 0 and instrument.expiry is not None:
        raise InvalidInput(
            f"Option {instrument.symbol} has expired on {compact_expiry(instrument.expiry)}", code="EXPIRED"
        )
