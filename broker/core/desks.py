"""Roles that are nothing but endpoints: most brokers' order desk and portfolio need no code of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest
from broker.core.roles import Session
from broker.core.values import require_prices
from domain.orders import CancelOrder, ModifyOrder, OrderRow, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, Position


class TableDesk:
    """An OrderDesk of five endpoints; the subject of each write is the command itself."""

    def __init__(
        self,
        rest: Rest,
        *,
        place: Endpoint[str],
        modify: Endpoint[str],
        cancel: Endpoint[str],
        order_book: Endpoint[list[OrderRow]],
        trade_book: Endpoint[list[TradeRow]],
    ) -> None:
        self._rest = rest
        self._place = place
        self._modify = modify
        self._cancel = cancel
        self._order_book = order_book
        self._trade_book = trade_book

    def place(self, session: Session, command: PlaceOrder) -> str:
        """See OrderDesk."""
        require_prices(command.terms)
        return self._rest.call(session, self._place, command)

    def modify(self, session: Session, command: ModifyOrder) -> str:
        """See OrderDesk."""
        require_prices(command.terms)
        return self._rest.call(session, self._modify, command)

    def cancel(self, session: Session, command: CancelOrder) -> str:
        """See OrderDesk."""
        return self._rest.call(session, self._cancel, command)

    def order_book(self, session: Session) -> list[OrderRow]:
        """See OrderDesk."""
        return self._rest.call(session, self._order_book)

    def trade_book(self, session: Session) -> list[TradeRow]:
        """See OrderDesk."""
        return self._rest.call(session, self._trade_book)


class TablePortfolio:
    """A Portfolio of endpoints. `funds` are called in order and their values given to `sum_funds`."""

    def __init__(
        self,
        rest: Rest,
        *,
        positions: Endpoint[list[Position]],
        holdings: Endpoint[list[Holding]],
        funds: tuple[Endpoint[Any], ...],
        sum_funds: Callable[..., Funds],
    ) -> None:
        self._rest = rest
        self._positions = positions
        self._holdings = holdings
        self._funds = funds
        self._sum_funds = sum_funds

    def positions(self, session: Session) -> list[Position]:
        """See Portfolio."""
        return self._rest.call(session, self._positions)

    def holdings(self, session: Session) -> list[Holding]:
        """See Portfolio."""
        return self._rest.call(session, self._holdings)

    def funds(self, session: Session) -> Funds:
        """See Portfolio."""
        return self._sum_funds(*(self._rest.call(session, endpoint) for endpoint in self._funds))
