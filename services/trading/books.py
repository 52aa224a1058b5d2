"""Order book, trade book and order status, with the strategy tags of our own orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from domain.errors import NotFound
from domain.orders import OrderRow, TradeRow
from services.accounts.principal import Principal
from services.trading.desk import Desk
from services.trading.journal import Journal
from services.trading.modes import READ_ROUTES, AppMode, Modes, Route
from services.trading.router import require_account
from services.trading.writes import Account
from utils.concurrency import SharedCalls

READ_SECONDS = 30.0


class OrderBook(msgspec.Struct, frozen=True, kw_only=True):
    """Orders oldest first, with order id -> strategy.

    asked: order id -> the price type asked for, where a limit was sent in its place.
    """

    rows: list[OrderRow]
    strategies: dict[str, str]
    mode: str
    asked: Mapping[str, str] = {}


class TradeBook(msgspec.Struct, frozen=True, kw_only=True):
    """Fills oldest first, with order id -> strategy."""

    rows: list[TradeRow]
    strategies: dict[str, str]
    mode: str


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """One order."""

    row: OrderRow
    strategy: str
    mode: str


class Books:
    """Reads. Identical reads at the same time are one call to the broker."""

    def __init__(
        self, *, modes: Modes, desks: dict[Route, Desk], journal: Journal,
        on_book: Callable[[Account, list[OrderRow], str], None], seen: Callable[[int, str], dict[str, str]],
        writes: Callable[[int], int], asked: Callable[[int, str], Mapping[str, str]] = lambda _account, _mode: {},
    ) -> None:  # fmt: skip
        self._modes = modes
        self._desks = desks
        self._journal = journal
        self._on_book = on_book
        self._seen = seen
        self._writes = writes
        self._asked = asked
        self._shared = SharedCalls()

    def mode(self) -> AppMode:
        """The application's mode. Raises ModeUnknown."""
        return self._modes.app_mode()

    def desk(self) -> Desk:
        """The desk whose books are shown now."""
        return self._desks[READ_ROUTES[self._modes.app_mode()]]

    def orders(self, principal: Principal) -> OrderBook:
        """The order book of today."""
        desk, account = self.desk(), require_account(principal)
        rows = self._shared.run(
            ("orders", *self._state(desk, account)), lambda: self._book(desk, account), READ_SECONDS
        )
        return OrderBook(
            rows=rows, strategies=self._strategies(desk, account), mode=desk.mode,
            asked=self._asked(account.account_id, desk.mode),
        )  # fmt: skip

    def trades(self, principal: Principal) -> TradeBook:
        """The fills of today."""
        desk, account = self.desk(), require_account(principal)
        rows = self._shared.run(
            ("trades", *self._state(desk, account)),
            lambda: desk.trade_book(account.account_id, account.broker),
            READ_SECONDS,
        )
        return TradeBook(rows=rows, strategies=self._strategies(desk, account), mode=desk.mode)

    def order(self, principal: Principal, order_id: str) -> OrderState:
        """One order of today. Raises NotFound."""
        book = self.orders(principal)
        row = next((item for item in book.rows if item.order_id == order_id), None)
        if row is None:
            raise NotFound(f"Order {order_id} not found")
        return OrderState(row=row, strategy=book.strategies.get(order_id, ""), mode=book.mode)

    def _state(self, desk: Desk, account: Account) -> tuple[str, int, int]:
        """A read begun before an order was accepted must not answer a caller who knows of that order."""
        return desk.mode, account.account_id, self._writes(account.account_id)

    def _book(self, desk: Desk, account: Account) -> list[OrderRow]:
        rows = desk.order_book(account.account_id, account.broker)
        if desk.journaled:
            self._on_book(account, rows, desk.mode)
        return rows

    def _strategies(self, desk: Desk, account: Account) -> dict[str, str]:
        if not desk.journaled:
            return {}
        return self._journal.strategies(account.account_id) | self._seen(account.account_id, desk.mode)
