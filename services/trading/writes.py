"""One write to a broker: intent on disk, the wire, outcome on disk, then everybody hears of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import msgspec

from broker.core.budget import Priority
from database.journal import UNAVAILABLE
from database.protection.protected import ProtectedRow
from domain.errors import (
    InvalidInput,
    NotSent,
    NotSupported,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    SessionDead,
    Throttled,
    Unavailable,
)  # fmt: skip
from domain.instruments import Instrument
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderStatus, OrderTerms, PlaceOrder
from services import events
from services.accounts.principal import Principal
from services.trading.commands import Accepted, Operation
from services.trading.desk import Desk
from services.trading.journal import Intent, Journal, KeyClaim
from services.trading.protection.cover import Cover
from services.trading.timeline import trace
from utils.ids import IdSource
from utils.logging import get_logger

log = get_logger(__name__)

# Refusals that say nothing about the order itself: a repeat with the same key may try again.
TRANSIENT = (NotSent, Throttled, SessionDead)
TRANSIENT_CODES = frozenset({*(kind.code for kind in TRANSIENT), UNAVAILABLE})


def is_passing(error: OpenAlgoError) -> bool:
    """Whether it certainly did not leave and may another time: a transient refusal, a full second, a missing fact."""
    return isinstance(error, TRANSIENT) or bool(getattr(error, "is_passing", False))


class UncertainOrder(OutcomeUnknown):
    """A write whose outcome nobody knows yet. `tag` marks it in the broker's order book."""

    def __init__(self, operation: str, tag: str) -> None:
        super().__init__(
            f"The broker did not answer: the {operation.replace('_', ' ')} may have taken effect. Do not repeat it"
            f" blindly; look for {_marks(operation, tag)}. It is being reconciled"
        )
        self.tag = tag


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The broker account a write is about."""

    account_id: int
    broker: str


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf, for which account, at which desk and under which strategy tag a write is made.

    waits: it is queued for approval instead of sent. batch: one of several orders that are announced together.
    send_by: the monotonic second up to which an order of a plan may wait for its turn; None for a single order.
    """

    principal: Principal
    account: Account
    desk: Desk
    strategy: str
    waits: bool = False
    batch: bool = False
    send_by: float | None = None


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's key for this write; `retakes` replaces an earlier use that was given up."""

    claim: KeyClaim
    retakes: bool


class WriteObserver(Protocol):
    """Who must hear of a write before the caller does."""

    def sending(self, tag: str, strategy: str) -> None:
        """A new order is about to leave under this tag."""

    def accepted(self, mandate: Mandate, row: OrderRow) -> None:
        """The broker took a new order; `row` is all we know of it."""

    def touched(self, account: Account, order_id: str) -> None:
        """The broker took a change of this order; the next look at the book tells the effect."""

    def uncertain(self, tag: str) -> None:
        """The write under this tag has an unknown outcome."""


class Watched(msgspec.Struct):
    """A write that protection watches: its row goes to disk with the intent; the order id comes with the answer."""

    row: ProtectedRow | None = None
    order_id: str | None = None


class Shield(Protocol):
    """What stands between every write and the desk, so that no order leaves as what the broker bars."""

    def cover(
        self, mandate: Mandate, terms: OrderTerms, instrument: Instrument, priority: Priority
    ) -> Cover | None:
        """What leaves in place of `terms`; None when they leave as they are. Raises Refused when nothing may leave."""

    def watched(
        self, intent: Intent, cover: Cover | None, *, by_ladder: bool = False
    ) -> AbstractContextManager[Watched]:
        """Around the write of the intent."""


class NoShield:
    """A house whose brokers bar nothing."""

    def cover(
        self, mandate: Mandate, terms: OrderTerms, instrument: Instrument, priority: Priority
    ) -> Cover | None:
        return None

    def watched(
        self, intent: Intent, cover: Cover | None, *, by_ladder: bool = False
    ) -> AbstractContextManager[Watched]:
        return nullcontext(Watched())


