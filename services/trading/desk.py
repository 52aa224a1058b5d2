"""Desks: where orders are sent and books are read. One interface; which desk is the mode table's business."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NoReturn, Protocol, TypeVar

from broker.core.budget import Priority, acting_as, effective
from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.errors import NotSent, NotSupported, OpenAlgoError, OutcomeUnknown, SessionDead, Unavailable
from domain.instruments import Instrument
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from services.trading import broker_time
from services.trading.reconciliation.connectivity import Connectivity
from utils.clock import Clock
from utils.logging import get_logger

T = TypeVar("T")
log = get_logger(__name__)


class Desk(Protocol):
    """Orders and books of one kind of trading. Writes raise Refused or OutcomeUnknown, nothing else."""

    mode: str
    journaled: bool  # whether a write needs an intent in the order journal first

    def place(self, account_id: int, broker: str, command: PlaceOrder, priority: Priority) -> str:
        """Send a new order; answers its order id."""

    def modify(self, account_id: int, broker: str, command: ModifyOrder) -> str:
        """Change a working order; answers its order id."""

    def cancel(self, account_id: int, broker: str, command: CancelOrder) -> str:
        """Withdraw a working order; answers its order id."""

    def order_book(self, account_id: int, broker: str) -> list[OrderRow]:
        """A complete snapshot of today's orders, oldest first."""

    def trade_book(self, account_id: int, broker: str) -> list[TradeRow]:
        """Today's fills, oldest first."""

    def positions(self, account_id: int, broker: str) -> list[Position]:
        """Net positions, flat ones included."""

    def holdings(self, account_id: int, broker: str) -> list[Holding]:
        """Delivery holdings."""

    def funds(self, account_id: int, broker: str) -> Funds:
        """Money."""

    def margin(
        self, account_id: int, broker: str, legs: list[tuple[Instrument, OrderTerms]]
    ) -> MarginEstimate:
        """Margin of the legs taken together."""


class HasAccount(Protocol):
    """Names a broker account."""

    @property
    def account_id(self) -> int:
        """Its id."""

    @property
    def broker(self) -> str:
        """Its broker."""


class BrokerPlugins(Protocol):
    """The part of the plug-in host that trading needs."""

    def plugin(self, broker_id: str) -> Plugin:
        """The loaded plug-in. Raises NotFound."""

    def manifest(self, broker_id: str) -> Manifest:
        """Its manifest. Raises NotFound."""

    def option(self, broker_id: str, name: str) -> str:
        """What an option of the plug-in is set to. Raises NotFound."""


class BrokerSessions(Protocol):
    """The part of the broker accounts that a desk needs."""

    def session(self, account_id: int) -> Session:
        """The account's valid broker session. Raises SessionDead."""

    def mark_expired(self, account_id: int, reason: str, *, issued_at: dt.datetime | None = None) -> None:
        """The broker no longer accepts the session of this login; a newer one stays."""


class BrokerReads:
    """Market data of the account's broker. Whoever is given this cannot send an order."""

    # Hears of every call that ended: (broker, account, operation, `ok` or the error's code, seconds). Never waits.
    observe: Callable[[str, int, str, str, float], None] = staticmethod(lambda *_: None)

    def __init__(
        self, brokers: BrokerPlugins, sessions: BrokerSessions, clock: Clock,
        connectivity: Connectivity | None = None,
    ) -> None:  # fmt: skip
        self._brokers = brokers
        self._sessions = sessions
        self._clock = clock
        self._connectivity = connectivity or Connectivity()

    def plugin(self, broker: str) -> Plugin:
        """The account's plug-in."""
        return self._brokers.plugin(broker)

    def manifest(self, broker: str) -> Manifest:
        """What the broker can do; builds no plug-in."""
        return self._brokers.manifest(broker)

    def ready(self, account: HasAccount, operation: str) -> None:
        """Raise NotSupported unless the broker has the operation, SessionDead unless the account has a session."""
        _require_support(self.manifest(account.broker), operation)
        self._sessions.session(account.account_id)

    def market(self, account: HasAccount, operation: str, call: Callable[[Plugin, Session], T]) -> T:
        """Ask for market data under the account's session."""
        plugin = self._supporting(account.broker, operation)
        return self._call(account.account_id, operation, lambda session: call(plugin, session))

    def _supporting(self, broker: str, operation: str) -> Plugin:
        plugin = self._brokers.plugin(broker)
        _require_support(plugin.manifest, operation)
        return plugin

    def _call(self, account_id: int, operation: str, call: Callable[[Session], T]) -> T:
        session = self._sessions.session(account_id)
        begun, outcome = self._clock.monotonic(), "INTERNAL"
        try:
            with broker_time.measured(self._clock):
                answer = call(session)
            outcome = "ok"
        except OpenAlgoError as error:
            outcome = error.code
            if isinstance(error, SessionDead):
                self._ended(session, error.message)
            elif isinstance(error, NotSent | OutcomeUnknown | Unavailable):
                self._connectivity.failed(session.broker)
            raise
        finally:
            self.observe(session.broker, account_id, operation, outcome, self._clock.monotonic() - begun)
        self._connectivity.answered(session.broker)
        return answer

    def _ended(self, session: Session, reason: str) -> None:
        """The broker refused the session. That it cannot be noted must not make a refusal an unknown outcome."""
        try:
            self._sessions.mark_expired(session.account_id, reason, issued_at=session.issued_at)
        except Exception:
            log.exception("a dead broker session cannot be marked", account=session.account_id)


