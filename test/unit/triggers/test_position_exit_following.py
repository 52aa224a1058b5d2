"""How a set of exits follows its position, on a real store, for books that lag, fail or belong to a closed market."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from database.stores import Stores
from domain.errors import Conflict, Unavailable
from domain.feed import MarketData
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.portfolio import Position
from domain.triggers.exits import (
    ExitEvent,
    ExitLeg,
    ExitState,
    ExitTerms,
    Firing,
    Level,
    Measure,
    PositionExit,
    Slice,
    Trail,
)
from services.events import OrderCancelled, OrderChanged, PositionExitAlarm
from services.triggers.exits.alarms import Alarms
from services.triggers.exits.book import ExitBook
from services.triggers.exits.following import Following
from services.triggers.exits.watching import ExitWatcher
from services.triggers.ticks import TickRule
from test.stores import open_stores

START = dt.datetime(2026, 11, 30, 6, 0, tzinfo=dt.UTC)


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Books:
    """What a broker's books show; `fault` is raised instead."""

    mode = "live"

    def __init__(self) -> None:
        self.net = 0
        self.rows: list[OrderRow] = []
        self.fault: Exception | None = None

    def positions(self, _account: int, _broker: str) -> list[Position]:
        if self.fault is not None:
            raise self.fault
        row = Position(
            symbol="RELIANCE",
            exchange=Exchange.NSE,
            product="MIS",
            quantity=self.net,
            average_price=Decimal(100),
        )
        return [row]

    def order_book(self, _account: int, _broker: str) -> list[OrderRow]:
        return self.rows


class AtOnce:
    """Lanes without threads."""

    def put(self, _account: int, _name: object, work: Any) -> None:
        work()


class Feed:
    """Counts demands."""

    def __init__(self) -> None:
        self.watching = 0

    def watch(self, *_: Any) -> Feed:
        self.watching += 1
        return self

    def close(self) -> None:
        self.watching -= 1


class NoFiring:
    """None of these prices reaches an exit."""


