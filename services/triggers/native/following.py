"""Notices what becomes of the GTTs at brokers: nobody tells us when one fires, the book has to be compared.

An order that could be the one of a waiting GTT is a hint to compare at once; the book decides.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from domain.errors import OpenAlgoError
from domain.gtt import GttRow, GttStatus
from domain.orders import OrderRow
from services.trading.writes import Account
from services.triggers.native.settling import GttSettling
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock, Periodic
from utils.logging import get_logger

ROUND_SECONDS = 5.0
# How often the book of an account with waiting GTTs is compared.
COMPARE_SECONDS = 30.0
# The broker's GTT book may lag behind the order that a GTT sent: it is read once more soon after.
AGAIN_SECONDS = 2.0
MOST_HINTS = 500
log = get_logger(__name__)


class GttFollower:
    """`on_moved(account, row)` hears of every GTT that was active when it was seen before and is not any more.

    A GTT that two books in a row no longer show was withdrawn at the broker: it is told with status DELETED.
    """

    def __init__(
        self, *, native_accounts: Callable[[], Iterable[Account]], on_moved: Callable[[Account, GttRow], None],
        clock: Clock,
    ) -> None:  # fmt: skip
        self._native_accounts = native_accounts
        self._on_moved = on_moved
        self._clock = clock
        self._lock = Lock()
        self._active: dict[int, dict[str, GttRow]] = {}
        self._missing: dict[int, set[str]] = {}
        self._next: dict[int, float] = {}
        self._hints: OrderedDict[tuple[int, str], None] = OrderedDict()
        limits.watch(
            self._hints, name="hints about GTTs", kind="queue", bound=MOST_HINTS, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._periodic: Periodic | None = None

    def start(self, settling: GttSettling) -> None:
        """Begin; the same rounds settle what is unknown."""
        self._periodic = Periodic(
            lambda: self.round(settling), ROUND_SECONDS, "gtt-rounds",
            lambda error: log.error("a round of the brokers' GTTs failed", exc_info=error),
        )  # fmt: skip

    def close(self) -> None:
        """Stop."""
        if self._periodic is not None:
            self._periodic.stop()

    def saw(self, account: Account, book: list[GttRow]) -> None:
        """A whole book was read."""
        now = {row.trigger_id: row for row in book}
        with self._lock:
            before = self._active.get(account.account_id, {})
            once = self._missing.get(account.account_id, set())
            active = {name: row for name, row in now.items() if row.status is GttStatus.ACTIVE}
            missing = {name for name in before if name not in now and name not in once}
            self._active[account.account_id] = active | {name: before[name] for name in missing}
            self._missing[account.account_id] = missing
        for name, row in before.items():
            if name not in active and name not in missing:
                self._on_moved(account, now.get(name) or _withdrawn(row))

    def forget(self, account: Account, trigger_id: str) -> None:
        """We withdrew it ourselves, which is told already."""
        with self._lock:
            self._active.get(account.account_id, {}).pop(trigger_id, None)

    def expect(self, account: Account) -> None:
        """A new one stands there: the next round reads the book."""
        with self._lock:
            self._next.pop(account.account_id, None)

    def ordered(self, account: Account, order: OrderRow, settling: GttSettling) -> None:
        """The broker told of an order: compare now, once for each order that a waiting GTT could have sent."""
        hint = (account.account_id, order.order_id)
        with self._lock:
            waiting = list(self._active.get(account.account_id, {}).values())
            if hint in self._hints or not any(_could_send(row, order) for row in waiting):
                return
            self._hints[hint] = None
            if len(self._hints) > MOST_HINTS:
                self._hints.popitem(last=False)
        self._next[account.account_id] = self._clock.monotonic() + AGAIN_SECONDS
        self._look(account, settling)

    def round(self, settling: GttSettling) -> None:
        """Read the book of every account that waits for an outcome, or whose GTTs may have moved."""
        due = {account.account_id: account for account in settling.accounts()}
        now = self._clock.monotonic()
        for account in self._native_accounts():
            known = self._active.get(account.account_id)
            waits = known is None or known or account.account_id not in self._next
            if waits and self._next.get(account.account_id, now) <= now:
                due[account.account_id] = account
        for account in due.values():
            self._next[account.account_id] = now + COMPARE_SECONDS
            self._look(account, settling)

    @staticmethod
    def _look(account: Account, settling: GttSettling) -> None:
        try:
            settling.look(account)
        except OpenAlgoError as error:
            log.info("a GTT book cannot be read now", account=account.account_id, reason=error.message)


def _could_send(row: GttRow, order: OrderRow) -> bool:
    """Whether an order is what one of the legs would send; its price may have been protected on the way."""
    if (row.symbol, row.exchange) != (order.symbol, order.exchange):
        return False
    what = (order.side, order.quantity, str(order.product))
    return any((leg.side, leg.quantity, str(leg.product)) == what for leg in row.legs)


def _withdrawn(row: GttRow) -> GttRow:
    return msgspec.structs.replace(row, status=GttStatus.DELETED)
