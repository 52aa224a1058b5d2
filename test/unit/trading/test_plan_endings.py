"""What a finished plan tells its caller and the desk."""

from __future__ import annotations

from decimal import Decimal

from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product, Side
from services.accounts.principal import Principal
from services.trading.commands import (
    Basket,
    Close,
    Leg,
    OptionPick,
    OptionsMultiOrder,
    Place,
    PlanOutcome,
    Split,
)  # fmt: skip
from services.trading.plans.endings import ALREADY_CLOSING, ClosedPositions, ended
from services.trading.writes import Account, Mandate
from services.wire import notices, plans


class Nowhere:
    mode = "live"
    journaled = True


MANDATE = Mandate(
    principal=Principal(user_id=1, username="t", account_id=1, broker="simulator", source="api"),
    account=Account(account_id=1, broker="simulator"),
    desk=Nowhere(), strategy="Momentum",
)  # fmt: skip
ORDER = Place(
    strategy="Momentum", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(5),
    price_type=PriceType.MARKET, product=Product.MIS,
)  # fmt: skip


def leg(order_id: str | None = None, code: str | None = None, symbol: str = "SBIN", number: int = 0) -> Leg:
    return Leg(
        symbol=symbol, exchange="NSE", product="MIS", quantity=5, order_id=order_id, code=code, message=code or "",
        number=number,
    )  # fmt: skip


def outcome(*legs: Leg) -> PlanOutcome:
    return PlanOutcome(legs=legs, mode="live")


def frame(command, *legs):
    event = ended(command, outcome(*legs), MANDATE)
    return notices.FRAMES[type(event)](event)[1]


def test_a_position_that_needs_two_exit_orders_is_one_position() -> None:
    count = ClosedPositions((leg("1"), leg("2"), leg("3", symbol="TCS")))
    assert (count.closed, count.failed) == (2, 0)


def test_a_position_is_closed_only_when_all_its_exits_were_accepted() -> None:
    answer = plans.closed(outcome(leg("1"), leg(code="REFUSED"), leg("3", symbol="TCS")))
    assert (answer["closed_positions"], answer["failed_closures"]) == (1, 1)
    assert answer["message"] == "Closed 1 positions. Failed to close 1 positions."


def test_a_position_whose_exits_already_work_is_neither_closed_nor_failed() -> None:
    answer = plans.closed(outcome(leg(code=ALREADY_CLOSING)))
    assert (answer["closed_positions"], answer["failed_closures"], answer["already_closing"]) == (0, 0, 1)
    assert answer["message"] == "Exit orders for every open position are already working"
    told = frame(Close(), leg(code=ALREADY_CLOSING))
    assert told["status"] == "success"


def test_a_basket_is_told_as_one_with_its_tally() -> None:
    told = frame(Basket(strategy="Momentum", orders=(ORDER, ORDER)), leg("1"), leg(code="REFUSED"))
    assert told == {
        "symbol": "Momentum", "action": "1/2 orders", "orderid": "basket_2", "exchange": "MULTI",
        "price_type": "BASKET", "product_type": "BASKET", "mode": "live", "batch_order": True,
        "is_last_order": True, "successful": 1, "failed": 1, "orderids": ["1"],
    }  # fmt: skip


def test_a_split_order_is_told_with_the_words_of_its_order() -> None:
    told = frame(Split(order=ORDER, size=3), leg("1"), leg("2"))
    assert [told[name] for name in ("symbol", "action", "orderid", "price_type", "product_type")] == [
        "SBIN", "BUY", "2/2 orders", "MARKET", "MIS",
    ]  # fmt: skip


def test_a_multi_leg_order_counts_legs_not_slices() -> None:
    pick = OptionPick(
        offset="ATM", option_type=InstrumentType.CE, side=Side.BUY, quantity=75, price_type=PriceType.MARKET,
        product=Product.NRML,
    )  # fmt: skip
    command = OptionsMultiOrder(
        strategy="Momentum", underlying="NIFTY", exchange=Exchange.NSE_INDEX, legs=(pick, pick)
    )
    told = frame(command, leg("1", number=1), leg("2", number=1), leg(code="REFUSED", number=2))
    assert (told["symbol"], told["orderid"], told["action"]) == ("NIFTY", "1/2 legs", "Momentum")
    assert (told["successful_legs"], told["failed_legs"], told["price_type"]) == (1, 1, "MULTI")
