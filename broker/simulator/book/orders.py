"""Tables of orders and trades."""

from __future__ import annotations

from typing import Any

import msgspec

from broker.simulator.book.database import Database, columns
from broker.simulator.book.records import OrderRecord, PositionRecord, TradeRecord

_ORDER_FIELDS, _TRADE_FIELDS = OrderRecord.__struct_fields__, TradeRecord.__struct_fields__
_ORDERS = f"SELECT {columns(OrderRecord)} FROM orders"  # noqa: S608 - column names of our own records
_TRADES = f"SELECT {columns(TradeRecord)} FROM trades"  # noqa: S608 - column names of our own records
_WORKING = " INDEXED BY orders_working WHERE status IN ('open', 'trigger pending')"
_ADD_ORDER = f"INSERT INTO orders VALUES ({', '.join('?' * len(_ORDER_FIELDS))})"  # noqa: S608
_ADD_TRADE = f"INSERT INTO trades ({columns(TradeRecord)}) VALUES ({', '.join('?' * len(_TRADE_FIELDS))})"  # noqa: S608
_CHANGEABLE = (
    "quantity", "price_type", "price", "trigger_price", "reserve_price", "disclosed", "status", "filled",
    "filled_value", "reason", "vertex", "updated_ms",
)  # fmt: skip
_SAVE_ORDER = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in _CHANGEABLE)} WHERE sequence = ?"  # noqa: S608


def _order(row: tuple[Any, ...]) -> OrderRecord:
    return OrderRecord(**dict(zip(_ORDER_FIELDS, row, strict=True)))


class Orders:
    """Orders and trades in the file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_number(self, name: str, day: int) -> int:
        """1, 2, 3 … per name and day."""
        sql = "INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
        return self._database.integer(sql, name, day)

    def next_sequence(self) -> int:
        """The place of the next order in the book."""
        return self._database.integer("SELECT coalesce(max(sequence), 0) + 1 FROM orders")

    def add(self, order: OrderRecord) -> None:
        """Insert; the caller has drawn `sequence` and `order_id`."""
        self._database.write(_ADD_ORDER, *msgspec.structs.astuple(order))

    def save(self, order: OrderRecord) -> None:
        """Write back what may change after placement."""
        values = [getattr(order, name) for name in _CHANGEABLE]
        self._database.write(_SAVE_ORDER, *values, order.sequence)

    def find(self, account: str, order_id: str) -> OrderRecord | None:
        """One order of an account."""
        rows = self._database.rows(f"{_ORDERS} WHERE order_id = ? AND account = ?", order_id, account)
        return _order(rows[0]) if rows else None

    def by_tag(self, account: str, tag_key: str) -> OrderRecord | None:
        """The order that claimed a unique tag."""
        rows = self._database.rows(f"{_ORDERS} WHERE account = ? AND tag_key = ?", account, tag_key)
        return _order(rows[0]) if rows else None

    def of_day(self, account: str, day: int) -> list[OrderRecord]:
        """Orders of a day, oldest first."""
        sql = f"{_ORDERS} WHERE account = ? AND day = ? ORDER BY sequence"
        return [_order(row) for row in self._database.rows(sql, account, day)]

    def working(self) -> list[OrderRecord]:
        """Every resting order of every account, oldest first."""
        return [_order(row) for row in self._database.rows(f"{_ORDERS}{_WORKING} ORDER BY sequence")]

    def any_working(self) -> bool:
        """Whether anything rests."""
        return bool(self._database.rows(f"SELECT 1 FROM orders{_WORKING} LIMIT 1"))  # noqa: S608

    def working_of(self, position: PositionRecord) -> list[OrderRecord]:
        """Resting orders that belong to a position, oldest first."""
        sql = f"{_ORDERS}{_WORKING} AND exchange = ? AND symbol = ? AND account = ? AND product = ? ORDER BY sequence"
        rows = self._database.rows(
            sql, position.exchange, position.symbol, position.account, position.product
        )
        return [_order(row) for row in rows]

    def add_trade(self, trade: TradeRecord) -> None:
        """Insert."""
        self._database.write(_ADD_TRADE, *msgspec.structs.astuple(trade))

    def trades(self, account: str, day: int) -> list[TradeRecord]:
        """Trades of a day, oldest first."""
        sql = f"{_TRADES} WHERE account = ? AND day = ? ORDER BY sequence"
        rows = self._database.rows(sql, account, day)
        return [TradeRecord(**dict(zip(_TRADE_FIELDS, row, strict=True))) for row in rows]

    def consumed(self, exchange: str, symbol: str, side: str, vertex: int) -> dict[int, int]:
        """Quantity that orders of one side have taken from the book of a vertex, by price in pips."""
        sql = (
            "SELECT price, sum(quantity) FROM trades"
            " WHERE vertex = ? AND exchange = ? AND symbol = ? AND side = ? GROUP BY price"
        )
        return dict(self._database.rows(sql, vertex, exchange, symbol, side))
