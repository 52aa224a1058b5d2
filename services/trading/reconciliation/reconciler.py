"""Settles writes with an unknown outcome, by evidence only. It never sends, repeats or cancels anything."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

from database.journal import IntentRow
from domain.errors import OpenAlgoError, Refused
from domain.orders import OrderRow
from services import events
from services.trading.desk import BrokerPlugins, Desk
from services.trading.journal import UNDECIDED, Journal
from services.trading.reconciliation.evidence import Finding, examine, matches_tag
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import KeyedLocks, Lock
from utils.logging import get_logger

SETTLE_SECONDS = 60.0
GATE_SECONDS = 10.0
LAPSED = "LAPSED"
ABSENT_KEPT = 10_000
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
        self._brokers = brokers
        self._events = bus
        self._clock = clock
        self._on_book = on_book
        self._settle_ms = int(settle_seconds * 1000)
        self._lock = Lock()
        # Held from taking an intent up to its row being decided, so that nobody reads the row in between.
        self._settling = Lock()
        self._passes = KeyedLocks()
        self._open: dict[str, IntentRow] = {}
        self._absent: OrderedDict[str, IntentRow] = OrderedDict()
        self._gated: set[int] = set()

    def load(self) -> int:
        """Take up what an earlier run left open; its accounts take no entries until they were looked at once."""
        rows = self._journal.unresolved()
        with self._lock:
            self._open = {row.tag: row for row in rows if row.mode == self._desk.mode and row.code != LAPSED}
            self._gated = {row.account_id for row in self._open.values()}
            for row in self._journal.absent(self._day_ms()):
                self._keep_absent(row)
        return len(self._open)

    def uncertain(self, tag: str) -> None:
        """A write of this run has an unknown outcome."""
        row = self._journal.by_tag(tag)
        if row is not None:
            with self._lock:
                self._open[tag] = row

    def unresolved(self, account: Account) -> list[IntentRow]:
        """Open intents of an account."""
        with self._lock:
            return [row for row in self._open.values() if row.account_id == account.account_id]

    def forget(self, account_id: int) -> None:
        """The account was deleted: its open intents stay unknown in the journal, and nobody looks for them."""
        with self._lock:
            for home in (self._open, self._absent):
                for tag in [tag for tag, row in home.items() if row.account_id == account_id]:
                    del home[tag]
            self._gated.discard(account_id)

    def youngest(self) -> dict[int, int]:
        """Account -> when its youngest open intent was written (epoch milliseconds)."""
        found: dict[int, int] = {}
        with self._lock:
            for row in self._open.values():
                found[row.account_id] = max(row.created_ms, found.get(row.account_id, 0))
        return found

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

    def look(self, account: Account) -> None:
        """One pass: read the whole book and settle what it proves. Raises what the read raises."""
        taken_ms = epoch_ms(self._clock.now())
        book = self._desk.order_book(account.account_id, account.broker)
        self._on_book(account, book)
        intents = self.unresolved(account)
        if intents:
            for finding in self._examine(account, intents, book, taken_ms):
                self._settle(finding)
            self._give_up(intents, taken_ms)
        with self._lock:
            self._gated.discard(account.account_id)

    def evidence(self, account: Account, row: OrderRow) -> None:
        """One row seen anywhere: a placed order that carries an open tag is at the broker.

        That also holds for a tag that was missing from an earlier, allegedly complete book.
        """
        if row.tag is None or not (self._open or self._absent):
            return
        with self._lock:
            found = [
                item.tag
                for item in (*self._open.values(), *self._absent.values())
                if item.operation == "place"
                and item.account_id == account.account_id
                and matches_tag(row, item.tag)
            ]
        for tag in found:
            self._settle(Finding(tag=tag, state="acked", order_id=row.order_id))

    def settle(self, intent: IntentRow) -> IntentRow:
        """The intent after one more look; unchanged when the broker cannot be asked or the book proves nothing."""
        with self._settling:
            intent = self._journal.by_tag(intent.tag) or intent
            if intent.state not in UNDECIDED:
                return intent
            with self._lock:
                self._open.setdefault(intent.tag, intent)
        try:
            self.look(Account(account_id=intent.account_id, broker=intent.broker))
        except OpenAlgoError as error:
            log.warning("an unknown outcome cannot be checked now", tag=intent.tag, reason=error.message)
        with self._settling:
            return self._journal.by_tag(intent.tag) or intent

    def _examine(
        self, account: Account, intents: list[IntentRow], book: list[OrderRow], taken_ms: int
    ) -> list[Finding]:
        has_tags = self._brokers.manifest(account.broker).limits.tag_length > 0
        # First what is on its way, then what has arrived: an order acked in between is seen twice, not never.
        in_flight = [] if has_tags else self._in_flight(account, intents)
        claimed = set() if has_tags else set(self._journal.strategies(account.account_id))
        return examine(
            intents, book, taken_ms=taken_ms, settle_ms=self._settle_ms, has_tags=has_tags, claimed=claimed,
            day_ms=self._day_ms(), in_flight=in_flight,
        )  # fmt: skip

    def _in_flight(self, account: Account, intents: list[IntentRow]) -> list[IntentRow]:
        """Intents that other threads are sending now, or whose answers the journal has not written yet."""
        known = {item.tag for item in intents}
        return [
            row
            for row in self._journal.unresolved()
            if row.account_id == account.account_id and row.tag not in known and row.code != LAPSED
        ]

    def _keep_absent(self, row: IntentRow) -> None:
        if row.operation == "place" and row.mode == self._desk.mode:
            self._absent[row.tag] = row
            if len(self._absent) > ABSENT_KEPT:
                self._absent.popitem(last=False)

    def _day_ms(self) -> int:
        """When today began: order books hold one Indian day."""
        return epoch_ms(ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0))

    def _give_up(self, intents: list[IntentRow], taken_ms: int) -> None:
        """What was sent on an earlier day and no book shows stays unknown for good, and is no longer looked for."""
        for intent in intents:
            if intent.created_ms >= min(self._day_ms(), taken_ms - self._settle_ms):
                continue
            with self._lock:
                if self._open.pop(intent.tag, None) is None:
                    continue
            text = "Its trading day is over and it was never seen: check the broker's statement"
            self._journal.decide(intent.tag, "unknown", code=LAPSED, message=text, durable=True)
            log.error("an order of an earlier day stays unknown", tag=intent.tag, symbol=intent.symbol)

    def _settle(self, finding: Finding) -> None:
        with self._settling:
            with self._lock:
                was_absent = finding.tag not in self._open
                home = self._absent if was_absent else self._open
                intent = home.get(finding.tag)
            if intent is None or (was_absent and finding.state != "acked"):
                return
            if not self._journal.decide(
                finding.tag, finding.state, order_id=finding.order_id, message=finding.message, durable=True
            ):
                return  # a full disk: the next look finds the same evidence
            with self._lock:
                home.pop(finding.tag, None)
                if finding.state == "absent":
                    self._keep_absent(intent)
        text = "an order reported absent is live" if was_absent else "an unknown outcome is settled"
        level = logging.ERROR if was_absent else logging.INFO
        log.log(level, text, tag=finding.tag, state=finding.state, order_id=finding.order_id)
        self._events.publish(
            events.OutcomeResolved(
                user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker, mode=intent.mode,
                source=intent.source, strategy=intent.strategy, tag=intent.tag, state=finding.state,
                order_id=finding.order_id,
            )
        )  # fmt: skip
