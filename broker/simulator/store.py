"""The exchange's own book: one SQLite file, written by one transaction at a time, each safe on disk when it ends.

Money is integer paise. Prices are integer ten-thousandths of a rupee ("pips"): currency ticks are 0.0025.
Several processes may open the file; a write holds SQLite's write lock from its first read on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from utils.concurrency import RLock

BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY, cash INTEGER NOT NULL, day INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT, day INTEGER, value INTEGER NOT NULL, PRIMARY KEY (name, day)) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    sequence INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, exchange_order_id TEXT NOT NULL,
    account TEXT NOT NULL, tag TEXT, tag_key TEXT, day INTEGER NOT NULL, exchange TEXT NOT NULL, symbol TEXT NOT NULL,
    side TEXT NOT NULL, quantity INTEGER NOT NULL, price_type TEXT NOT NULL, product TEXT NOT NULL,
    price INTEGER, trigger_price INTEGER, reserve_price INTEGER NOT NULL, disclosed INTEGER NOT NULL,
    status TEXT NOT NULL, filled INTEGER NOT NULL, filled_value INTEGER NOT NULL, reason TEXT NOT NULL,
    vertex INTEGER NOT NULL, placed_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS orders_tag ON orders (account, tag_key) WHERE tag_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS orders_day ON orders (account, day);
CREATE INDEX IF NOT EXISTS orders_working ON orders (exchange, symbol)
    WHERE status IN ('open', 'trigger pending');
CREATE TABLE IF NOT EXISTS trades (
    sequence INTEGER PRIMARY KEY, trade_id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, account TEXT NOT NULL,
    day INTEGER NOT NULL, exchange TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL,
    quantity INTEGER NOT NULL, price INTEGER NOT NULL, value INTEGER NOT NULL, product TEXT NOT NULL,
    vertex INTEGER NOT NULL, traded_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS trades_day ON trades (account, day);
CREATE INDEX IF NOT EXISTS trades_vertex ON trades (vertex, exchange, symbol);
CREATE TABLE IF NOT EXISTS positions (
    account TEXT, exchange TEXT, symbol TEXT, product TEXT, quantity INTEGER NOT NULL, cost INTEGER NOT NULL,
    realised INTEGER NOT NULL, required INTEGER NOT NULL, expiry_vertex INTEGER,
    PRIMARY KEY (account, exchange, symbol, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS positions_expiry ON positions (expiry_vertex) WHERE quantity != 0;
CREATE TABLE IF NOT EXISTS holdings (
    account TEXT, exchange TEXT, symbol TEXT, quantity INTEGER NOT NULL, cost INTEGER NOT NULL,
    PRIMARY KEY (account, exchange, symbol)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY, account TEXT NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    amount INTEGER NOT NULL, reference TEXT NOT NULL
) STRICT;
"""


class OrderRecord(msgspec.Struct, kw_only=True):
    """One row of `orders`, field for column."""

    sequence: int
    order_id: str
    exchange_order_id: str
    account: str
    tag: str | None
    tag_key: str | None
    day: int
    exchange: str
    symbol: str
    side: str
    quantity: int
    price_type: str
    product: str
    price: int | None
    trigger_price: int | None
    reserve_price: int
    disclosed: int
    status: str
    filled: int
    filled_value: int
    reason: str
    vertex: int
    placed_ms: int
    updated_ms: int

    @property
    def pending(self) -> int:
        """Units still to trade."""
        return self.quantity - self.filled


class TradeRecord(msgspec.Struct, kw_only=True):
    """One row of `trades`."""

    trade_id: str
    order_id: str
    account: str
    day: int
    exchange: str
    symbol: str
    side: str
    quantity: int
    price: int
    value: int
    product: str
    vertex: int
    traded_ms: int


class PositionRecord(msgspec.Struct, kw_only=True):
    """One row of `positions`. cost >= 0 belongs to the open quantity; required is the margin it and its orders hold."""

    account: str
    exchange: str
    symbol: str
    product: str
    quantity: int = 0
    cost: int = 0
    realised: int = 0
    required: int = 0
    expiry_vertex: int | None = None


class HoldingRecord(msgspec.Struct, kw_only=True):
    """One row of `holdings`."""

    account: str
    exchange: str
    symbol: str
    quantity: int
    cost: int


