"""Tells the house what became of GTTs: those we hold, those at brokers, and calls about either that failed."""

from __future__ import annotations

from collections.abc import Callable

from database.journal import IntentRow
from domain.errors import OpenAlgoError
from domain.gtt import GttRow, GttStatus
from domain.triggers.held import HeldGtt, HeldState
from services.accounts.principal import Principal
from services.events import Event, GttMoved
from services.trading.commands import GttAccepted, GttCancel, GttCommand, GttModify, GttPlace, Operation
from services.trading.reconciliation.evidence import Finding
from services.trading.writes import Account
from utils.logging import get_logger

BROKER, GATEWAY = "broker", "gateway"
DONE = {
    Operation.GTT_PLACE: "placed", Operation.GTT_MODIFY: "modified", Operation.GTT_CANCEL: "cancelled",
}  # fmt: skip
FAILED = {
    Operation.GTT_PLACE: "failed", Operation.GTT_MODIFY: "modify_failed", Operation.GTT_CANCEL: "cancel_failed",
}  # fmt: skip
HELD_ENDS = {
    HeldState.TRIGGERED: "triggered", HeldState.EXPIRED: "expired", HeldState.REJECTED: "failed",
    HeldState.DISABLED: "failed", HeldState.CANCELLED: "cancelled",
}  # fmt: skip
NATIVE_ENDS = {
    GttStatus.TRIGGERED: "triggered", GttStatus.EXPIRED: "expired", GttStatus.CANCELLED: "cancelled",
    GttStatus.DELETED: "cancelled", GttStatus.REJECTED: "failed", GttStatus.DISABLED: "failed",
}  # fmt: skip
log = get_logger(__name__)


class Telling:
    """Publishes GttMoved. A word that cannot be told changes nothing of what happened."""

    def __init__(
        self, publish: Callable[[Event], None], owner: Callable[[int], int | None],
        strategy: Callable[[int, str], str],
    ) -> None:  # fmt: skip
        """owner: the user of an account. strategy: of an account's GTT at its broker, empty for a foreign one."""
        self._publish = publish
        self._owner = owner
        self._strategy = strategy

    def done(
        self, command: GttCommand, principal: Principal, answer: GttAccepted, named: tuple[str, str]
    ) -> None:
        """A call succeeded; `named` is (symbol, exchange)."""
        if isinstance(command, GttCancel) and answer.held_by == GATEWAY:
            return  # told by its end
        self._tell(
            lambda: self._of_call(
                command, principal, answer.mode, DONE[command.operation], named,
                trigger_id=answer.trigger_id, held_by=answer.held_by,
            )
        )  # fmt: skip

    def failed(self, command: GttCommand, principal: Principal, mode: str, error: OpenAlgoError) -> None:
        """A call was refused, or its outcome is unknown."""
        named = ("", "")
        if isinstance(command, GttPlace | GttModify):
            named = (command.terms.symbol, command.terms.exchange.value)
        self._tell(
            lambda: self._of_call(
                command, principal, mode, FAILED[command.operation], named,
                trigger_id="" if isinstance(command, GttPlace) else command.trigger_id, held_by="",
                code=error.code, message=error.message,
            )
        )  # fmt: skip

    def held_ended(self, gtt: HeldGtt) -> None:
        """One of ours moved on; only its ends are told here."""
        event = HELD_ENDS.get(gtt.state)
        if event is None:
            return
        self._tell(
            lambda: GttMoved(
                user_id=gtt.user_id, account_id=gtt.account_id, broker=gtt.broker, mode=gtt.mode, source="gtt",
                strategy=gtt.strategy, event=event, trigger_id=gtt.trigger_id, symbol=gtt.terms.symbol,
                exchange=gtt.terms.exchange.value, held_by=GATEWAY, order_id=gtt.order_id,
                message="" if event == "triggered" else gtt.reason,
            )
        )  # fmt: skip

    def native_ended(self, account: Account, row: GttRow) -> None:
        """One at the broker is active no longer."""
        event = NATIVE_ENDS.get(row.status)
        owner = self._owner(account.account_id)
        if event is None or owner is None:
            return
        legs = [leg for leg in row.legs if leg.order_id or leg.rejection_reason]
        refused = next((leg.rejection_reason for leg in legs if leg.rejection_reason), "")
        self._tell(
            lambda: GttMoved(
                user_id=owner, account_id=account.account_id, broker=account.broker, mode="live", source="gtt",
                strategy=self._strategy(account.account_id, row.trigger_id),
                event="failed" if event == "triggered" and refused else event, trigger_id=row.trigger_id,
                symbol=row.symbol, exchange=row.exchange.value, held_by=BROKER,
                order_id=next((leg.order_id for leg in legs if leg.order_id), None), message=refused,
            )
        )  # fmt: skip

    def settled(self, intent: IntentRow, finding: Finding) -> None:
        """Evidence decided a write that had been told as failed with an unknown outcome."""
        words = DONE if finding.state == "acked" else FAILED
        self._tell(
            lambda: GttMoved(
                user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker, mode=intent.mode,
                source=intent.source, strategy=intent.strategy, event=words[Operation(intent.operation)],
                trigger_id=finding.order_id or intent.order_id or "", symbol=intent.symbol,
                exchange=intent.exchange, held_by=BROKER, message=finding.message or "",
            )
        )  # fmt: skip

    @staticmethod
    def _of_call(
        command: GttCommand, principal: Principal, mode: str, event: str, named: tuple[str, str], *,
        trigger_id: str, held_by: str, code: str | None = None, message: str = "",
    ) -> GttMoved:  # fmt: skip
        return GttMoved(
            user_id=principal.user_id, account_id=principal.account_id or 0, broker=principal.broker or "",
            mode=mode, source=principal.source, strategy=command.strategy, event=event, trigger_id=trigger_id,
            symbol=named[0], exchange=named[1], held_by=held_by, code=code, message=message,
        )  # fmt: skip

    def _tell(self, make: Callable[[], GttMoved]) -> None:
        try:
            self._publish(make())
        except Exception:
            log.exception("what became of a GTT could not be told")
