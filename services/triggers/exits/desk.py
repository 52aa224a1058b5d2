"""Attach exits to open positions, change, withdraw and show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from database.stores import Store
from database.triggers.exits import PositionExits
from domain.errors import InvalidInput, NotFound, Refused
from domain.instruments import Exchange
from domain.orders import Product
from domain.triggers.exits import ExitEvent, ExitState, ExitTerms, PositionExit
from services.accounts.principal import Principal
from services.trading.desk import Desk
from services.trading.modes import Modes
from services.trading.router import require_account
from services.triggers.exits.book import ExitBook
from services.triggers.exits.terms import ExitDraft
from services.triggers.exits.watching import ExitWatcher

MOST_OPEN = 250
HISTORY = 500
CHANGEABLE = (ExitState.WAITING, ExitState.ACTIVE)


class ShownExit(msgspec.Struct, frozen=True, kw_only=True):
    """A set with the last price that counted for it (rupees, epoch ms), None when none came since the start."""

    held: PositionExit
    last_price: Decimal | None
    last_price_ms: int | None


class PositionExitDesk:
    """Each call is about the caller's account in the mode that the application is in. Exits never need approval."""

    def __init__(
        self, *, store: Store, book: ExitBook, watcher: ExitWatcher, draft: ExitDraft, modes: Modes,
        desks: Mapping[str, Desk], look: Callable[[PositionExit], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._book = book
        self._watcher = watcher
        self._draft = draft
        self._modes = modes
        self._desks = desks
        self._look = look

    def place(
        self, principal: Principal, exchange: Exchange, symbol: str, product: Product, terms: ExitTerms,
        strategy: str,
    ) -> PositionExit:  # fmt: skip
        """Protect an open position. Raises InvalidInput (also for a level that the price has reached), Conflict."""
        mode, account = self._modes.app_mode().value, require_account(principal)
        instrument = self._draft.instrument(principal, exchange, symbol)
        net, average = self._position(principal, mode, exchange, instrument.symbol, product)
        if net == 0:
            raise InvalidInput(f"No open position in {symbol}", code="NO_POSITION")
        direction = 1 if net > 0 else -1
        self._draft.check(instrument, terms, direction)
        if terms.quantity is not None and terms.quantity > abs(net):
            text = f"must not exceed the position of {abs(net)}"
            raise InvalidInput(f"exits.quantity: {text}", errors={"exits.quantity": [text]})
        waiting = self._draft.make(
            principal, instrument, product, terms, direction=direction, mode=mode, strategy=strategy
        )
        price = self._draft.price(principal, instrument.key)
        held = waiting.followed(net, price if average is None else average)
        held = held.seen(price) or held
        self._draft.require_clear(held, price)
        with self._store.reading() as unit:
            if PositionExits(unit).count_open(account.account_id, mode) >= MOST_OPEN:
                raise Refused(f"At most {MOST_OPEN} positions may have exits", code="TOO_MANY_EXITS")
        self._book.add(held)
        return held

    def modify(self, principal: Principal, exit_id: str, terms: ExitTerms) -> PositionExit:
        """Replace the terms of exits that have not been reached. Raises NotFound, InvalidInput."""
        held = self._changeable(principal, exit_id)
        instrument = self._draft.instrument(principal, held.exchange, held.symbol)
        self._draft.check(instrument, terms, held.direction)
        changed = with_terms(held, terms)
        if held.state is ExitState.ACTIVE:
            price = self._draft.price(principal, instrument.key)
            changed = changed.seen(price) or changed
            self._draft.require_clear(changed, price)
        stored = self._book.store(changed, held)
        if stored is None:
            raise _missing(exit_id)
        self._look(stored)
        return stored

    def cancel(self, principal: Principal, exit_id: str) -> PositionExit:
        """Withdraw exits. Raises NotFound, also when one was reached meanwhile."""
        held = self._changeable(principal, exit_id)
        cancelled = self._book.move(held, ExitEvent.CANCEL, reason="Withdrawn by its owner")
        if cancelled is None:
            raise _missing(exit_id)
        return cancelled

    def book(self, principal: Principal, *, history: bool) -> tuple[list[ShownExit], str]:
        """(sets, mode): open ones, with `history` finished ones behind them."""
        mode, account = self._modes.app_mode().value, require_account(principal)
        with self._store.reading() as unit:
            rows = PositionExits(unit).of_account(account.account_id, mode, history=HISTORY if history else 0)
        return [self._shown(row) for row in rows], mode

    def _shown(self, held: PositionExit) -> ShownExit:
        price, at_ms = self._watcher.last(held) or (None, None)
        return ShownExit(held=held, last_price=price, last_price_ms=at_ms)

    def _position(
        self, principal: Principal, mode: str, exchange: Exchange, symbol: str, product: Product
    ) -> tuple[int, Decimal | None]:
        account = require_account(principal)
        rows = [
            row
            for row in self._desks[mode].positions(account.account_id, account.broker)
            if (row.exchange, row.symbol, str(row.product)) == (exchange, symbol, product.value)
            and row.quantity
        ]
        return sum(row.quantity for row in rows), rows[0].average_price if len(rows) == 1 else None

    def _changeable(self, principal: Principal, exit_id: str) -> PositionExit:
        mode, account = self._modes.app_mode().value, require_account(principal)
        held = self._book.get(exit_id)
        if held is None or (held.account_id, held.mode) != (account.account_id, mode):
            raise _missing(exit_id)
        if held.state not in CHANGEABLE:
            raise InvalidInput("Its exit order is on its way and cannot be changed here", code="EXIT_STATE")
        return held


def with_terms(held: PositionExit, terms: ExitTerms) -> PositionExit:
    """New terms of a set: the trailing stop begins anew behind the best price so far."""
    fixed = terms.quantity
    size = held.quantity if fixed is None else min(held.quantity, fixed)
    bare = msgspec.structs.replace(held, terms=terms, quantity=size, mark=None, trail=None, reason="")
    return (bare.seen(held.mark) or bare) if held.mark is not None else bare


def _missing(exit_id: str) -> NotFound:
    return NotFound(f"No running exits with exit_id '{exit_id}'")
