"""Repository of the exits attached to positions."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from database.models import exits as tables
from database.triggers.rows import TriggerRows
from domain.errors import Conflict
from domain.instruments import Exchange
from domain.orders import Product
from domain.triggers.exits import OPEN_STATES, ExitState, ExitTerms, Firing, PositionExit

# A broker's average has more places than any tick.
PLACES = Decimal("0.000001")


class PositionExits(TriggerRows[PositionExit]):
    """Sets by id, account and position."""

    table = tables.PositionExit
    name = "exit_id"
    open_states = tuple(state.value for state in OPEN_STATES)

    def add(self, held: PositionExit) -> None:
        """Keep a new one. Raises Conflict when the position has an open one."""
        self._session.add(tables.PositionExit(**self.columns(held)))
        try:
            self._session.flush()
        except IntegrityError as error:
            self._session.rollback()
            raise Conflict(
                "This position has exits already: change or withdraw them", code="EXITS_EXIST"
            ) from error

    def of_position(
        self, account_id: int, mode: str, exchange: str, symbol: str, product: str
    ) -> PositionExit | None:
        """The open set of a position."""
        table = tables.PositionExit
        row = self._session.scalar(
            select(table).where(
                *self._of(account_id, mode), table.exchange == exchange, table.symbol == symbol,
                table.product == product, self._is_open,
            )
        )  # fmt: skip
        return self.value(row) if row is not None else None

    def columns(self, value: PositionExit) -> dict[str, object]:
        """The columns of a set."""
        facts = {name: getattr(value, name) for name in value.__struct_fields__}
        return facts | {
            "exchange": value.exchange.value, "product": value.product.value, "state": value.state.value,
            "terms": _text(value.terms), "entry_ids": _text(value.entry_ids),
            "firing": _text(value.firing) if value.firing is not None else None,
            **{name: _stored(getattr(value, name)) for name in ("base", "mark", "trail")},
            "reason": value.reason[:500],
        }  # fmt: skip

    def value(self, row: tables.PositionExit) -> PositionExit:
        """The set of a row."""
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


def _stored(price: Decimal | None) -> Decimal | None:
    return price.quantize(PLACES) if price is not None else None


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
