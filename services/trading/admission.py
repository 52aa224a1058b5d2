"""What stands before every entry: kill switch, exits that must not overshoot, orders of an earlier run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from domain.errors import NotAllowed, Refused
from domain.orders import OrderRow
from services.trading import risk
from services.trading.commands import Place
from services.trading.desk import Desk
from services.trading.journal import IntentRow, Journal
from services.trading.plans import closing
from services.trading.timeline import trace
from services.trading.writes import Account
from utils.concurrency import KeyedLocks

WAIT_SECONDS = 30.0
# How long a broker's book may take to show an order that the broker has accepted.
BOOK_LAG_SECONDS = 10.0


class OrderKnowledge(Protocol):
    """What is known about orders without asking the broker, and whether everything sent is accounted for."""

    def known(self, account: Account, order_id: str, mode: str) -> OrderRow | None:
        """The order as last seen, complete with what the vendor needs for a change; None when never seen."""

    def require_reconciled(self, account: Account, mode: str) -> None:
        """Raise Refused unless the intents left by an earlier run have been looked for in the broker's book."""

    def unresolved(self, account: Account, mode: str) -> list[IntentRow]:
        """Intents of the account whose outcome is unknown."""


class Admission:
    """Lets orders through or raises. Every new order that is not our own exit passes here."""

    def __init__(self, journal: Journal, knowledge: OrderKnowledge) -> None:
        self._journal = journal
        self._knowledge = knowledge
        self._reductions = KeyedLocks()

    @contextlib.contextmanager
    def admitted(self, command: Place, account: Account, desk: Desk) -> Iterator[None]:
        """Kill switch and start-up reconciliation; an order that only reduces a position passes the former.

        Such orders of one position are sent one after the other, so that two of them cannot overshoot together.
        """
        with contextlib.ExitStack() as held:
            try:
                risk.refuse_entry(self._journal.kill_switches(), account.account_id)
                trace.checked("kill_switch", passed=True)
            except NotAllowed as error:
                trace.checked("kill_switch", passed=False, message=error.message)
                place = (account.account_id, desk.mode, command.exchange, command.symbol, command.product)
                if not held.enter_context(self._reductions.hold(place, WAIT_SECONDS)):
                    raise Refused("Another exit of this position is still being sent", code="BUSY") from None
                if not self._reduces(command, account, desk):
                    raise
            if desk.journaled:
                self._knowledge.require_reconciled(account, desk.mode)
            yield

    def _reduces(self, command: Place, account: Account, desk: Desk) -> bool:
        """Whether the position stays on its side when everything that already works against it fills, too."""
        recent = self.recent(account, desk)
        book = desk.order_book(account.account_id, account.broker)
        net = sum(
            row.quantity
            for row in desk.positions(account.account_id, account.broker)
            if closing.is_of(command, row)
        )
        return risk.is_reducing(
            command, net + command.side.sign * closing.working_like(command, book, recent)
        )

    def recent(self, account: Account, desk: Desk) -> list[IntentRow]:
        """Intents that the book may not show yet; asked for before the book, so that none falls in between."""
        rows = self._journal.recent(account.account_id, BOOK_LAG_SECONDS) if desk.journaled else []
        return [row for row in rows if row.mode == desk.mode]