_ORDER = ", ".join(OrderRecord.__struct_fields__)
_TRADE = ", ".join(TradeRecord.__struct_fields__)
_POSITION = ", ".join(PositionRecord.__struct_fields__)
_WORKING = "status IN ('open', 'trigger pending')"
_INSERT_ORDER = (
    f"INSERT INTO orders ({_ORDER}) VALUES ({', '.join('?' * len(OrderRecord.__struct_fields__))})"
)
_INSERT_TRADE = (
    f"INSERT INTO trades ({_TRADE}) VALUES ({', '.join('?' * len(TradeRecord.__struct_fields__))})"
)
_UPSERT_POSITION = f"REPLACE INTO positions ({_POSITION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _order(row: tuple[object, ...]) -> OrderRecord:
    return OrderRecord(**dict(zip(OrderRecord.__struct_fields__, row, strict=True)))  # type: ignore[arg-type]


class Store:
    """Rows in and out. Every method runs under one lock; writes only inside `writing()`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        with self.writing():
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    self._db.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: on disk when the block ends, gone when it raises. Not nestable."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _write(self, sql: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def next_number(self, name: str, day: int) -> int:
        """1, 2, 3 … per name and day."""
        sql = "INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
        return self._integer(sql, name, day)

    def _integer(self, sql: str, *values: object) -> int:
        value = self._rows(sql, *values)[0][0]
        assert isinstance(value, int)
        return value

    def account_cash_day(self, account: str) -> tuple[int, int] | None:
        """(cash, day) of an account, None when it is new."""
        rows = self._rows("SELECT cash, day FROM accounts WHERE account = ?", account)
        return (rows[0][0], rows[0][1]) if rows else None  # type: ignore[return-value]

    def accounts_behind(self, day: int) -> list[str]:
        """Accounts whose last day lies before `day`."""
        return [str(row[0]) for row in self._rows("SELECT account FROM accounts WHERE day < ?", day)]

    def open_account(self, account: str, cash: int, day: int) -> None:
        """Create an account with its starting cash."""
        self._write("INSERT INTO accounts VALUES (?, ?, ?)", (account, cash, day))

    def set_day(self, account: str, day: int) -> None:
        """Move an account to another trading day."""
        self._write("UPDATE accounts SET day = ? WHERE account = ?", (day, account))

    def book_entry(self, account: str, at_ms: int, kind: str, amount: int, reference: str) -> None:
        """Move cash (paise, signed) and leave a trace."""
        self._write("UPDATE accounts SET cash = cash + ? WHERE account = ?", (amount, account))
        self._write(
            "INSERT INTO entries (account, at_ms, kind, amount, reference) VALUES (?, ?, ?, ?, ?)",
            (account, at_ms, kind, amount, reference),
        )

    def entries(self, account: str) -> list[tuple[str, int, str]]:
        """(kind, amount, reference) of every cash movement, oldest first."""
        sql = "SELECT kind, amount, reference FROM entries WHERE account = ? ORDER BY sequence"
        return self._rows(sql, account)  # type: ignore[return-value]

    def add_order(self, order: OrderRecord) -> None:
        """Insert; the caller has drawn `sequence` and `order_id`."""
        self._write(_INSERT_ORDER, msgspec.structs.astuple(order))

    def next_sequence(self) -> int:
        """The place of the next order in the book."""
        return self._integer("SELECT coalesce(max(sequence), 0) + 1 FROM orders")

    def save_order(self, order: OrderRecord) -> None:
        """Write back what may change after placement."""
        self._write(
            "UPDATE orders SET quantity=?, price_type=?, price=?, trigger_price=?, reserve_price=?, disclosed=?,"
            " status=?, filled=?, filled_value=?, reason=?, vertex=?, updated_ms=? WHERE sequence=?",
            (
                order.quantity, order.price_type, order.price, order.trigger_price, order.reserve_price,
                order.disclosed, order.status, order.filled, order.filled_value, order.reason, order.vertex,
                order.updated_ms, order.sequence,
            ),
        )  # fmt: skip

    def order(self, account: str, order_id: str) -> OrderRecord | None:
        """One order of an account."""
        rows = self._rows(
            f"SELECT {_ORDER} FROM orders WHERE order_id = ? AND account = ?", order_id, account
        )
        return _order(rows[0]) if rows else None

    def order_by_tag(self, account: str, tag_key: str) -> OrderRecord | None:
        """The order that claimed a unique tag."""
        rows = self._rows(f"SELECT {_ORDER} FROM orders WHERE account = ? AND tag_key = ?", account, tag_key)
        return _order(rows[0]) if rows else None

    def orders(self, account: str, day: int) -> list[OrderRecord]:
        """Orders of a day, oldest first."""
        sql = f"SELECT {_ORDER} FROM orders WHERE account = ? AND day = ? ORDER BY sequence"
        return [_order(row) for row in self._rows(sql, account, day)]

    def working(self) -> list[OrderRecord]:
        """Every resting order of every account, oldest first."""
        sql = f"SELECT {_ORDER} FROM orders INDEXED BY orders_working WHERE {_WORKING} ORDER BY sequence"
        return [_order(row) for row in self._rows(sql)]

    def working_of(self, position: PositionRecord) -> list[OrderRecord]:
        """Resting orders that belong to a position."""
        sql = (
            f"SELECT {_ORDER} FROM orders INDEXED BY orders_working WHERE {_WORKING}"
            " AND exchange = ? AND symbol = ? AND account = ? AND product = ? ORDER BY sequence"
        )
        rows = self._rows(sql, position.exchange, position.symbol, position.account, position.product)
        return [_order(row) for row in rows]

    def add_trade(self, trade: TradeRecord) -> None:
        """Insert."""
        self._write(_INSERT_TRADE, msgspec.structs.astuple(trade))

    def trades(self, account: str, day: int) -> list[TradeRecord]:
        """Trades of a day, oldest first."""
        rows = self._rows(
            f"SELECT {_TRADE} FROM trades WHERE account = ? AND day = ? ORDER BY sequence", account, day
        )
        fields = TradeRecord.__struct_fields__
        return [TradeRecord(**dict(zip(fields, row, strict=True))) for row in rows]  # type: ignore[arg-type]

    def consumed(self, exchange: str, symbol: str, side: str, vertex: int) -> dict[int, int]:
        """Quantity that orders of one side have taken from the book of a vertex, by price in pips."""
        sql = (
            "SELECT price, sum(quantity) FROM trades"
            " WHERE vertex = ? AND exchange = ? AND symbol = ? AND side = ? GROUP BY price"
        )
        return dict(self._rows(sql, vertex, exchange, symbol, side))  # type: ignore[arg-type]

    def position(self, account: str, exchange: str, symbol: str, product: str) -> PositionRecord | None:
        """One position."""
        rows = self._positions("account = ? AND exchange = ? AND symbol = ? AND product = ?",
                               account, exchange, symbol, product)  # fmt: skip
        return rows[0] if rows else None

    def positions(self, account: str) -> list[PositionRecord]:
        """All positions of an account, flat ones included."""
        return self._positions("account = ?", account)

    def expired_positions(self, vertex: int) -> list[PositionRecord]:
        """Open positions whose contract stopped trading before `vertex`."""
        return self._positions("quantity != 0 AND expiry_vertex < ?", vertex)

    def _positions(self, where: str, *values: object) -> list[PositionRecord]:
        rows = self._rows(f"SELECT {_POSITION} FROM positions WHERE {where}", *values)
        fields = PositionRecord.__struct_fields__
        return [PositionRecord(**dict(zip(fields, row, strict=True))) for row in rows]  # type: ignore[arg-type]

    def save_position(self, position: PositionRecord) -> None:
        """Insert or replace."""
        self._write(_UPSERT_POSITION, msgspec.structs.astuple(position))

    def delete_position(self, position: PositionRecord) -> None:
        """Remove a settled or flat row."""
        self._write(
            "DELETE FROM positions WHERE account = ? AND exchange = ? AND symbol = ? AND product = ?",
            (position.account, position.exchange, position.symbol, position.product),
        )

    def required_sum(self, account: str) -> int:
        """Margin held by all positions and resting orders."""
        return self._integer("SELECT coalesce(sum(required), 0) FROM positions WHERE account = ?", account)

    def holding(self, account: str, exchange: str, symbol: str) -> HoldingRecord | None:
        """One holding."""
        rows = self._holdings("account = ? AND exchange = ? AND symbol = ?", account, exchange, symbol)
        return rows[0] if rows else None

    def holdings(self, account: str) -> list[HoldingRecord]:
        """All holdings."""
        return self._holdings("account = ?", account)

    def _holdings(self, where: str, *values: object) -> list[HoldingRecord]:
        rows = self._rows(
            f"SELECT account, exchange, symbol, quantity, cost FROM holdings WHERE {where}", *values
        )
        fields = HoldingRecord.__struct_fields__
        return [HoldingRecord(**dict(zip(fields, row, strict=True))) for row in rows]  # type: ignore[arg-type]

    def save_holding(self, holding: HoldingRecord) -> None:
        """Insert, replace or, at quantity 0, remove."""
        if holding.quantity == 0:
            self._write(
                "DELETE FROM holdings WHERE account = ? AND exchange = ? AND symbol = ?",
                (holding.account, holding.exchange, holding.symbol),
            )
        else:
            self._write("REPLACE INTO holdings VALUES (?, ?, ?, ?, ?)", msgspec.structs.astuple(holding))
