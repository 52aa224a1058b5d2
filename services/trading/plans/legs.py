"""The executor of plans: legs at the same time, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from domain.errors import OpenAlgoError
from domain.orders import OrderRow, Side
from services.trading.commands import Accepted, Leg, Place
from services.trading.plans.closing import Exit
from services.trading.timeline import trace
from services.trading.writes import is_passing
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

    return _together([job(row) for row in rows], "cancel-all")


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

    return _together([job(item) for item in exits], "close-positions")


def order_legs(orders: Sequence[Place], send: Callable[[Place], Accepted]) -> list[Leg]:
    """Send orders at the same time; one leg each, in the order given."""

    def job(order: Place) -> Callable[[], Leg]:
        return lambda: _tried(leg_of(order), lambda: send(order))

    return _together([job(order) for order in orders], "orders")


def buys_first(orders: Sequence[Place], send: Callable[[Place], Accepted]) -> list[Leg]:
    """Every BUY is answered before the first SELL leaves, because bought options lower the margin of sold ones.

    One leg each, in the order given.
    """
    ended: dict[int, Leg] = {}
    for side in (Side.BUY, Side.SELL):
        wave = [number for number, order in enumerate(orders) if order.side is side]
        ended |= zip(wave, order_legs([orders[number] for number in wave], send), strict=True)
    return [ended[number] for number in range(len(orders))]


def leg_of(order: Place) -> Leg:
    """An order before it is sent."""
    return Leg(
        symbol=order.symbol, exchange=order.exchange.value, product=order.product.value, side=order.side.value,
        quantity=int(order.quantity),
    )  # fmt: skip


def _together(jobs: Sequence[Callable[[], Leg]], name: str) -> list[Leg]:
    """Run the legs at the same time, each writing into the time line of the call."""
    here = trace.current()

    def carrying(job: Callable[[], Leg]) -> Callable[[], Leg]:
        def run() -> Leg:
            with trace.carried(here):
                return job()

        return run

    return run_all([carrying(job) for job in jobs], WORKERS, name)


def _tried(leg: Leg, send: Callable[[], Accepted]) -> Leg:
    try:
        accepted = send()
    except OpenAlgoError as error:
        return msgspec.structs.replace(leg, code=error.code, message=error.message, passing=is_passing(error))
    except Exception:  # one broken leg must not hide what became of the others
        log.exception("a leg of a plan broke before it was sent", symbol=leg.symbol)
        return msgspec.structs.replace(
            leg, code="INTERNAL", message="An internal error occurred; nothing was sent"
        )
    return msgspec.structs.replace(leg, order_id=accepted.order_id)
