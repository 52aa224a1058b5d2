"""The market data service over a vendor that counts its calls, the app's end of the bus and the real calendar."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from broker.core.manifest import Manifest
from broker.core.registry import PLUGIN_FOLDER, read_manifest
from domain.errors import OpenAlgoError, SessionDead
from domain.feed import FeedState, MarketData, feed_topic, market_topic, pack
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.market import Depth, DepthLevel, Mode, Quote
from services.accounts.principal import Principal
from services.events import Events
from services.market.calendar import Calendar
from services.market.feed_client import FeedClient
from services.market.live import service
from services.trading.desk import BrokerReads
from services.trading.writes import Account
from utils.clock import IST, ManualClock, epoch_ms

ME = Account(account_id=1, broker="zerodha")
ASKED = Quote(ltp=100.0, open=99.0, high=101.0, low=98.0, prev_close=97.0, volume=10, bid=99.9, ask=100.1)


def instrument(
    symbol: str, token: str = "", exchange: Exchange = Exchange.NSE, kind: str = "EQ", **changes: Any
) -> Instrument:
    return Instrument(
        symbol, exchange, symbol, exchange.value, token or symbol, symbol, InstrumentType(kind), 1,
        Decimal("0.05"), **changes,
    )  # fmt: skip


SBIN, TCS = instrument("SBIN"), instrument("TCS")
NIFTY = instrument("NIFTY", exchange=Exchange.NSE_INDEX, kind="INDEX")
CALL = instrument("NIFTY29DEC2626500CE", exchange=Exchange.NFO, kind="CE", expiry=dt.date(2026, 12, 29))


class Vendor:
    """The market role: one price for everything, calls counted, `hold` stops them until the test lets go."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.depths: list[str] = []
        self.silent: set[str] = set()
        self.poison: dict[str, OpenAlgoError] = {}
        self.fault: OpenAlgoError | None = None
        self.entered = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.hung: set[int] = set()

    def quotes(self, session: Any, batch: Any) -> dict[InstrumentKey, Quote]:
        self.calls.append(tuple(item.symbol for item in batch))
        self.entered.release()
        if not self.hung or session.account_id in self.hung:
            assert self.may_answer.wait(10)
        if self.fault is not None:
            raise self.fault
        for item in batch:
            if item.symbol in self.poison:
                raise self.poison[item.symbol]
        return {item.key: ASKED for item in batch if item.symbol not in self.silent}

    def depth(self, _session: Any, item: Instrument) -> Depth:
        self.depths.append(item.symbol)
        return Depth(quote=ASKED, bids=(DepthLevel(99.9, 5),), asks=(DepthLevel(100.1, 5),))


class Brokers:
    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self.manifests = {
            name: read_manifest(PLUGIN_FOLDER / name / "plugin.json") for name in ("zerodha", "simulator")
        }

    def change(self, broker: str, **limits: Any) -> None:
        known = self.manifests[broker]
        self.manifests[broker] = msgspec.structs.replace(
            known, limits=msgspec.structs.replace(known.limits, **limits)
        )

    def manifest(self, broker: str) -> Manifest:
        return self.manifests[broker]

    def plugin(self, broker: str) -> Any:
        return SimpleNamespace(manifest=self.manifests[broker], market=self._vendor)


class Sessions:
    dead: set[int] = set()

    def session(self, account_id: int) -> Any:
        if account_id in self.dead:
            raise SessionDead("log in again")
        return SimpleNamespace(account_id=account_id, broker="zerodha", issued_at=None)

    def mark_expired(self, *_: Any, **__: Any) -> None:
        raise AssertionError


class Stage:
    """`at` sets the Indian time of a Monday in session; ticks come through the app's end of the bus."""

    def __init__(self, **changes: Any) -> None:
        self.clock = ManualClock(dt.datetime(2026, 11, 23, 10, 0, tzinfo=IST))
        self.vendor = Vendor()
        self.brokers = Brokers(self.vendor)
        self.sessions = Sessions()
        self.feed = FeedClient("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", self.clock)
        self.feed.reachable(True)
        self.events = Events(lambda name, error: None)
        facts = {"follow_limit": 500, "gather_seconds": 0.0, **changes}
        self.market = service.MarketData(
            reads=BrokerReads(self.brokers, self.sessions, self.clock), feed=self.feed, calendar=Calendar(),
            clock=self.clock, events=self.events, **facts,
        )  # fmt: skip
        self.feed_is("live")

    def at(self, hour: int, minute: int = 0, day: int = 23) -> None:
        wanted = dt.datetime(2026, 11, day, hour, minute, tzinfo=IST)
        self.clock.advance((wanted - self.clock.now()).total_seconds())

    def feed_is(self, state: str, account_id: int = 1) -> None:
        body = FeedState(account_id=account_id, broker="zerodha", state=state, reason="", at_ms=0)
        self.feed.receive(feed_topic(account_id), pack(1, body), None, None)

    def tick(
        self, row: Instrument, mode: Mode = Mode.DEPTH, broker: str = "zerodha", late: float = 0.0, **changes: Any
    ) -> None:  # fmt: skip
        """A tick that the feed's socket got `late` seconds ago."""
        facts: dict[str, Any] = {"ltp": 200.0}
        if mode is not Mode.LTP:
            facts |= {"open": 199.0, "high": 201.0, "low": 198.0, "close": 197.0, "volume": 20, "oi": 0}
        if mode is Mode.DEPTH:
            facts |= {"bids": (DepthLevel(199.9, 7),), "asks": (DepthLevel(200.1, 8),)}
        data = MarketData(
            exchange=row.exchange.value, symbol=row.symbol, mode=mode.value,
            received_at_ms=epoch_ms(self.clock.now()) - round(late * 1000), **(facts | changes),
        )  # fmt: skip
        topic = market_topic(broker, row.exchange, row.symbol, mode)
        if topic not in self.feed._wanted:
            self.feed.watch(broker, [row.key], mode)
        self.feed.receive(topic, pack(1, data), None, None)

    def ltp(self, row: Instrument, use: Any, account: Account = ME) -> float:
        return self.market.quote(account, row, use).value.ltp

    def close(self) -> None:
        self.vendor.may_answer.set()
        self.market.close()
        self.events.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    made.sessions.dead = set()
    yield made
    made.close()


@pytest.fixture
def caller() -> Principal:
    return Principal(user_id=1, username="ada", account_id=1, broker="zerodha", source="api")
