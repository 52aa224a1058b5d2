"""What became of paper writes whose answer was lost: the paper books are here, so one look decides."""

from __future__ import annotations

from typing import Protocol

from database.journal import IntentRow
from domain.orders import OrderRow
from services.trading.journal import Journal
from services.trading.reconciliation.evidence import examine
from utils.clock import Clock
from utils.logging import get_logger

log = get_logger(__name__)


class PaperBooks(Protocol):
    """Where a paper write shows."""

    def by_tag(self, tag: str) -> OrderRow | None:
        """The order that was placed under a tag, on whichever day."""

    def by_id(self, account_id: int, order_id: str) -> OrderRow | None:
        """One order, on whichever day."""


class PaperOutcomes:
    """Decides open paper intents. A paper write is one transaction: it is in the books, or it never happened."""

    def __init__(self, journal: Journal, books: PaperBooks, mode: str, clock: Clock) -> None:
        self._journal = journal
        self._books = books
        self._mode = mode
        self._clock = clock

    def load(self) -> int:
        """Decide what an earlier run left open; answers how many there were."""
        rows = [row for row in self._journal.unresolved() if row.mode == self._mode]
        for row in rows:
            self.settle(row)
        return len(rows)

    def settle(self, intent: IntentRow) -> IntentRow:
        """The intent with its proven end."""
        if intent.operation == "place":
            row = self._books.by_tag(intent.tag)
        else:
            row = self._books.by_id(intent.account_id, intent.order_id or "")
        for finding in examine(
            [intent], [row] if row else [], settled=[intent.tag], has_tags=True, claimed=()
        ):
            self._journal.decide(
                finding.tag, finding.state, order_id=finding.order_id, message=finding.message, durable=True
            )
            log.info("the outcome of a paper write was found", tag=finding.tag, state=finding.state)
        return self._journal.by_tag(intent.tag) or intent
