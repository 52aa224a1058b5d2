"""What stands before every entry: kill switch, exits that must not overshoot, orders of an earlier run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol, TypeVar

import msgspec

from domain.errors import NotAllowed, OpenAlgoError, Refused
from domain.instruments import Instrument
from domain.orders import ModifyOrder, OrderRow, OrderTerms
from services.trading import risk
from services.trading.commands import Accepted, Modify, Place
from services.trading.desk import Desk
from services.trading.gate.entrance import Gate
from services.trading.journal import IntentRow, Journal
from services.trading.plans import closing
from services.trading.timeline import trace
from services.trading.writes import Account, Mandate
from utils.concurrency import KeyedLocks

T = TypeVar("T")
WAIT_SECONDS = 30.0
# How long a broker's book may take to show an order that the broker has accepted.
BOOK_LAG_SECONDS = 10.0


class OrderKnowledge(Protocol):
    """What is known about orders without asking the broker, and whether everything sent is accounted for."""

    def known(self, account: Account, order_id: str, mode: str) -> OrderRow | None:
        """The order as last seen, complete with what the vendor needs for a change; None when never seen."""

    def require_reconciled(self, account: Account, mode: str) -> None:
        """Raise Refused unless the intents left by an earlier run have been looked for in the broker's book."""

    def unresolved(self, account: Account, mode: str) -> list[IntentRow]:
        """Intents of the account whose outcome is unknown."""

    def as_asked(
        self, account: Account, mode: str, book: list[OrderRow], recent: list[IntentRow]
    ) -> tuple[list[OrderRow], list[IntentRow]]:
        """The book and the newest intents with the price types that were asked for, not those that were sent."""


class Admission:
    """Lets orders through or raises. Every write of an order passes here: entries are weighed, exits recorded."""

    def __init__(self, journal: Journal, knowledge: OrderKnowledge, gate: Gate) -> None:
        self._journal = journal
        self._knowledge = knowledge
        self._gate = gate
        self._reductions = KeyedLocks()

    def place(
        self, command: Place, order: tuple[OrderTerms, Instrument], mandate: Mandate,
        send: Callable[[], Accepted],
    ) -> Accepted:  # fmt: skip
        """Send a new order once it is let in. What we derived from a position ourselves is an exit and not asked.

        Raises NotAllowed for a kill switch, RiskRefused, Refused while orders of an earlier run are looked for.
        """
        if command.reduces:
            self._gate.record(mandate)
            return send()
        with contextlib.ExitStack() as held:
            admitted = self._admit(command, mandate, lambda: self._gate.pass_in(order, mandate), held)
            if admitted is not None:
                return admitted.run(send)
            self._gate.record(mandate)
            return send()

    def check(self, command: Place, order: tuple[OrderTerms, Instrument], mandate: Mandate) -> None:
        """The same for an order that is to wait for approval: nothing is counted and nothing sent."""
        with contextlib.ExitStack() as held:
            self._admit(command, mandate, lambda: self._gate.weigh(order, mandate), held)

    def place_later(
        self, command: Place, instrument: Instrument, mandate: Mandate, send: Callable[[], T]
    ) -> T:
        """Hand an order to the broker that sends it by itself once a price is reached: it will not ask us then."""
        order = (_terms(command), instrument)
        with contextlib.ExitStack() as held:
            self._admit(command, mandate, lambda: self._gate.weigh(order, mandate, later=True), held)
            self._gate.record(mandate, is_order=False)
            return send()

    def change(self, command: Modify, order: ModifyOrder, mandate: Mandate) -> None:
        """Let new terms of a working order in; more units are an entry, and only they meet the kill switch."""
        added = order.terms.quantity - order.row.quantity
        more = _as_entry(command, Decimal(max(added, 0)))

        def enter() -> bool:
            self._gate.pass_change(order, mandate)
            return True

        with contextlib.ExitStack() as held:
            if self._admit(more, mandate, enter, held, is_entry=added > 0) is None:
                self._gate.record(mandate, is_order=False)

    def record(self, mandate: Mandate) -> None:
        """A cancel leaves."""
        self._gate.record(mandate, is_order=False)

    def _admit(
        self, command: Place, mandate: Mandate, enter: Callable[[], T], held: contextlib.ExitStack, *,
        is_entry: bool = True,
    ) -> T | None:  # fmt: skip
        """Kill switch, start-up reconciliation, rules. An order that only reduces a position passes the first and last.

        None: it passes as an exit. Such orders of one position are sent one after the other, so that two of them
        cannot overshoot together: their lock is held as long as `held` is.
        """
        try:
            if is_entry:
                self._require_open(mandate)
                self._require_reconciled(mandate)
            return enter()
        except NotAllowed as refusal:
            if not self._passes_as_exit(command, mandate, refusal, held):
                raise
        if is_entry:
            self._require_reconciled(mandate)
        return None

    def _require_reconciled(self, mandate: Mandate) -> None:
        if mandate.desk.journaled:
            self._knowledge.require_reconciled(mandate.account, mandate.desk.mode)

    def _require_open(self, mandate: Mandate) -> None:
        try:
            self._gate.require_open(mandate)
        except NotAllowed as error:
            trace.checked("kill_switch", passed=False, message=error.message)
            raise
        trace.checked("kill_switch", passed=True)

    def _passes_as_exit(
        self, command: Place, mandate: Mandate, refusal: NotAllowed, held: contextlib.ExitStack
    ) -> bool:
        account, desk = mandate.account, mandate.desk
        place = (account.account_id, desk.mode, command.exchange, command.symbol, command.product)
        if isinstance(refusal, risk.RiskRefused) and refusal.too_fast:
            # A burst must not ask the broker for its books once per refused order: a shared look comes first.
            units = self._gate.held(command, mandate)
            if units is None or not risk.is_reducing(command, units):
                return False
        if not held.enter_context(self._reductions.hold(place, WAIT_SECONDS)):
            raise Refused("Another exit of this position is still being sent", code="BUSY") from None
        try:
            reduces = self._reduces(command, account, desk)
        except OpenAlgoError as error:
            trace.checked("reduces", passed=False, message=error.message)
            raise refusal from error
        trace.checked("reduces", passed=reduces)
        return reduces

    def _reduces(self, command: Place, account: Account, desk: Desk) -> bool:
        """Whether the position stays on its side when everything that already works against it fills, too."""
        recent = self.recent(account, desk)
        book = desk.order_book(account.account_id, account.broker)
        net = sum(
            row.quantity
            for row in desk.positions(account.account_id, account.broker)
            if closing.is_of(command, row)
        )
        return risk.is_reducing(
            command, net + command.side.sign * closing.working_like(command, book, recent)
        )

    def recent(self, account: Account, desk: Desk) -> list[IntentRow]:
        """Intents that the book may not show yet; asked for before the book, so that none falls in between."""
        rows = self._journal.recent(account.account_id, BOOK_LAG_SECONDS) if desk.journaled else []
        return [row for row in rows if row.mode == desk.mode]


def _as_entry(command: Modify, quantity: Decimal) -> Place:
    """The units that a change adds, as an order of their own."""
    names = [name for name in Modify.__struct_fields__ if name not in ("order_id", "client_order_id")]
    order = Place(**{name: getattr(command, name) for name in names})
    return msgspec.structs.replace(order, quantity=quantity)


def _terms(command: Place) -> OrderTerms:
    """Terms of an order that passed the rules of orders already."""
    names = [name for name in OrderTerms.__struct_fields__ if name != "quantity"]
    return OrderTerms(quantity=int(command.quantity), **{name: getattr(command, name) for name in names})
