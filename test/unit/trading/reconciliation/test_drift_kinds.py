"""Every kind of difference between a broker's books and ours, explained and unexplained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.instruments import Exchange
from domain.orders import OrderStatus, Product, Side, TradeRow
from domain.portfolio import Position
from services.trading.reconciliation.comparison import compare
from services.trading.reconciliation.drift import Drift, Facts, Kind
from services.trading.reconciliation.evidence import Doubt
from services.trading.reconciliation.examination import LAPSED
from services.trading.updates.merging import Known
from utils.clock import epoch_ms

NOW = dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC)  # 11:30 in India
READ_MS = epoch_ms(NOW)
DAY_MS = epoch_ms(dt.datetime(2026, 11, 19, 18, 30, tzinfo=dt.UTC))
AN_HOUR = 3_600_000
PLACE = ("NSE", "TATAPOWER", "MIS")
Make = Callable[..., Any]


def at(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def known(
    row: Any, *, heard_ms: int = READ_MS - AN_HOUR, source: str = "push", complete: bool = True
) -> Known:
    return Known(
        row=row, complete=complete, strategy="t", day=dt.date(2026, 11, 20), source=source, heard_ms=heard_ms
    )


def position(quantity: int, average: str | None = "391.40", product: str = Product.MIS) -> Position:
    return Position(
        symbol="TATAPOWER", exchange=Exchange.NSE, product=product, quantity=quantity,
        average_price=Decimal(average) if average else None,
    )  # fmt: skip


def deal(quantity: int, price: str = "391.40", order_id: str = "1") -> TradeRow:
    return TradeRow(
        trade_id="T1", order_id=order_id, symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY,
        quantity=quantity, price=Decimal(price), value=Decimal(price) * quantity, product=Product.MIS,
    )  # fmt: skip


@pytest.fixture
def ours(intent: Make) -> Any:
    """The intent of order 1, accepted an hour ago."""
    return intent(state="acked", order_id="1", created_ms=READ_MS - AN_HOUR, decided_ms=READ_MS - AN_HOUR)


@pytest.fixture
def done(row: Make) -> Any:
    """Order 1 as the broker shows it: complete."""
    return row(
        status=OrderStatus.COMPLETE, filled_quantity=10, pending_quantity=0, average_price=Decimal("391.40"),
        updated_at=at(READ_MS - AN_HOUR),
    )  # fmt: skip


def drifts(**given: Any) -> list[Drift]:
    facts: dict[str, Any] = {
        "book": [], "trades": None, "positions": None, "known": {}, "intents": [], "strategies": {}, "carried": {},
        "doubts": [], "corrected": {}, "read_ms": READ_MS, "read_before_ms": READ_MS - AN_HOUR, "day_ms": DAY_MS,
    }  # fmt: skip
    return compare(Facts(**(facts | given)))


def one(kind: Kind, **given: Any) -> Drift:
    (found,) = drifts(**given)
    assert found.kind is kind
    return found


def test_books_that_agree_have_no_differences(ours: Any, done: Any) -> None:
    assert drifts(
        book=[done], trades=[deal(10)], positions=[position(10)], known={"1": known(done)}, intents=[ours]
    ) == []  # fmt: skip


def test_an_order_placed_elsewhere_is_named_as_such(row: Make) -> None:
    found = one(Kind.ELSEWHERE, book=[row(order_id="9")])
    assert found.is_explained and "outside OpenAlgo" in found.explained_by
    assert found.we_say is None and found.broker_says is not None and found.broker_says["status"] == "open"


def test_an_order_from_elsewhere_may_be_an_unresolved_intent(row: Make, intent: Make) -> None:
    waiting = intent(created_ms=READ_MS - 60_000)
    found = drifts(book=[row(order_id="9", placed_at=at(READ_MS - 59_000))], intents=[waiting])
    elsewhere = next(item for item in found if item.kind is Kind.ELSEWHERE)
    assert waiting.tag in elsewhere.explained_by


def test_a_tag_of_ours_that_the_journal_does_not_know_is_unexplained(row: Make) -> None:
    assert not one(Kind.ELSEWHERE, book=[row(order_id="9", tag="OA00000000000000ZZ")]).is_explained


@pytest.mark.parametrize("tag", ["OA0123456789ABCDEF", "OA0123456789"])
def test_an_order_with_the_tag_of_an_intent_is_ours(row: Make, intent: Make, tag: str) -> None:
    assert drifts(book=[row(order_id="9", tag=tag)], intents=[intent(state="acked")]) == []


def test_an_accepted_order_that_the_book_does_not_show_is_unexplained(ours: Any) -> None:
    found = one(Kind.MISSING, intents=[ours])
    assert not found.is_explained and found.broker_says is None and found.order_id == "1"


def test_an_order_accepted_a_moment_ago_may_be_missing_from_the_book(ours: Any) -> None:
    fresh = msgspec.structs.replace(ours, created_ms=READ_MS - 2_000, decided_ms=READ_MS - 2_000)
    found = one(Kind.MISSING, intents=[fresh])
    assert found.is_explained and "may lag" in found.explained_by


def test_an_order_that_was_pushed_and_is_not_in_the_book_is_missing_too(row: Make) -> None:
    assert not one(Kind.MISSING, known={"9": known(row(order_id="9"))}).is_explained
    assert one(Kind.MISSING, known={"9": known(row(order_id="9"), heard_ms=READ_MS - 100)}).is_explained


def test_an_order_of_an_earlier_day_is_not_missed(ours: Any) -> None:
    assert drifts(intents=[msgspec.structs.replace(ours, created_ms=DAY_MS - 1)]) == []


def test_a_status_that_we_had_not_heard_of_is_explained_by_the_last_read(
    ours: Any, done: Any, row: Make
) -> None:
    resting = row(filled_quantity=10, pending_quantity=0, average_price=Decimal("391.40"))
    found = one(Kind.BEHIND, book=[done], known={"1": known(resting)}, intents=[ours])
    assert found.is_explained and "book not read since 10:30:00" in found.explained_by
    assert (found.broker_says, found.we_say) != (None, None)
    assert found.broker_says["status"] == "complete" and found.we_say["status"] == "open"  # type: ignore[index]


def test_a_book_that_shows_less_than_we_heard_a_moment_ago_lags(ours: Any, done: Any, row: Make) -> None:
    old = row(filled_quantity=10, pending_quantity=0, average_price=Decimal("391.40"))
    found = one(Kind.BEHIND, book=[old], known={"1": known(done, heard_ms=READ_MS - 100)}, intents=[ours])
    assert found.is_explained and "lags behind" in found.explained_by


def test_a_finished_order_that_the_broker_shows_as_open_is_unexplained(
    ours: Any, done: Any, row: Make
) -> None:
    old = row(filled_quantity=10, average_price=Decimal("391.40"), updated_at=at(READ_MS - 60_000))
    assert not one(Kind.BEHIND, book=[old], known={"1": known(done)}, intents=[ours]).is_explained


def test_fills_that_we_had_not_heard_of_are_explained_and_fills_that_shrink_are_not(
    ours: Any, row: Make
) -> None:
    few = row(filled_quantity=4, average_price=Decimal(391))
    many = row(filled_quantity=7, average_price=Decimal(391))
    grown = one(Kind.FILLS, book=[many], known={"1": known(few)}, intents=[ours])
    assert grown.is_explained and "brought us up to date" in grown.explained_by
    assert not one(Kind.FILLS, book=[few], known={"1": known(many)}, intents=[ours]).is_explained


def test_an_order_book_and_a_trade_book_that_differ_are_told(ours: Any, done: Any) -> None:
    found = one(Kind.FILLS, book=[done], trades=[deal(6)], known={"1": known(done)}, intents=[ours])
    assert not found.is_explained
    assert found.broker_says == {"filled_quantity": 10, "trade_book_quantity": 6}
    young = msgspec.structs.replace(done, updated_at=at(READ_MS - 1_000))
    assert one(Kind.FILLS, book=[young], trades=[], known={"1": known(young)}, intents=[ours]).is_explained


def test_an_average_that_the_order_book_leaves_out_comes_from_the_trades(ours: Any, done: Any) -> None:
    silent = msgspec.structs.replace(done, average_price=None)
    deals = [deal(4, "391.00"), deal(6, "392.00")]
    found = one(Kind.AVERAGE, book=[silent], trades=deals, known={"1": known(silent)}, intents=[ours])
    assert found.is_explained and found.we_say == {"average_price": Decimal("391.6")}
    assert found.broker_says == {"filled_quantity": 10, "average_price": None}


def test_an_average_that_nobody_tells_is_unexplained_and_never_zero(ours: Any, done: Any) -> None:
    silent = msgspec.structs.replace(done, average_price=None)
    found = one(Kind.AVERAGE, book=[silent], known={"1": known(silent)}, intents=[ours])
    assert not found.is_explained and found.we_say is None


def test_a_carried_position_without_average_on_day_two_is_missing_and_not_zero() -> None:
    """Lessons §6 item 12."""
    carried = {("NSE", "TATAPOWER", "NRML"): 50}
    found = drifts(positions=[position(50, None, Product.NRML)], carried=carried)
    average = next(item for item in found if item.kind is Kind.AVERAGE)
    assert average.is_explained and "earlier day" in average.explained_by
    assert average.broker_says == {"quantity": 50, "average_price": None}


def test_a_position_is_explained_by_an_order_from_elsewhere(ours: Any, done: Any, row: Make) -> None:
    sold = row(
        order_id="9", side=Side.SELL, quantity=25, filled_quantity=25, status=OrderStatus.COMPLETE,
        average_price=Decimal(391),
    )  # fmt: skip
    found = drifts(
        book=[done, sold], positions=[position(-15)], known={"1": known(done)}, intents=[ours],
        strategies={"1": "alpha"},
    )  # fmt: skip
    drift = next(item for item in found if item.kind is Kind.POSITION)
    assert drift.is_explained and drift.explained_by == "order 9 from elsewhere (-25)"
    assert drift.broker_says == {"quantity": -15}
    assert drift.we_say == {"quantity": 10, "by_strategy": {"alpha": 10}}


def test_a_position_is_explained_by_fills_not_heard_of_and_by_what_was_held_before(
    ours: Any, done: Any
) -> None:
    norm = msgspec.structs.replace(done, product=Product.NRML)
    carried = {("NSE", "TATAPOWER", "NRML"): 50}
    found = one(
        Kind.POSITION, book=[norm], positions=[position(60, product=Product.NRML)], intents=[ours], carried=carried
    )  # fmt: skip
    assert found.is_explained
    assert found.explained_by == (
        "fills that we had not heard of before this read (+10); held before today's orders (+50)"
    )


def test_units_that_nothing_explains_are_counted(ours: Any, done: Any) -> None:
    found = one(
        Kind.POSITION, book=[done], positions=[position(-5)], known={"1": known(done)}, intents=[ours]
    )
    assert not found.is_explained and found.explained_by == "unexplained (-15)"


def test_an_unknown_outcome_is_told_with_its_intent(intent: Make) -> None:
    found = one(Kind.UNKNOWN, intents=[intent(created_ms=READ_MS - 30_000)])
    assert found.is_explained and "OA0123456789ABCDEF" in found.explained_by
    assert found.we_say is not None and found.we_say["quantity"] == 10


def test_what_is_being_sent_now_is_not_unknown(intent: Make) -> None:
    assert drifts(intents=[intent(state="pending", created_ms=READ_MS - 50)]) == []


def test_an_outcome_that_no_book_of_its_day_showed_is_unexplained(intent: Make) -> None:
    assert not one(Kind.UNKNOWN, intents=[intent(code=LAPSED, created_ms=DAY_MS - AN_HOUR)]).is_explained


def test_a_late_order_is_a_correction_when_found_and_unexplained_when_doubtful(
    ours: Any, done: Any, intent: Make
) -> None:
    corrected = one(
        Kind.LATE, book=[done], known={"1": known(done)}, intents=[ours], corrected={ours.tag: "1"}
    )  # fmt: skip
    assert corrected.is_explained and "reported absent" in corrected.explained_by
    absent = intent(state="absent", created_ms=READ_MS - AN_HOUR)
    doubtful = one(Kind.LATE, doubts=[(absent, Doubt(tag=absent.tag, order_ids=("9",)))])
    assert not doubtful.is_explained and doubtful.broker_says == {"orders": ["9"]}
