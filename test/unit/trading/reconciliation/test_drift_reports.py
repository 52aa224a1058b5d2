"""Reports over a broker that can be read: one alarm for what nothing explains, none for what moves or is carried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.errors import NotSupported, Unavailable
from domain.instruments import Exchange
from domain.orders import OrderStatus, Product
from domain.portfolio import Position
from services.events import DriftFound
from services.trading.reconciliation.drift import Kind
from services.trading.reconciliation.drift_reports import DriftReports

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def position(quantity: int, product: str = Product.MIS) -> Position:
    return Position(
        symbol="TATAPOWER",
        exchange=Exchange.NSE,
        product=product,
        quantity=quantity,
        average_price=Decimal(391),
    )


class Scene:
    """A world whose broker also has a trade book and positions, and a principal who asks."""

    def __init__(self, here: Any) -> None:
        self.here = here
        self.positions: list[Position] = []
        self.fault: Exception | None = None
        here.broker.orders.trade_book = self._no_trades
        here.broker.portfolio = type("P", (), {"positions": lambda _, session: self._read()})()
        self.reports = DriftReports(
            journal=here.journal, reconciler=here.reconciler, live=here.desk,
            seen=lambda account_id, _mode: here.updates.seen(account_id),
            strategies=lambda account_id, _mode: here.journal.strategies(account_id), story=None, bus=here.bus,
            clock=here.clock,
        )  # fmt: skip

    def _no_trades(self, _session: Any) -> list[Any]:
        raise NotSupported("no trade book")

    def _read(self) -> list[Position]:
        if self.fault is not None:
            raise self.fault
        return self.positions

    def report(self) -> Any:
        principal: Any = type("Me", (), {"user_id": 1})()
        return self.reports.of(principal, self.here.account, self.here.desk)

    def kinds(self) -> list[tuple[Kind, bool]]:
        return [(row.kind, row.is_explained) for row in self.report().rows]

    def alarms(self) -> list[str]:
        return [event.kind for event in self.here.bus.of(DriftFound)]


@pytest.fixture
def scene(world: Callable[..., Any]) -> Scene:
    return Scene(world())


@pytest.fixture
def filled(row: Any) -> Any:
    return row(
        order_id="9", status=OrderStatus.COMPLETE, filled_quantity=10, average_price=Decimal(391),
        updated_at=NOW - dt.timedelta(minutes=5),
    )  # fmt: skip


def test_what_nothing_explains_raises_one_alarm_a_day(scene: Scene) -> None:
    scene.positions = [position(5)]
    assert scene.kinds() == scene.kinds() == [(Kind.POSITION, False)]
    assert scene.alarms() == ["position-differs"]
    scene.here.clock.advance(24 * 3600)
    scene.report()
    assert scene.alarms() == ["position-differs"] * 2


def test_what_is_explained_raises_no_alarm(scene: Scene, filled: Any) -> None:
    scene.here.broker.rows = [filled]
    scene.positions = [position(10)]
    assert scene.kinds() == [(Kind.ELSEWHERE, True), (Kind.POSITION, True)]
    assert scene.alarms() == []


def test_a_fill_between_two_reads_is_not_a_difference(scene: Scene, filled: Any) -> None:
    """The position shows it already, the order book that was read before does not."""
    scene.positions = [position(10)]

    def fill_meanwhile(_session: Any) -> list[Any]:
        book = list(scene.here.broker.rows)
        scene.here.broker.rows = [filled]
        return book

    scene.here.broker.orders.order_book = fill_meanwhile
    assert [kind for kind, explained in scene.kinds() if not explained] == []
    assert scene.alarms() == []


def test_what_was_held_before_today_is_no_difference_and_its_change_is(scene: Scene) -> None:
    scene.positions = [position(50, Product.NRML)]
    assert scene.kinds() == [(Kind.POSITION, True)]
    scene.positions = [position(40, Product.NRML)]
    assert scene.kinds() == [(Kind.POSITION, False)]
    assert scene.alarms() == ["position-differs"]


def test_a_position_that_appears_later_in_the_day_was_not_held_before(scene: Scene) -> None:
    scene.report()
    scene.positions = [position(50, Product.NRML)]
    assert scene.kinds() == [(Kind.POSITION, False)]


def test_a_book_that_cannot_be_read_is_named_and_the_others_are_compared(scene: Scene, filled: Any) -> None:
    scene.here.broker.rows = [filled]
    scene.fault = Unavailable("positions are away")
    report = scene.report()
    assert [row.kind for row in report.rows] == [Kind.ELSEWHERE]
    assert report.unread == {"trades": "no trade book", "positions": "positions are away"}


def test_a_report_settles_what_its_book_proves(scene: Scene, row: Any) -> None:
    scene.here.lose_answer()
    assert scene.kinds() == [(Kind.UNKNOWN, True)]
    scene.here.broker.rows = [row(order_id="N1", tag="OA0123456789ABCDEFGH")]
    assert scene.kinds() == [] and scene.here.state() == "acked"


def test_an_order_that_vanished_from_the_book_is_an_alarm(scene: Scene, row: Any) -> None:
    scene.here.lose_answer()
    scene.here.broker.rows = [row(order_id="N1", tag="OA0123456789ABCDEFGH")]
    scene.report()
    scene.here.clock.advance(60)
    scene.here.broker.rows = []
    assert scene.kinds() == [(Kind.MISSING, False)]
    assert scene.alarms() == ["missing-at-broker"]


def test_an_unreadable_order_book_is_an_error_and_not_an_empty_report(scene: Scene) -> None:
    scene.here.broker.is_reachable = False
    with pytest.raises(Unavailable):
        scene.report()


def test_a_deleted_account_leaves_nothing_behind(scene: Scene) -> None:
    scene.positions = [position(50, Product.NRML)]
    scene.report()
    scene.reports.forget(7)
    assert scene.reports._carried == scene.reports._read_before == {}


def test_what_is_shown_is_a_copy(scene: Scene, filled: Any) -> None:
    scene.here.broker.rows = [filled]
    scene.report()
    before = scene.here.updates.seen(7)["9"]
    scene.here.broker.rows = [msgspec.structs.replace(filled, average_price=Decimal(392))]
    scene.here.clock.advance(1)
    scene.report()
    assert before.row.average_price == Decimal(391)
