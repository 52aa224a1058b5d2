"""GTTs at the broker: each write exactly once, journalled like an order."""

from __future__ import annotations

from collections.abc import Callable, Collection

from domain.errors import InvalidInput, NotFound
from domain.gtt import DeleteGtt, GttLeg, GttRow, GttStatus, GttTerms, ModifyGtt, PlaceGtt
from domain.money import ZERO
from services.trading.admission import Admission
from services.trading.commands import GttAccepted, GttCancel, GttModify, GttPlace, Operation
from services.trading.journal import Intent, Journal
from services.trading.writes import KeyUse, Mandate, Writes
from services.triggers.native.calls import BrokerGtts
from services.triggers.native.following import GttFollower
from services.triggers.native.settling import GttSettling
from services.triggers.telling import BROKER
from services.triggers.terms import CheckedGtt, place_of, refuse_other
from utils.ids import IdSource


class NativeGtts:
    """Writes raise Refused (certainly not there) or UncertainOrder (may be there), NotFound and InvalidInput."""

    def __init__(
        self, *, calls: BrokerGtts, writes: Writes, journal: Journal, admission: Admission,
        settling: GttSettling, follower: GttFollower, ids: IdSource,
    ) -> None:  # fmt: skip
        self._calls = calls
        self._writes = writes
        self._journal = journal
        self._admission = admission
        self._settling = settling
        self._follower = follower
        self._ids = ids

    def can_hold(self, broker: str, terms: GttTerms) -> bool:
        """Whether the broker's own GTTs keep every part of the terms."""
        native = self._calls.native(broker)
        return native is not None and native.can_hold(terms)

    def has(self, broker: str) -> bool:
        """Whether the broker has GTTs of its own."""
        return self._calls.native(broker) is not None

    def place(
        self, mandate: Mandate, command: GttPlace, order: CheckedGtt, key: KeyUse | None
    ) -> GttAccepted:
        """Set one up. The broker will not ask us when it fires, so that its order is admitted now."""
        account = mandate.account
        later = place_of(order.terms, _dearest(order.terms), command.strategy)

        def send() -> GttAccepted:
            self._settling.require_reconciled(account)
            subject = PlaceGtt(terms=order.terms, instrument=order.instrument, last_price=order.last_price)
            return self._write(
                mandate,
                Operation.GTT_PLACE,
                order.terms,
                None,
                lambda: self._calls.place(account, subject),
                key,
            )

        answer = self._admission.place_later(later, order.instrument, mandate, send)
        self._follower.expect(account)
        return answer

    def modify(
        self, mandate: Mandate, command: GttModify, order: CheckedGtt, key: KeyUse | None
    ) -> GttAccepted:
        """Replace an active one; more units are admitted like a new one."""
        account, row = mandate.account, self.active(mandate, command.trigger_id)
        refuse_other(order.terms, _identity(row))
        if not self.can_hold(account.broker, order.terms):
            text = "the broker sets the end of its own GTTs"
            raise InvalidInput(f"expires_at: {text}", errors={"expires_at": [text]})
        subject = ModifyGtt(
            trigger_id=row.trigger_id, terms=order.terms, instrument=order.instrument,
            last_price=order.last_price, row=row,
        )  # fmt: skip

        def send() -> GttAccepted:
            return self._write(
                mandate, Operation.GTT_MODIFY, order.terms, row.trigger_id,
                lambda: self._calls.modify(account, subject), key,
            )  # fmt: skip

        if order.terms.quantity <= row.legs[0].quantity:
            return send()
        later = place_of(order.terms, _dearest(order.terms), command.strategy)
        return self._admission.place_later(later, order.instrument, mandate, send)

    def cancel(self, mandate: Mandate, command: GttCancel, row: GttRow, key: KeyUse | None) -> GttAccepted:
        """Withdraw an active one."""
        account = mandate.account
        subject = DeleteGtt(trigger_id=row.trigger_id, row=row)
        answer = self._write(
            mandate, Operation.GTT_CANCEL, row, row.trigger_id,
            lambda: self._calls.delete(account, subject), key,
        )  # fmt: skip
        self._follower.forget(account, row.trigger_id)
        return answer

    def active(self, mandate: Mandate, trigger_id: str) -> GttRow:
        """An active GTT as the broker shows it. Raises NotFound."""
        rows = self._calls.book(mandate.account)
        row = next((item for item in rows if item.trigger_id == trigger_id), None)
        if row is None or row.status is not GttStatus.ACTIVE:
            raise missing(trigger_id)
        return row

    def book(self, mandate: Mandate) -> list[GttRow]:
        """All that the broker shows."""
        return self._calls.book(mandate.account)

    def strategies(self, account_id: int, trigger_ids: Collection[str]) -> dict[str, str]:
        """trigger id -> strategy, of those among these GTTs that we set up."""
        rows = self._journal.gtts(account_id, trigger_ids)
        return {row.order_id: row.strategy for row in rows if row.order_id}

    def _write(
        self, mandate: Mandate, operation: Operation, named: GttTerms | GttRow, trigger_id: str | None,
        send: Callable[[], str], key: KeyUse | None,
    ) -> GttAccepted:  # fmt: skip
        principal, account = mandate.principal, mandate.account
        intent = Intent(
            tag=self._ids.order_tag(), user_id=principal.user_id, account_id=account.account_id,
            broker=account.broker, mode=mandate.desk.mode, operation=operation.value, symbol=named.symbol,
            exchange=named.exchange.value, strategy=mandate.strategy, source=principal.source,
            terms=named if isinstance(named, GttTerms) else None, order_id=trigger_id,
        )  # fmt: skip
        must_record = operation is not Operation.GTT_CANCEL
        found = self._writes.write(
            mandate.desk.journaled, intent, send, key, must_record=must_record, durable=True
        )
        return GttAccepted(trigger_id=found, mode=mandate.desk.mode, held_by=BROKER, tag=intent.tag)


def missing(trigger_id: str) -> NotFound:
    """No such GTT is active, here or there."""
    return NotFound(f"No active GTT with trigger_id '{trigger_id}'")


def _dearest(terms: GttTerms) -> GttLeg:
    """The leg whose order would be worth most."""
    return max(terms.legs, key=lambda leg: leg.price or ZERO)


def _identity(row: GttRow) -> dict[str, object]:
    return {
        "side": row.legs[0].side, "symbol": row.symbol, "exchange": row.exchange,
        "trigger_type": row.trigger_type,
    }  # fmt: skip
