"""All legs or none: what was accepted is withdrawn, and what has filled of it is traded back, when a leg fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from broker.core.budget import Priority, reading_for
from domain.errors import OpenAlgoError, OutcomeUnknown
from domain.orders import OrderRow, PriceType, Side
from services.trading.commands import Accepted, Leg, Place
from services.trading.plans import legs
from services.trading.writes import Account, Mandate
from utils.concurrency import Event

ROLLED_BACK = "ROLLED_BACK"
NOT_UNDONE = "ROLLBACK_FAILED"
# A market order needs a moment to fill; what is still working then is said, not guessed.
LOOKS = 12
LOOK_SECONDS = 0.5
# Order updates tell most ends. The book is read for what they do not tell: after a cancel, once more, and at the end.
READS = frozenset({1, 4, LOOKS - 1})


class Undoing(Protocol):
    """What a rollback does to the account. Each raises what became of it."""

    def known(self, order_id: str) -> OrderRow | None:
        """The order as updates told it last, None when they did not."""

    def book(self) -> Sequence[OrderRow]:
        """Today's orders, read from the broker."""

    def cancel(self, row: OrderRow) -> Accepted:
        """Withdraw a working order."""

    def trade_back(self, order: Place) -> Accepted:
        """Send the opposite of what has filled."""

    def pause(self, seconds: float) -> None:
        """Let the market move on."""


class DeskUndoing:
    """Undoes at the desk that the legs went to; cancel and send are the plan's own ways to it."""

    def __init__(
        self, mandate: Mandate, cancel: Callable[[OrderRow], Accepted], send: Callable[[Place], Accepted],
        known: Callable[[Account, str, str], OrderRow | None],
    ) -> None:  # fmt: skip
        self._mandate = mandate
        self._known = known
        self.cancel = cancel
        self.trade_back = send

    def known(self, order_id: str) -> OrderRow | None:
        """The order as updates told it last."""
        return self._known(self._mandate.account, order_id, self._mandate.desk.mode)

    def book(self) -> Sequence[OrderRow]:
        """Today's orders, read as an exit reads."""
        account = self._mandate.account
        with reading_for(Priority.EXIT):
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
        wave = {
            number: leg.order_id or ""
            for number, leg in enumerate(found)
            if leg.succeeded and orders[number].side is side
        }
        stopped = _Stopping(undoing, wave.values()).run()
        for number, order_id in wave.items():
            ended[number] = _undo(orders[number], found[number], stopped[order_id], undoing)
    return ended


def _undo(order: Place, leg: Leg, filled: int | OpenAlgoError, undoing: Undoing) -> Leg:
    try:
        if isinstance(filled, OpenAlgoError):
            raise filled
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


class _Stopping:
    """Withdraws orders together, so that one look serves them all."""

    def __init__(self, undoing: Undoing, order_ids: Iterable[str]) -> None:
        self._undoing = undoing
        self._working = dict.fromkeys(order_ids, "the book does not show it")
        self._asked: set[str] = set()
        self._ended: dict[str, int | OpenAlgoError] = {}

    def run(self) -> dict[str, int | OpenAlgoError]:
        """Units that filled of each order, once it works no more; else why that cannot be reached or seen."""
        for look in range(LOOKS):
            rows = self._look(look)
            for order_id in list(self._working):
                self._judge(order_id, rows.get(order_id))
            if not self._working:
                break
            self._undoing.pause(LOOK_SECONDS)
        return self._ended | {name: OutcomeUnknown(text) for name, text in self._working.items()}

    def _look(self, look: int) -> dict[str, OrderRow]:
        rows = {name: row for name in self._working if (row := self._undoing.known(name)) is not None}
        told = all(name in rows and _tells(rows[name]) for name in self._working)
        if told or not (look in READS or (look == 0 and len(rows) < len(self._working))):
            return rows
        try:
            return rows | {row.order_id: row for row in self._undoing.book()}
        except OpenAlgoError as error:
            self._working = {
                name: text if name in self._asked else error.message for name, text in self._working.items()
            }
            return rows

    def _judge(self, order_id: str, row: OrderRow | None) -> None:
        if row is None:
            return
        if row.status.is_terminal:
            del self._working[order_id]
            filled = row.filled_quantity
            self._ended[order_id] = (
                OutcomeUnknown("how much of it filled is not told") if filled is None else filled
            )
        elif order_id not in self._asked:
            self._cancel(order_id, row)

    def _cancel(self, order_id: str, row: OrderRow) -> None:
        self._asked.add(order_id)
        self._working[order_id] = "it is still working"
        try:
            self._undoing.cancel(row)
        except OpenAlgoError as error:
            self._working[order_id] = error.message  # it may have filled meanwhile: the next look tells
            if not isinstance(error, OutcomeUnknown):
                self._asked.discard(order_id)


def _tells(row: OrderRow) -> bool:
    return row.status.is_terminal and row.filled_quantity is not None