def _require_support(manifest: Manifest, operation: str) -> None:
    if not manifest.supports(operation):
        raise NotSupported(f"{manifest.name} does not support {operation.replace('_', ' ')}")


class LiveDesk(BrokerReads):
    """The account's broker, under the account's rate budget: cancels before exits before entries before reads."""

    mode = "live"
    journaled = True
    # The last look before the wire: (broker, terms, instrument); raises Refused for what must not leave like this.
    guard: Callable[[str, OrderTerms, Instrument], None] = staticmethod(lambda *_: None)

    def place(self, account_id: int, broker: str, command: PlaceOrder, priority: Priority) -> str:
        plugin = self._supporting(broker, "place")
        self.guard(broker, command.terms, command.instrument)
        with acting_as(priority):
            return self._call(account_id, "place", lambda session: plugin.orders.place(session, command))

    def modify(self, account_id: int, broker: str, command: ModifyOrder) -> str:
        plugin = self._supporting(broker, "modify")
        self.guard(broker, command.terms, command.instrument)
        with acting_as(effective(Priority.ENTRY)):
            return self._call(account_id, "modify", lambda session: plugin.orders.modify(session, command))

    def cancel(self, account_id: int, broker: str, command: CancelOrder) -> str:
        plugin = self._supporting(broker, "cancel")
        with acting_as(Priority.CANCEL):
            return self._call(account_id, "cancel", lambda session: plugin.orders.cancel(session, command))

    def order_book(self, account_id: int, broker: str) -> list[OrderRow]:
        plugin = self._supporting(broker, "order_book")
        return self._call(account_id, "order_book", plugin.orders.order_book)

    def trade_book(self, account_id: int, broker: str) -> list[TradeRow]:
        plugin = self._supporting(broker, "trade_book")
        return self._call(account_id, "trade_book", plugin.orders.trade_book)

    def positions(self, account_id: int, broker: str) -> list[Position]:
        plugin = self._supporting(broker, "positions")
        return self._call(account_id, "positions", plugin.portfolio.positions)

    def holdings(self, account_id: int, broker: str) -> list[Holding]:
        plugin = self._supporting(broker, "holdings")
        return self._call(account_id, "holdings", plugin.portfolio.holdings)

    def funds(self, account_id: int, broker: str) -> Funds:
        plugin = self._supporting(broker, "funds")
        return self._call(account_id, "funds", plugin.portfolio.funds)

    def margin(
        self, account_id: int, broker: str, legs: list[tuple[Instrument, OrderTerms]]
    ) -> MarginEstimate:
        plugin = self._supporting(broker, "margin")
        margin = plugin.margin
        if margin is None:
            raise NotSupported(f"Margin calculation not supported for broker: {broker}")
        return self._call(account_id, "margin", lambda session: margin.estimate(session, legs))


class AbsentDesk:
    """A desk that is not built yet: every call says so, nothing is sent anywhere."""

    journaled = False

    def __init__(self, mode: str, word: str) -> None:
        self.mode = mode
        self._word = word

    def _refuse(self, *_: Any) -> NoReturn:
        raise NotSupported(f"{self._word} is not available yet; nothing was sent", code="NOT_AVAILABLE_YET")

    place = modify = cancel = order_book = trade_book = positions = holdings = funds = margin = _refuse
