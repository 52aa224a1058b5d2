"""Runs plans: reads what a plan needs, plans, takes the caller's key, sends the legs.

The key is taken between the last read and the first leg: a plan that fails earlier sent nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

from broker.core.budget import Priority
from domain.errors import InvalidInput, NotSupported, UnknownInstrument
from domain.instruments import Exchange, Instrument
from domain.orders import CancelOrder, OrderRow
from domain.portfolio import Position
from services.trading.admission import Admission, OrderKnowledge
from services.trading.commands import (
    Accepted,
    Basket,
    CancelAll,
    Close,
    Leg,
    OptionsMultiOrder,
    OptionsOrder,
    Place,
    Plan,
    PlanOutcome,
    Smart,
    Split,
)  # fmt: skip
from services.trading.plans import closing, legs
from services.trading.plans.options import OptionChooser, Picked, Picks, in_request_order
from services.trading.plans.rollback import DeskUndoing, all_or_none
from services.trading.plans.settling import PlanBooks
from services.trading.plans.slicing import cut, whole_lots
from services.trading.plans.smart import plan_addition, plan_smart
from services.trading.writes import Account, Mandate, Writes

Claim = Callable[[], None]
Attaching = contextlib.AbstractContextManager[Callable[[Sequence[Leg]], str | None]]


class Instruments(Protocol):
    """The part of the contract master that plans need."""

    def resolve(self, broker: str, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument. Raises UnknownInstrument with the nearest candidates."""


class ExitAttachment(Protocol):
    """Where exits of smart orders are kept."""

    def check(self, command: Smart, mandate: Mandate) -> None:
        """Raise InvalidInput for exits that no price can make right."""

    def attaching(self, command: Smart, mandate: Mandate) -> Attaching:
        """Keep the exits before the entry leaves; the caller tells what became of the entry and gets their id."""


