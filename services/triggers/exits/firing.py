"""Sends the exit orders of a leg that was reached.

Order of events, all of it while no other plan of the position runs: the position is read again -> the leg is claimed
on disk together with the keys of its orders -> orders through the router -> outcome on disk. After a crash the journal
tells by the keys what left; only the rest is sent, and never more than the position holds by then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.errors import OpenAlgoError, OutcomeUnknown, Refused
from domain.orders import PriceType
from domain.triggers.exits import ExitEvent, ExitLeg, ExitState, Firing, PositionExit, Slice
from services.accounts.principal import Principal
from services.trading.commands import Accepted, Close, Place, Queued
from services.trading.modes import AppMode
from services.trading.plans.closing import ALREADY_CLOSING, Exit
from services.trading.timeline import trace
from services.triggers.exits.alarms import Alarms
from services.triggers.exits.book import ExitBook
from services.triggers.ticks import FRESH_MS
from services.triggers.watching import LONGEST_CLAIM_MS
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

log = get_logger(__name__)


class Orders(Protocol):
    """The one way of an order."""

    def closing(
        self, command: Close, principal: Principal, only_in: AppMode
    ) -> contextlib.AbstractContextManager[list[Exit]]:
        """The exits of a position as it is now; while this is open no other plan of it runs."""

    def submit(self, command: Place, principal: Principal, only_in: AppMode | None) -> Accepted | Queued:
        """Send one order, if the application is in this mode."""

    def recall(self, key: str, principal: Principal, mode: AppMode) -> Accepted | None:
        """What became of the order under a key; None when it is certainly not live. Raises UncertainOrder."""


class ExitFiring:
    """Runs on the account's lane. look: asks for a look at the position soon."""

    def __init__(
        self, *, book: ExitBook, orders: Orders, caller: Callable[[int], Principal],
        app_mode: Callable[[], AppMode], alarms: Alarms, look: Callable[[PositionExit], None], clock: Clock,
    ) -> None:  # fmt: skip
        self._book = book
        self._orders = orders
        self._caller = caller
        self._app_mode = app_mode
        self._alarms = alarms
        self._look = look
        self._clock = clock

    def fire(self, exit_id: str, price: Decimal, seen_ms: int) -> None:
        """Claim the leg that a trade at `price` reaches and send its orders; an old price fires nothing."""
        held = self._book.get(exit_id)
        if held is None or held.state is not ExitState.ACTIVE or not self._alarms.is_due(exit_id):
            return
        hit = held.reached(price)
        if hit is None or epoch_ms(self._clock.now()) - seen_ms > FRESH_MS:
            return
        try:
            if self._app_mode().value == held.mode:
                self._fire(held, *hit, price)
        except OpenAlgoError as error:
            self._alarms.failed(held, error.code, error.message)

    def resume(self, exit_id: str) -> None:
        """Find out what became of claimed orders; send what certainly did not leave and is still needed."""
        held = self._book.get(exit_id)
        if held is None or held.state is not ExitState.FIRING or not self._alarms.is_due(exit_id):
            return
        try:
            if held.firing is None or self._now() - held.firing.claimed_ms > LONGEST_CLAIM_MS:
                text = "The outcome of its orders was never learnt; look for them in the order book"
                self._book.move(held, ExitEvent.LOST, reason=text)
                self._alarms.failed(held, "OUTCOME_UNKNOWN", text)
            elif self._app_mode().value == held.mode:
                self._resume(held, held.firing)
        except OutcomeUnknown:
            log.warning("the outcome of an exit order is still looked for", exit=exit_id)
        except OpenAlgoError as error:
            self._alarms.failed(held, error.code, error.message)

    def _fire(self, held: PositionExit, leg: ExitLeg, trigger: Decimal, price: Decimal) -> None:
        with self._closing(held) as planned:
            sizes = sizes_of(held, planned, held.terms.quantity)
            if not sizes:
                self._alarms.settled(held.exit_id)
                self._look(held)
                return
            now = self._now()
            slices = _slices(f"{held.exit_id}:{leg.value}:{now}", 0, sizes)
            firing = Firing(leg=leg, trigger=trigger, price=price, claimed_ms=now, slices=slices)
            claimed = self._book.move(held, ExitEvent.CLAIM, firing=firing, reason="")
            if claimed is not None:
                _note(claimed, firing)
                self._send(claimed, firing)

    def _resume(self, held: PositionExit, firing: Firing) -> None:
        principal, mode = self._principal(held), AppMode(held.mode)
        known = tuple(
            item if item.order_id else _with(item, self._orders.recall(item.key, principal, mode))
            for item in firing.slices
        )
        firing = msgspec.structs.replace(firing, slices=known)
        if not firing.unsent:
            self._settle(held, firing, None)
            return
        with self._closing(held) as planned:
            sizes = sizes_of(held, planned, firing.unsent)
            sent = tuple(item for item in known if item.order_id)
            first = 1 + max(int(item.key.rpartition(":")[2]) for item in known)
            prefix = f"{held.exit_id}:{firing.leg.value}:{firing.claimed_ms}"
            firing = msgspec.structs.replace(firing, slices=sent + _slices(prefix, first, sizes))
            if not sizes:
                self._settle(held, firing, None)
                return
            claimed = self._book.store(msgspec.structs.replace(held, firing=firing), held)
            if claimed is not None:
                _note(claimed, firing)
                self._send(claimed, firing)

    def _send(self, held: PositionExit, firing: Firing) -> None:
        """Only an outcome that is certain ends the claim."""
        principal, failure = self._principal(held), None
        slices = list(firing.slices)
        for number, item in enumerate(slices):
            if item.order_id is not None:
                continue
            try:
                answer = self._orders.submit(_order(held, item), principal, AppMode(held.mode))
            except OutcomeUnknown:
                log.warning("an exit order has an unknown outcome; it is looked for", exit=held.exit_id)
                self._book.store(_with_slices(held, firing, slices), held)
                return
            except OpenAlgoError as error:
                failure = error
                break
            slices[number] = _with(item, answer if isinstance(answer, Accepted) else None)
        self._settle(held, msgspec.structs.replace(firing, slices=tuple(slices)), failure)

    def _settle(self, held: PositionExit, firing: Firing, failure: OpenAlgoError | None) -> None:
        """What was accepted is followed to its end; a failure is told and tried again."""
        reason = failure.message if failure is not None else ""
        if firing.order_ids:
            sent = tuple(item for item in firing.slices if item.order_id)
            ended = msgspec.structs.replace(firing, slices=sent, missing=firing.unsent)
            moved = self._book.move(held, ExitEvent.SENT, firing=ended, reason=reason)
        else:
            moved = self._book.move(held, ExitEvent.NOT_SENT, firing=None, reason=reason)
        if failure is not None:
            self._alarms.failed(moved or held, failure.code, failure.message)
        else:
            self._alarms.settled(held.exit_id)
        if moved is not None:
            self._look(moved)

    def _closing(self, held: PositionExit) -> contextlib.AbstractContextManager[list[Exit]]:
        command = Close(
            strategy=held.strategy, symbol=held.symbol, exchange=held.exchange, product=held.product
        )
        return self._orders.closing(command, self._principal(held), AppMode(held.mode))

    def _principal(self, held: PositionExit) -> Principal:
        """The owner, about the account that the exits were attached in."""
        return msgspec.structs.replace(
            self._caller(held.user_id), account_id=held.account_id, broker=held.broker
        )

    def _now(self) -> int:
        return epoch_ms(self._clock.now())


