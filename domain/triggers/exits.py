"""Exits attached to a position: what is asked, where the triggers lie and what may happen to them. Pure.

A set of exits protects one position. It WAITs for the entry to fill, is ACTIVE while the position is open, FIRING
once a leg is claimed, EXITING once its orders are accepted. Claiming one leg excludes the others, so at most one of
them ever sends orders. `direction` is +1 for a long position and -1 for a short one.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

import msgspec

from domain.instruments import Exchange
from domain.orders import Product, Side
from domain.triggers.held import Leg


class Measure(StrEnum):
    """How a level is told: as a price, or as a distance in rupees or in percent of the price it is measured from."""

    PRICE = "price"
    POINTS = "points"
    PERCENT = "percent"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One level; `value` in the measure's unit, above zero."""

    measure: Measure
    value: Decimal

    def distance(self, base: Decimal) -> Decimal:
        """Rupees from `base`. Only of a distance, not of a price."""
        return self.value if self.measure is Measure.POINTS else base * self.value / 100


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """Distance behind the best price. step: the stop moves by at least so many rupees, one tick when None."""

    distance: Level
    step: Decimal | None = None


class ExitTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; at least one of the three. quantity: units to protect at most, the whole position when None."""

    stoploss: Level | None = None
    target: Level | None = None
    trailing_stop: Trail | None = None
    quantity: int | None = None


class ExitLeg(StrEnum):
    """Which of the levels."""

    STOPLOSS = "stoploss"
    TARGET = "target"
    TRAILING_STOP = "trailing_stop"

    def watches(self, direction: int) -> Leg:
        """Stops of a long position watch downwards, its target upwards; a short position mirrors it."""
        is_down = (self is ExitLeg.TARGET) == (direction < 0)
        return Leg.STOP if is_down else Leg.TARGET

    def is_reached(self, direction: int, level: Decimal, price: Decimal) -> bool:
        """Whether a trade at `price` reaches `level`."""
        return self.watches(direction).is_reached(level, price)


class ExitState(StrEnum):
    """WAITING, ACTIVE, FIRING (orders may have left) and EXITING (orders accepted) are open, the others final.

    ENDED: there is nothing left to protect. DISABLED: a human has to look.
    """

    WAITING = "waiting"
    ACTIVE = "active"
    FIRING = "firing"
    EXITING = "exiting"
    TRIGGERED = "triggered"
    CANCELLED = "cancelled"
    ENDED = "ended"
    DISABLED = "disabled"


OPEN_STATES = (ExitState.WAITING, ExitState.ACTIVE, ExitState.FIRING, ExitState.EXITING)


class ExitEvent(StrEnum):
    """What can happen to a set of exits. NOT_SENT, REARM: no exit order works and the position is still open."""

    FILLED = "filled"
    CLAIM = "claim"
    SENT = "sent"
    NOT_SENT = "not_sent"
    LOST = "lost"
    DONE = "done"
    REARM = "rearm"
    ABANDON = "abandon"
    CANCEL = "cancel"
    GONE = "gone"


_WAITING, _ACTIVE, _FIRING, _EXITING = OPEN_STATES
TRANSITIONS: dict[tuple[ExitState, ExitEvent], ExitState] = {
    (_WAITING, ExitEvent.FILLED): _ACTIVE,
    (_WAITING, ExitEvent.CANCEL): ExitState.CANCELLED,
    (_WAITING, ExitEvent.GONE): ExitState.ENDED,
    (_ACTIVE, ExitEvent.CLAIM): _FIRING,
    (_ACTIVE, ExitEvent.CANCEL): ExitState.CANCELLED,
    (_ACTIVE, ExitEvent.GONE): ExitState.ENDED,
    (_FIRING, ExitEvent.SENT): _EXITING,
    (_FIRING, ExitEvent.NOT_SENT): _ACTIVE,
    (_FIRING, ExitEvent.LOST): ExitState.DISABLED,
    (_EXITING, ExitEvent.DONE): ExitState.TRIGGERED,
    (_EXITING, ExitEvent.REARM): _ACTIVE,
    (_EXITING, ExitEvent.ABANDON): ExitState.CANCELLED,
}


def after(state: ExitState, event: ExitEvent) -> ExitState | None:
    """The next state; None where this cannot happen, and nothing may then be sent or stored."""
    return TRANSITIONS.get((state, event))


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One exit order: its idempotency key, units, and its id once the broker accepted it."""

    key: str
    quantity: int
    order_id: str | None = None


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed leg. trigger: its level; price: the trade that reached it (rupees). claimed_ms: epoch ms.

    missing: units that should have left with the accepted slices and did not.
    """

    leg: ExitLeg
    trigger: Decimal
    price: Decimal
    claimed_ms: int
    slices: tuple[Slice, ...]
    missing: int = 0

    @property
    def unsent(self) -> int:
        """Units of slices that no acceptance is known of."""
        return sum(item.quantity for item in self.slices if item.order_id is None)

    @property
    def order_ids(self) -> tuple[str, ...]:
        """Orders that the broker accepted."""
        return tuple(item.order_id for item in self.slices if item.order_id is not None)


class PositionExit(msgspec.Struct, frozen=True, kw_only=True):
    """A set of exits. Times are epoch ms, prices rupees; updated_ms is also the version, unique within a set.

    quantity: units protected now, 0 while it waits. base: the price that distances of stop and target count from (the
    position's average), None until known. mark: the best price that moved the trailing stop to `trail`.
    entry_ids: orders of the smart order it came with. reason: of the last failure or of the end. expiry: of the
    contract.
    """

    exit_id: str
    user_id: int
    account_id: int
    broker: str
    mode: str
    strategy: str
    symbol: str
    exchange: Exchange
    product: Product
    direction: int
    tick_size: Decimal
    terms: ExitTerms
    state: ExitState
    created_ms: int
    updated_ms: int
    quantity: int = 0
    base: Decimal | None = None
    mark: Decimal | None = None
    trail: Decimal | None = None
    expiry: dt.date | None = None
    entry_ids: tuple[str, ...] = ()
    firing: Firing | None = None
    reason: str = ""

    @property
    def side(self) -> Side:
        """The side of its exit orders."""
        return Side.SELL if self.direction > 0 else Side.BUY

    def levels(self) -> dict[ExitLeg, Decimal]:
        """Where its triggers lie now; a level that counts from an unknown price is missing."""
        found = {
            ExitLeg.STOPLOSS: self._level(self.terms.stoploss, -self.direction),
            ExitLeg.TRAILING_STOP: self.trail if self.terms.trailing_stop else None,
            ExitLeg.TARGET: self._level(self.terms.target, self.direction),
        }
        return {leg: level for leg, level in found.items() if level is not None}

    def reached(self, price: Decimal) -> tuple[ExitLeg, Decimal] | None:
        """The leg that a trade at `price` reaches, with its level; of two stops the one that lay nearer."""
        hits = [
            (leg, level)
            for leg, level in self.levels().items()
            if leg.is_reached(self.direction, level, price)
        ]
        return max(hits, key=lambda hit: hit[1] * self.direction) if hits else None

    def seen(self, price: Decimal) -> PositionExit | None:
        """The set after a trade at `price` that counts: a better price draws the trailing stop behind it.

        None when nothing moved. The stop never moves against the position.
        """
        changes: dict[str, Decimal] = {}
        if self.base is None and self._counts_from_base():
            changes["base"] = price
        trail = self.terms.trailing_stop
        if trail is not None and (self.mark is None or (price - self.mark) * self.direction > 0):
            stop = self._behind(trail, price)
            least = max(trail.step or self.tick_size, self.tick_size)
            if self.trail is None or (stop - self.trail) * self.direction >= least:
                changes |= {"mark": price, "trail": stop}
        return msgspec.structs.replace(self, **changes) if changes else None

    def followed(self, net: int, average: Decimal | None) -> PositionExit:
        """The set as a position of `net` signed units makes it; only while it waits or is active."""
        held = net * self.direction
        if held <= 0:
            if self.state is ExitState.WAITING:
                return self
            text = "The position is closed" if net == 0 else "The position turned around"
            return msgspec.structs.replace(self, state=ExitState.ENDED, reason=text)
        quantity = held if self.terms.quantity is None else min(held, self.terms.quantity)
        base = self.base
        if average is not None and (base is None or self.quantity == 0 or quantity > self.quantity):
            base = average
        return msgspec.structs.replace(self, state=ExitState.ACTIVE, quantity=quantity, base=base)

    def _counts_from_base(self) -> bool:
        pair = (self.terms.stoploss, self.terms.target)
        return any(level is not None and level.measure is not Measure.PRICE for level in pair)

    def _level(self, level: Level | None, towards: int) -> Decimal | None:
        if level is None or level.measure is Measure.PRICE:
            return level.value if level else None
        if self.base is None:
            return None
        return self._on_grid(self.base + towards * level.distance(self.base))

    def _behind(self, trail: Trail, mark: Decimal) -> Decimal:
        """At least one tick behind, so that the price that drew it does not reach it."""
        stop = self._on_grid(mark - self.direction * trail.distance.distance(mark))
        nearest = mark - self.direction * self.tick_size
        return stop if (nearest - stop) * self.direction >= 0 else self._on_grid(nearest, outwards=True)

    def _on_grid(self, price: Decimal, *, outwards: bool = False) -> Decimal:
        """Rounded in favour of the position: never a larger loss or a smaller profit than was asked."""
        is_up = (self.direction > 0) != outwards
        ticks = (price / self.tick_size).to_integral_value(ROUND_CEILING if is_up else ROUND_FLOOR)
        return ticks * self.tick_size
