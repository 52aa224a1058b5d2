"""Protect orders without a limit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0008"
down_revision = "main_0007"
branch_labels = None
depends_on = None

STATES = ("open", "filled", "gave_up", "released", "ended")


def upgrade() -> None:
    op.create_table(
        "protected_orders",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected_orders")),
        sa.UniqueConstraint("tag", name=op.f("uq_protected_orders_tag")),
    )
    with op.batch_alter_table("protected_orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_protected_orders_created_ms"), ["created_ms"], unique=False)
        batch_op.create_index(batch_op.f("ix_protected_orders_state"), ["state"], unique=False)
