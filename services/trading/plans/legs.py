"""The executor of plans: legs at the same time, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from domain.errors import OpenAlgoError
from domain.orders import OrderRow
from services.trading.commands import Accepted, Leg, Place
from services.trading.plans.closing import Exit
from utils.concurrency import run_all
from utils.logging import get_logger

WORKERS = 8
log = get_logger(__name__)


def cancel_legs(rows: Sequence[OrderRow], send: Callable[[OrderRow], Accepted]) -> list[Leg]:
    """Withdraw every row; one leg each, in book order."""

    def job(row: OrderRow) -> Callable[[], Leg]:
        def run() -> Leg:
            leg = Leg(
                symbol=row.symbol, exchange=row.exchange.value, product=str(row.product),
                quantity=row.quantity, order_id=row.order_id,
            )  # fmt: skip
            return _tried(leg, lambda: send(row))

        return run

    return run_all([job(row) for row in rows], WORKERS, "cancel-all")


def exit_legs(exits: Sequence[Exit], send: Callable[[Place], Accepted]) -> list[Leg]:
    """Send every exit; one leg each, in plan order."""

    def job(item: Exit) -> Callable[[], Leg]:
        def run() -> Leg:
            quantity = int(item.order.quantity) if item.order else abs(item.position.quantity)
            leg = Leg(
                symbol=item.position.symbol, exchange=item.position.exchange.value,
                product=str(item.position.product), quantity=quantity, code=item.code, message=item.message,
            )  # fmt: skip
            order = item.order
            return leg if order is None else _tried(leg, lambda: send(order))

        return run

    return run_all([job(item) for item in exits], WORKERS, "close-positions")


def _tried(leg: Leg, send: Callable[[], Accepted]) -> Leg:
    try:
        accepted = send()
    except OpenAlgoError as error:
        return msgspec.structs.replace(leg, code=error.code, message=error.message)
    except Exception:  # one broken leg must not hide what became of the others
        log.exception("a leg of a plan broke before it was sent", symbol=leg.symbol)
        return msgspec.structs.replace(
            leg, code="INTERNAL", message="An internal error occurred; nothing was sent"
        )
    return msgspec.structs.replace(leg, order_id=accepted.order_id)
