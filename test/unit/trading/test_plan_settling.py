"""A plan counts no order twice that fills, or is not shown yet, while its books are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.errors import Conflict
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, OrderTerms, PriceType, Product, Side
from domain.portfolio import Position
from services.trading.commands import Place, Smart
from services.trading.plans import settling
from services.trading.plans.closing import is_of
from services.trading.plans.settling import Books, settled
from services.trading.plans.smart import plan_smart

BUY_40 = OrderRow(
    order_id="1", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=40, price_type=PriceType.MARKET,
    product=Product.MIS, status=OrderStatus.OPEN, price=None, trigger_price=None, filled_quantity=0,
    pending_quantity=40,
)  # fmt: skip
DONE = msgspec.structs.replace(BUY_40, status=OrderStatus.COMPLETE, filled_quantity=40, pending_quantity=0)


TERMS = OrderTerms(
    symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=40, price_type=PriceType.MARKET,
    product=Product.MIS, price=None, trigger_price=None, disclosed_quantity=0,
)  # fmt: skip


def smart(target: int) -> Smart:
    return Smart(
        strategy="s", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(0),
        position_size=Decimal(target), price_type=PriceType.MARKET, product=Product.MIS,
    )  # fmt: skip


def held(quantity: int) -> list[Position]:
    return [
        Position(
            symbol="SBIN", exchange=Exchange.NSE, product=Product.MIS, quantity=quantity, average_price=None
        )
    ]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PAUSES", (0.0, 0.0))


@pytest.fixture
def broker() -> Any:
    """Reads what a broker shows: each reading is (intents, book, positions, the book afterwards)."""

    def reading(target: int, *readings: tuple[list[Any], list[OrderRow], list[Position], list[OrderRow]]):
        left = list(readings)
        now: list[Any] = [None]

        def read() -> Books:
            now[0] = left.pop(0) if len(left) > 1 else left[0]
            recent, book, positions, _ = now[0]
            return Books(positions, book, recent)

        return settled(read, lambda: now[0][3], lambda item: is_of(smart(target), item))

    return reading


def orders(planned: list[Place] | str) -> Any:
    if isinstance(planned, str):
        return planned
    return [(order.side.value, int(order.quantity)) for order in planned]


def plan(target: int, books: Books) -> Any:
    return orders(plan_smart(smart(target), books, unresolved=[], freeze=None))


def test_an_order_that_fills_between_the_two_reads_is_read_again(broker: Any) -> None:
    books = broker(0, ([], [BUY_40], held(129), [DONE]), ([], [DONE], held(129), [DONE]))
    assert plan(0, books) == [("SELL", 129)]


def test_an_order_that_the_book_shows_alike_on_both_sides_is_still_to_come(broker: Any) -> None:
    assert plan(0, broker(0, ([], [BUY_40], held(89), [BUY_40]))) == [("SELL", 129)]


def test_an_order_that_the_book_does_not_show_yet_is_waited_for(broker: Any, intent: Any) -> None:
    sent = intent(TERMS, state="acked", order_id="1")
    books = broker(0, ([sent], [], held(89), []), ([sent], [DONE], held(89), [DONE]))
    assert plan(0, books) == [("SELL", 89)]


def test_an_exit_in_doubt_closes_what_is_there_either_way(broker: Any, intent: Any) -> None:
    sent = intent(TERMS, state="acked", order_id="1")
    assert plan(0, broker(0, ([sent], [], held(89), []))) == [("SELL", 89)]


@pytest.mark.parametrize("target", [200, -10, 100])
def test_an_entry_in_doubt_sends_nothing(broker: Any, intent: Any, target: int) -> None:
    sent = intent(TERMS, state="acked", order_id="1")
    with pytest.raises(Conflict, match="may be in it already"):
        plan(target, broker(target, ([sent], [], held(89), [])))


def test_orders_of_other_positions_leave_no_doubt(broker: Any, intent: Any) -> None:
    other = msgspec.structs.replace(BUY_40, symbol="TCS")
    sent = intent(msgspec.structs.replace(TERMS, symbol="TCS"), state="acked", order_id="9")
    assert plan(0, broker(0, ([sent], [other], held(5), []))) == [("SELL", 5)]
