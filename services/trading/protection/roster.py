"""The orders under protection, open ones and those of today, by tag and by order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from database.journal import IntentRow
from domain.orders import OrderRow
from services.trading.protection.judging import Protected, State
from utils.clock import from_epoch, ist
from utils.concurrency import Lock

Place = tuple[int, str]


class Roster:
    """Thread-safe. An order ends once; what ended today stays known as what it was asked to be."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_tag: dict[str, Protected] = {}
        self._by_order: dict[Place, Protected] = {}
        self._open: dict[str, Protected] = {}
        self._today: dt.date | None = None

    def add(self, order: Protected) -> None:
        """Take one up; as the order's newest protection, when the order is known."""
        with self._lock:
            self._enter_day(order)
            self._by_tag[order.tag] = order
            if order.state is State.OPEN:
                self._open[order.tag] = order
            if order.order_id is not None:
                self._by_order[order.account_id, order.order_id] = order

    def drop(self, order: Protected) -> None:
        """It never left."""
        with self._lock:
            self._by_tag.pop(order.tag, None)
            self._open.pop(order.tag, None)
            if order.order_id is not None and self._by_order.get(_place(order)) is order:
                del self._by_order[_place(order)]

    def end(self, order: Protected, state: State) -> bool:
        """Whether this call ended it; False when it had ended before."""
        with self._lock:
            if self._open.pop(order.tag, None) is None:
                return False
            order.state = state
            return True

    def _enter_day(self, order: Protected) -> None:
        """The first order of a new day: what ended on earlier days is no longer in any book."""
        day = _day(order)
        if self._today is None or day <= self._today:
            self._today = self._today or day
            return
        self._today = day
        for item in [
            item for item in self._by_tag.values() if item.state is not State.OPEN and _day(item) < day
        ]:
            del self._by_tag[item.tag]
            if item.order_id is not None and self._by_order.get(_place(item)) is item:
                del self._by_order[_place(item)]

    def open(self) -> list[Protected]:
        """Every order that is still looked after."""
        with self._lock:
            return list(self._open.values())

    def of(self, account_id: int, order_id: str) -> Protected | None:
        """The open protection of an order."""
        with self._lock:
            order = self._by_order.get((account_id, order_id))
        return order if order is not None and order.state is State.OPEN else None

    def asked(self, account_id: int, order_id: str) -> Protected | None:
        """The protection that an order has or had today, unless its owner made it something else."""
        with self._lock:
            order = self._by_order.get((account_id, order_id))
        return order if order is not None and order.state is not State.RELEASED else None

    def replaced(self, account_id: int) -> dict[str, str]:
        """order id -> price type asked for, where something else is at the broker."""
        with self._lock:
            return {
                order_id: order.asked.price_type.value
                for (account, order_id), order in self._by_order.items()
                if account == account_id
                and order.state is not State.RELEASED
                and order.sent.price_type is not order.asked.price_type
            }

    def as_asked(self, account_id: int, rows: Iterable[OrderRow]) -> list[OrderRow]:
        """Rows with the price types that were asked for: a limit that stands in for a market order works as one."""
        return [self._row_as_asked(account_id, row) for row in rows]

    def intents_as_asked(self, rows: Iterable[IntentRow]) -> list[IntentRow]:
        """The same for intents."""
        return [
            row
            if (order := self._by_tag.get(row.tag)) is None
            else msgspec.structs.replace(row, terms=msgspec.json.encode(order.asked).decode())
            for row in rows
        ]

    def _row_as_asked(self, account_id: int, row: OrderRow) -> OrderRow:
        order = self.asked(account_id, row.order_id)
        if order is None or order.asked.price_type is row.price_type:
            return row
        price = row.price if order.asked.price_type.needs_price else None
        return msgspec.structs.replace(row, price_type=order.asked.price_type, price=price)


def _day(order: Protected) -> dt.date:
    return ist(from_epoch(order.created_ms / 1000)).date()


def _place(order: Protected) -> Place:
    return order.account_id, order.order_id or ""
