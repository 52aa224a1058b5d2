"""How often the book of an account is read: fast while something is open, inside the budget, and never for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from broker.core.manifest import Limits, Manifest, OrderPolling, RateClass
from domain.errors import Unavailable
from domain.feed import FeedState
from domain.instruments import Exchange
from domain.orders import OrderStatus
from services.market.calendar import Calendar
from services.trading.updates.market_hours import MarketHours
from utils.clock import IST, ManualClock

Make = Callable[..., Any]
LIVE = FeedState(account_id=7, broker="b", state="live", reason="", at_ms=0)


def reads(here: Any, seconds: int) -> int:
    """How many reads begin in so many seconds."""
    before = len(here.broker.reads)
    for _ in range(seconds):
        here.step()
    return len(here.broker.reads) - before


def started(make: Make, *rows: Any, pushes: bool = False, is_open: bool = True, fastest: float = 0.0) -> Any:
    here = make(order_updates="market_socket" if pushes else "poll")
    here.is_open = is_open
    here.broker.manifest_.poll_seconds = fastest
    here.broker.rows = list(rows)
    if pushes:
        here.sources.stream_changed(LIVE)
    here.step()
    here.sources.round()
    return here


@pytest.mark.parametrize(
    ("pushes", "works", "is_open", "in_ten_minutes"),
    [
        (False, True, True, 600),
        (False, False, True, 120),
        (True, True, True, 60),
        (True, False, True, 10),
        (False, True, False, 10),
        (False, False, False, 10),
        (True, True, False, 10),
        (True, False, False, 1),
    ],
)
def test_the_rhythm_follows_what_is_pushed_what_works_and_the_market(
    world: Make, row: Any, pushes: bool, works: bool, is_open: bool, in_ten_minutes: int
) -> None:
    book = [row()] if works else [row(status=OrderStatus.CANCELLED)]
    here = started(world, *book, pushes=pushes, is_open=is_open)
    assert reads(here, 600) == in_ten_minutes


def test_a_broker_that_allows_few_reads_is_read_inside_its_share(world: Make, row: Any) -> None:
    here = started(world, row(), fastest=4.0)
    assert reads(here, 60) == 15


def test_orders_of_our_own_are_looked_for_at_once_and_a_burst_of_them_inside_the_share(
    world: Make, row: Any
) -> None:
    here = started(world, row(), fastest=4.0)
    reads(here, 5)
    before = len(here.broker.reads)
    here.clock.advance(4.0)
    for _ in range(40):
        here.sources.touched(here.account)
        here.sources.round()
        here.clock.advance(0.1)
    assert len(here.broker.reads) == before + 1
    here.sources.round()
    assert len(here.broker.reads) == before + 2


def test_an_unknown_outcome_is_looked_for_every_second_whatever_the_market_does(world: Make) -> None:
    here = started(world, is_open=False)
    here.lose_answer()
    assert reads(here, 30) == 30


def test_reads_that_fail_back_off_until_the_broker_answers_anybody(world: Make, row: Any) -> None:
    here = started(world, row())
    here.broker.is_reachable = False
    assert reads(here, 300) <= 11
    with pytest.raises(Unavailable):
        here.desk.market(here.account, "quotes", lambda *_: here.broker.quote())
    here.broker.is_reachable = True
    here.desk.market(here.account, "quotes", lambda *_: here.broker.quote())
    assert reads(here, 10) == 10


def test_two_reads_of_an_account_never_overlap(world: Make, row: Any) -> None:
    here = started(world, row())
    hanging: list[Callable[[], None]] = []
    here.spawn = hanging.append
    for _ in range(120):
        here.step()
        here.sources.hinted(7)
    assert len(hanging) == 1
    hanging.pop()()
    here.step()
    assert len(hanging) == 1


def test_a_hint_is_confirmed_by_one_read_although_pushes_come(world: Make, row: Any) -> None:
    here = started(world, row(status=OrderStatus.COMPLETE), pushes=True)
    before = len(here.broker.reads)
    assert here.sources.hinted(7) is True
    here.sources.round()
    here.sources.round()
    assert len(here.broker.reads) == before + 1
    assert here.sources.hinted(8) is False


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        (RateClass(per_second=10), 0.4),
        (RateClass(per_second=1), 4.0),
        (RateClass(per_second=10, per_minute=30), 8.0),
        (RateClass(per_second=10, per_day=5_220), 40.0),
        (None, 0.0),
    ],
)
def test_the_fastest_reading_is_a_quarter_of_what_the_manifest_allows(
    rate: RateClass | None, seconds: float
) -> None:
    limits = Limits(
        quote_batch=1, depth_levels=5, tag_length=0, history={}, rates={"read": rate} if rate else {}
    )
    polling = OrderPolling(rate="read" if rate else None)
    manifest: Any = SimpleNamespace(limits=limits, order_polling=polling)
    found: Any = Manifest.poll_seconds
    assert found.fget(manifest) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("exchange", "at", "is_open"),
    [
        (Exchange.NSE, "2026-11-20 08:30", False),
        (Exchange.NSE, "2026-11-20 09:05", True),
        (Exchange.NSE, "2026-11-20 15:40", True),
        (Exchange.NSE, "2026-11-20 18:00", False),
        (Exchange.MCX, "2026-11-20 18:00", True),
        (Exchange.NSE, "2026-11-21 11:00", False),  # a Saturday
        (Exchange.MCX, "2026-11-21 11:00", False),
    ],
)
def test_a_market_counts_as_open_a_quarter_of_an_hour_around_its_sessions(
    exchange: Exchange, at: str, is_open: bool
) -> None:
    clock = ManualClock(dt.datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=IST))
    brokers: Any = SimpleNamespace(
        manifest=lambda _id: SimpleNamespace(practice=False, exchanges=(exchange,))
    )
    assert MarketHours(Calendar(), brokers, clock).is_open("b") is is_open
    practice: Any = SimpleNamespace(
        manifest=lambda _id: SimpleNamespace(practice=True, exchanges=(exchange,))
    )
    assert MarketHours(Calendar(), practice, clock).is_open("b")
