"""All legs or none, when the account does not do what one would like."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from domain.errors import OutcomeUnknown, Refused, Unavailable
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from services.trading.commands import Accepted, Place
from services.trading.plans.rollback import NOT_UNDONE, ROLLED_BACK, all_or_none

BUY = Place(
    strategy="t", symbol="NIFTY26DEC26500CE", exchange=Exchange.NFO, side=Side.BUY, quantity=Decimal(75),
    price_type=PriceType.LIMIT, product=Product.NRML, price=Decimal(100),
)  # fmt: skip
SELL = msgspec.structs.replace(BUY, side=Side.SELL, symbol="NIFTY26DEC26700CE")
LATE_SELL = msgspec.structs.replace(SELL, symbol="NIFTY26DEC26900CE")


class Account:
    """Takes orders; those of `fails` end as told, the others work with `fills` units filled already."""

    def __init__(self, fails: dict[str, Exception], fills: int | None = 0) -> None:
        self.fails, self.fills = fails, fills
        self.rows: dict[str, OrderRow] = {}
        self.did: list[str] = []
        self.cancels_work = True
        self.is_told = self.is_mute = False
        self.reads = 0

    def send(self, order: Place) -> Accepted:
        if order.symbol in self.fails:
            raise self.fails[order.symbol]
        order_id = f"{len(self.rows) + 1}"
        self.did.append(f"{order.side.value} {order.symbol[-6:-2]}")
        self.rows[order_id] = OrderRow(
            order_id=order_id, symbol=order.symbol, exchange=order.exchange, side=order.side,
            quantity=int(order.quantity), price_type=order.price_type, product=order.product,
            status=OrderStatus.OPEN, filled_quantity=self.fills,
        )  # fmt: skip
        return Accepted(order_id=order_id, mode="live")

    def known(self, order_id: str) -> OrderRow | None:
        return self.rows.get(order_id) if self.is_told else None

    def book(self) -> list[OrderRow]:
        self.reads += 1
        if self.is_mute:
            raise Unavailable("no answer")
        return list(self.rows.values())

    def cancel(self, row: OrderRow) -> Accepted:
        if not self.cancels_work:
            raise Refused("The broker is down")
        self.rows[row.order_id] = msgspec.structs.replace(row, status=OrderStatus.CANCELLED)
        return Accepted(order_id=row.order_id, mode="live")

    def trade_back(self, order: Place) -> Accepted:
        assert order.price_type is PriceType.MARKET and order.price is None and order.reduces
        self.did.append(f"back {order.side.value} {order.symbol[-6:-2]} {order.quantity}")
        return Accepted(order_id="back", mode="live")

    def pause(self, seconds: float) -> None:
        self.did.append("waited")


def run(account: Account, *orders: Place):
    return all_or_none(orders, account.send, account)


def test_a_resting_leg_is_withdrawn_and_nothing_is_traded() -> None:
    account = Account({SELL.symbol: Refused("no")})
    covered, failed = run(account, BUY, SELL)
    assert (covered.code, covered.order_id, failed.message) == (ROLLED_BACK, "1", "no")
    assert account.did == ["BUY 6500", "waited"]
    assert account.rows["1"].status is OrderStatus.CANCELLED


def test_only_what_filled_is_traded_back() -> None:
    account = Account({SELL.symbol: Refused("no")}, fills=25)
    run(account, BUY, SELL)
    assert account.did[-1] == "back SELL 6500 25"


def test_sold_legs_are_bought_back_before_their_cover_is_sold() -> None:
    account = Account({LATE_SELL.symbol: Refused("no")}, fills=75)
    run(account, BUY, SELL, LATE_SELL)
    assert [step for step in account.did if step.startswith("back")] == [
        "back BUY 6700 75",
        "back SELL 6500 75",
    ]


def test_nothing_is_undone_while_a_leg_may_be_live() -> None:
    account = Account({SELL.symbol: OutcomeUnknown("no answer"), LATE_SELL.symbol: Refused("no")}, fills=75)
    ended = run(account, BUY, SELL, LATE_SELL)
    assert [leg.succeeded for leg in ended] == [True, False, False]
    assert account.did == ["BUY 6500"]


@pytest.mark.parametrize("fills", [0, None])
def test_a_leg_that_cannot_be_stopped_or_counted_is_said(fills: int | None) -> None:
    account = Account({SELL.symbol: Refused("no")}, fills=fills)
    account.cancels_work = fills is None
    covered, _ = run(account, BUY, SELL)
    assert covered.code == NOT_UNDONE and covered.order_id == "1"
    assert not any(step.startswith("back") for step in account.did)


def test_updates_that_tell_the_end_spare_every_read() -> None:
    account = Account({LATE_SELL.symbol: Refused("no")}, fills=75)
    account.is_told = True
    ended = run(account, BUY, SELL, LATE_SELL)
    assert [leg.code for leg in ended[:2]] == [ROLLED_BACK, ROLLED_BACK]
    assert account.reads == 0


def test_legs_that_will_not_end_cost_four_reads_together() -> None:
    account = Account({LATE_SELL.symbol: Refused("no")})
    account.cancels_work = False
    more = [msgspec.structs.replace(BUY, symbol=f"NIFTY26DEC{strike}CE") for strike in (26100, 26200, 26300)]
    ended = run(account, *more, LATE_SELL)
    assert [leg.code for leg in ended[:3]] == [NOT_UNDONE] * 3
    assert (account.reads, account.did.count("waited")) == (4, 12)


def test_a_book_that_cannot_be_read_once_is_read_again() -> None:
    account = Account({SELL.symbol: Refused("no")})
    account.is_mute = True
    pause = account.pause

    def wake(seconds: float) -> None:
        pause(seconds)
        account.is_mute = len([step for step in account.did if step == "waited"]) < 2

    account.pause = wake  # type: ignore[method-assign]
    covered, _ = run(account, BUY, SELL)
    assert (covered.code, account.rows["1"].status) == (ROLLED_BACK, OrderStatus.CANCELLED)