def sizes_of(held: PositionExit, planned: Sequence[Exit], most: int | None) -> list[int]:
    """Units of each order that closes the position as it is now, together at most `most`; empty when none is needed.

    Raises Refused when the position must not be touched now.
    """
    sizes: list[int] = []
    for item in planned:
        if item.order is None:
            if item.code == ALREADY_CLOSING:
                return []
            raise Refused(item.message, code=item.code)
        if item.order.side is not held.side:
            return []
        left = int(item.order.quantity) if most is None else most - sum(sizes)
        if left > 0:
            sizes.append(min(int(item.order.quantity), left))
    return sizes


def _slices(prefix: str, first: int, sizes: Sequence[int]) -> tuple[Slice, ...]:
    return tuple(Slice(key=f"{prefix}:{number}", quantity=size) for number, size in enumerate(sizes, first))


def _with(item: Slice, accepted: Accepted | None) -> Slice:
    return msgspec.structs.replace(item, order_id=accepted.order_id if accepted else None)


def _with_slices(held: PositionExit, firing: Firing, slices: Sequence[Slice]) -> PositionExit:
    return msgspec.structs.replace(held, firing=msgspec.structs.replace(firing, slices=tuple(slices)))


def _order(held: PositionExit, item: Slice) -> Place:
    return Place(
        strategy=held.strategy, symbol=held.symbol, exchange=held.exchange, side=held.side,
        quantity=Decimal(item.quantity), price_type=PriceType.MARKET, product=held.product,
        client_order_id=item.key, reduces=True,
    )  # fmt: skip


def _note(held: PositionExit, firing: Firing) -> None:
    """The signal, in the time line of its orders."""
    trace.note(
        "triggered",
        detail={
            "exit_id": held.exit_id, "leg": firing.leg.value, "trigger_price": firing.trigger,
            "price_seen": firing.price, "claimed_ms": firing.claimed_ms,
        },
    )  # fmt: skip
