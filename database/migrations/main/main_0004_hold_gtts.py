"""Hold GTTs of our own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0004"
down_revision = "main_0003"
branch_labels = None
depends_on = None

STATES = ("active", "firing", "triggered", "cancelled", "expired", "rejected", "disabled")


def upgrade() -> None:
    op.create_table(
        "held_gtts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("trigger_id", sa.String(length=30), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("live", "analyze", name="mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("strategy", sa.String(length=255), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("last_price", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("leg", sa.String(length=10), nullable=True),
        sa.Column("claimed_ms", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_gtts")),
        sa.UniqueConstraint("trigger_id", name=op.f("uq_held_gtts_trigger_id")),
    )
    with op.batch_alter_table("held_gtts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_held_gtts_account_id_mode_state"), ["account_id", "mode", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_held_gtts_state"), ["state"], unique=False)