class House:
    """A book of exits that follows the books of a broker."""

    def __init__(self, stores: Stores) -> None:
        self.clock, self.books, self.feed, self.is_open = Hand(), Books(), Feed(), True
        self.alarms: list[PositionExitAlarm] = []
        self.stores = stores
        self.book = ExitBook(
            store=self.stores.main, feed=self.feed, clock=self.clock, on_change=lambda _held: None
        )
        self.following = Following(
            book=self.book, lanes=AtOnce(), desks={"live": self.books},
            alarms=Alarms(self.alarms.append, self.clock), clock=self.clock,
            is_open=lambda *_: self.is_open,
        )  # fmt: skip
        self.watcher = ExitWatcher(
            book=self.book, lanes=AtOnce(), firing=NoFiring(), following=self.following, feed=self.feed,
            ticks=TickRule(lambda *_: True, self.clock), is_expired=lambda _held: False,
        )  # fmt: skip

    def tick(self, price: float) -> None:
        data = MarketData(exchange="NSE", symbol="RELIANCE", mode=1, ltp=price, received_at_ms=self.now_ms)
        self.watcher.on_tick("b", data)

    def keep(self, **changes: Any) -> None:
        made = PositionExit(
            exit_id="EXT-1", user_id=1, account_id=1, broker="b", mode="live", strategy="s", symbol="RELIANCE",
            exchange=Exchange.NSE, product=Product.MIS, direction=1, tick_size=Decimal("0.05"),
            terms=ExitTerms(stoploss=Level(measure=Measure.POINTS, value=Decimal(5))), state=ExitState.WAITING,
            created_ms=self.now_ms, updated_ms=self.now_ms, entry_ids=("entry",),
        )  # fmt: skip
        self.book.add(msgspec.structs.replace(made, **changes))

    def firing(self, **changes: Any) -> Firing:
        made = Firing(
            leg=ExitLeg.STOPLOSS, trigger=Decimal(95), price=Decimal(94),
            claimed_ms=self.now_ms,
            slices=(Slice(key="k:0", quantity=10, order_id="out"),),
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    @property
    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    @property
    def held(self) -> PositionExit | None:
        return self.book.get("EXT-1")

    def order(self, filled: int, status: OrderStatus, side: Side = Side.BUY, name: str = "entry") -> None:
        row = OrderRow(
            order_id=name, symbol="RELIANCE", exchange=Exchange.NSE, side=side, quantity=10,
            price_type=PriceType.LIMIT, product="MIS", status=status, filled_quantity=filled,
            rejection_reason="margin" if status is OrderStatus.REJECTED else "",
        )  # fmt: skip
        self.books.rows = [*(known for known in self.books.rows if known.order_id != name), row]
        self.following.changed(
            OrderChanged(
                user_id=1,
                account_id=1,
                broker="b",
                mode="live",
                row=row,
                strategy="s",
                source="push",
                seq=1,
                at_ms=1,
            )
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    stores = open_stores(tmp_path)
    yield House(stores)
    stores.close()


def test_a_partial_fill_of_the_entry_protects_what_was_filled(house: House) -> None:
    house.keep()
    house.books.net = 4
    house.order(4, OrderStatus.OPEN)
    assert (house.held.state, house.held.quantity) == (ExitState.ACTIVE, 4)
    house.books.net = 10
    house.order(10, OrderStatus.COMPLETE)
    assert (house.held.state, house.held.quantity) == (ExitState.ACTIVE, 10)


def test_positions_that_lag_behind_the_fill_are_looked_at_again(house: House) -> None:
    house.keep()
    house.order(10, OrderStatus.COMPLETE)
    assert house.held.state is ExitState.WAITING
    house.books.net = 10
    house.clock.seconds += 3.5
    house.following.round()
    assert house.held.state is ExitState.ACTIVE


def test_a_position_that_is_not_shown_right_after_its_fill_is_not_believed_to_be_gone(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10)
    house.order(10, OrderStatus.COMPLETE)
    assert house.held.state is ExitState.ACTIVE
    house.order(10, OrderStatus.COMPLETE, Side.SELL, "by-hand")
    assert house.held is None


def test_empty_books_of_a_closed_market_end_nothing(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10)
    house.is_open = False
    house.following.look("EXT-1")
    assert house.held.state is ExitState.ACTIVE
    house.is_open = True
    house.clock.seconds += 10
    house.following.ticked(house.held)
    assert house.held is None


def test_books_that_cannot_be_read_end_nothing_and_are_asked_again_with_a_later_tick(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10)
    house.books.fault = Unavailable("no answer")
    house.following.doubt([house.held])
    house.following.ticked(house.held)
    house.books.fault, house.books.net = None, 7
    house.following.ticked(house.held)
    assert house.held.quantity == 10
    house.clock.seconds += 6
    house.following.ticked(house.held)
    assert house.held.quantity == 7


def test_an_entry_that_the_book_no_longer_shows_will_not_fill_any_more(house: House) -> None:
    house.keep()
    house.following.look("EXT-1")
    assert house.held.state is ExitState.WAITING
    house.clock.seconds += 24 * 3600
    house.following.look("EXT-1")
    assert house.held is None


def test_exits_whose_entry_is_not_known_wait_as_long_as_any_order_leads_into_the_position(
    house: House,
) -> None:
    house.keep(entry_ids=())
    house.order(0, OrderStatus.OPEN, name="of-somebody")
    house.clock.seconds += 61
    house.following.look("EXT-1")
    assert house.held.state is ExitState.WAITING
    house.order(0, OrderStatus.CANCELLED, name="of-somebody")
    assert house.held is None


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.CANCELLED])
def test_an_exit_order_that_ends_without_filling_arms_the_exits_again_and_is_told(
    house: House, status: OrderStatus
) -> None:
    house.keep(state=ExitState.EXITING, quantity=10, firing=house.firing())
    house.books.net = 10
    house.order(0, status, Side.SELL, "out")
    assert (house.held.state, house.held.firing) == (ExitState.ACTIVE, None)
    (alarm,) = house.alarms
    assert alarm.code == "EXIT_NOT_FILLED" and alarm.retry_seconds >= 1


def test_an_exit_of_which_a_part_never_left_arms_the_exits_again_for_the_rest(house: House) -> None:
    house.keep(state=ExitState.EXITING, quantity=10, firing=house.firing(missing=4))
    house.books.net = 4
    house.order(6, OrderStatus.COMPLETE, Side.SELL, "out")
    assert house.held.state is ExitState.ACTIVE


