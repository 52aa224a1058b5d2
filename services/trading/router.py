"""The one way of an order: key, instrument, rules, mode, then the write. Nothing else may call a desk's writes."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from broker.core.budget import Priority
from domain.errors import (
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSupported,
    OpenAlgoError,
    SessionDead,
)  # fmt: skip
from domain.instruments import Exchange, Instrument
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms
from services import events
from services.accounts.principal import Principal
from services.trading import risk
from services.trading.admission import Admission, OrderKnowledge
from services.trading.commands import (
    Accepted,
    Cancel,
    Command,
    GttAccepted,
    GttCommand,
    Modify,
    Place,
    Plan,
    PlanOutcome,
    Queued,
    Single,
)  # fmt: skip
from services.trading.desk import BrokerPlugins, Desk
from services.trading.gate.entrance import Gate
from services.trading.idempotency import Idempotency
from services.trading.journal import Journal
from services.trading.modes import AppMode, Modes, Route
from services.trading.plans import endings
from services.trading.plans.exiting import Exiting
from services.trading.plans.runner import Plans
from services.trading.plans.turns import Turns
from services.trading.timeline import trace
from services.trading.writes import Account, KeyUse, Mandate, Writes
from utils import json
from utils.clock import Clock, ist
from utils.logging import get_logger

# How long the orders of a plan may wait for their second: 100 of them need 11 s at nine a second.
PLAN_SEND_SECONDS = 20.0
Order = tuple[OrderTerms, Instrument]
log = get_logger(__name__)


class InstrumentIndex(Protocol):
    """The part of the contract master that trading needs."""

    def resolve(self, broker: str, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument. Raises UnknownInstrument with the nearest candidates."""


class ApprovalQueue(Protocol):
    """Where commands wait for a person."""

    def queue(self, command: Any, principal: Principal) -> Queued:
        """Put the whole command on disk; nothing is sent."""


class NoApprovals:
    """A house without an approval queue: nothing is sent, and nothing is let through."""

    def queue(self, command: Any, principal: Principal) -> Queued:
        raise NotAllowed("Orders of this key need approval, which is not available", code="SEMI_AUTO")


class GttWay(Protocol):
    """The one way of a GTT."""

    def submit(
        self, command: GttCommand, principal: Principal, only_in: AppMode | None = None
    ) -> GttAccepted | Queued:
        """Place, modify or cancel one; with `only_in` in no other mode than that."""


class NoGtts:
    """A house without GTTs."""

    def submit(
        self, command: GttCommand, principal: Principal, only_in: AppMode | None = None
    ) -> GttAccepted | Queued:
        raise NotSupported("GTTs are not available")


def require_account(principal: Principal) -> Account:
    """The principal's active broker account. Raises SessionDead when there is none."""
    if principal.account_id is None or principal.broker is None:
        raise SessionDead("No broker account is connected", code="NO_BROKER_SESSION")
    return Account(account_id=principal.account_id, broker=principal.broker)


