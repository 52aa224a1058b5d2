"""What the trading room does without being asked: compare books, drop old keys, forget deleted accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from services.events import ActiveAccountChanged, Events
from services.trading.journal import Journal
from services.trading.reconciliation.drift_reports import DriftReports
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.owners import Owners
from utils.concurrency import Periodic
from utils.logging import get_logger

PURGE_SECONDS = 3600.0
DRIFT_SECONDS = 300.0
log = get_logger(__name__)


class Upkeep:
    """live, paper: the two order streams. written: accounts that writes are counted for. drops: what forgets one."""

    def __init__(
        self, *, owners: Owners, live: OrderUpdates, paper: OrderUpdates, drift: DriftReports,
        reconciler: Reconciler, journal: Journal, written: Callable[[], Collection[int]],
        drops: Sequence[Callable[[int], object]],
    ) -> None:  # fmt: skip
        self._owners = owners
        self._live = live
        self._paper = paper
        self._drift = drift
        self._reconciler = reconciler
        self._journal = journal
        self._written = written
        self._drops = drops
        self._chores: list[Periodic] = []

    def start(self, bus: Events, *, compares: bool) -> None:
        """Begin. compares: whether books are compared without being asked for."""
        bus.subscribe(ActiveAccountChanged, lambda _event: self.forget_deleted(), name="deleted-accounts")
        self._every(PURGE_SECONDS, self._purge_keys, "key-purge")
        if compares:
            self._every(DRIFT_SECONDS, self.compare_books, "drift")

    def close(self) -> None:
        """Stop."""
        for chore in self._chores:
            chore.stop()

    def compare_books(self) -> None:
        """Accounts whose orders moved today, so that an alarm comes by itself."""
        for owner in self._owners.connected():
            if self._live.seen(owner.account_id):
                self._drift.check(owner)

    def forget_deleted(self) -> None:
        """Nothing of an account that is gone is kept in memory."""
        for account_id in {*self._live.accounts(), *self._paper.accounts(), *self._written()}:
            self._owners.forget(account_id)
            if self._owners.of(account_id) is not None:
                continue
            for room in (self._live, self._paper, self._reconciler, self._drift):
                room.forget(account_id)
            for drop in self._drops:
                drop(account_id)

    def _purge_keys(self) -> None:
        self._journal.purge()

    def _every(self, seconds: float, work: Callable[[], None], name: str) -> None:
        def report(error: Exception) -> None:
            log.error("a chore of the trading room failed", chore=name, reason=str(error))

        self._chores.append(Periodic(work, seconds, name, report))
