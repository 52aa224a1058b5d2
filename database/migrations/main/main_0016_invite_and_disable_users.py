"""Invite users, who choose their password themselves, and disable users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "main_0016"
down_revision = "main_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("disabled_at", "invited_at"):
        op.add_column("users", sa.Column(name, UtcDateTime(), nullable=True))
