"""Never give the number of a removed account to another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0012"
down_revision = "main_0011"
branch_labels = None
depends_on = None

NUMBERED = ("order_intents", "held_gtts", "position_exits", "pending_orders", "webhook_orders")


def upgrade() -> None:
    """PostgreSQL numbers from a sequence, which never goes back; SQLite has to be told."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    op.drop_index("uq_broker_accounts_one_active", table_name="broker_accounts")
    with op.batch_alter_table(
        "broker_accounts", recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ):
        pass
    op.create_index(
        "uq_broker_accounts_one_active",
        "broker_accounts",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("active"),
    )
    columns = [sa.table(name, sa.column("account_id")).c.account_id for name in NUMBERED]
    columns.append(sa.table("broker_accounts", sa.column("id")).c.id)
    used = [connection.scalar(sa.select(sa.func.max(column))) or 0 for column in columns]
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name LIKE '%broker_accounts'"))
    connection.execute(
        sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('broker_accounts', :seq)"),
        {"seq": max(used)},
    )
