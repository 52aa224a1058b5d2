"""Executes a claimed order exactly once and writes down how it ended, whatever happens on the way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from database.approvals import PendingOrders, PendingRow
from database.stores import Store
from domain.errors import OpenAlgoError, OutcomeUnknown
from domain.orders import OrderRow
from services import events
from services.accounts.principal import Principal
from services.approvals import stored
from services.approvals.endings import Ending, ending_of, of_intent, refusal
from services.trading.idempotency import finished
from services.trading.journal import Journal, KeyClaim
from services.trading.timeline import trace
from services.trading.writes import Account
from utils import limits
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

# The journal forgets keys after a day; past this age a missing key proves nothing.
PROOF_MS = 23 * 3600 * 1000
WATCH_MS = 2 * 24 * 3600 * 1000
ORDERS_KEPT = 10_000
log = get_logger(__name__)


class ApprovedRouter(Protocol):
    """The router's door: an approved principal is not queued again."""

    def execute(self, command: Any, principal: Principal) -> Any:
        """Send it now, with every check again: the principal is marked as approved."""


class Execution:
    """Runs claimed rows, settles interrupted ones by the journal, follows their orders."""

    def __init__(
        self, *, store: Store, router: ApprovedRouter, journal: Journal, tracing: trace.Tracing,
        bus: events.Events, clock: Clock, username: Callable[[int], str],
        known: Callable[[Account, str], OrderRow | None],
    ) -> None:  # fmt: skip
        self._store = store
        self._router = router
        self._journal = journal
        self._tracing = tracing
        self._events = bus
        self._clock = clock
        self._username = username
        self._known = known
        self._orders: OrderedDict[tuple[int, str], int] = OrderedDict()
        limits.watch(
            self._orders,
            name="approved orders",
            kind="cache",
            bound=ORDERS_KEPT,
            policy="drop_oldest",
            size=len,
        )

    def principal(self, row: PendingRow) -> Principal:
        """The caller who queued the order, for the account that was active then."""
        return Principal(
            user_id=row.user_id, username=self._username(row.user_id), account_id=row.account_id,
            broker=row.broker, source="api", key_id=row.key_id, approved=True,
        )  # fmt: skip

    def run(self, row: PendingRow) -> PendingRow:
        """Execute a row that this thread has claimed."""
        return self._end(row, self._attempt(row))

    def _attempt(self, row: PendingRow) -> Ending:
        try:
            command = msgspec.structs.replace(stored.decode(row.command), client_order_id=key_of(row))
            principal = self.principal(row)
            with self._tracing.call(command, principal, row.request_id):
                trace.note("approved", detail={"pending_order_id": row.id, "by": row.decided_by})
                return ending_of(self._router.execute(command, principal))
        except stored.UnreadableCommand as error:
            text = f"The stored order cannot be read, nothing was sent: {error}"
            return Ending(outcome="refused", broker_status="rejected", code="UNREADABLE", message=text)
        except OutcomeUnknown as error:
            return Ending(
                outcome="unknown", code=error.code, message=error.message, tag=getattr(error, "tag", None)
            )
        except OpenAlgoError as error:
            proven = self.by_journal(row)
            return proven if proven.outcome in ("accepted", "partial", "unknown") else refusal(error)
        except Exception as error:
            log.exception("an approved order broke", pending=row.id)
            proven = self.by_journal(row)
            text = f"An internal error stopped this order before it was sent ({type(error).__name__})"
            return proven if proven.outcome else Ending(outcome=None, code="INTERNAL", message=text)

    def by_journal(self, row: PendingRow) -> Ending:
        """What the journal proves about a row that was claimed."""
        now_ms = epoch_ms(self._clock.now())
        claim = KeyClaim(user_id=row.user_id, mode="live", key=key_of(row), fingerprint="")
        if now_ms - (row.decided_ms or row.created_ms) > PROOF_MS:
            text = "The program stopped while executing, more than a day ago: check the broker's statement"
            return Ending(outcome="unknown", code=OutcomeUnknown.code, message=text)
        key = self._journal.key(claim)
        if key is None:
            text = "The program stopped before this order was sent; nothing was sent"
            return Ending(outcome=None, code="INTERRUPTED", message=text)
        if key.tag is None:
            if key.answer is not None:
                return _ending_of_stored(row, key.answer)
            text = "The program stopped while sending these orders: some may be live, check the books"
            return Ending(outcome="unknown", code=OutcomeUnknown.code, message=text)
        intent = self._journal.by_tag(key.tag)
        return of_intent(intent) if intent is not None else Ending(outcome=None, code="INTERRUPTED")

    def recover(self) -> int:
        """Settle rows that an earlier run left in execution; how many. Before orders are taken."""
        with self._store.reading() as unit:
            rows = PendingOrders(unit)
            left = rows.in_state("executing")
            watched = rows.watched(epoch_ms(self._clock.now()) - WATCH_MS)
        for row in watched:
            self._watch(row.account_id, row.broker_order_id, row.id)
        for row in left:
            ending = self.by_journal(row)
            log.warning("an approval was interrupted", pending=row.id, outcome=ending.outcome or "not sent")
            self._end(row, ending)
        return len(left)

    def resolved(self, event: events.OutcomeResolved) -> None:
        """Evidence settled an unknown outcome: perhaps of an approved order."""
        with self._store.reading() as unit:
            row = next(
                (
                    item
                    for item in PendingOrders(unit).watched(epoch_ms(self._clock.now()) - WATCH_MS)
                    if item.tag == event.tag and item.outcome == "unknown"
                ),
                None,
            )
        intent = self._journal.by_tag(event.tag) if row is not None else None
        if row is not None and intent is not None:
            self._write(row, "approved", of_intent(intent))

    def changed(self, event: events.OrderChanged) -> None:
        """The broker said something about an order, perhaps an approved one."""
        pending_id = self._orders.get((event.account_id, event.row.order_id))
        if pending_id is not None:
            self._follow(pending_id, event.row)

    def _follow(self, pending_id: int, row: OrderRow) -> None:
        with self._store.unit() as unit:
            PendingOrders(unit).move(pending_id, "approved", broker_status=row.status.value)

    def _watch(self, account_id: int, order_id: str | None, pending_id: int) -> None:
        if order_id is not None:
            self._orders[(account_id, order_id)] = pending_id
            while len(self._orders) > ORDERS_KEPT:
                self._orders.popitem(last=False)

    def _end(self, row: PendingRow, ending: Ending) -> PendingRow:
        """Write the end of an execution, then look once at what may have overtaken it."""
        self._watch(row.account_id, ending.broker_order_id, row.id)
        written = self._write(row, "executing", ending)
        if ending.outcome == "unknown" and ending.tag is not None:
            intent = self._journal.by_tag(ending.tag)
            if intent is not None and intent.state in ("acked", "absent", "refused"):
                written = self._write(written, "approved", of_intent(intent))
        if written.broker_order_id is not None:
            account = Account(account_id=row.account_id, broker=row.broker)
            seen = self._known(account, written.broker_order_id)
            if seen is not None:
                self._follow(row.id, seen)
        return self.read(row.id) or written

    def read(self, pending_id: int) -> PendingRow | None:
        """The row as it is now."""
        with self._store.reading() as unit:
            return PendingOrders(unit).get(pending_id)

    def _write(self, row: PendingRow, from_state: str, ending: Ending) -> PendingRow:
        values: dict[str, Any] = {
            "outcome": ending.outcome, "code": ending.code, "message": ending.message,
            "tag": ending.tag or row.tag, "broker_order_id": ending.broker_order_id,
            "broker_status": ending.broker_status, "state": "approved",
        }  # fmt: skip
        if ending.outcome is None:
            # Its caller's order was never sent: it waits on, and the approver is told why.
            reason = ending.message or "The order was not sent"
            values |= {"state": "pending", "decided_ms": None, "decided_by": None, "confirm_reason": reason}
        with self._store.unit(durable=True) as unit:
            PendingOrders(unit).move(row.id, from_state, **values)
        action = "approved" if ending.outcome else "returned"
        self._events.publish(
            events.PendingOrderResolved(user_id=row.user_id, pending_order_id=row.id, action=action)
        )
        return msgspec.structs.replace(row, **values)


def key_of(row: PendingRow) -> str:
    """The journal's key of the one execution that a row may have."""
    return f"approval:{row.id}:{row.created_ms}"


def _ending_of_stored(row: PendingRow, answer: str) -> Ending:
    try:
        return ending_of(finished(stored.decode(row.command), answer))
    except stored.UnreadableCommand:
        text = "The order was sent, but its answer cannot be read: check the books"
        return Ending(outcome="unknown", code=OutcomeUnknown.code, message=text)
