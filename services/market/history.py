"""Historical bars from the caller's broker: checked, cut to the broker's spans, ascending and unique."""

from __future__ import annotations

import datetime as dt

from broker.core.manifest import Manifest
from domain.errors import InvalidInput, NotFound, NotSupported, Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Interval
from services.accounts.principal import Principal
from services.market.bars.reading import BarReader, Bars
from services.trading.desk import BrokerReads
from services.trading.router import InstrumentIndex, require_account

LONGEST_DAYS = 366 * 30


class Incomplete(Unavailable):
    """A part of a range could not be read; what came is kept, so that a repeat asks only for the rest."""

    code = "HISTORY_INCOMPLETE"


class History:
    """Bars."""

    def __init__(self, reads: BrokerReads, reader: BarReader, instruments: InstrumentIndex) -> None:
        self._reads = reads
        self._reader = reader
        self._instruments = instruments

    def intervals(self, principal: Principal) -> list[Interval]:
        """Bar lengths that the caller's broker serves."""
        return list(self._manifest(principal).limits.history)

    def bars(
        self, principal: Principal, key: InstrumentKey, interval: Interval, start: dt.date, end: dt.date,
        source: str = "api",
    ) -> Bars:  # fmt: skip
        """All bars that start on the days start..end, both included. Raises as `read`, and Incomplete."""
        found = self.read(principal, key, interval, start, end, source)
        if found.unread:
            ranges = ", ".join(map(str, found.unread))
            raise Incomplete(
                f"These days could not be read: {ranges} ({found.unread[0].error.message}). "
                "The others are kept for a repeat"
            )
        return found

    def read(
        self, principal: Principal, key: InstrumentKey, interval: Interval, start: dt.date, end: dt.date,
        source: str = "api",
    ) -> Bars:  # fmt: skip
        """The bars that could be read, with what could not.

        Raises InvalidInput, UnknownInstrument, NotFound (no local data), NotSupported, Unavailable.
        """
        _check_range(start, end)
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)
        if source == "db":
            raise NotFound(
                f"No data found for {key.symbol} on {key.exchange.value} in local database",
                code="NO_LOCAL_DATA",
            )
        span_days = self._span_days(principal, interval)
        found = self._reader.read(account, instrument, interval, start, end, span_days)
        if not _is_same(instrument, self._instruments.resolve(account.broker, key.exchange, key.symbol)):
            raise Unavailable(
                f"The contract behind {key.symbol} changed while its bars were read; ask again",
                code="CONTRACT_CHANGED",
            )
        return found

    def session_day(self, principal: Principal, instrument: Instrument) -> dt.date:
        """The day whose trading the caller's quotes tell of now. Raises LookupError when nobody knows one."""
        return self._reader.session_day(require_account(principal).broker, instrument)

    def close(self) -> None:
        """End what reads."""
        self._reader.close()

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
        return self._reads.manifest(require_account(principal).broker)


def _check_range(start: dt.date, end: dt.date) -> None:
    if start > end:
        raise InvalidInput(
            "start_date must not be after end_date", errors={"start_date": ["must not be after end_date"]}
        )
    if (end - start).days > LONGEST_DAYS:
        raise InvalidInput("The range is longer than 30 years", errors={"end_date": ["range too long"]})


def _is_same(one: Instrument, other: Instrument) -> bool:
    return (one.broker_exchange, one.token) == (other.broker_exchange, other.token)
