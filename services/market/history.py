"""Historical bars from the caller's broker: checked, cut to the broker's spans, ascending and unique."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from broker.core.manifest import Manifest
from domain.errors import InvalidInput, NotFound, NotSupported
from domain.instruments import InstrumentKey
from domain.market import Candle, Interval
from services.accounts.principal import Principal
from services.trading.desk import LiveDesk
from services.trading.router import InstrumentIndex, require_account
from utils.clock import IST, Clock, ist

LONGEST_DAYS = 366 * 30
MOST_CALLS = 400
LAST_MOMENT = dt.time(23, 59, 59)


def spans(start: dt.date, end: dt.date, days: int) -> list[tuple[dt.datetime, dt.datetime]]:
    """Inclusive IST ranges of at most `days` days that cover start..end, ascending."""
    cut = []
    at = start
    while at <= end:
        last = min(end, at + dt.timedelta(days=days - 1))
        cut.append((dt.datetime.combine(at, dt.time(), IST), dt.datetime.combine(last, LAST_MOMENT, IST)))
        at = last + dt.timedelta(days=1)
    return cut


def ordered(candles: Iterable[Candle]) -> list[Candle]:
    """Ascending, one bar per timestamp; of two the later answer wins."""
    by_time = {candle.timestamp: candle for candle in candles}
    return [by_time[at] for at in sorted(by_time)]


class History:
    """Bars."""

    def __init__(self, desk: LiveDesk, instruments: InstrumentIndex, clock: Clock) -> None:
        self._desk = desk
        self._instruments = instruments
        self._clock = clock

    def intervals(self, principal: Principal) -> list[Interval]:
        """Bar lengths that the caller's broker serves."""
        return list(self._manifest(principal).limits.history)

    def bars(
        self, principal: Principal, key: InstrumentKey, interval: Interval, start: dt.date, end: dt.date,
        source: str = "api",
    ) -> list[Candle]:  # fmt: skip
        """Bars that start on the days start..end, both included.

        Raises InvalidInput, UnknownInstrument, NotFound (no local data), NotSupported, Unavailable.
        """
        if start > end:
            raise InvalidInput(
                "start_date must not be after end_date", errors={"start_date": ["must not be after end_date"]}
            )
        if (end - start).days > LONGEST_DAYS:
            raise InvalidInput("The range is longer than 30 years", errors={"end_date": ["range too long"]})
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)
        if source == "db":
            raise NotFound(
                f"No data found for {key.symbol} on {key.exchange.value} in local database",
                code="NO_LOCAL_DATA",
            )
        days = self._span_days(principal, interval)
        ranges = spans(start, min(end, ist(self._clock.now()).date()), days)
        if len(ranges) > MOST_CALLS:
            raise InvalidInput(
                f"The range needs {len(ranges)} calls to the broker; ask for a shorter one",
                errors={"start_date": ["range too long for this interval"]},
            )
        found: list[Candle] = []
        for first, last in ranges:
            found += self._desk.market(
                account,
                "history",
                lambda plugin, session, since=first, until=last: plugin.market.history(  # type: ignore[misc]
                    session, instrument, interval, since, until
                ),
            )
        return ordered(found)

    def _span_days(self, principal: Principal, interval: Interval) -> int:
        manifest = self._manifest(principal)
        if not manifest.supports("history"):
            raise NotSupported(f"{manifest.name} does not support history")
        limit = manifest.limits.history.get(interval)
        if limit is None:
            names = ", ".join(item.value for item in manifest.limits.history)
            raise InvalidInput(
                f"interval: {interval.value} is not served by {manifest.name}; use {names}",
                errors={"interval": [f"must be one of {names}"]},
            )
        return limit.days

    def _manifest(self, principal: Principal) -> Manifest:
        return self._desk.plugin(require_account(principal).broker).manifest