class Plans:
    """One method per kind of plan. place: sends one order of a plan; check: raises what a rule says of an order."""

    def __init__(
        self, *, admission: Admission, knowledge: OrderKnowledge, instruments: Instruments, writes: Writes,
        place: Callable[[Place, Mandate], Accepted], check: Callable[[Place, Mandate], object],
    ) -> None:  # fmt: skip
        self._admission = admission
        self._knowledge = knowledge
        self._books = PlanBooks(admission, knowledge)
        self._instruments = instruments
        self._writes = writes
        self._place = place
        self._check = check
        self.options: OptionChooser | None = None
        self.exits: ExitAttachment | None = None

    def run(self, command: Plan, mandate: Mandate, claim: Claim) -> PlanOutcome:
        """Raises only what is found before the first leg."""
        match command:
            case CancelAll():
                return self._cancel_all(command, mandate, claim)
            case Close():
                return self._close(command, mandate, claim)
            case Smart():
                return self._smart(command, mandate, claim)
            case Basket():
                return self._basket(command, mandate, claim)
            case Split():
                return self._split(command, mandate, claim)
            case OptionsOrder():
                return self._options_order(command, mandate, claim)
            case OptionsMultiOrder():
                return self._options_multi(command, mandate, claim)

    def check(self, command: Plan, mandate: Mandate) -> None:
        """Raise what is wrong with the plan's own orders, without reading a book or sending anything."""
        match command:
            case Basket():
                self._check_basket(command, mandate)
            case Split():
                self._children(command, mandate)
            case Smart():
                self._instruments.resolve(mandate.account.broker, command.exchange, command.symbol)
                if command.exits is not None:
                    self._keeper().check(command, mandate)
            case OptionsOrder():
                self._check_all(self._picks(mandate).choose(command, command.pick), mandate)
            case OptionsMultiOrder():
                for item in self._picks(mandate).choose_all(command):
                    if item.error is not None:
                        raise item.error
                    self._check_all(item.orders, mandate)
            case CancelAll() | Close():
                pass

    def _cancel_all(self, command: CancelAll, mandate: Mandate, claim: Claim) -> PlanOutcome:
        account, desk = mandate.account, mandate.desk
        rows = closing.plan_cancel_all(command, desk.order_book(account.account_id, account.broker))
        claim()
        ended = legs.cancel_legs(rows, lambda row: self._cancel(row, mandate))
        return PlanOutcome(legs=tuple(ended), mode=desk.mode)

    def _cancel(self, row: OrderRow, mandate: Mandate) -> Accepted:
        self._admission.record(mandate)
        return self._writes.cancel(mandate, CancelOrder(order_id=row.order_id, row=row))

    def plan_close(self, command: Close, mandate: Mandate) -> list[closing.Exit]:
        """The exits of the positions as they are now, read before entries and other reads; nothing is sent."""
        account, desk = mandate.account, mandate.desk
        books = self._books.settled(mandate, Priority.EXIT, lambda item: closing.concerns(command, item))
        return closing.plan_close(
            command, books.positions, books.book, self._knowledge.unresolved(account, desk.mode),
            lambda row: _freeze_quantity(self._instruments, account, row), books.recent,
        )  # fmt: skip

    def _close(self, command: Close, mandate: Mandate, claim: Claim) -> PlanOutcome:
        exits = self.plan_close(command, mandate)
        claim()
        ended = legs.exit_legs(exits, lambda order: self._place(order, mandate))
        return PlanOutcome(legs=tuple(ended), mode=mandate.desk.mode)

    def _smart(self, command: Smart, mandate: Mandate, claim: Claim) -> PlanOutcome:
        account, desk = mandate.account, mandate.desk
        instrument = self._instruments.resolve(account.broker, command.exchange, command.symbol)
        if command.position_size != command.position_size.to_integral_value():
            text = "must be a whole number"
            raise InvalidInput(f"position_size: {text}", errors={"position_size": [text]})
        priority = Priority.READ if command.position_size else Priority.EXIT
        wanted = command
        books = self._books.settled(mandate, priority, lambda item: closing.is_of(wanted, item))
        command = plan_addition(command, books.positions) if command.adds else command
        planned = plan_smart(
            command, books, unresolved=self._knowledge.unresolved(account, desk.mode), freeze=whole_lots(instrument),
        )  # fmt: skip
        orders, message = ([], planned) if isinstance(planned, str) else (planned, "")
        for order in orders:
            self._check(order, mandate)
        with self._attaching(command, mandate) as attach:
            claim()
            ended = legs.order_legs(orders, lambda order: self._place(order, mandate))
            exit_id = attach(ended)
        return PlanOutcome(legs=tuple(ended), mode=desk.mode, message=message, exit_id=exit_id)

    def _attaching(self, command: Smart, mandate: Mandate) -> Attaching:
        if command.exits is None:
            return contextlib.nullcontext(lambda _legs: None)
        return self._keeper().attaching(command, mandate)

    def _keeper(self) -> ExitAttachment:
        if self.exits is None:
            raise NotSupported("Exits cannot be attached here")
        return self.exits

    def _basket(self, command: Basket, mandate: Mandate, claim: Claim) -> PlanOutcome:
        self._check_basket(command, mandate)
        claim()
        ended = self._waves(command.orders, mandate, command.rollback)
        return PlanOutcome(legs=tuple(ended), mode=mandate.desk.mode)

    def _check_basket(self, command: Basket, mandate: Mandate) -> None:
        """One bad order refuses the whole basket before anything is sent; every bad order is named."""
        errors: dict[str, list[str]] = {}
        for number, order in enumerate(command.orders):
            try:
                self._check(order, mandate)
            except InvalidInput as error:
                errors[f"orders.{number}"] = [error.message]
        if errors:
            field, texts = next(iter(errors.items()))
            raise InvalidInput(f"{field}: {texts[0]}", errors=errors, code="BASKET_REFUSED")

    def _split(self, command: Split, mandate: Mandate, claim: Claim) -> PlanOutcome:
        children = self._children(command, mandate)
        claim()
        ended = legs.order_legs(children, lambda order: self._place(order, mandate))
        return PlanOutcome(legs=tuple(ended), mode=mandate.desk.mode)

    def _options_order(self, command: OptionsOrder, mandate: Mandate, claim: Claim) -> PlanOutcome:
        picks = self._picks(mandate)
        picked = Picked(number=1, pick=command.pick, orders=picks.choose(command, command.pick))
        self._check_all(picked.orders, mandate)
        claim()
        ended = legs.order_legs(picked.orders, lambda order: self._place(order, mandate))
        return PlanOutcome(
            legs=in_request_order([picked], ended),
            mode=mandate.desk.mode,
            underlying_ltp=picks.underlying_ltp,
        )

    def _options_multi(self, command: OptionsMultiOrder, mandate: Mandate, claim: Claim) -> PlanOutcome:
        picks = self._picks(mandate)
        picked = picks.choose_all(command)
        failed = [item.error for item in picked if item.error is not None]
        if failed and (command.rollback or len(failed) == len(picked)):
            raise failed[0]
        orders = [order for item in picked for order in item.orders]
        if command.rollback:
            self._check_all(orders, mandate)
        claim()
        ended = self._waves(orders, mandate, command.rollback)
        return PlanOutcome(
            legs=in_request_order(picked, ended), mode=mandate.desk.mode, underlying_ltp=picks.underlying_ltp
        )

    def _waves(self, orders: Sequence[Place], mandate: Mandate, rollback: bool) -> list[Leg]:
        """BUY before SELL; with `rollback` all or none."""

        def send(order: Place) -> Accepted:
            return self._place(order, mandate)

        if not rollback:
            return legs.buys_first(orders, send)
        undoing = DeskUndoing(mandate, lambda row: self._cancel(row, mandate), send, self._knowledge.known)
        return all_or_none(orders, send, undoing)

    def _picks(self, mandate: Mandate) -> Picks:
        if self.options is None:
            raise NotSupported("Option contracts cannot be chosen here")
        return Picks(self.options, mandate.principal)

    def _check_all(self, orders: Sequence[Place], mandate: Mandate) -> None:
        for order in orders:
            self._check(order, mandate)

    def _children(self, command: Split, mandate: Mandate) -> list[Place]:
        order = command.order
        instrument = self._instruments.resolve(mandate.account.broker, order.exchange, order.symbol)
        children = cut(order, command.size, lot_size=instrument.lot_size, freeze=instrument.freeze_qty)
        self._check_all(children, mandate)
        return children


def _freeze_quantity(instruments: Instruments, account: Account, position: Position) -> int | None:
    """None when unknown; an instrument missing from the master fails its own leg only, later."""
    try:
        return whole_lots(instruments.resolve(account.broker, position.exchange, position.symbol))
    except UnknownInstrument:
        return None
