"""What the rules that are on must know of an account, asked of its desk within a deadline; nothing else is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from database.journal import IntentRow
from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument
from domain.money import ZERO
from domain.orders import OrderRow, OrderTerms, Side, TradeRow
from domain.portfolio import Position
from services.trading.commands import Place
from services.trading.desk import Desk
from services.trading.gate.snapshots import Snapshots
from services.trading.journal import Journal, terms_of
from services.trading.risk import Book, Fact
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms, ist

DEADLINE_SECONDS = 3.0
Resolve = Callable[[str, Exchange, str], Instrument]
Price = Callable[[Account, Instrument], tuple[Decimal, float]]
Symbol = tuple[Exchange, str]


class OrdersRead(msgspec.Struct, frozen=True):
    """One look at an account's orders: what may be live without showing is read before the book that may show it."""

    uncertain: list[IntentRow]
    book: list[OrderRow]


class FactSources:
    """Reads what rules need. price: the last traded price of an instrument and its age in seconds, or raises."""

    def __init__(
        self, *, journal: Journal, unresolved: Callable[[Account, str], list[IntentRow]], resolve: Resolve,
        price: Price, clock: Clock,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._unresolved = unresolved
        self._resolve = resolve
        self.price = price
        self._clock = clock
        self._began = clock.now()
        self._snapshots = Snapshots(clock)

    def book(
        self, needs: frozenset[Fact], desk: Desk, account: Account, terms: OrderTerms, instrument: Instrument,
        strategy: str,
    ) -> Book:  # fmt: skip
        """Everything of `needs` that could be had in time; the rest is left unknown, and its rules refuse."""
        found = self._read(needs, desk, account, instrument) if needs else {}
        price: tuple[Decimal, float] | None = found.get(Fact.PRICE)
        facts: dict[str, Any] = {
            "multiplier": instrument.multiplier, "lot_size": instrument.lot_size,
            "instrument_type": instrument.instrument_type, "expiry": instrument.expiry,
            "ltp": price[0] if price else None, "ltp_age": price[1] if price else None,
            "sent_before": found.get(Fact.HISTORY),
        }  # fmt: skip
        funds = found.get(Fact.FUNDS)
        facts["funds"] = funds.available_cash if funds is not None else None
        orders, positions, trades = (found.get(kind) for kind in (Fact.ORDERS, Fact.POSITIONS, Fact.TRADES))
        if orders is not None:
            facts |= _of_orders(orders, terms, lambda row: self._multiplier(account, row))
        if positions is not None:
            facts |= _of_positions(positions, terms)
        if positions is not None and orders is not None:
            facts["positions"] = _places(positions, orders.book)
        if trades is not None:
            facts["traded"] = sum((row.value for row in trades), ZERO)
        if trades is not None and positions is not None and strategy:
            mine = {
                key for key, name in self._journal.strategies(account.account_id).items() if name == strategy
            }
            facts["strategy_result"] = strategy_result(
                [row for row in trades if row.order_id in mine], positions
            )
        return Book(**facts)

    def held(self, desk: Desk, account: Account, terms: OrderTerms | Place) -> int | None:
        """Signed units of the order's position a moment ago, None when not known."""
        work = self._work(Fact.POSITIONS, desk, account, None)
        read = self._snapshots.begin("positions", (Fact.POSITIONS, desk.mode, account.account_id, None), work)
        rows: list[Position] | None = self._snapshots.result(read, DEADLINE_SECONDS)
        if rows is None:
            return None
        wanted = (terms.exchange, terms.symbol, terms.product.value)
        return sum(row.quantity for row in rows if (row.exchange, row.symbol, str(row.product)) == wanted)

    def _read(
        self, needs: frozenset[Fact], desk: Desk, account: Account, instrument: Instrument
    ) -> dict[Fact, Any]:
        """All reads at the same time, under one deadline."""
        until = self._clock.monotonic() + DEADLINE_SECONDS
        begun = {}
        for fact in sorted(needs, key=lambda item: item.value):
            key = (fact, desk.mode, account.account_id, instrument.key if fact is Fact.PRICE else None)
            work = self._work(fact, desk, account, instrument)
            begun[fact] = self._snapshots.begin(fact.value, key, work)
        return {
            fact: self._snapshots.result(read, until - self._clock.monotonic())
            for fact, read in begun.items()
        }

    def _work(
        self, fact: Fact, desk: Desk, account: Account, instrument: Instrument | None
    ) -> Callable[[], Any]:
        to = (account.account_id, account.broker)
        match fact:
            case Fact.PRICE:
                assert instrument is not None
                return lambda: self.price(account, instrument)
            case Fact.ORDERS:
                return lambda: OrdersRead(self._unresolved(account, desk.mode), desk.order_book(*to))
            case Fact.POSITIONS:
                return lambda: desk.positions(*to)
            case Fact.TRADES:
                return lambda: desk.trade_book(*to)
            case Fact.FUNDS:
                return lambda: desk.funds(*to)
            case Fact.HISTORY:
                return lambda: self._sent_before(account, desk.mode)

    def _sent_before(self, account: Account, mode: str) -> int:
        """New orders of today that were sent before this process counted them itself."""
        midnight = ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._began <= midnight:
            return 0
        since, until = epoch_ms(midnight.astimezone(dt.UTC)), epoch_ms(self._began)
        return self._journal.sent_between(account.account_id, mode, since, until)

    def _multiplier(self, account: Account, row: OrderRow) -> int | None:
        try:
            return self._resolve(account.broker, row.exchange, row.symbol).multiplier
        except InvalidInput:
            return None


def _of_orders(
    read: OrdersRead, terms: OrderTerms, multiplier: Callable[[OrderRow], int | None]
) -> dict[str, Any]:
    working = [row for row in read.book if not row.status.is_terminal]
    same = [row for row in working if (row.exchange, row.symbol) == (terms.exchange, terms.symbol)]
    carried = ((intent.tag, terms_of(intent)) for intent in read.uncertain if intent.operation == "place")
    return {
        "seen": frozenset(row.order_id for row in read.book),
        "working": len(working),
        "symbol_working": len(same),
        "resting_units": sum(_left(row) for row in same if row.side is terms.side),
        "resting_values": {row.order_id: _resting_value(row, multiplier(row)) for row in working},
        "uncertain": tuple((tag, asked) for tag, asked in carried if asked is not None),
    }


def _of_positions(rows: Sequence[Position], terms: OrderTerms) -> dict[str, Any]:
    symbol = (terms.exchange, terms.symbol)
    return {
        "held_units": sum(row.quantity for row in rows if (row.exchange, row.symbol) == symbol),
        "held_value": _total([_held_value(row) for row in rows if row.quantity]),
        "day_result": _total([row.pnl for row in rows]),
    }


def _places(positions: Sequence[Position], book: Sequence[OrderRow]) -> frozenset[tuple[str, str, str]]:
    """Open positions, and those that resting orders would open."""
    rows: list[Position | OrderRow] = [row for row in positions if row.quantity]
    rows += [row for row in book if not row.status.is_terminal]
    return frozenset((row.exchange.value, row.symbol, str(row.product)) for row in rows)


def _left(row: OrderRow) -> int:
    return row.quantity if row.pending_quantity is None else row.pending_quantity


def _resting_value(row: OrderRow, multiplier: int | None) -> Decimal | None:
    price = row.price or row.trigger_price
    return None if price is None or multiplier is None else _left(row) * price * multiplier


def _held_value(row: Position) -> Decimal | None:
    price = row.ltp if row.ltp is not None else row.average_price
    return None if price is None else abs(row.quantity) * price * row.multiplier


def _total(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None


def strategy_result(trades: Sequence[TradeRow], positions: Sequence[Position]) -> Decimal | None:
    """Rupees that a strategy's fills of today have made so far: cash moved, and what is held at the last price.

    None when it holds something whose price is not known.
    """
    market: Mapping[Symbol, Position] = {(row.exchange, row.symbol): row for row in positions}
    cash, units = ZERO, dict[Symbol, int]()
    for row in trades:
        sign = 1 if row.side is Side.BUY else -1
        cash -= sign * row.value
        key = (row.exchange, row.symbol)
        units[key] = units.get(key, 0) + sign * row.quantity
    for key, held in units.items():
        if held:
            position = market.get(key)
            if position is None or position.ltp is None:
                return None
            cash += held * position.ltp * position.multiplier
    return cash
