"""Settles writes of brokers' GTTs with an unknown outcome, by evidence only. It never sends or repeats anything."""

from __future__ import annotations

from collections.abc import Callable

from database.journal import IntentRow
from domain.errors import OpenAlgoError, Refused
from domain.gtt import GttRow
from services import events
from services.trading.journal import UNDECIDED, Journal
from services.trading.reconciliation.evidence import Finding
from services.trading.reconciliation.examination import LAPSED
from services.trading.reconciliation.reconciler import SETTLE_SECONDS
from services.trading.reconciliation.waiting import Waiting
from services.trading.writes import Account
from services.triggers.native.calls import BrokerGtts
from services.triggers.native.evidence import examine
from utils.clock import Clock, epoch_ms
from utils.concurrency import KeyedLocks, Lock
from utils.logging import get_logger

GATE_SECONDS = 10.0
# What no look could decide in this time is left to a person.
LOOKED_FOR_MS = 24 * 3600 * 1000
log = get_logger(__name__)


class GttSettling:
    """Keeps the open intents and looks for them. `on_book` hears every snapshot, `on_settled` every decision."""

    def __init__(
        self, *, journal: Journal, calls: BrokerGtts, bus: events.Events, clock: Clock,
        on_book: Callable[[Account, list[GttRow]], None], on_settled: Callable[[IntentRow, Finding], None],
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._calls = calls
        self._events = bus
        self._clock = clock
        self._on_book = on_book
        self._on_settled = on_settled
        self._settle_seconds = settle_seconds
        self._lock = Lock()
        self._passes = KeyedLocks()
        self._open: dict[str, IntentRow] = {}
        self._waiting = Waiting(clock)
        self._gated: set[int] = set()

    def load(self) -> int:
        """Take up what an earlier run left open; its accounts get no new GTT until they were looked at once."""
        rows = [row for row in self._journal.unresolved_gtts() if row.code != LAPSED]
        with self._lock:
            self._open = {row.tag: row for row in rows}
            self._waiting.begin_all(self._open)
            self._gated = {row.account_id for row in rows}
        return len(rows)

    def uncertain(self, intent: IntentRow) -> None:
        """This write of the present run has an unknown outcome."""
        with self._lock:
            self._open[intent.tag] = intent
            self._waiting.begin(intent.tag)

    def settle(self, intent: IntentRow) -> IntentRow:
        """The intent after one more look; unchanged when the broker cannot be asked or the book proves nothing."""
        intent = self._journal.by_tag(intent.tag) or intent
        if intent.state not in UNDECIDED:
            return intent
        with self._lock:
            if self._open.setdefault(intent.tag, intent) is intent:
                self._waiting.begin(intent.tag)
        try:
            self.look(_account(intent))
        except OpenAlgoError as error:
            log.warning("a GTT's outcome cannot be checked now", tag=intent.tag, reason=error.message)
        return self._journal.by_tag(intent.tag) or intent

    def require_reconciled(self, account: Account) -> None:
        """Look at the book once before the first new GTT after a start. Raises Refused when that is not possible."""
        if account.account_id not in self._gated:
            return
        try:
            self.look(account)
        except OpenAlgoError as error:
            raise Refused(
                f"GTTs of an earlier run are still being checked: {error.message}", code="RECONCILING"
            ) from error

    def accounts(self) -> list[Account]:
        """Accounts with open intents."""
        with self._lock:
            return list({row.account_id: _account(row) for row in self._open.values()}.values())

    def look(self, account: Account) -> None:
        """One pass: read the whole book and settle what it proves. Raises what the read raises."""
        with self._passes.hold(account.account_id, GATE_SECONDS) as held:
            if not held:
                raise Refused("The GTT book is being read", code="BUSY")
            self._look(account)

    def _look(self, account: Account) -> None:
        taken_ms = epoch_ms(self._clock.now())
        settled = self._waiting.longer_than(self._settle_seconds, self._clock.monotonic())
        # First what is on its way, then what has arrived: a GTT acked in between is seen twice, not never.
        unresolved = self._journal.unresolved_gtts()
        with self._lock:
            intents = [row for row in self._open.values() if row.account_id == account.account_id]
        known = {row.tag for row in intents}
        in_flight = [
            row
            for row in unresolved
            if row.account_id == account.account_id and row.tag not in known and row.code != LAPSED
        ]
        book = self._calls.book(account)
        if intents:
            shown = [row.trigger_id for row in book]
            taken = self._journal.gtts(account.account_id, shown)
            claimed = {row.order_id for row in taken if row.order_id}
            for finding in examine(intents, book, settled=settled, claimed=claimed, in_flight=in_flight):
                self._decide(finding)
            self._give_up(intents, taken_ms)
        self._on_book(account, book)
        with self._lock:
            self._gated.discard(account.account_id)

    def _decide(self, finding: Finding) -> None:
        with self._lock:
            intent = self._open.get(finding.tag)
        if intent is None or not self._journal.decide(
            finding.tag, finding.state, order_id=finding.order_id, message=finding.message, durable=True
        ):
            return  # a full disk: the next look finds the same evidence
        self._forget(finding.tag)
        log.info(
            "the outcome of a GTT is settled", tag=finding.tag, state=finding.state, gtt=finding.order_id
        )
        self._events.publish(
            events.OutcomeResolved(
                user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker, mode=intent.mode,
                source=intent.source, strategy=intent.strategy, tag=intent.tag, state=finding.state,
                order_id=finding.order_id,
            )
        )  # fmt: skip
        self._on_settled(intent, finding)

    def _give_up(self, intents: list[IntentRow], taken_ms: int) -> None:
        """The book shows several that it could be: only a person can tell them apart."""
        for intent in intents:
            if intent.created_ms >= taken_ms - LOOKED_FOR_MS:
                continue
            if not self._forget(intent.tag):
                continue
            text = "The broker's GTT book could not settle it within a day: compare it by hand"
            self._journal.decide(intent.tag, "unknown", code=LAPSED, message=text, durable=True)
            log.error("a GTT stays unknown", tag=intent.tag, symbol=intent.symbol)

    def _forget(self, tag: str) -> bool:
        """No longer looked for; whether it was."""
        with self._lock:
            self._waiting.end(tag)
            return self._open.pop(tag, None) is not None


def _account(intent: IntentRow) -> Account:
    return Account(account_id=intent.account_id, broker=intent.broker)
