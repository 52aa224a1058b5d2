"""Repository of the exits attached to positions."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from database.models import exits as tables
from database.stores import Unit
from domain.errors import Conflict
from domain.instruments import Exchange
from domain.orders import Product
from domain.triggers.exits import OPEN_STATES, ExitState, ExitTerms, Firing, PositionExit

OPEN = tuple(state.value for state in OPEN_STATES)
# A broker's average has more places than any tick.
PLACES = Decimal("0.000001")


class PositionExits:
    """Sets by id, account and position."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, held: PositionExit) -> None:
        """Keep a new one. Raises Conflict when the position has an open one."""
        self._session.add(tables.PositionExit(**_columns(held)))
        try:
            self._session.flush()
        except IntegrityError as error:
            self._session.rollback()
            raise Conflict(
                "This position has exits already: change or withdraw them", code="EXITS_EXIST"
            ) from error

    def get(self, exit_id: str) -> PositionExit | None:
        """One of any state."""
        row = self._session.scalar(select(tables.PositionExit).where(tables.PositionExit.exit_id == exit_id))
        return _value(row) if row is not None else None

    def open(self) -> list[PositionExit]:
        """Every open set, oldest first."""
        table = tables.PositionExit
        query = select(table).where(table.state.in_(OPEN)).order_by(table.id)
        return [_value(row) for row in self._session.scalars(query)]

    def of_position(
        self, account_id: int, mode: str, exchange: str, symbol: str, product: str
    ) -> PositionExit | None:
        """The open set of a position."""
        table = tables.PositionExit
        row = self._session.scalar(
            select(table).where(
                table.account_id == account_id, table.mode == mode, table.exchange == exchange,
                table.symbol == symbol, table.product == product, table.state.in_(OPEN),
            )
        )  # fmt: skip
        return _value(row) if row is not None else None

    def count_open(self, account_id: int, mode: str) -> int:
        """How many of an account are open."""
        table = tables.PositionExit
        query = select(func.count()).where(
            table.account_id == account_id, table.mode == mode, table.state.in_(OPEN)
        )
        return self._session.scalar(query) or 0

    def of_account(self, account_id: int, mode: str, *, history: int) -> list[PositionExit]:
        """The open ones, oldest first, then at most `history` finished ones, newest first."""
        table = tables.PositionExit
        mine = select(table).where(table.account_id == account_id, table.mode == mode)
        rows = list(self._session.scalars(mine.where(table.state.in_(OPEN)).order_by(table.id)))
        if history:
            done = mine.where(table.state.not_in(OPEN)).order_by(table.id.desc()).limit(history)
            rows += self._session.scalars(done)
        return [_value(row) for row in rows]

    def move(self, held: PositionExit, was: PositionExit) -> bool:
        """Write all of `held`, if the stored version is still `was`; answers whether it was."""
        table = tables.PositionExit
        changed = self._session.execute(
            update(table)
            .where(
                table.exit_id == held.exit_id,
                table.state == was.state.value,
                table.updated_ms == was.updated_ms,
            )
            .values(**_columns(held))
            .returning(table.id)
        )
        return changed.first() is not None


def _columns(held: PositionExit) -> dict[str, object]:
    facts = {name: getattr(held, name) for name in held.__struct_fields__}
    return facts | {
        "exchange": held.exchange.value, "product": held.product.value, "state": held.state.value,
        "terms": _text(held.terms), "entry_ids": _text(held.entry_ids),
        "firing": _text(held.firing) if held.firing is not None else None,
        **{name: _stored(getattr(held, name)) for name in ("base", "mark", "trail")},
        "reason": held.reason[:500],
    }  # fmt: skip


def _stored(price: Decimal | None) -> Decimal | None:
    return price.quantize(PLACES) if price is not None else None


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _value(row: tables.PositionExit) -> PositionExit:
    return PositionExit(
        exit_id=row.exit_id, user_id=row.user_id, account_id=row.account_id, broker=row.broker, mode=row.mode,
        strategy=row.strategy, symbol=row.symbol, exchange=Exchange(row.exchange), product=Product(row.product),
        direction=row.direction, tick_size=row.tick_size, state=ExitState(row.state),
        terms=msgspec.json.decode(row.terms, type=ExitTerms), created_ms=row.created_ms,
        updated_ms=row.updated_ms, quantity=row.quantity, base=row.base, mark=row.mark, trail=row.trail,
        expiry=row.expiry,
        entry_ids=msgspec.json.decode(row.entry_ids, type=tuple[str, ...]),
        firing=msgspec.json.decode(row.firing, type=Firing) if row.firing else None, reason=row.reason,
    )  # fmt: skip
