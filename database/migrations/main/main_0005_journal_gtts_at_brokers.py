"""Journal GTTs at brokers: three more operations of an intent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "main_0005"
down_revision = "main_0004"
branch_labels = None
depends_on = None

TABLE = "order_intents"
CHECK = "ck_order_intents_operation"
OPERATIONS = ("place", "modify", "cancel", "gtt_place", "gtt_modify", "gtt_cancel")
STATES = ("pending", "acked", "refused", "unknown", "absent")
WORDS = {"mode": ("live", "analyze"), "operation": OPERATIONS, "state": STATES}
KINDS = {
    name: sa.Enum(*words, name=f"ck_{TABLE}_{name}", native_enum=False, create_constraint=True, length=32)
    for name, words in WORDS.items()
}
DESCRIBED = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("tag", sa.String(length=20), nullable=False),
    sa.Column("user_id", sa.BigInteger(), nullable=False),
    sa.Column("account_id", sa.BigInteger(), nullable=False),
    sa.Column("broker", sa.String(length=40), nullable=False),
    sa.Column("mode", KINDS["mode"], nullable=False),
    sa.Column("operation", KINDS["operation"], nullable=False),
    sa.Column("state", KINDS["state"], nullable=False),
    sa.Column("order_id", sa.String(length=80), nullable=True),
    sa.Column("symbol", sa.String(length=80), nullable=False),
    sa.Column("exchange", sa.String(length=20), nullable=False),
    sa.Column("terms", sa.Text(), nullable=True),
    sa.Column("strategy", sa.String(length=255), nullable=False),
    sa.Column("source", sa.String(length=10), nullable=False),
    sa.Column("code", sa.String(length=60), nullable=True),
    sa.Column("message", sa.Text(), nullable=True),
    sa.Column("created_ms", sa.BigInteger(), nullable=False),
    sa.Column("decided_ms", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_order_intents"),
    sa.UniqueConstraint("tag", name="uq_order_intents_tag"),
    sa.Index("ix_order_intents_account_id_created_ms", "account_id", "created_ms"),
    sa.Index("ix_order_intents_account_id_order_id", "account_id", "order_id"),
    sa.Index("ix_order_intents_state_account_id", "state", "account_id"),
)


def upgrade() -> None:
    words = ", ".join(f"'{word}'" for word in OPERATIONS)
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(CHECK), TABLE, type_="check")
        op.create_check_constraint(op.f(CHECK), TABLE, f"operation IN ({words})")
        return
    # SQLite cannot change a CHECK: the table is written anew from this description of it.
    with op.batch_alter_table(TABLE, copy_from=DESCRIBED, recreate="always"):
        pass
