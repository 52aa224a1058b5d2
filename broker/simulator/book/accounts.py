"""Tables of accounts: cash with its trace, positions, holdings."""

from __future__ import annotations

import msgspec

from broker.simulator.book.database import Database, columns
from broker.simulator.book.records import HoldingRecord, PositionRecord

_POSITION_FIELDS, _HOLDING_FIELDS = PositionRecord.__struct_fields__, HoldingRecord.__struct_fields__
_POSITIONS = f"SELECT {columns(PositionRecord)} FROM positions"  # noqa: S608 - column names of our own records
_HOLDINGS = f"SELECT {columns(HoldingRecord)} FROM holdings"  # noqa: S608 - column names of our own records
_SAVE_POSITION = f"REPLACE INTO positions VALUES ({', '.join('?' * len(_POSITION_FIELDS))})"  # noqa: S608
_HOLDING_KEY = " WHERE account = ? AND exchange = ? AND symbol = ?"
_POSITION_KEY = f"{_HOLDING_KEY} AND product = ?"


class Accounts:
    """Money, positions and holdings in the file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cash_and_day(self, account: str) -> tuple[int, int] | None:
        """Cash and trading day of an account, None when it is new."""
        rows = self._database.rows("SELECT cash, day FROM accounts WHERE account = ?", account)
        return (rows[0][0], rows[0][1]) if rows else None

    def behind(self, day: int) -> list[str]:
        """Accounts whose last day lies before `day`."""
        return [row[0] for row in self._database.rows("SELECT account FROM accounts WHERE day < ?", day)]

    def open(self, account: str, day: int) -> None:
        """Create an account without cash."""
        self._database.write("INSERT INTO accounts VALUES (?, 0, ?)", account, day)

    def set_day(self, account: str, day: int) -> None:
        """Move an account to another trading day."""
        self._database.write("UPDATE accounts SET day = ? WHERE account = ?", day, account)

    def move_cash(self, account: str, at_ms: int, kind: str, amount: int, reference: str) -> None:
        """Add paise (signed) to the cash and leave a trace."""
        self._database.write("UPDATE accounts SET cash = cash + ? WHERE account = ?", amount, account)
        self._database.write(
            "INSERT INTO entries (account, at_ms, kind, amount, reference) VALUES (?, ?, ?, ?, ?)",
            account, at_ms, kind, amount, reference,
        )  # fmt: skip

    def entries(self, account: str) -> list[tuple[str, int, str]]:
        """(kind, paise, reference) of every cash movement, oldest first."""
        sql = "SELECT kind, amount, reference FROM entries WHERE account = ? ORDER BY sequence"
        return [(row[0], row[1], row[2]) for row in self._database.rows(sql, account)]

    def position(self, account: str, exchange: str, symbol: str, product: str) -> PositionRecord | None:
        """One position."""
        rows = self._read_positions(_POSITION_KEY, account, exchange, symbol, product)
        return rows[0] if rows else None

    def positions(self, account: str) -> list[PositionRecord]:
        """All positions of an account, flat ones included."""
        return self._read_positions(" WHERE account = ?", account)

    def expired_positions(self, vertex: int) -> list[PositionRecord]:
        """Open positions whose contract stopped trading before `vertex`."""
        return self._read_positions(" WHERE quantity != 0 AND expiry_vertex < ?", vertex)

    def _read_positions(self, where: str, *values: object) -> list[PositionRecord]:
        rows = self._database.rows(_POSITIONS + where, *values)
        return [PositionRecord(**dict(zip(_POSITION_FIELDS, row, strict=True))) for row in rows]

    def save_position(self, position: PositionRecord) -> None:
        """Insert or replace."""
        self._database.write(_SAVE_POSITION, *msgspec.structs.astuple(position))

    def delete_position(self, position: PositionRecord) -> None:
        """Remove a delivered or flat row."""
        key = (position.account, position.exchange, position.symbol, position.product)
        self._database.write(f"DELETE FROM positions{_POSITION_KEY}", *key)  # noqa: S608

    def required_sum(self, account: str) -> int:
        """Margin held by all positions and resting orders, paise."""
        sql = "SELECT coalesce(sum(required), 0) FROM positions WHERE account = ?"
        return self._database.integer(sql, account)

    def holding(self, account: str, exchange: str, symbol: str) -> HoldingRecord | None:
        """One holding."""
        rows = self._read_holdings(_HOLDING_KEY, account, exchange, symbol)
        return rows[0] if rows else None

    def holdings(self, account: str) -> list[HoldingRecord]:
        """All holdings of an account."""
        return self._read_holdings(" WHERE account = ?", account)

    def _read_holdings(self, where: str, *values: object) -> list[HoldingRecord]:
        rows = self._database.rows(_HOLDINGS + where, *values)
        return [HoldingRecord(**dict(zip(_HOLDING_FIELDS, row, strict=True))) for row in rows]

    def save_holding(self, holding: HoldingRecord) -> None:
        """Insert, replace or, at quantity 0, remove."""
        if holding.quantity == 0:
            key = (holding.account, holding.exchange, holding.symbol)
            self._database.write(f"DELETE FROM holdings{_HOLDING_KEY}", *key)  # noqa: S608
        else:
            self._database.write(
                "REPLACE INTO holdings VALUES (?, ?, ?, ?, ?)", *msgspec.structs.astuple(holding)
            )
