"""The one way of a GTT: key, mode, terms, then whoever holds it: the broker where it can, else the gateway."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from domain.errors import NotAllowed, OpenAlgoError
from domain.gtt import GttRow
from domain.triggers.held import HeldGtt, HeldState
from services.accounts.principal import Principal
from services.trading.commands import (
    Accepted,
    GttAccepted,
    GttCancel,
    GttCommand,
    GttModify,
    GttPlace,
    Queued,
)  # fmt: skip
from services.trading.desk import LiveDesk
from services.trading.idempotency import Idempotency, Stored
from services.trading.modes import AppMode, Modes, Route
from services.trading.router import ApprovalQueue, require_account
from services.trading.timeline import trace
from services.trading.writes import KeyUse, Mandate
from services.triggers.holding import HeldDesk
from services.triggers.native.desk import NativeGtts, missing
from services.triggers.telling import BROKER, Telling
from services.triggers.terms import TermChecks


class GttBook(msgspec.Struct, frozen=True, kw_only=True):
    """GTTs of an account, ours and the broker's.

    strategies: trigger id -> strategy of those at the broker. blocked: trigger id -> rupees held back (paper trading).
    """

    held: list[HeldGtt]
    native: list[GttRow]
    strategies: dict[str, str]
    mode: str
    blocked: dict[str, Decimal] = {}


class Gtts:
    """`submit` is the only entrance. Each call is about the caller's account in the mode of the application."""

    def __init__(
        self, *, modes: Modes, live: LiveDesk, idempotency: Idempotency, tracing: trace.Tracing,
        checks: TermChecks, held: HeldDesk, native: NativeGtts, telling: Telling,
        approvals: Callable[[], ApprovalQueue],
    ) -> None:  # fmt: skip
        self._modes = modes
        self._live = live
        self._idempotency = idempotency
        self._tracing = tracing
        self._checks = checks
        self._held = held
        self._native = native
        self._telling = telling
        self._approvals = approvals

    def submit(
        self, command: GttCommand, principal: Principal, only_in: AppMode | None = None
    ) -> GttAccepted | Queued:
        """Place, modify or withdraw one GTT; with `only_in` in no other mode than that.

        Raises InvalidInput (also for a trigger that the price has reached), NotAllowed, NotFound, Conflict, Refused
        (certainly not there) or UncertainOrder (may stand at the broker).
        """
        with (
            self._tracing.call(command, principal),
            self._idempotency.claimed(
                principal.user_id, (mode := self._modes.app_mode()).value, command
            ) as stored,
        ):
            if only_in not in (None, mode):
                raise NotAllowed("The trading mode is another one; nothing was sent", code="MODE_CHANGED")
            if stored.answer is not None:
                return _again(stored)
            try:
                answer, named = self._perform(command, principal, mode, stored.use)
            except OpenAlgoError as error:
                self._telling.failed(command, principal, mode.value, error)
                raise
            if isinstance(answer, GttAccepted):
                self._telling.done(command, principal, answer, named)
            return answer

    def book(self, principal: Principal, *, history: bool) -> GttBook:
        """Open ones; with `history` the finished ones too. Raises what reading the broker's book raises."""
        mode, account = self._modes.app_mode(), require_account(principal)
        held = self._held.book(account.account_id, mode.value, history=history)
        if mode is not AppMode.LIVE or not self._native.has(account.broker):
            blocked = self._held.amounts(account.account_id, mode.value)
            return GttBook(held=held, native=[], strategies={}, mode=mode.value, blocked=blocked)
        mandate = Mandate(principal=principal, account=account, desk=self._live, strategy="")
        native = self._native.book(mandate)
        strategies = self._native.strategies(account.account_id, [row.trigger_id for row in native])
        return GttBook(held=held, native=native, mode=mode.value, strategies=strategies)

    def withdraw_paper(self, account_id: int) -> None:
        """Withdraw every active paper GTT of an account, whose books begin anew."""
        self._held.withdraw(account_id, AppMode.ANALYZE.value, "Account reset")

    def _perform(
        self, command: GttCommand, principal: Principal, mode: AppMode, key: KeyUse | None
    ) -> tuple[GttAccepted | Queued, tuple[str, str]]:
        """The answer, and (symbol, exchange) of the GTT."""
        route = self._modes.route(mode, principal, command.operation)
        trace.note("routed", detail=(mode, route))
        mandate = Mandate(
            principal=principal, account=require_account(principal), desk=self._live, strategy=command.strategy,
            waits=route is Route.APPROVAL,
        )  # fmt: skip
        match command:
            case GttPlace():
                named = (command.terms.symbol, command.terms.exchange.value)
                return self._place(command, mandate, mode, key), named
            case GttModify():
                named = (command.terms.symbol, command.terms.exchange.value)
                return self._modify(command, mandate, mode, key), named
            case GttCancel():
                return self._cancel(command, mandate, mode, key)

    def _place(
        self, command: GttPlace, mandate: Mandate, mode: AppMode, key: KeyUse | None
    ) -> GttAccepted | Queued:
        order = self._checks.checked(mandate.principal, command.terms, command.strategy)
        if mandate.waits:
            return self._approvals().queue(command, mandate.principal)
        if mode is AppMode.LIVE and self._native.can_hold(mandate.account.broker, order.terms):
            return self._native.place(mandate, command, order, key)
        return self._held.place(mandate, mode.value, command, order, key)

    def _modify(
        self, command: GttModify, mandate: Mandate, mode: AppMode, key: KeyUse | None
    ) -> GttAccepted | Queued:
        gtt = self._active(command.trigger_id, mandate, mode)
        order = self._checks.checked(mandate.principal, command.terms, command.strategy)
        if mandate.waits:
            return self._approvals().queue(command, mandate.principal)
        if gtt is None:
            return self._native.modify(mandate, command, order, key)
        return self._held.modify(gtt, mandate, command, order, key)

    def _cancel(
        self, command: GttCancel, mandate: Mandate, mode: AppMode, key: KeyUse | None
    ) -> tuple[GttAccepted, tuple[str, str]]:
        gtt = self._active(command.trigger_id, mandate, mode)
        if gtt is not None:
            named = (gtt.terms.symbol, gtt.terms.exchange.value)
            return self._held.cancel(gtt, key), named
        row = self._native.active(mandate, command.trigger_id)
        return self._native.cancel(mandate, command, row, key), (row.symbol, row.exchange.value)

    def _active(self, trigger_id: str, mandate: Mandate, mode: AppMode) -> HeldGtt | None:
        """Ours under this id, None when only the broker can have it. Raises NotFound when it is not active."""
        gtt = self._held.find(mandate, mode.value, trigger_id)
        if gtt is None and mode is AppMode.LIVE and self._native.has(mandate.account.broker):
            return None
        if gtt is None or gtt.state is not HeldState.ACTIVE:
            raise missing(trigger_id)
        return gtt


def _again(stored: Stored) -> GttAccepted:
    """What the first call with this key was answered; a write to the broker is stored as its intent."""
    answer = stored.answer
    if isinstance(answer, Accepted):
        return GttAccepted(
            trigger_id=answer.order_id, mode=answer.mode, held_by=BROKER, tag=answer.tag, replayed=True
        )
    if not isinstance(answer, GttAccepted):
        raise TypeError("another kind of answer under the key of a GTT")
    return answer
