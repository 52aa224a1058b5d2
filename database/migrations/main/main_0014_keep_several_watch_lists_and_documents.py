"""Keep several watch lists of groups for each user, and documents of the desk."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from database.base import JsonText, UtcDateTime

revision = "main_0014"
down_revision = "main_0013"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOST_ENTRIES = 250


def upgrade() -> None:
    op.create_table(
        "preference_documents",
        sa.Column("user_id", BIG_KEY, nullable=False),
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", JsonText(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_preference_documents_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_preference_documents")),
    )
    books = op.create_table(
        "watchlist_books",
        sa.Column("user_id", BIG_KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lists", JsonText(), nullable=False),
        sa.Column("removed", JsonText(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_watchlist_books_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_watchlist_books")),
    )
    _take_over(books)
    op.drop_table("saved_watchlists")
    op.drop_table("watchlist_items")


def _take_over(books: sa.Table) -> None:
    """The one list of a user becomes the first list; what is more than a list holds, the next ones."""
    connection = op.get_bind()
    users = connection.execute(sa.text("SELECT user_id FROM saved_watchlists")).scalars().all()
    rows = connection.execute(
        sa.text("SELECT user_id, exchange, symbol FROM watchlist_items ORDER BY user_id, position")
    ).all()
    kept = {user_id: list(items) for user_id, items in groupby(rows, key=lambda row: row.user_id)}
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - a migration has no clock to be given
    for user_id in users:
        entries = [{"exchange": row.exchange, "symbol": row.symbol} for row in kept.get(user_id, [])]
        parts = [entries[at : at + MOST_ENTRIES] for at in range(0, len(entries), MOST_ENTRIES)] or [[]]
        lists = [
            {
                "id": f"list-{number}",
                "name": "Watchlist" if number == 1 else f"Watchlist {number}",
                "groups": [{"id": "group-1", "name": "", "entries": part}],
            }
            for number, part in enumerate(parts, 1)
        ]
        connection.execute(
            books.insert().values(user_id=user_id, version=1, lists=lists, removed=[], updated_at=now)
        )