def test_exit_orders_that_completed_end_the_exits_though_positions_lag(house: House) -> None:
    house.keep(state=ExitState.EXITING, quantity=10, firing=house.firing())
    house.books.net = 10
    house.order(10, OrderStatus.COMPLETE, Side.SELL, "out")
    assert house.held is None and house.alarms == []


def test_withdrawing_the_exit_order_by_hand_ends_the_exits(house: House) -> None:
    house.keep(state=ExitState.EXITING, quantity=10, firing=house.firing())
    said = {"user_id": 1, "account_id": 1, "broker": "b", "source": "ui", "strategy": "s", "order_id": "out"}
    house.following.cancelled(OrderCancelled(mode="analyze", **said))
    assert house.held.state is ExitState.EXITING
    house.following.cancelled(OrderCancelled(mode="live", **said))
    assert house.held is None


def test_a_position_has_one_open_set_and_the_feed_is_asked_as_long_as_there_is_one(house: House) -> None:
    house.keep()
    with pytest.raises(Conflict):
        house.keep(exit_id="EXT-2")
    assert house.feed.watching == 1
    assert house.book.move(house.held, ExitEvent.CANCEL) is not None
    assert house.feed.watching == 0
    house.keep(exit_id="EXT-3")


def test_of_two_hands_on_one_version_the_second_is_turned_away(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10)
    seen = house.held
    assert house.book.move(seen, ExitEvent.CLAIM, firing=house.firing()) is not None
    assert house.book.move(seen, ExitEvent.CANCEL) is None
    claimed = house.held
    assert house.book.store(msgspec.structs.replace(claimed, quantity=9), claimed) is not None
    assert house.book.store(msgspec.structs.replace(claimed, quantity=8), claimed) is None
    assert house.held.quantity == 9
    assert house.held.state is ExitState.FIRING


def test_what_was_kept_is_taken_up_by_the_next_run(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10, mark=Decimal(110), trail=Decimal("104.5"), firing=None)
    again = ExitBook(store=house.stores.main, feed=Feed(), clock=house.clock, on_change=lambda _held: None)
    assert again.load() == [house.held]


def test_a_retry_waits_longer_each_time_and_at_most_a_minute(house: House) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10)
    alarms = Alarms(house.alarms.append, house.clock)
    for _ in range(9):
        alarms.failed(house.held, "THROTTLED", "slow down")
        assert not alarms.is_due("EXT-1")
    assert [int(alarm.retry_seconds) for alarm in house.alarms] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    house.clock.seconds += 60
    assert alarms.is_due("EXT-1")


TRAILING = ExitTerms(trailing_stop=Trail(distance=Level(measure=Measure.PERCENT, value=Decimal(4))))


def test_who_asks_for_the_stops_to_be_stored_waits_for_another_hand_that_is_storing_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10, terms=TRAILING)
    store_all, at_work, go_on = house.book.store_all, threading.Event(), threading.Event()

    def slow(pairs: Any) -> Any:
        at_work.set()
        assert go_on.wait(10)
        return store_all(pairs)

    monkeypatch.setattr(house.book, "store_all", slow)
    house.tick(100.0)
    first = threading.Thread(target=house.watcher.store_stops)
    first.start()
    assert at_work.wait(10)
    seen: list[Decimal | None] = []

    def second() -> None:
        house.watcher.store_stops()
        seen.append(house.held.trail)

    other = threading.Thread(target=second)
    other.start()
    other.join(0.3)  # time for code that does not wait to be caught at it
    go_on.set()
    other.join(10)
    first.join(10)
    assert seen == [Decimal(96)]


def test_a_stop_that_the_disk_did_not_take_is_stored_with_the_next_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.keep(state=ExitState.ACTIVE, quantity=10, terms=TRAILING)

    def full(_pairs: Any) -> Any:
        raise OSError("no space left on device")

    house.tick(100.0)
    with monkeypatch.context() as disk:
        disk.setattr(house.book, "store_all", full)
        with pytest.raises(OSError, match="no space"):
            house.watcher.store_stops()
    house.tick(99.0)
    house.watcher.store_stops()
    assert house.held.trail == Decimal(96)
