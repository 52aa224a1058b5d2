"""What a person decides about waiting orders: approve, reject, one or all; and what time decides by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from database.approvals import PendingFigures, PendingOrders, PendingRow
from database.stores import Store
from domain.errors import Conflict, InvalidInput, NotFound, OpenAlgoError
from services import events
from services.accounts.principal import Principal
from services.approvals import stored
from services.approvals.execution import Execution
from services.approvals.intake import MOST_WAITING, Prices
from services.approvals.recheck import Limits, doubts
from services.trading.timeline import trace
from utils.clock import Clock, epoch_ms

SHOWN: dict[str, tuple[str, ...]] = {
    "pending": ("pending", "executing"),
    "approved": ("approved",),
    "rejected": ("rejected",),
    "expired": ("expired",),
    "all": ("pending", "executing", "approved", "rejected", "expired"),
}
MOST_SHOWN = 500
DECIDED = ("approved", "rejected", "expired")


class NeedsConfirmation(Conflict):
    """Something changed since the order was queued, or since the approver looked last."""

    code = "NEEDS_CONFIRMATION"

    def __init__(self, pending_id: int, reasons: Sequence[str], prices: dict[str, str | None]) -> None:
        super().__init__(f"Please look again and confirm: {'; '.join(reasons)}")
        self.details: dict[str, Any] = {
            "pending_order_id": pending_id,
            "reasons": list(reasons),
            "prices": prices,
        }


class Decisions:
    """Use cases of the action centre. A user decides about the orders of their own keys."""

    def __init__(
        self, *, store: Store, execution: Execution, tracing: trace.Tracing, bus: events.Events,
        clock: Clock, prices: Prices, limits: Limits,
    ) -> None:  # fmt: skip
        self._store = store
        self._execution = execution
        self._tracing = tracing
        self._events = bus
        self._clock = clock
        self._prices = prices
        self._limits = limits

    def rows(self, principal: Principal, status: str) -> list[PendingRow]:
        """Newest first. Raises InvalidInput for an unknown status."""
        if status not in SHOWN:
            raise InvalidInput(f"status: must be one of {', '.join(SHOWN)}", errors={"status": ["unknown"]})
        with self._store.reading() as unit:
            return PendingOrders(unit).of_user(principal.user_id, SHOWN[status], MOST_SHOWN)

    def counts(self, principal: Principal) -> dict[str, int]:
        """Rows by state."""
        with self._store.reading() as unit:
            return PendingOrders(unit).counts(principal.user_id)

    def approve(self, principal: Principal, pending_id: int, *, confirmed: bool = False) -> PendingRow:
        """Execute a waiting order now; the row tells how that ended.

        Raises NotFound, NeedsConfirmation, and Conflict when it is decided, expired or in execution already.
        """
        row = self._waiting(principal, pending_id)
        now_ms = epoch_ms(self._clock.now())
        if now_ms >= row.expires_ms:
            self._expire(row)
            raise Conflict(f"Order {pending_id} has expired; nothing was sent", code="EXPIRED")
        self._require_unchanged(row, now_ms, confirmed)
        with self._store.unit(durable=True) as unit:
            won = PendingOrders(unit).move(
                row.id, "pending", state="executing", decided_ms=now_ms, decided_by=principal.username
            )
            claimed = PendingOrders(unit).get(row.id)
        if not won or claimed is None:
            raise Conflict(f"Order {pending_id} was decided by someone else", code="ALREADY_DECIDED")
        return self._execution.run(claimed)

    def reject(self, principal: Principal, pending_id: int, reason: str = "") -> PendingRow:
        """Never send it. Raises NotFound, Conflict when it is decided already."""
        row = self._waiting(principal, pending_id)
        if not self._close(row, "rejected", by=principal.username, reason=reason or None):
            raise Conflict(f"Order {pending_id} was decided by someone else", code="ALREADY_DECIDED")
        return self._execution.read(row.id) or row

    def approve_all(self, principal: Principal) -> list[dict[str, Any]]:
        """Every waiting order, oldest first; what needs a second look is left waiting and says so."""
        found = []
        for row in self._all_waiting(principal):
            try:
                done = self.approve(principal, row.id)
                entry = {"outcome": done.outcome, "code": done.code, "message": done.message}
            except OpenAlgoError as error:
                entry = {"outcome": None, "code": error.code, "message": error.message}
            found.append({"pending_order_id": row.id, **entry})
        return found

    def reject_all(self, principal: Principal, reason: str = "") -> int:
        """How many waiting orders were rejected."""
        by = principal.username
        return sum(
            self._close(row, "rejected", by=by, reason=reason or None) for row in self._all_waiting(principal)
        )

    def delete(self, principal: Principal, pending_id: int) -> None:
        """Take a decided order off the list. Raises NotFound, Conflict while it waits or its outcome is unknown."""
        row = self._owned(principal, pending_id)
        with self._store.unit(durable=True) as unit:
            hidden = PendingOrders(unit).hide(row.id, DECIDED, epoch_ms(self._clock.now()))
        if not hidden:
            row = self._owned(principal, pending_id)
            if row.outcome == "unknown":
                raise Conflict(f"The outcome of order {pending_id} is not known yet", code="OUTCOME_UNKNOWN")
            raise Conflict(f"Order {pending_id} is {row.state}; decide on it first", code="NOT_DECIDED")
        self._tell(row, "deleted")

    def figures(self, principal: Principal) -> PendingFigures:
        """Outcomes and waiting times."""
        with self._store.reading() as unit:
            return PendingOrders(unit).figures(principal.user_id)

    def expire(self) -> int:
        """Housekeeping: end what waited too long; how many."""
        with self._store.reading() as unit:
            rows = PendingOrders(unit).overdue(epoch_ms(self._clock.now()))
        return sum(self._expire(row) for row in rows)

    def open_accounts(self) -> set[int]:
        """Accounts for which orders wait."""
        with self._store.reading() as unit:
            return {row.account_id for row in PendingOrders(unit).in_state("pending")}

    def close_account(self, account_id: int, reason: str) -> int:
        """End every order that waits for an account; how many."""
        with self._store.reading() as unit:
            rows = [row for row in PendingOrders(unit).in_state("pending") if row.account_id == account_id]
        return sum(self._close(row, "expired", by=None, reason=reason) for row in rows)

    def withdraw(self, pending_ids: Collection[int], reason: str) -> int:
        """End these without sending them, as far as they still wait; how many did."""
        with self._store.reading() as unit:
            rows = [PendingOrders(unit).get(pending_id) for pending_id in pending_ids]
        return sum(self._close(row, "expired", by=None, reason=reason) for row in rows if row is not None)

    def _expire(self, row: PendingRow) -> bool:
        return self._close(row, "expired", by=None, reason="Nobody decided in time")

    def _owned(self, principal: Principal, pending_id: int) -> PendingRow:
        row = self._execution.read(pending_id)
        if row is None or row.user_id != principal.user_id or row.deleted_ms is not None:
            raise NotFound(f"No waiting order {pending_id}")
        return row

    def _waiting(self, principal: Principal, pending_id: int) -> PendingRow:
        row = self._owned(principal, pending_id)
        if row.state != "pending":
            raise Conflict(f"Order {pending_id} is {row.state} already", code="ALREADY_DECIDED")
        return row

    def _all_waiting(self, principal: Principal) -> list[PendingRow]:
        with self._store.reading() as unit:
            rows = PendingOrders(unit).of_user(principal.user_id, ("pending",), MOST_WAITING)
        return rows[::-1]

    def _require_unchanged(self, row: PendingRow, now_ms: int, confirmed: bool) -> None:
        """Age and price against what the approver was shown last. Raises NeedsConfirmation and remembers why."""
        try:
            keys = stored.instruments(stored.decode(row.command))
        except stored.UnreadableCommand:
            keys = []  # its execution says that it cannot be read
        prices = self._prices(self._execution.principal(row), keys)
        found = doubts(self._limits, age_seconds=(now_ms - row.priced_ms) / 1000, then=row.prices, now=prices)
        if not found and (row.confirm_reason is None or confirmed):
            return
        reasons = found or [row.confirm_reason or ""]
        if found:
            with self._store.unit() as unit:
                PendingOrders(unit).move(
                    row.id, "pending", confirm_reason="; ".join(found), prices=prices, priced_ms=now_ms
                )
            self._tell(row, "changed")
        raise NeedsConfirmation(row.id, reasons, prices)

    def _close(self, row: PendingRow, state: str, *, by: str | None, reason: str | None) -> bool:
        """End a waiting order without sending it; whether it was still waiting."""
        now_ms = epoch_ms(self._clock.now())
        with self._store.unit(durable=True) as unit:
            closed = PendingOrders(unit).move(
                row.id, "pending", state=state, decided_ms=now_ms, decided_by=by, reason=reason
            )
        if closed:
            self._note(row, state, by, reason)
            self._tell(row, state)
        return closed

    def _note(self, row: PendingRow, state: str, by: str | None, reason: str | None) -> None:
        """Into the order's time line."""
        try:
            command = stored.decode(row.command)
        except stored.UnreadableCommand:
            return
        with self._tracing.call(command, self._execution.principal(row), row.request_id):
            trace.note(state, detail={"pending_order_id": row.id, "by": by, "message": reason})

    def _tell(self, row: PendingRow, action: str) -> None:
        self._events.publish(
            events.PendingOrderResolved(user_id=row.user_id, pending_order_id=row.id, action=action)
        )
