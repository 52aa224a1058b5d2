"""Hold exits of positions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0010"
down_revision = "main_0009"
branch_labels = None
depends_on = None

STATES = ("waiting", "active", "firing", "exiting", "triggered", "cancelled", "ended", "disabled")
OPEN = sa.text("state IN ('waiting', 'active', 'firing', 'exiting')")


PRICE = sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite")
MODE = sa.Enum("live", "analyze", name="mode", native_enum=False, create_constraint=True, length=32)
STATE = sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "position_exits",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("exit_id", sa.String(length=30), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("mode", MODE, nullable=False),
        sa.Column("strategy", sa.String(length=255), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("product", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.BigInteger(), nullable=False),
        sa.Column("tick_size", PRICE, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("base", PRICE, nullable=True),
        sa.Column("mark", PRICE, nullable=True),
        sa.Column("trail", PRICE, nullable=True),
        sa.Column("expiry", sa.Date(), nullable=True),
        sa.Column("entry_ids", sa.Text(), nullable=False),
        sa.Column("firing", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_exits")),
        sa.UniqueConstraint("exit_id", name=op.f("uq_position_exits_exit_id")),
    )
    with op.batch_alter_table("position_exits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_position_exits_account_id_mode_state"),
            ["account_id", "mode", "state"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_position_exits_state"), ["state"], unique=False)
    op.create_index(
        "uq_position_exits_open",
        "position_exits",
        ["account_id", "mode", "exchange", "symbol", "product"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
