"""What is due for one protected order. Pure: the order, the broker's word about it and the time in, a verdict out."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from broker.core.manifest import Ladder
from domain.matching import is_triggered
from domain.orders import OrderRow, OrderStatus, OrderTerms, PriceType, Side
from services.trading.protection.market import MarketView
from utils.clock import from_epoch, ist

# A stop that shows as open without its trigger being reached is looked at again this often.
SLOW_LOOK_SECONDS = 15.0
LOST_SECONDS = 60.0


class State(StrEnum):
    """How protection of an order stands; the words of the store."""

    OPEN = "open"
    FILLED = "filled"
    GAVE_UP = "gave_up"
    RELEASED = "released"
    ENDED = "ended"


class Protected(msgspec.Struct, kw_only=True):
    """One order under protection, as far as this run knows it.

    asked: the caller's terms. sent: the newest terms that the broker has, or may have. prices: every limit that we
    gave it. order_id: None while nobody knows whether it is live. began_ms: when its ladder began; None for a stop
    that waits. rung: the newest one that was dealt with. change: the tag of a re-price with an unknown outcome.
    retry_at, looked_at: seconds of the monotonic clock.
    """

    tag: str
    user_id: int
    account_id: int
    broker: str
    strategy: str
    asked: OrderTerms
    sent: OrderTerms
    ladder: Ladder
    urgent: bool
    created_ms: int
    order_id: str | None = None
    began_ms: int | None = None
    rung: int = 0
    change: str | None = None
    prices: set[Decimal] = msgspec.field(default_factory=set)
    leaving: bool = False
    state: State = State.OPEN
    retry_at: float = 0.0
    looked_at: float | None = None
    trouble: str = ""

    @property
    def is_stop(self) -> bool:
        """It was asked as a stop."""
        return self.asked.price_type is PriceType.SL_M

    @property
    def side(self) -> Side:
        """BUY or SELL."""
        return self.asked.side


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """wait: nothing is due. look: ask the journal or the broker. check: a stop may have been set off.

    reprice: `rung` is due. end: protection is over as `state`; with `alarm` somebody must hear of it.
    """

    what: str
    rung: int = 0
    state: State = State.OPEN
    reason: str = ""
    alarm: bool = False


WAIT = Verdict(what="wait")
LOOK = Verdict(what="look")


def judge(order: Protected, row: OrderRow | None, now_ms: int) -> Verdict:
    """The verdict. `row` is the order as last seen at the broker, None when it was never seen."""
    if order.leaving:
        return WAIT
    over = _over(order, row, now_ms)
    if over is not None:
        return over
    if order.order_id is None:
        return _lost(order, now_ms)
    if order.is_stop and order.began_ms is None:
        if row is None:
            return LOOK
        unsaid = order.ladder.asks_market and row.status is OrderStatus.TRIGGER_PENDING
        return Verdict(what="check") if row.status is OrderStatus.OPEN or unsaid else WAIT
    began = order.began_ms if order.began_ms is not None else order.created_ms
    rung = order.ladder.rung_at(max(0, now_ms - began) / 1000)
    if rung is None:
        return Verdict(what="end", state=State.GAVE_UP, reason=_left_behind(order, row), alarm=True)
    if order.change is not None or row is None:
        return LOOK
    return Verdict(what="reprice", rung=rung) if rung > order.rung else WAIT


def _over(order: Protected, row: OrderRow | None, now_ms: int) -> Verdict | None:
    """Whether the broker's word, or the end of its day, ends the order or our part in it."""
    if ist(from_epoch(order.created_ms / 1000)).date() < ist(from_epoch(now_ms / 1000)).date():
        waiting = order.is_stop and order.began_ms is None
        return Verdict(
            what="end", state=State.ENDED, reason="Its trading day is over", alarm=not waiting
        )  # fmt: skip
    if row is None:
        return None
    if row.status is OrderStatus.COMPLETE:
        return Verdict(what="end", state=State.FILLED)
    if row.status.is_terminal:
        text = f"The order was {row.status.value} with {left(row)} units open"
        reason = f"{text}: {row.rejection_reason}" if row.rejection_reason else text
        return Verdict(what="end", state=State.ENDED, reason=reason, alarm=True)
    if order.change is None and _changed_elsewhere(order, row):
        text = f"The order was changed elsewhere; its price is no longer followed, {left(row)} units are open"
        return Verdict(what="end", state=State.RELEASED, reason=text, alarm=True)
    return None


def _lost(order: Protected, now_ms: int) -> Verdict:
    """Nobody knows whether it is live: only evidence tells, and a person hears of it when none comes in time."""
    if now_ms - order.created_ms < (order.ladder.seconds + LOST_SECONDS) * 1000:
        return LOOK
    text = "Nobody knows whether the order reached the broker: look for it in the order book"
    return Verdict(what="end", state=State.GAVE_UP, reason=text, alarm=True)


def _changed_elsewhere(order: Protected, row: OrderRow) -> bool:
    """Terms that we never gave it. Before our first limit the broker's own protection chooses the price."""
    if row.quantity != order.sent.quantity:
        return True
    if row.status is OrderStatus.TRIGGER_PENDING:
        return row.trigger_price is not None and row.trigger_price != order.asked.trigger_price
    return bool(order.prices) and bool(row.price) and row.price not in order.prices


def _left_behind(order: Protected, row: OrderRow | None) -> str:
    open_units = "an unknown number of" if row is None else str(left(row))
    price = f" at {order.sent.price}" if order.sent.price is not None else ""
    text = (
        f"Not filled within {order.ladder.seconds:g} s: {open_units} units still rest{price}."
        " Nothing follows the price any more"
    )
    return f"{text} (last trouble: {order.trouble})" if order.trouble else text


def left(row: OrderRow) -> int:
    """Units that have not traded."""
    return max(0, row.quantity - (row.filled_quantity or 0))


def is_set_off(order: Protected, market: MarketView) -> bool:
    """Whether an open stop was really set off and left behind.

    Brokers call a stop open for moments before it waits for its trigger. A limit in its place would then close a
    position that nobody wanted closed, so the market itself must say so: the last trade is through the trigger, and
    the opposite touch is out of the order's reach.
    """
    trigger = order.asked.trigger_price
    reach = order.sent.price or trigger
    if trigger is None or reach is None or market.last is None:
        return False
    if not is_triggered(order.side, trigger, market.last):
        return False
    return market.touch is None or (market.touch - reach) * order.side.sign > 0
