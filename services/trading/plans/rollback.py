"""All legs or none: what was accepted is withdrawn, and what has filled of it is traded back, when a leg fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.errors import OpenAlgoError, OutcomeUnknown
from domain.orders import OrderRow, PriceType, Side
from services.trading.commands import Accepted, Leg, Place
from services.trading.plans import legs
from services.trading.writes import Mandate
from utils.concurrency import Event

ROLLED_BACK = "ROLLED_BACK"
NOT_UNDONE = "ROLLBACK_FAILED"
# A market order needs a moment to fill; what is still working then is said, not guessed.
LOOKS = 12
LOOK_SECONDS = 0.5


class Undoing(Protocol):
    """What a rollback does to the account. Each raises what became of it."""

    def book(self) -> Sequence[OrderRow]:
        """Today's orders."""

    def cancel(self, row: OrderRow) -> Accepted:
        """Withdraw a working order."""

    def trade_back(self, order: Place) -> Accepted:
        """Send the opposite of what has filled."""

    def pause(self, seconds: float) -> None:
        """Let the market move on."""


class DeskUndoing:
    """Undoes at the desk that the legs went to; cancel and send are the plan's own ways to it."""

    def __init__(
        self, mandate: Mandate, cancel: Callable[[OrderRow], Accepted], send: Callable[[Place], Accepted]
    ) -> None:
        self._mandate = mandate
        self.cancel = cancel
        self.trade_back = send

    def book(self) -> Sequence[OrderRow]:
        """Today's orders."""
        account = self._mandate.account
        return self._mandate.desk.order_book(account.account_id, account.broker)

    def pause(self, seconds: float) -> None:
        """Let the market move on."""
        Event().wait(seconds)


def all_or_none(orders: Sequence[Place], send: Callable[[Place], Accepted], undoing: Undoing) -> list[Leg]:
    """Legs in the order given; BUY before SELL, and no SELL leaves when a BUY failed.

    A leg whose outcome is unknown may be live: undoing the others would leave it naked, so nothing is undone then.
    """
    ended: dict[int, Leg] = {}
    for side in (Side.BUY, Side.SELL):
        wave = [number for number, order in enumerate(orders) if order.side is side]
        if all(leg.succeeded for leg in ended.values()):
            ended |= zip(wave, legs.order_legs([orders[number] for number in wave], send), strict=True)
        else:
            ended |= {number: _withheld(orders[number]) for number in wave}
    found = [ended[number] for number in range(len(orders))]
    failed = [leg for leg in found if not leg.succeeded]
    if not failed or any(leg.code == OutcomeUnknown.code for leg in failed):
        return found
    return _undone(orders, found, undoing)


def _withheld(order: Place) -> Leg:
    text = "Not sent, because another leg failed"
    return msgspec.structs.replace(legs.leg_of(order), code=ROLLED_BACK, message=text)


def _undone(orders: Sequence[Place], found: Sequence[Leg], undoing: Undoing) -> list[Leg]:
    """SELL legs are bought back before the BUY legs that cover them are sold."""
    ended = list(found)
    for side in (Side.SELL, Side.BUY):
        for number, leg in enumerate(found):
            if leg.succeeded and orders[number].side is side:
                ended[number] = _undo(orders[number], leg, undoing)
    return ended


def _undo(order: Place, leg: Leg, undoing: Undoing) -> Leg:
    try:
        filled = _stopped(leg, undoing)
        if not filled:
            return _told(leg, ROLLED_BACK, "Withdrawn, because another leg failed")
        opposite = Side.SELL if order.side is Side.BUY else Side.BUY
        back = undoing.trade_back(
            msgspec.structs.replace(
                order, side=opposite, quantity=Decimal(filled), price_type=PriceType.MARKET, price=None,
                trigger_price=None, disclosed_quantity=0, reduces=True,
            )
        )  # fmt: skip
    except OpenAlgoError as error:
        return _told(leg, NOT_UNDONE, f"Another leg failed and this one could not be undone: {error.message}")
    text = (
        f"{filled} units had filled and were traded back by order {back.order_id}, because another leg failed"
    )
    return _told(leg, ROLLED_BACK, text)


def _told(leg: Leg, code: str, message: str) -> Leg:
    return msgspec.structs.replace(leg, code=code, message=message)


def _stopped(leg: Leg, undoing: Undoing) -> int:
    """Units that filled of an order that works no more. Raises when that cannot be reached or seen."""
    refusal = "the book does not show it"
    asked = False
    for _ in range(LOOKS):
        row = next((item for item in undoing.book() if item.order_id == leg.order_id), None)
        if row is not None and row.status.is_terminal:
            if row.filled_quantity is None:
                raise OutcomeUnknown("how much of it filled is not told")
            return row.filled_quantity
        if row is not None and not asked:
            asked, refusal = True, "it is still working"
            try:
                undoing.cancel(row)
            except OpenAlgoError as error:
                refusal = error.message  # it may have filled meanwhile: the next look tells
                asked = isinstance(error, OutcomeUnknown)
        undoing.pause(LOOK_SECONDS)
    raise OutcomeUnknown(refusal)