class Router:
    """`submit` is the only entrance."""

    def __init__(
        self, *, modes: Modes, desks: dict[Route, Desk], writes: Writes, idempotency: Idempotency,
        journal: Journal, instruments: InstrumentIndex, brokers: BrokerPlugins, knowledge: OrderKnowledge,
        gate: Gate, bus: events.Events, clock: Clock, tracing: trace.Tracing,
    ) -> None:  # fmt: skip
        self._modes = modes
        self._desks = desks
        self._writes = writes
        self._idempotency = idempotency
        self._journal = journal
        self._instruments = instruments
        self._brokers = brokers
        self._knowledge = knowledge
        self._events = bus
        self._clock = clock
        self._tracing = tracing
        self._turns = Turns()
        self._admission = Admission(journal, knowledge, gate)
        self.approvals: ApprovalQueue = NoApprovals()
        self.gtts: GttWay = NoGtts()
        self.plans = Plans(
            admission=self._admission, knowledge=knowledge, instruments=instruments, writes=writes,
            place=self._send, check=lambda order, mandate: self._checked(order, mandate.account),
        )  # fmt: skip
        self.exiting = Exiting(
            submit=self.submit, modes=modes, mandate=self._mandate, plan=self.plans.plan_close,
            turns=self._turns, idempotency=idempotency, tracing=tracing,
        )  # fmt: skip

    def submit(
        self, command: Single, principal: Principal, only_in: AppMode | None = None
    ) -> Accepted | Queued:
        """Place, modify or cancel one order; with `only_in` in no other mode than that.

        Raises InvalidInput, NotAllowed, NotFound, NotSupported, Conflict, Refused (certainly not live) or
        UncertainOrder (may be live).
        """
        with (
            self._tracing.call(command, principal),
            self._idempotency.claimed(
                principal.user_id, (mode := self._modes.app_mode()).value, command
            ) as stored,
        ):
            _require_wanted(mode, only_in)
            if isinstance(stored.answer, Accepted):
                return stored.answer
            self._require_same(mode)
            mandate = self._mandate(mode, principal, command)
            match command:
                case Place():
                    return self._place(command, mandate, stored.use)
                case Modify():
                    return self._modify(command, mandate, stored.use)
                case Cancel():
                    return self._cancel(command, mandate, stored.use)

    def submit_plan(
        self, command: Plan, principal: Principal, only_in: AppMode | None = None
    ) -> PlanOutcome | Queued:
        """A call that becomes several orders, `only_in` that mode: an outcome per leg, errors when none was planned."""
        with (
            self._tracing.call(command, principal),
            self._idempotency.claimed(
                principal.user_id, (mode := self._modes.app_mode()).value, command
            ) as stored,
        ):
            _require_wanted(mode, only_in)
            if isinstance(stored.answer, PlanOutcome):
                return stored.answer
            mandate = self._mandate(mode, principal, command)
            if mandate.waits:
                self.plans.check(command, mandate)
                return self.approvals.queue(command, principal)
            journaled = stored.use if mandate.desk.journaled else None
            with self._turns.of(command, mandate):
                self._require_same(mode)
                mandate = msgspec.structs.replace(
                    mandate, send_by=self._clock.monotonic() + PLAN_SEND_SECONDS
                )
                outcome = self.plans.run(command, mandate, lambda: self._claim(journaled))
            if journaled is not None:
                self._remember(journaled, outcome)
            told = endings.ended(command, outcome, mandate)
            if told is not None:
                self._events.publish(told)
            return outcome

    @property
    def admission(self) -> Admission:
        """What stands before every entry."""
        return self._admission

    def execute(
        self, command: Command, principal: Principal, only_in: AppMode | None = None
    ) -> Accepted | PlanOutcome | GttAccepted | Queued:
        """Any command, as `submit`, `submit_plan` or the way of GTTs take it."""
        if isinstance(command, GttCommand):
            return self.gtts.submit(command, principal, only_in)
        if isinstance(command, Place | Modify | Cancel):
            return self.submit(command, principal, only_in)
        return self.submit_plan(command, principal, only_in)

    def _require_same(self, mode: AppMode) -> None:
        """A call that waited for its turn must not act in a mode that was left meanwhile."""
        if self._modes.app_mode() is not mode:
            raise NotAllowed(
                "The trading mode changed while this call waited; nothing was sent", code="MODE_CHANGED"
            )

    def _remember(self, key: KeyUse, outcome: PlanOutcome) -> None:
        """Legs are out: an answer that cannot be stored is still the answer.

        When none is, for reasons that pass, the key is free again: a repeat may try what this call could not.
        """
        try:
            if outcome.legs and all(leg.passing for leg in outcome.legs):
                self._journal.release(key.claim)
            else:
                self._journal.answer(key.claim, json.encode(outcome))
        except OpenAlgoError as error:
            log.error("the answer of a plan is not on disk", reason=error.message)

    def _mandate(self, mode: AppMode, principal: Principal, command: Single | Plan) -> Mandate:
        route = self._modes.route(mode, principal, command.operation)
        trace.note("routed", detail=(mode, route))
        desk = self._desks[Route.LIVE if route is Route.APPROVAL else route]
        return Mandate(
            principal=principal, account=require_account(principal), desk=desk, strategy=command.strategy,
            waits=route is Route.APPROVAL,
            batch=not isinstance(command, Place | Modify | Cancel) and endings.is_batch(command),
        )  # fmt: skip

    def _place(self, command: Place, mandate: Mandate, key: KeyUse | None) -> Accepted | Queued:
        order = self._checked(command, mandate.account)
        if mandate.waits and not command.reduces:
            self._admission.check(command, order, mandate)
            return self.approvals.queue(command, mandate.principal)
        return self._write(command, order, mandate, key)

    def _send(self, command: Place, mandate: Mandate) -> Accepted:
        """One order of a plan, which as a whole needs no approval or has it."""
        return self._write(command, self._checked(command, mandate.account), mandate)

    def _write(self, command: Place, order: Order, mandate: Mandate, key: KeyUse | None = None) -> Accepted:
        """An order that closes never waits for approval, nor for others at the broker."""
        priority = Priority.EXIT if command.reduces else Priority.ENTRY
        return self._admission.place(
            command, order, mandate, lambda: self._writes.place(mandate, *order, priority, key)
        )

    def _checked(self, command: Place | Modify, account: Account) -> Order:
        instrument = self._instruments.resolve(account.broker, command.exchange, command.symbol)
        facts = risk.Facts(
            command=command, instrument=instrument, manifest=self._brokers.manifest(account.broker),
            today=ist(self._clock.now()).date(),
        )  # fmt: skip
        trace.note("checked", detail=facts)
        return risk.approve(facts), instrument

    def _modify(self, command: Modify, mandate: Mandate, key: KeyUse | None) -> Accepted | Queued:
        account, desk = mandate.account, mandate.desk
        terms, instrument = self._checked(command, account)
        row = self._changeable(command.order_id, account, desk, "modify")
        _refuse_mismatch(command, row)
        if row.filled_quantity is not None and terms.quantity <= row.filled_quantity:
            raise InvalidInput(
                f"quantity: {row.filled_quantity} units are filled already; the new total must be larger",
                errors={"quantity": ["must be larger than the filled quantity"]},
            )
        if mandate.waits:
            return self.approvals.queue(command, mandate.principal)
        order = ModifyOrder(order_id=command.order_id, terms=terms, instrument=instrument, row=row)
        self._admission.change(command, order, mandate)
        return self._writes.modify(mandate, order, key)

    def _cancel(self, command: Cancel, mandate: Mandate, key: KeyUse | None) -> Accepted:
        row = self._changeable(command.order_id, mandate.account, mandate.desk, "cancel")
        self._admission.record(mandate)
        return self._writes.cancel(mandate, CancelOrder(order_id=command.order_id, row=row), key)

    def _changeable(self, order_id: str, account: Account, desk: Desk, verb: str) -> OrderRow:
        """The order as last seen. Raises NotFound, or InvalidInput when it is finished."""
        row = self._knowledge.known(account, order_id, desk.mode) if desk.journaled else None
        if row is None:
            book = desk.order_book(account.account_id, account.broker)
            row = next((item for item in book if item.order_id == order_id), None)
        if row is None:
            raise NotFound(f"Order {order_id} not found")
        if row.status.is_terminal:
            raise InvalidInput(f"Cannot {verb} order in {row.status.value} status", code="ORDER_STATE")
        return row

    def _claim(self, key: KeyUse | None) -> None:
        if key is not None:
            self._journal.claim(key.claim, retakes=key.retakes)


def _require_wanted(mode: AppMode, only_in: AppMode | None) -> None:
    if only_in not in (None, mode):
        raise NotAllowed("The trading mode is another one; nothing was sent", code="MODE_CHANGED")


def _refuse_mismatch(command: Modify, row: OrderRow) -> None:
    """A modify names its order twice, by id and by content; both must agree."""
    pairs = {
        "symbol": (command.symbol, row.symbol),
        "exchange": (command.exchange, row.exchange),
        "action": (command.side, row.side),
        "product": (command.product.value, str(row.product)),
    }
    wrong = {field: ["does not match the order"] for field, (asked, known) in pairs.items() if asked != known}
    if wrong:
        field = next(iter(wrong))
        raise InvalidInput(f"{field}: does not match the order", errors=wrong, code="ORDER_MISMATCH")


__all__ = ["Command", "Router", "require_account"]
