"""Which plans wait for each other: those that compute from what the other changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from domain.errors import Refused
from services.trading.commands import CancelAll, Close, Plan, Smart
from services.trading.writes import Mandate
from utils.concurrency import ScopedLocks

WAIT_SECONDS = 30.0


class Turns:
    """Plans of one position run one after the other, plans of different positions side by side."""

    def __init__(self) -> None:
        self._locks = ScopedLocks()

    @contextmanager
    def of(self, command: Plan, mandate: Mandate) -> Iterator[None]:
        """Wait until nothing that this plan must not meet runs. Raises Refused when that takes too long."""
        scope = scope_of(command, mandate)
        if scope is None:
            yield
            return
        with self._locks.hold(scope, WAIT_SECONDS) as held:
            if not held:
                raise Refused("Another such call of this account is still running", code="BUSY")
            yield

    def __len__(self) -> int:
        """How many run or wait."""
        return len(self._locks)


def scope_of(command: Plan, mandate: Mandate) -> tuple[Hashable | None, ...] | None:
    """What a plan must have to itself. None in the tuple is everything.

    A smart order takes its position, cancel-all and close what their filters name; the other plans compute nothing
    from the books and wait for nobody.
    """
    place = (mandate.account.account_id, mandate.desk.mode)
    match command:
        case Smart() | Close():
            return (*place, command.exchange, command.symbol, command.product)
        case CancelAll():
            return (*place, command.exchange, command.symbol, None)
    return None
