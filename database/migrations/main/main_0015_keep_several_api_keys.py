"""Keep several API keys for each user, with what they open; and note the key that placed a GTT."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import JsonText, UtcDateTime

revision = "main_0015"
down_revision = "main_0018"
branch_labels = None
depends_on = None

SCOPES = ("trade", "paper", "read", "data")
SCOPE = sa.Enum(*SCOPES, name="scope", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    """Keys of before open everything, from everywhere, for ever. A number is never given twice: limits name it."""
    with op.batch_alter_table(
        "api_keys", recreate="auto", table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.alter_column("key_sealed", existing_type=sa.Text(), nullable=True)
        batch_op.add_column(sa.Column("scope", SCOPE, nullable=False, server_default="trade"))
        batch_op.add_column(sa.Column("addresses", JsonText(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("expires_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("previous_digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("previous_until", UtcDateTime(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_api_keys_previous_digest"), ["previous_digest"])
    with op.batch_alter_table(
        "api_keys", recreate="auto", table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.alter_column("scope", existing_type=SCOPE, server_default=None)
        batch_op.alter_column("addresses", existing_type=JsonText(), server_default=None)
    op.add_column("held_gtts", sa.Column("key_id", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _count_on(connection)


def _count_on(connection: sa.Connection) -> None:
    """SQLite continues after the highest number that a key ever had."""
    highest = connection.scalar(sa.text("SELECT max(id) FROM api_keys")) or 0
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name LIKE '%api_keys'"))
    connection.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('api_keys', :seq)"), {"seq": highest}
    )
