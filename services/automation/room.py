"""Puts the room of webhook strategies together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import msgspec

from database.approvals import PendingRow
from database.automation.deliveries import Deliveries, DeliveryRow, OrderRow, QueuedOrders
from database.automation.strategies import MappingRecord
from database.stores import Store
from domain.errors import NotAllowed, NotAuthenticated, OpenAlgoError
from domain.instruments import Exchange
from domain.orders import Product
from services.accounts.keys.access import GRANTS, Need
from services.accounts.principal import Principal, Source
from services.automation.dispatch import Dispatch
from services.automation.inbox import Inbox
from services.automation.instructions import taking
from services.automation.instructions.taking import Instructions
from services.automation.signatures import Signatures
from services.automation.squareoff import SquareOff
from services.automation.strategies import StrategyDesk
from services.events import Events, OutcomeResolved, PendingOrderResolved
from services.trading.assembly import Trading
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

QUEUE = 10_000
DAY_MS = 24 * 3600 * 1000
log = get_logger(__name__)


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the room needs from the house.

    caller: the principal of a user's webhooks. keyed: it with the API key it stands for, if any (raises NotAllowed).
    account: one of a user's accounts (raises NotFound). pending: a row of the approval queue.
    withdraw: end waiting ones unsent, for a reason.
    is_open: whether a broker trades an exchange at an instant. open_quantity: units of a position in the principal's
    account. window_seconds: within which equal content is a repeat, 0 never. keep_days: how long deliveries are kept.
    """

    store: Store
    trading: Trading
    events: Events
    clock: Clock
    desk: StrategyDesk
    signatures: Signatures
    caller: Callable[[int, Source], Principal]
    keyed: Callable[[Principal], Principal]
    account: Callable[[int, int], Any]
    pending: Callable[[int], PendingRow | None]
    withdraw: Callable[[Collection[int], str], int]
    is_open: Callable[[str, Exchange, dt.datetime], bool]
    open_quantity: Callable[[Principal, Exchange, str, Product], int]
    window_seconds: float
    keep_days: int


class Automation:
    """Strategies for the desk, an inbox for the world, a queue towards the router."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self.strategies = parts.desk
        self.signatures = parts.signatures
        self.dispatch = Dispatch(
            store=parts.store, router=parts.trading.router, journal=parts.trading.journal, bus=parts.events,
            clock=parts.clock, principal=self._principal, withdraw=self._withdraw,
        )  # fmt: skip
        instructions = Instructions(
            taking.Parts(
                store=parts.store, clock=parts.clock, app_mode=parts.trading.modes.app_mode,
                is_open=parts.is_open, held=self._held,
            )
        )  # fmt: skip
        self.inbox = Inbox(
            store=parts.store, bus=parts.events, clock=parts.clock, window_seconds=parts.window_seconds,
            principal=self._principal, app_mode=parts.trading.modes.app_mode, is_open=parts.is_open,
            wake=self.dispatch.wake, instructions=instructions,
        )  # fmt: skip
        self.square_off = SquareOff(
            store=parts.store, inbox=self.inbox, principal=partial(self._principal, closes=True),
            app_mode=parts.trading.modes.app_mode, is_open=parts.is_open, clock=parts.clock,
        )  # fmt: skip

    def start(self) -> None:
        """Take up the queue, and follow what happens to its orders."""
        handlers: dict[type[Any], Any] = {
            OutcomeResolved: lambda event: self.dispatch.settle(event.tag),
            PendingOrderResolved: lambda event: self.dispatch.decided(self._parts.pending(event.pending_order_id)),
        }  # fmt: skip
        self._parts.events.subscribe(
            tuple(handlers), lambda event: handlers[type(event)](event), queue=QUEUE, policy="wait",
            name="automation",
        )  # fmt: skip
        self.dispatch.start()

    def close(self) -> None:
        """Stop sending; what is queued stays on disk."""
        self.dispatch.close()

    def deliveries(
        self, user_id: int, strategy_id: int, limit: int, before: int | None
    ) -> list[tuple[DeliveryRow, list[OrderRow]]]:
        """A strategy's deliveries, newest first, each with its orders. Raises NotFound."""
        self.strategies.get(user_id, strategy_id)
        with self._store.reading() as unit:
            rows = Deliveries(unit).of_strategy(user_id, strategy_id, limit, before)
            orders = QueuedOrders(unit).of_deliveries([row.id for row in rows])
        return [(row, orders.get(row.id, [])) for row in rows]

    def sweep(self) -> None:
        """Housekeeping: forget old deliveries and nonces."""
        before = epoch_ms(self._parts.clock.now()) - self._parts.keep_days * DAY_MS
        with self._store.unit() as unit:
            Deliveries(unit).remove_before(before)
        self.signatures.sweep()

    def _withdraw(self, row: OrderRow) -> None:
        """End what the row's strategy has waiting for approval in the row's instrument."""
        try:
            with self._store.reading() as unit:
                waiting = QueuedOrders(unit).waiting_of_instrument(row)
            if waiting:
                self._parts.withdraw(waiting, "The strategy left this instrument before anybody decided")
        except Exception:
            # An exit held up costs more than an entry left waiting, which a person still has to approve.
            log.exception("entries that wait for approval could not be withdrawn", order=row.id)

    def _held(self, principal: Principal, mapping: MappingRecord) -> int | None:
        """Units of a position in the account, whoever opened it; None when that cannot be read."""
        try:
            return self._parts.open_quantity(
                principal, mapping.exchange, mapping.symbol, mapping.product_type
            )
        except OpenAlgoError as error:
            log.warning("a position could not be read for a webhook", reason=error.message)
            return None

    def _principal(self, user_id: int, account_id: int | None, *, closes: bool = False) -> Principal:
        """The user as a webhook stands for them, about the account of the strategy.

        closes: what is sent leaves a position: a key that has ended or opens less, or a disabled user, is no hindrance.
        Raises NotFound, and NotAllowed for such a key otherwise.
        """
        parts = self._parts
        caller = self._keyed(user_id, closes=closes)
        if account_id is None or account_id == caller.account_id:
            return caller
        account = parts.account(user_id, account_id)
        return msgspec.structs.replace(caller, account_id=account.id, broker=account.broker)

    def _keyed(self, user_id: int, *, closes: bool) -> Principal:
        try:
            keyed = self._parts.keyed(self._parts.caller(user_id, "webhook"))
        except (NotAllowed, NotAuthenticated):
            if not closes:
                raise
            return self._parts.caller(user_id, "exit")
        may_trade = keyed.key_id is not None and Need.TRADE in GRANTS[keyed.access]
        return self._parts.caller(user_id, "exit") if closes and not may_trade else keyed
