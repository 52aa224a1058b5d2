"""Puts the approval room together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from database.approvals import PendingOrders
from database.stores import Store
from domain.errors import NotAllowed, OpenAlgoError
from domain.instruments import Exchange, InstrumentKey
from services.accounts.principal import Principal
from services.approvals.decisions import Decisions
from services.approvals.execution import Execution
from services.approvals.intake import Intake
from services.approvals.recheck import Limits
from services.events import Events, OrderChanged, OutcomeResolved
from services.market.calendar import Calendar
from services.market.quotes import Quotes
from services.trading.assembly import Trading
from services.trading.timeline.trace import Tracing
from utils.clock import Clock, ist
from utils.ids import IdSource
from utils.logging import get_logger

QUEUE = 50_000
log = get_logger(__name__)


class Approvals:
    """Intake for the router, decisions for the desk."""

    def __init__(
        self, *, store: Store, trading: Trading, quotes: Quotes, calendar: Calendar, bus: Events, clock: Clock,
        ids: IdSource, limits: Limits, username: Callable[[int], str],
    ) -> None:  # fmt: skip
        self._store = store
        self._events = bus
        self._quotes = quotes
        self._calendar = calendar
        tracing = Tracing(bus, clock, ids)
        self.intake = Intake(
            store=store, bus=bus, clock=clock, prices=self._prices, life_seconds=limits.life_seconds,
            session_end=self._session_end,
        )  # fmt: skip
        self.execution = Execution(
            store=store, router=trading.router, journal=trading.journal, tracing=tracing, bus=bus, clock=clock,
            username=username, known=lambda account, order_id: trading.known(account, order_id, trading.live.mode),
        )  # fmt: skip
        self.decisions = Decisions(
            store=store, execution=self.execution, tracing=tracing, bus=bus, clock=clock, prices=self._prices,
            limits=limits,
        )  # fmt: skip

    def start(self) -> None:
        """Settle what an earlier run left, before new orders are taken; then follow approved orders."""
        handlers: dict[type[Any], Any] = {
            OutcomeResolved: self.execution.resolved, OrderChanged: self.execution.changed,
        }  # fmt: skip
        self._events.subscribe(
            tuple(handlers), lambda event: handlers[type(event)](event), queue=QUEUE, policy="wait",
            name="approvals", gather_seconds=0.1,
        )  # fmt: skip
        self.execution.recover()

    def require_none_waiting(self, user_id: int) -> None:
        """Raise NotAllowed while orders of a user wait: nobody but a person at the desk may bring them to life."""
        with self._store.reading() as unit:
            waiting = PendingOrders(unit).counts(user_id).get("pending", 0)
        if waiting:
            raise NotAllowed(
                f"{waiting} orders wait for approval; decide on them before live trading is switched on",
                code="ORDERS_WAITING",
            )

    def sweep(self) -> None:
        """Housekeeping: end what waited too long."""
        self.decisions.expire()

    def _prices(self, principal: Principal, keys: list[InstrumentKey]) -> dict[str, str | None]:
        """Last prices; None where there is none now."""
        found: dict[str, str | None] = {str(key): None for key in keys}
        if not keys:
            return found
        try:
            for result in self._quotes.quotes(principal, keys):
                if result.quote is not None:
                    found[str(result.key)] = str(result.quote.ltp)
        except OpenAlgoError as error:
            log.warning("no prices for a waiting order", reason=error.message)
        return found

    def _session_end(self, exchange: Exchange, now: dt.datetime) -> dt.datetime | None:
        """The end of the running session, None outside one."""
        today = ist(now).date()
        for date in (today - dt.timedelta(days=1), today):
            for session in self._calendar.trading_sessions(exchange, date):
                if session.start <= now < session.end:
                    return session.end
        return None
