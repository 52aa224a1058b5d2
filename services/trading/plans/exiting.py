"""The way of exits that the gateway holds: look at the position and send under one turn, and ask what became of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from domain.errors import NotAllowed
from services.accounts.principal import Principal
from services.trading.commands import Accepted, Close, Place, Queued
from services.trading.idempotency import Idempotency
from services.trading.modes import AppMode, Modes
from services.trading.plans.closing import Exit
from services.trading.plans.turns import Turns
from services.trading.timeline.trace import Tracing
from services.trading.writes import Mandate


class Exiting:
    """Each order goes through the router's `submit`; nothing is sent here.

    mandate: on whose behalf a close is made; plan: its exits as the position is now.
    """

    def __init__(
        self, *, submit: Callable[[Place, Principal, AppMode | None], Accepted | Queued], modes: Modes,
        mandate: Callable[[AppMode, Principal, Close], Mandate], plan: Callable[[Close, Mandate], list[Exit]],
        turns: Turns, idempotency: Idempotency, tracing: Tracing,
    ) -> None:  # fmt: skip
        self.submit = submit
        self._modes = modes
        self._mandate = mandate
        self._plan = plan
        self._turns = turns
        self._idempotency = idempotency
        self._tracing = tracing

    @contextlib.contextmanager
    def closing(self, command: Close, principal: Principal, only_in: AppMode) -> Iterator[list[Exit]]:
        """The exits of a position as it is now, planned and not sent; while this is open no other plan of it runs.

        Raises NotAllowed in another mode than `only_in`, Refused when the turn does not come, and what reads raise.
        """
        with self._tracing.call(command, principal):
            self._require(only_in)
            mandate = self._mandate(only_in, principal, command)
            with self._turns.of(command, mandate):
                self._require(only_in)
                yield self._plan(command, mandate)

    def recall(self, key: str, principal: Principal, mode: AppMode) -> Accepted | None:
        """What became of the order under a key; None when it is certainly not live. Raises UncertainOrder."""
        return self._idempotency.recall(principal.user_id, mode.value, key)

    def _require(self, only_in: AppMode) -> None:
        if self._modes.app_mode() is not only_in:
            raise NotAllowed("The trading mode is another one; nothing was sent", code="MODE_CHANGED")
