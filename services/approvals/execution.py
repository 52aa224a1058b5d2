"""Executes a claimed order exactly once and writes down how it ended, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from database.approvals import PendingOrders, PendingRow
from database.stores import Store
from domain.errors import NotSent, OpenAlgoError, OutcomeUnknown, SessionDead, Throttled, Unavailable
from domain.orders import OrderRow
from services import events
from services.accounts.principal import Principal
from services.approvals import stored
from services.trading.commands import PlanOutcome
from services.trading.journal import IntentRow, Journal, KeyClaim
from services.trading.timeline import trace
from services.trading.writes import TRANSIENT_CODES, Account
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

# The journal forgets keys after a day; past this age a missing key proves nothing.
PROOF_MS = 23 * 3600 * 1000
WATCH_MS = 2 * 24 * 3600 * 1000
# Certainly not live, and another try may succeed: the order waits on.
RETURNS = (NotSent, Throttled, SessionDead, Unavailable)
RETURN_CODES = TRANSIENT_CODES | {"RECONCILING", "JOURNAL_UNAVAILABLE", "BUSY"}
log = get_logger(__name__)


class ApprovedRouter(Protocol):
    """The router's door: an approved principal is not queued again."""

    def execute(self, command: Any, principal: Principal) -> Any:
        """Send it now, with every check again: the principal is marked as approved."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How an execution ended. outcome None: certainly not live, the order waits on."""

    outcome: str | None
    broker_order_id: str | None = None
    broker_status: str | None = None
    code: str | None = None
    message: str | None = None
    tag: str | None = None


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
        self._orders: dict[tuple[int, str], int] = {}

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
            return proven if proven.outcome in ("accepted", "partial", "unknown") else _refused(error)
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
                return ending_of(msgspec.json.decode(key.answer, type=PlanOutcome))
            text = "The program stopped while sending these orders: some may be live, check the books"
            return Ending(outcome="unknown", code=OutcomeUnknown.code, message=text)
        intent = self._journal.by_tag(key.tag)
        return _of_intent(intent) if intent is not None else Ending(outcome=None, code="INTERRUPTED")

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
            self._write(row, "approved", _of_intent(intent))

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

    def _end(self, row: PendingRow, ending: Ending) -> PendingRow:
        """Write the end of an execution, then look once at what may have overtaken it."""
        self._watch(row.account_id, ending.broker_order_id, row.id)
        written = self._write(row, "executing", ending)
        if ending.outcome == "unknown" and ending.tag is not None:
            intent = self._journal.by_tag(ending.tag)
            if intent is not None and intent.state in ("acked", "absent", "refused"):
                written = self._write(written, "approved", _of_intent(intent))
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


def ending_of(result: Any) -> Ending:
    """Of what the router answered: one accepted order, or the legs of a plan."""
    legs = getattr(result, "legs", None)
    if legs is None:
        return Ending(
            outcome="accepted", broker_order_id=result.order_id, broker_status="open", tag=result.tag or None
        )
    ids = [leg.order_id for leg in legs if leg.order_id]
    failed = [leg for leg in legs if leg.code is not None]
    unknown = any(leg.code == OutcomeUnknown.code for leg in failed)
    outcome = "unknown" if unknown else "accepted" if not failed else "partial" if ids else "refused"
    shown = {"accepted": "open", "partial": "partial", "refused": "rejected"}.get(outcome)
    text = "; ".join(f"{leg.symbol}: {leg.message}" for leg in failed)[:1000] or None
    return Ending(
        outcome=outcome, broker_order_id=_joined(ids), broker_status=shown, message=text,
        code=failed[0].code if failed else None,
    )  # fmt: skip


def _joined(ids: list[str], most: int = 255) -> str | None:
    """Ids with commas, cut at whole ids."""
    text = ",".join(ids)
    while len(text) > most:
        text = text.rsplit(",", 1)[0] if "," in text else text[:most]
    return text or None


def _refused(error: OpenAlgoError) -> Ending:
    if isinstance(error, RETURNS) or error.code in RETURN_CODES:
        return Ending(outcome=None, code=error.code, message=error.message)
    return Ending(outcome="refused", broker_status="rejected", code=error.code, message=error.message)


def _of_intent(intent: IntentRow) -> Ending:
    """The journal's word about the order of a row."""
    if intent.state == "acked":
        return Ending(
            outcome="accepted", broker_order_id=intent.order_id, broker_status="open", tag=intent.tag
        )
    if intent.state in ("pending", "unknown"):
        text = "The broker's answer is missing: the order may be live and is being looked for"
        return Ending(
            outcome="unknown", code=OutcomeUnknown.code, message=intent.message or text, tag=intent.tag
        )
    text = intent.message or "The order never reached the broker"
    if intent.state == "refused" and intent.code in TRANSIENT_CODES:
        return Ending(outcome=None, code=intent.code, message=text, tag=intent.tag)
    return Ending(
        outcome="refused",
        broker_status="rejected",
        code=intent.code or "ABSENT",
        message=text,
        tag=intent.tag,
    )
