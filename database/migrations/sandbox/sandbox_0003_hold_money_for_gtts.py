"""Hold money for GTTs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "sandbox_0003"
down_revision = "sandbox_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_gtt_holds",
        sa.Column("trigger_id", sa.String(length=30), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("paise", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("trigger_id", name=op.f("pk_paper_gtt_holds")),
    )
    with op.batch_alter_table("paper_gtt_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_gtt_holds_account_id"), ["account_id"], unique=False)
