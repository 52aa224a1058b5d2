"""Settles writes with an unknown outcome, by evidence only. It never sends, repeats or cancels anything."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from database.journal import IntentRow
from domain.errors import OpenAlgoError, Refused
from domain.orders import OrderRow
from services import events
from services.trading.desk import BrokerPlugins, Desk
from services.trading.journal import UNDECIDED, Journal
from services.trading.reconciliation.absent import AbsentOrders
from services.trading.reconciliation.evidence import Finding, tags_of
from services.trading.reconciliation.examination import LAPSED, Examination
from services.trading.reconciliation.waiting import Waiting
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms
from utils.concurrency import KeyedLocks, Lock
from utils.logging import get_logger

SETTLE_SECONDS = 60.0
GATE_SECONDS = 10.0
log = get_logger(__name__)


class Reconciler:
    """Keeps the open intents of this machine and looks for them.

    on_book hears every snapshot, so that one read of the book serves the order stream as well.
    """

    def __init__(
        self, *, journal: Journal, desk: Desk, brokers: BrokerPlugins, bus: events.Events, clock: Clock,
        on_book: Callable[[Account, list[OrderRow]], None], settle_seconds: float = SETTLE_SECONDS,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._desk = desk
        self._events = bus
        self._clock = clock
        self._on_book = on_book
        self._examination = Examination(journal, brokers, clock)
        self._settle_seconds = settle_seconds
        self._lock = Lock()
        # Held from taking an intent up to its row being decided, so that nobody reads the row in between.
        self._settling = Lock()
        self._passes = KeyedLocks()
        self._open: dict[str, IntentRow] = {}
        self._waiting = Waiting(clock)
        self.absent = AbsentOrders()
        self._gated: set[int] = set()

    def load(self) -> int:
        """Take up what an earlier run left open; its accounts take no entries until they were looked at once."""
        rows = self._journal.unresolved()
        with self._lock:
            self._open = {row.tag: row for row in rows if row.mode == self._desk.mode and row.code != LAPSED}
            self._waiting.begin_all(self._open)
            self._gated = {row.account_id for row in self._open.values()}
        for row in self._journal.absent(self._examination.day_ms()):
            self._keep_absent(row)
        return len(self._open)

    def uncertain(self, tag: str) -> None:
        """A write of this run has an unknown outcome."""
        row = self._journal.by_tag(tag)
        if row is not None:
            with self._lock:
                self._open[tag] = row
                self._waiting.begin(tag)

    def unresolved(self, account: Account) -> list[IntentRow]:
        """Open intents of an account."""
        with self._lock:
            return [row for row in self._open.values() if row.account_id == account.account_id]

    def forget(self, account_id: int) -> None:
        """The account was deleted: its open intents stay unknown in the journal, and nobody looks for them."""
        with self._lock:
            self._open = {tag: row for tag, row in self._open.items() if row.account_id != account_id}
            self._gated.discard(account_id)
        self.absent.forget(account_id)

    def youngest(self) -> dict[int, int]:
        """Account -> the age of its youngest open intent in milliseconds; 0, if one may have come late."""
        found = dict.fromkeys(self.absent.suspects(), 0)
        with self._lock:
            return self._waiting.youngest(self._open.values(), found)

    def require_reconciled(self, account: Account) -> None:
        """Look at the book once before the first entry after a start. Raises Refused when that is not possible."""
        if account.account_id not in self._gated:
            return
        with self._passes.hold(("gate", account.account_id), GATE_SECONDS) as held:
            if held and account.account_id not in self._gated:
                return
            try:
                if held:
                    self.look(account)
            except OpenAlgoError as error:
                raise Refused(
                    f"Orders of an earlier run are still being checked: {error.message}", code="RECONCILING"
                ) from error
            if account.account_id in self._gated:
                raise Refused("Orders of an earlier run are still being checked", code="RECONCILING")

    def look(self, account: Account) -> list[OrderRow]:
        """One pass: read the whole book, settle what it proves, answer it. Raises what the read raises."""
        taken = self._clock.monotonic()
        book = self._desk.order_book(account.account_id, account.broker)
        self._on_book(account, book)
        intents = self.unresolved(account)
        if intents:
            settled = self._waiting.longer_than(self._settle_seconds, taken)
            for finding in self._examination.findings(account, intents, book, settled):
                self._settle(finding)
            self._give_up([intent for intent in intents if intent.tag in settled])
        self._look_for_late(account, book)
        self.absent.looked(account.account_id)
        with self._lock:
            self._gated.discard(account.account_id)
        return book

    def evidence(self, account: Account, row: OrderRow) -> None:
        """One row seen anywhere: a placed order that carries an open tag is at the broker.

        That also holds for a tag that was missing from an earlier, allegedly complete book.
        """
        if not (self._open or self.absent):
            return
        if row.tag is None:
            self.absent.suspect(account.account_id, row)
            return
        with self._lock:
            found = [
                tag
                for tag in tags_of(row, self._open.values())
                if (item := self._open[tag]).operation == "place" and item.account_id == account.account_id
            ]
        for tag in (*found, *self.absent.tagged(account.account_id, row)):
            self._settle(Finding(tag=tag, state="acked", order_id=row.order_id))

    def settle(self, intent: IntentRow) -> IntentRow:
        """The intent after one more look; unchanged when the broker cannot be asked or the book proves nothing."""
        with self._settling:
            intent = self._journal.by_tag(intent.tag) or intent
            if intent.state not in UNDECIDED:
                return intent
            with self._lock:
                if self._open.setdefault(intent.tag, intent) is intent:
                    self._waiting.begin(intent.tag)
        try:
            self.look(Account(account_id=intent.account_id, broker=intent.broker))
        except OpenAlgoError as error:
            log.warning("an unknown outcome cannot be checked now", tag=intent.tag, reason=error.message)
        with self._settling:
            return self._journal.by_tag(intent.tag) or intent

    def _look_for_late(self, account: Account, book: list[OrderRow]) -> None:
        absent = self.absent.of(account.account_id)
        late = self._examination.late(account, absent, book)
        for finding in late.findings:
            self._settle(finding)
        by_tag = {row.tag: row for row in absent}
        text = "An order equal to one reported absent is in the book; whose it is cannot be proven"
        for doubt in self.absent.doubt(absent, late.doubts):
            self._alarm(by_tag[doubt.tag], doubt.order_ids[0], text)

    def _alarm(self, intent: IntentRow, order_id: str | None, message: str) -> None:
        log.error(message, tag=intent.tag, order_id=order_id, symbol=intent.symbol)
        self._events.publish(
            events.DriftFound(
                user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker, mode=intent.mode,
                kind="late-correction", tag=intent.tag, order_id=order_id, symbol=intent.symbol,
                exchange=intent.exchange, message=message,
            )
        )  # fmt: skip

    def _keep_absent(self, row: IntentRow) -> None:
        if row.operation == "place" and row.mode == self._desk.mode:
            self.absent.keep(row)

    def _give_up(self, intents: list[IntentRow]) -> None:
        """What was sent on an earlier day and no book shows stays unknown for good, and is no longer looked for."""
        for intent in intents:
            if not self._examination.is_over(intent):
                continue
            with self._lock:
                self._waiting.end(intent.tag)
                if self._open.pop(intent.tag, None) is None:
                    continue
            text = "Its trading day is over and it was never seen: check the broker's statement"
            self._journal.decide(intent.tag, "unknown", code=LAPSED, message=text, durable=True)
            log.error("an order of an earlier day stays unknown", tag=intent.tag, symbol=intent.symbol)

    def _settle(self, finding: Finding) -> None:
        with self._settling:
            with self._lock:
                intent = self._open.get(finding.tag)
            was_absent = intent is None
            intent = intent or self.absent.get(finding.tag)
            if intent is None or (was_absent and finding.state != "acked"):
                return
            if not self._journal.decide(
                finding.tag, finding.state, order_id=finding.order_id, message=finding.message, durable=True
            ):
                return  # a full disk: the next look finds the same evidence
            with self._lock:
                self._open.pop(finding.tag, None)
                self._waiting.end(finding.tag)
            self.absent.drop(finding.tag)
            if finding.state == "absent":
                decided_ms = epoch_ms(self._clock.now())
                self._keep_absent(msgspec.structs.replace(intent, state="absent", decided_ms=decided_ms))
        if was_absent:
            self._alarm(intent, finding.order_id, "An order reported absent is live")
        log.info("an outcome is settled", tag=finding.tag, state=finding.state, order_id=finding.order_id)
        self._events.publish(
            events.OutcomeResolved(
                user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker, mode=intent.mode,
                source=intent.source, strategy=intent.strategy, tag=intent.tag, state=finding.state,
                order_id=finding.order_id,
            )
        )  # fmt: skip
