"""Keep risk limits by scope and the record of their changes; kill switches of strategies have long names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0007"
down_revision = "main_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_limits",
        sa.Column("scope", sa.String(length=300), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_risk_limits")),
    )
    op.create_table(
        "risk_changes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "limits", "kill_switch", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_changes")),
    )
    with op.batch_alter_table("risk_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_risk_changes_scope_id"), ["scope", "id"], unique=False)
    with op.batch_alter_table("kill_switches", schema=None) as batch_op:
        batch_op.alter_column(
            "scope", existing_type=sa.String(length=40), type_=sa.String(length=300), existing_nullable=False
        )
