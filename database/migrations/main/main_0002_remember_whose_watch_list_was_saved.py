"""Remember whose watch list was saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0002"
down_revision = "main_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_watchlists",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_watchlists_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_saved_watchlists")),
    )
    op.execute("INSERT INTO saved_watchlists (user_id) SELECT DISTINCT user_id FROM watchlist_items")
