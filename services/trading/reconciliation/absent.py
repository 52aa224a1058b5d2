"""Intents that were reported absent, and what may have become of them after all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from database.journal import IntentRow
from domain.orders import OrderRow
from services.trading.reconciliation.evidence import Doubt, tags_of
from utils import limits
from utils.concurrency import Lock

KEPT = 10_000


class AbsentOrders:
    """Thread-safe; the oldest make room."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: OrderedDict[str, IntentRow] = OrderedDict()
        self._doubts: dict[str, Doubt] = {}
        self._suspect: set[int] = set()
        limits.watch(
            self._rows, name="absent orders", kind="cache", bound=KEPT, policy="drop_oldest", size=len,
        )  # fmt: skip

    def keep(self, row: IntentRow) -> None:
        """The complete book did not show this order."""
        with self._lock:
            self._rows[row.tag] = row
            if len(self._rows) > KEPT:
                self._doubts.pop(self._rows.popitem(last=False)[0], None)

    def get(self, tag: str) -> IntentRow | None:
        """One of them."""
        return self._rows.get(tag)

    def drop(self, tag: str) -> None:
        """It was found."""
        with self._lock:
            self._rows.pop(tag, None)
            self._doubts.pop(tag, None)

    def of(self, account_id: int) -> list[IntentRow]:
        """All of an account, oldest first."""
        with self._lock:
            return [row for row in self._rows.values() if row.account_id == account_id]

    def tagged(self, account_id: int, row: OrderRow) -> list[str]:
        """Tags that a row of the account proves to be at the broker."""
        return tags_of(row, self.of(account_id))

    def suspect(self, account_id: int, row: OrderRow) -> None:
        """A row without a tag turned up: where it trades what an absent order wanted, a whole book must tell."""
        place = (row.exchange.value, row.symbol)
        if any((item.exchange, item.symbol) == place for item in self.of(account_id)):
            with self._lock:
                self._suspect.add(account_id)

    def suspects(self) -> list[int]:
        """Accounts whose book is to be read for that."""
        with self._lock:
            return list(self._suspect)

    def looked(self, account_id: int) -> None:
        """The account's book was read."""
        with self._lock:
            self._suspect.discard(account_id)

    def doubt(self, absent: Sequence[IntentRow], doubts: Sequence[Doubt]) -> list[Doubt]:
        """What is in doubt about these now; answers what was not before."""
        with self._lock:
            fresh = [item for item in doubts if self._doubts.get(item.tag) != item]
            for row in absent:
                self._doubts.pop(row.tag, None)
            self._doubts |= {item.tag: item for item in doubts}
        return fresh

    def doubts(self, account_id: int) -> list[tuple[IntentRow, Doubt]]:
        """What is in doubt about an account."""
        rows = {row.tag: row for row in self.of(account_id)}
        with self._lock:
            return [(rows[tag], doubt) for tag, doubt in self._doubts.items() if tag in rows]

    def forget(self, account_id: int) -> None:
        """The account was deleted."""
        for row in self.of(account_id):
            self.drop(row.tag)
        self.looked(account_id)

    def __bool__(self) -> bool:
        return bool(self._rows)