class Writes:
    """Place, modify, cancel: each exactly once."""

    def __init__(
        self, journal: Journal, bus: events.Events, observer: WriteObserver, ids: IdSource,
        shield: Shield | None = None,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._events = bus
        self._observer = observer
        self._ids = ids
        self._shield = shield or NoShield()

    def place(
        self, mandate: Mandate, terms: OrderTerms, instrument: Instrument, priority: Priority,
        key: KeyUse | None = None,
    ) -> Accepted:  # fmt: skip
        """Send a new order. Raises Refused or UncertainOrder."""
        desk, account = mandate.desk, mandate.account
        cover = self._shield.cover(mandate, terms, instrument, priority)
        terms = cover.sent if cover is not None else terms
        intent = self._intent(mandate, Operation.PLACE, terms)
        command = PlaceOrder(terms=terms, instrument=instrument, tag=intent.tag)

        self._observer.sending(intent.tag, mandate.strategy)

        def send() -> str:
            return desk.place(account.account_id, account.broker, command, priority)

        must_record = priority is not Priority.EXIT
        with self._shield.watched(intent, cover) as watched:
            order_id = self.write(
                desk.journaled, intent, send, key, must_record=must_record, protected=watched.row
            )
            watched.order_id = order_id
        self._afterwards(lambda: self._tell_placed(mandate, intent, terms, order_id))
        return Accepted(order_id=order_id, mode=desk.mode, tag=intent.tag)

    def modify(
        self, mandate: Mandate, command: ModifyOrder, key: KeyUse | None = None, *, by_ladder: bool = False
    ) -> Accepted:
        """Send new terms; `by_ladder`: a protected order's next limit. Raises Refused or UncertainOrder."""
        desk, account = mandate.desk, mandate.account
        cover = None
        if not by_ladder:
            cover = self._shield.cover(mandate, command.terms, command.instrument, Priority.ENTRY)
        if cover is not None:
            command = msgspec.structs.replace(command, terms=cover.sent)
        intent = self._intent(mandate, Operation.MODIFY, command.terms, command.order_id)

        def send() -> str:
            return desk.modify(account.account_id, account.broker, command)

        with self._shield.watched(intent, cover, by_ladder=by_ladder) as watched:
            order_id = self.write(desk.journaled, intent, send, key, must_record=True, protected=watched.row)
        self._afterwards(
            lambda: self._tell_changed(account, events.OrderModified(**_said(intent), order_id=order_id))
        )
        return Accepted(order_id=order_id, mode=desk.mode, tag=intent.tag)

    def cancel(self, mandate: Mandate, command: CancelOrder, key: KeyUse | None = None) -> Accepted:
        """Withdraw an order. Raises Refused or UncertainOrder."""
        desk, account = mandate.desk, mandate.account
        intent = self._intent(mandate, Operation.CANCEL, command.row, command.order_id)
        with self._shield.watched(intent, None):
            order_id = self.write(
                desk.journaled,
                intent,
                lambda: desk.cancel(account.account_id, account.broker, command),
                key,
                must_record=False,
            )
        self._afterwards(
            lambda: self._tell_changed(account, events.OrderCancelled(**_said(intent), order_id=order_id))
        )
        return Accepted(order_id=order_id, mode=desk.mode, tag=intent.tag)

    def _intent(
        self,
        mandate: Mandate,
        operation: Operation,
        named: OrderTerms | OrderRow,
        order_id: str | None = None,
    ) -> Intent:
        principal, account = mandate.principal, mandate.account
        return Intent(
            tag=self._ids.order_tag(), user_id=principal.user_id, account_id=account.account_id,
            broker=account.broker, mode=mandate.desk.mode, operation=operation.value, symbol=named.symbol,
            exchange=named.exchange.value, strategy=mandate.strategy, source=principal.source,
            terms=named if isinstance(named, OrderTerms) else None, order_id=order_id,
        )  # fmt: skip

    def write(
        self, journaled: bool, intent: Intent, send: Callable[[], str], key: KeyUse | None, *,
        must_record: bool, durable: bool = False, protected: ProtectedRow | None = None,
    ) -> str:  # fmt: skip
        """Journal, wire, journal. Whatever is neither an answer nor a refusal is an unknown outcome.

        durable: the outcome is on disk before the caller hears of it, as it is under a key. Raises Refused,
        NotSupported, InvalidInput or UncertainOrder.
        """
        trace.note("admitted", tag=intent.tag, order_id=intent.order_id, detail=intent)
        if not journaled:
            order_id = send()
            trace.note("answered", tag=intent.tag, order_id=order_id)
            return order_id
        self._record(intent, key, must_record, protected)
        durable = durable or key is not None
        trace.note("sent", tag=intent.tag)
        try:
            order_id = send()
        except (Refused, NotSupported, InvalidInput) as error:
            code = next((kind.code for kind in TRANSIENT if isinstance(error, kind)), error.code)
            self._journal.conclude(intent.tag, "refused", code=code, message=error.message, durable=durable)
            trace.note("refused", tag=intent.tag, detail=error)
            self._failed(intent, error)
            raise
        except Exception as error:
            self._journal.conclude(
                intent.tag, "unknown", code=OutcomeUnknown.code, message=str(error), durable=durable
            )
            if not isinstance(error, OutcomeUnknown):
                log.exception("the plug-in broke while writing %s", intent.tag)
            uncertain = UncertainOrder(intent.operation, intent.tag)
            trace.note("unknown", tag=intent.tag, detail=uncertain)
            self._failed(intent, uncertain)
            self._afterwards(lambda: self._observer.uncertain(intent.tag))
            raise uncertain from error
        trace.note("answered", tag=intent.tag, order_id=order_id)
        self._journal.conclude(intent.tag, "acked", order_id=order_id, durable=durable)
        return order_id

    def _record(
        self, intent: Intent, key: KeyUse | None, must_record: bool, protected: ProtectedRow | None
    ) -> None:
        """An entry that cannot be recorded is not sent; an exit or cancel is, and the log shouts."""
        try:
            if key is None:
                self._journal.record(intent, protected=protected)
            else:
                self._journal.record(intent, key.claim, retakes=key.retakes, protected=protected)
            trace.note("journalled", tag=intent.tag)
        except Unavailable as error:
            if must_record:
                # The row may still get there: it must then say that nothing followed.
                self._journal.hold(
                    intent.tag, "refused", code=error.code, message="Not recorded in time, not sent"
                )
                raise Refused(f"{error.message}; nothing was sent", code=error.code) from error
            log.critical("sending %s %s without a journal row", intent.operation, intent.tag)
            if key is None:
                self._journal.record_late(intent)
            else:
                self._journal.record_late(intent, key.claim, retakes=key.retakes)

    def _tell_placed(self, mandate: Mandate, intent: Intent, terms: OrderTerms, order_id: str) -> None:
        facts = {name: getattr(terms, name) for name in OrderTerms.__struct_fields__}
        row = OrderRow(**facts, order_id=order_id, status=_first_status(terms), tag=intent.tag)
        self._observer.accepted(mandate, row)
        if self._events.has_listeners(events.OrderPlaced):
            self._events.publish(
                events.OrderPlaced(
                    **_said(intent), order_id=order_id, symbol=terms.symbol, exchange=terms.exchange.value,
                    action=terms.side.value, quantity=terms.quantity, price_type=terms.price_type.value,
                    product=terms.product.value, batch=mandate.batch,
                )
            )  # fmt: skip

    def _tell_changed(self, account: Account, event: events.OrderModified | events.OrderCancelled) -> None:
        self._observer.touched(account, event.order_id)
        self._events.publish(event)

    @staticmethod
    def _afterwards(tell: Callable[[], None]) -> None:
        """The order is out: nothing that goes wrong from here on may change what its caller is told."""
        try:
            tell()
        except Exception:
            log.exception("the outcome of a write could not be told to its listeners")

    def _failed(self, intent: Intent, error: OpenAlgoError) -> None:
        self._events.publish(
            events.OrderFailed(
                **_said(intent), operation=intent.operation, symbol=intent.symbol, exchange=intent.exchange,
                code=error.code, message=error.message,
            )
        )  # fmt: skip


def _marks(operation: str, tag: str) -> str:
    """Brokers' GTTs carry no tag of ours."""
    return "it in the GTT book" if operation.startswith("gtt_") else f"tag {tag} in the order book"


def _first_status(terms: OrderTerms) -> OrderStatus:
    """What `accepted` means before the book says more."""
    return OrderStatus.TRIGGER_PENDING if terms.price_type.needs_trigger else OrderStatus.OPEN


def _said(intent: Intent) -> dict[str, Any]:
    return {
        "user_id": intent.user_id, "account_id": intent.account_id, "broker": intent.broker,
        "mode": intent.mode, "source": intent.source, "strategy": intent.strategy,
    }  # fmt: skip
