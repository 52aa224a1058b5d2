"""Number order updates beyond a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0011"
down_revision = "main_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "order_stream",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_order_stream_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_stream")),
    )
    op.bulk_insert(table, [{"id": 1, "reserved": 0}])
