"""A book held against the journal: collects what services.trading.reconciliation.evidence decides by."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from database.journal import IntentRow
from domain.orders import OrderRow
from services.trading.desk import BrokerPlugins
from services.trading.journal import Journal
from services.trading.reconciliation.evidence import Finding, Late, examine, examine_late
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms, ist

# Code of an unknown intent of an earlier day, which nobody looks for any more.
LAPSED = "LAPSED"


class Examination:
    """Reads the journal; decides and changes nothing."""

    def __init__(self, journal: Journal, brokers: BrokerPlugins, clock: Clock) -> None:
        self._journal = journal
        self._brokers = brokers
        self._clock = clock

    def findings(
        self,
        account: Account,
        intents: Sequence[IntentRow],
        book: Sequence[OrderRow],
        settled: Collection[str],
    ) -> list[Finding]:
        """What a book proves about open intents; it must show the `settled` ones (tags) if they ever arrived."""
        has_tags = self._keeps_tags(account)
        # First what is on its way, then what has arrived: an order acked in between is seen twice, not never.
        in_flight = [] if has_tags else self._in_flight(account, intents)
        claimed = set() if has_tags else set(self._journal.strategies(account.account_id))
        return examine(
            intents, book, settled=settled, has_tags=has_tags, claimed=claimed, day_ms=self.day_ms(),
            in_flight=in_flight,
        )  # fmt: skip

    def late(self, account: Account, absent: Sequence[IntentRow], book: Sequence[OrderRow]) -> Late:
        """What it proves about intents reported absent; where tags exist, every row with one was looked at already."""
        if not absent or self._keeps_tags(account):
            return Late(findings=[], doubts=[])
        moving = self._in_flight(account, absent)
        claimed = set(self._journal.strategies(account.account_id))
        return examine_late(absent, book, claimed=claimed, moving=moving)

    def is_over(self, intent: IntentRow) -> bool:
        """Whether no later book can show it: order books hold one Indian day."""
        return intent.created_ms < self.day_ms()

    def day_ms(self) -> int:
        """When today began."""
        return epoch_ms(ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0))

    def _keeps_tags(self, account: Account) -> bool:
        return self._brokers.manifest(account.broker).limits.tag_length > 0

    def _in_flight(self, account: Account, intents: Sequence[IntentRow]) -> list[IntentRow]:
        """Intents that other threads are sending now, or whose answers the journal has not written yet."""
        known = {item.tag for item in intents}
        return [
            row
            for row in self._journal.unresolved()
            if row.account_id == account.account_id and row.tag not in known and row.code != LAPSED
        ]
