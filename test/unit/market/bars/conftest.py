"""A broker with a bar for every expected moment, except where a test takes some away; its calls are counted."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from broker.core.registry import PLUGIN_FOLDER, read_manifest
from domain.errors import OpenAlgoError
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.market import Candle, Interval
from services.accounts.principal import Principal
from services.market.bars.gaps import Expected
from services.market.bars.reading import BarReader, Bars
from services.market.calendar import Calendar
from services.market.history import History
from services.trading.desk import BrokerReads
from utils.clock import IST, UTC, ManualClock, ist

ME = Principal(user_id=1, username="ada", account_id=1, broker="zerodha", source="api")
SBIN = Instrument("SBIN", Exchange.NSE, "SBIN", "NSE", "1", "SBI", InstrumentType.EQ, 1, Decimal("0.05"))


class Vendor:
    """9:15 to 15:30 on weekdays. `absent` are days or timestamps without bars, `faults` are first days that fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[dt.date, dt.date]] = []
        self.absent: set[Any] = set()
        self.faults: dict[dt.date, OpenAlgoError] = {}
        self.during: Any = lambda: None
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.clock: ManualClock

    def history(
        self, _session: Any, _instrument: Any, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:
        self.calls.append((start.date(), end.date()))
        self.entered.release()
        assert self.may_answer.wait(10)
        self.during()
        if start.date() in self.faults:
            raise self.faults[start.date()]
        found: list[Candle] = []
        day = start.date()
        while day <= end.date():
            if day.weekday() < 5 and day not in self.absent:
                found += self._day(day, interval)
            day += dt.timedelta(days=1)
        now = self.clock.now().timestamp()
        return [bar for bar in found if bar.timestamp <= now and bar.timestamp not in self.absent]

    @staticmethod
    def _day(day: dt.date, interval: Interval) -> list[Candle]:
        if interval.seconds is None:
            return [Candle(int(dt.datetime.combine(day, dt.time(), UTC).timestamp()), 1.0, 2.0, 0.5, 1.5, 10)]
        first = int(dt.datetime.combine(day, dt.time(9, 15), IST).timestamp())
        return [
            Candle(at, 1.0, 2.0, 0.5, 1.5, 10, 3) for at in range(first, first + 375 * 60, interval.seconds)
        ]


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock(dt.datetime(2026, 6, 17, 11, 2, tzinfo=IST))
        self.vendor = Vendor()
        self.vendor.clock = self.clock
        self.instruments = {SBIN.key: SBIN}
        manifest = read_manifest(PLUGIN_FOLDER / "zerodha" / "plugin.json")
        plugin = SimpleNamespace(manifest=manifest, market=self.vendor)
        brokers: Any = SimpleNamespace(plugin=lambda _: plugin, manifest=lambda _: manifest)
        sessions: Any = SimpleNamespace(session=lambda _: SimpleNamespace(account_id=1, broker="zerodha"))
        reads = BrokerReads(brokers, sessions, self.clock)
        expected = Expected(Calendar(), lambda _: manifest.practice, lambda *_: False)
        self.reader = BarReader(reads, expected, self.clock)
        self.history = History(reads, self.reader, self)

    def resolve(self, _broker: str, exchange: Exchange, symbol: str) -> Instrument:
        return self.instruments[InstrumentKey(exchange, symbol)]

    def read(
        self, first: dt.date, last: dt.date, interval: Interval = Interval.M5, key: Any = SBIN.key
    ) -> Bars:
        return self.history.read(ME, key, interval, first, last)

    @staticmethod
    def stamp(day: dt.date, hour: int, minute: int) -> int:
        return int(dt.datetime.combine(day, dt.time(hour, minute), IST).timestamp())

    def today(self) -> dt.date:
        return ist(self.clock.now()).date()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.vendor.may_answer.set()
    made.history.close()
