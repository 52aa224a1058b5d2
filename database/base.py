"""What models build on: a declarative base per store, and column types that are the same on every dialect.

A table belongs to a store by deriving from that store's base:

    class Watch(MainBase):
        __tablename__ = "watches"
        id: Mapped[int] = primary_key()
        user_id: Mapped[int] = foreign_key("users.id")
        side: Mapped[Side] = one_of("side", Side)
        price: Mapped[Decimal] = exact(6)
        created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
        __table_args__ = (Index(None, "user_id", "created_at"),)

Constraint and index names are derived from the table name, so two tables of one store never clash.
"""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
)  # fmt: skip
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from utils import json
from utils.clock import UTC

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigKey = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant. Accepts zone-aware values only and always answers UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal with `scale` places, exact on every dialect (SQLite: an integer scaled by 10**scale).

    A value with more places is refused, never rounded.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__(18, scale)
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = BigInteger() if dialect.name == "sqlite" else Numeric(18, self.scale)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        scaled = value.scaleb(self.scale)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.scale} decimal places")
        return int(scaled) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-self.scale) if dialect.name == "sqlite" else Decimal(value)


class JsonText(TypeDecorator[Any]):
    """A JSON value kept as compact text; what is not JSON never enters or leaves."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.encode_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.decode(value)


_TYPES: dict[Any, Any] = {
    dt.datetime: UtcDateTime,
    str: Text,
    bytes: LargeBinary,
    bool: Boolean,
    int: BigInteger,
}


class MainBase(DeclarativeBase):
    """Tables of the main store: identity, broker accounts, market reference, journal, strategies."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = _TYPES


class LogsBase(DeclarativeBase):
    """Tables of the logs store."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = _TYPES


class LatencyBase(DeclarativeBase):
    """Tables of the latency store."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = _TYPES


class SandboxBase(DeclarativeBase):
    """Tables of the paper-trading store."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = _TYPES


def primary_key() -> MappedColumn[int]:
    """A growing integer key that SQLite aliases to its row id."""
    return mapped_column(BigKey, primary_key=True, autoincrement=True)


def foreign_key(target: str, *, on_delete: str = "CASCADE", **options: Any) -> MappedColumn[Any]:
    """A reference to `table.column`, with an index of its own unless `index=False`."""
    options.setdefault("index", True)
    return mapped_column(BigKey, ForeignKey(target, ondelete=on_delete), **options)


def one_of(name: str, values: type[enum.Enum] | tuple[str, ...], **options: Any) -> MappedColumn[Any]:
    """A text column restricted by CHECK to an enum's values or to words; `name` is the column's name."""
    if isinstance(values, tuple):
        kind = Enum(*values, native_enum=False, create_constraint=True, length=32, name=name)
    else:
        kind = Enum(
            values, native_enum=False, create_constraint=True, length=32, name=name,
            values_callable=lambda members: [member.value for member in members],
        )  # fmt: skip
    return mapped_column(kind, **options)


def exact(scale: int, **options: Any) -> MappedColumn[Any]:
    """A decimal column: scale 6 for prices, 4 for money."""
    return mapped_column(Exact(scale), **options)
