"""Triggers that the gateway watches itself: a pure state machine, and the ladder that finds what a price reaches.

A GTT is ACTIVE until one of its legs is claimed (FIRING). While it is FIRING no other leg can be claimed, so of an OCO
at most one order leaves. The claim is stored before the order is sent, and the order's key is made of trigger, leg and
claim, so a crash in between repeats the same order and never another.
"""

from __future__ import annotations

import bisect
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.gtt import GttTerms


class HeldState(StrEnum):
    """ACTIVE waits; FIRING: its order may have left; the others are final. DISABLED: a human has to look."""

    ACTIVE = "active"
    FIRING = "firing"
    TRIGGERED = "triggered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    DISABLED = "disabled"


class Leg(StrEnum):
    """STOP is reached from above (price <= trigger), TARGET from below (price >= trigger)."""

    STOP = "stop"
    TARGET = "target"

    def is_reached(self, trigger: Decimal, price: Decimal) -> bool:
        """Whether a trade at `price` reaches `trigger`."""
        return price <= trigger if self is Leg.STOP else price >= trigger


class Happening(StrEnum):
    """What can happen to a held GTT. NOT_SENT: its order certainly did not leave and may be tried again."""

    CLAIM = "claim"
    SENT = "sent"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    LOST = "lost"
    CANCEL = "cancel"
    EXPIRE = "expire"


TRANSITIONS: dict[tuple[HeldState, Happening], HeldState] = {
    (HeldState.ACTIVE, Happening.CLAIM): HeldState.FIRING,
    (HeldState.ACTIVE, Happening.CANCEL): HeldState.CANCELLED,
    (HeldState.ACTIVE, Happening.EXPIRE): HeldState.EXPIRED,
    (HeldState.FIRING, Happening.SENT): HeldState.TRIGGERED,
    (HeldState.FIRING, Happening.NOT_SENT): HeldState.ACTIVE,
    (HeldState.FIRING, Happening.REFUSED): HeldState.REJECTED,
    (HeldState.FIRING, Happening.LOST): HeldState.DISABLED,
}


def after(state: HeldState, happening: Happening) -> HeldState | None:
    """The next state; None where this cannot happen, and nothing may then be sent or stored."""
    return TRANSITIONS.get((state, happening))


class HeldGtt(msgspec.Struct, frozen=True, kw_only=True):
    """One GTT that we hold. Times are epoch milliseconds; `leg` is the one that was claimed.

    updated_ms: also its version: no two versions of a GTT share one.

    mode: live or analyze; it fires in no other. last_price: rupees, when it was placed. reason: of the last failure.
    key_id: the API key that set its terms, None for the desk.
    """

    trigger_id: str
    user_id: int
    account_id: int
    broker: str
    mode: str
    strategy: str
    terms: GttTerms
    state: HeldState
    last_price: Decimal
    created_ms: int
    updated_ms: int
    expires_ms: int
    leg: Leg | None = None
    claimed_ms: int | None = None
    order_id: str | None = None
    reason: str = ""
    key_id: int | None = None

    @property
    def order_key(self) -> str:
        """The idempotency key of this claim's order. Raises ValueError when no leg is claimed."""
        if self.leg is None or self.claimed_ms is None:
            raise ValueError(f"{self.trigger_id} has no claimed leg")
        return f"{self.trigger_id}:{self.leg.value}:{self.claimed_ms}"

    def triggers(self) -> list[tuple[Leg, Decimal]]:
        """Its trigger prices."""
        pairs = ((Leg.STOP, self.terms.stop), (Leg.TARGET, self.terms.target))
        return [(leg, terms.trigger_price) for leg, terms in pairs if terms is not None]


class Ladder:
    """Triggers of one instrument, sorted by price: a tick looks at two heads and at nothing that is not reached."""

    def __init__(self) -> None:
        self._stops: list[tuple[Decimal, str]] = []
        self._targets: list[tuple[Decimal, str]] = []

    def add(self, gtt: HeldGtt) -> None:
        """Watch the triggers of a GTT that is not yet in the ladder."""
        for leg, trigger in gtt.triggers():
            bisect.insort(self._side(leg), (trigger, gtt.trigger_id))

    def remove(self, gtt: HeldGtt) -> None:
        """Watch them no longer; safe to repeat."""
        for leg, trigger in gtt.triggers():
            side = self._side(leg)
            at = bisect.bisect_left(side, (trigger, gtt.trigger_id))
            if at < len(side) and side[at] == (trigger, gtt.trigger_id):
                del side[at]

    def reached(self, price: Decimal) -> list[tuple[str, Leg]]:
        """(trigger id, leg) of every trigger that a trade at `price` reaches, the one it reached first in front."""
        stops = self._stops[bisect.bisect_left(self._stops, (price, "")) :]
        targets = self._targets[: bisect.bisect_left(self._targets, (price, "\U0010ffff"))]
        return [(name, Leg.STOP) for _, name in reversed(stops)] + [(name, Leg.TARGET) for _, name in targets]

    def __len__(self) -> int:
        return len(self._stops) + len(self._targets)

    def _side(self, leg: Leg) -> list[tuple[Decimal, str]]:
        return self._stops if leg is Leg.STOP else self._targets
