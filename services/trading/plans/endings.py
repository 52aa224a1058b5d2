"""What is told of a plan when it has ended, once, whatever the number of its orders."""

from __future__ import annotations

from typing import Any

from services import events
from services.trading.commands import (
    Basket,
    CancelAll,
    Close,
    Leg,
    OptionsMultiOrder,
    OptionsOrder,
    Plan,
    PlanOutcome,
    Smart,
    Split,
)  # fmt: skip
from services.trading.plans.closing import ALREADY_CLOSING
from services.trading.writes import Mandate


def is_batch(command: Plan) -> bool:
    """Whether the orders of a plan are announced together when it ends instead of one by one."""
    match command:
        case Basket() | Split() | OptionsMultiOrder():
            return True
        case OptionsOrder():
            return bool(command.pick.split_size)
    return False


def ended(command: Plan, outcome: PlanOutcome, mandate: Mandate) -> events.Event | None:
    """The event of a finished plan; None where its single order speaks for itself."""
    done = sum(leg.succeeded for leg in outcome.legs)
    said: dict[str, Any] = {
        "user_id": mandate.principal.user_id, "account_id": mandate.account.account_id,
        "broker": mandate.account.broker, "mode": outcome.mode, "source": mandate.principal.source,
        "strategy": mandate.strategy,
    }  # fmt: skip
    match command:
        case CancelAll():
            return events.OrdersCancelled(**said, cancelled=done, failed=len(outcome.legs) - done)
        case Close():
            count = ClosedPositions(outcome.legs)
            return events.PositionsClosed(
                **said, closed=count.closed, failed=count.failed, message=count.sentence()
            )
        case Smart() if not outcome.legs:
            return events.NoOrderNeeded(
                **said, symbol=command.symbol, exchange=command.exchange.value, message=outcome.message
            )
    return _completed(command, outcome, done, said) if is_batch(command) else None


def _completed(command: Plan, outcome: PlanOutcome, done: int, said: dict[str, Any]) -> events.PlanCompleted:
    ids = tuple(leg.order_id for leg in outcome.legs if leg.order_id is not None)
    said = {**said, "done": done, "total": len(outcome.legs), "order_ids": ids}
    match command:
        case Split(order=order):
            return events.PlanCompleted(
                **said, kind="split", symbol=order.symbol, exchange=order.exchange.value, action=order.side.value,
                price_type=order.price_type.value, product=order.product.value,
            )  # fmt: skip
        case OptionsOrder(pick=pick):
            first = outcome.legs[0]
            return events.PlanCompleted(
                **said, kind="options", symbol=first.symbol, exchange=first.exchange, action=pick.side.value,
                price_type=pick.price_type.value, product=pick.product.value,
            )  # fmt: skip
        case OptionsMultiOrder():
            numbers = {leg.number for leg in outcome.legs}
            whole = sum(all(leg.succeeded for leg in outcome.legs if leg.number == n) for n in numbers)
            return events.PlanCompleted(
                **said | {"done": whole, "total": len(numbers)}, kind="multiorder", symbol=command.underlying,
                exchange=command.exchange.value,
            )  # fmt: skip
    return events.PlanCompleted(**said, kind="basket")


class ClosedPositions:
    """Positions of a close, not exit orders: one above its freeze quantity needs several of those."""

    def __init__(self, legs: tuple[Leg, ...]) -> None:
        places: dict[tuple[str, str, str], list[Leg]] = {}
        for leg in legs:
            places.setdefault((leg.exchange, leg.symbol, leg.product), []).append(leg)
        waiting = [exits for exits in places.values() if any(leg.code == ALREADY_CLOSING for leg in exits)]
        self.found = len(places)
        self.under_way = len(waiting)
        self.closed = sum(all(leg.succeeded for leg in exits) for exits in places.values())
        self.failed = self.found - self.closed - self.under_way

    def sentence(self) -> str:
        """What the caller reads. Exits are accepted, not executed; each order says so for itself."""
        if not self.found:
            return "No open positions to close"
        if self.failed:
            return f"Closed {self.closed} positions. Failed to close {self.failed} positions."
        if not self.closed:
            return "Exit orders for every open position are already working"
        return "All Open Positions Squared Off"
