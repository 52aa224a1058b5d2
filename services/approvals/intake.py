"""Takes a whole command into the queue instead of sending it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from database.approvals import PendingOrders, PendingRow
from database.stores import Store
from domain.errors import Conflict, NotAllowed, OpenAlgoError, Refused
from domain.instruments import Exchange, InstrumentKey
from services import events
from services.accounts.principal import Principal
from services.approvals import stored
from services.trading.commands import Queued
from services.trading.journal import fingerprint
from services.trading.timeline import trace
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

MOST_WAITING = 500
log = get_logger(__name__)


class Prices(Protocol):
    """Last prices of instruments, as text by EXCHANGE:SYMBOL; None where there is none now."""

    def __call__(self, principal: Principal, keys: list[InstrumentKey]) -> dict[str, str | None]:
        """Never raises: an order is queued, and questioned later, when prices cannot be had."""


class Intake:
    """`queue` is called by the router once a command has passed every check that needs no desk."""

    def __init__(
        self, *, store: Store, bus: events.Events, clock: Clock, prices: Prices, life_seconds: float,
        session_end: Callable[[Exchange, dt.datetime], dt.datetime | None],
    ) -> None:  # fmt: skip
        self._store = store
        self._events = bus
        self._clock = clock
        self._prices = prices
        self._life = dt.timedelta(seconds=life_seconds)
        self._session_end = session_end

    def queue(self, command: Any, principal: Principal) -> Queued:
        """Put the command on disk; a repeat under the caller's key gets the first number again.

        Raises Conflict when the key was used for another command, Refused when too many orders wait.
        """
        if principal.account_id is None or principal.broker is None:
            raise NotAllowed("No broker account is connected", code="NO_BROKER_SESSION")
        known = self._repeated(command, principal)
        if known is not None:
            return _queued(known)
        keys = stored.instruments(command)
        prices = {name: price for name, price in self._prices(principal, keys).items() if price is not None}
        row = self._row(command, principal, keys, prices)
        with self._store.unit(durable=True) as unit:
            rows = PendingOrders(unit)
            known = self._same(rows, command, principal)
            if known is None:
                if rows.counts(principal.user_id).get("pending", 0) >= MOST_WAITING:
                    raise Refused(f"{MOST_WAITING} orders wait for approval already", code="QUEUE_FULL")
                row = rows.add(row)
        if known is not None:
            return _queued(known)
        trace.note("queued", detail={"pending_order_id": row.id, "prices": prices})
        self._tell(row)
        return _queued(row)

    def _repeated(self, command: Any, principal: Principal) -> PendingRow | None:
        with self._store.reading() as unit:
            return self._same(PendingOrders(unit), command, principal)

    @staticmethod
    def _same(rows: PendingOrders, command: Any, principal: Principal) -> PendingRow | None:
        key = command.client_order_id
        row = rows.by_key(principal.user_id, key) if key else None
        if row is not None and row.fingerprint != fingerprint(command):
            raise Conflict("This key was used for a different request", code="IDEMPOTENCY_KEY_REUSED")
        return row

    def _row(
        self, command: Any, principal: Principal, keys: Iterable[InstrumentKey], prices: dict[str, str]
    ) -> PendingRow:
        now = self._clock.now()
        traced = trace.current()
        return PendingRow(
            id=0, user_id=principal.user_id, account_id=principal.account_id or 0, broker=principal.broker or "",
            key_id=principal.key_id, api_type=stored.api_type(command), command=stored.encode(command),
            client_order_id=command.client_order_id, fingerprint=fingerprint(command),
            request_id=traced.request_id if traced is not None else "", prices=prices, state="pending",
            created_ms=epoch_ms(now), priced_ms=epoch_ms(now), expires_ms=epoch_ms(self._expiry(now, keys)),
        )  # fmt: skip

    def _expiry(self, now: dt.datetime, keys: Iterable[InstrumentKey]) -> dt.datetime:
        """The end of its life, or of the first running session of its exchanges."""
        ends = [self._session_end(key.exchange, now) for key in keys]
        return min([now + self._life, *(end for end in ends if end is not None)])

    def _tell(self, row: PendingRow) -> None:
        """The order is queued: nothing that goes wrong from here on may deny it."""
        try:
            self._events.publish(
                events.PendingOrderCreated(
                    user_id=row.user_id, pending_order_id=row.id, api_type=row.api_type,
                    message="Order queued for approval in Action Center",
                )
            )  # fmt: skip
        except OpenAlgoError as error:
            log.error("a queued order could not be told", pending=row.id, reason=error.message)


def _queued(row: PendingRow) -> Queued:
    return Queued(pending_id=row.id)
