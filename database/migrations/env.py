"""The one Alembic environment: runs on the connection and metadata that database.migrate hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, MetaData

from database.base import Exact, JsonText, UtcDateTime


def include_object(_item: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Only tables of this store count; bookkeeping and other stores may live in the same database."""
    return kind != "table" or name in metadata.tables


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types under their own names."""
    if kind == "type" and isinstance(item, UtcDateTime | JsonText):
        return f"database.base.{type(item).__name__}()"
    if kind == "type" and isinstance(item, Exact):
        return f"database.base.Exact({item.scale})"
    return False


connection: Connection = context.config.attributes["connection"]
metadata: MetaData = context.config.attributes["metadata"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
    include_object=include_object,
    compare_type=True,
    version_table=f"alembic_version_{context.config.attributes['store']}",
    transaction_per_migration=False,
)
context.run_migrations()
