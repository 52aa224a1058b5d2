"""Keep paper trading."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "sandbox_0002"
down_revision = "sandbox_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_accounts",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("reset_ms", sa.BigInteger(), nullable=False),
        sa.Column("reset_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_paper_accounts")),
    )
    op.create_table(
        "paper_balances",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("paise", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_paper_balances")),
    )
    op.create_table(
        "paper_days",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("realised", sa.BigInteger(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("positions_unrealised", sa.BigInteger(), nullable=False),
        sa.Column("holdings_unrealised", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("blocked", sa.BigInteger(), nullable=False),
        sa.Column("portfolio_value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_days")),
        sa.UniqueConstraint("account_id", "day", name=op.f("uq_paper_days_account_id_day")),
    )
    op.create_table(
        "paper_entries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "capital",
                "cash",
                "blocked",
                "holdings",
                "realised",
                "charges",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "target",
            sa.Enum(
                "capital",
                "cash",
                "blocked",
                "holdings",
                "realised",
                "charges",
                name="target",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("paise", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.CheckConstraint("paise > 0", name=op.f("ck_paper_entries_positive")),
        sa.CheckConstraint("source <> target", name=op.f("ck_paper_entries_moves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entries")),
    )
    with op.batch_alter_table("paper_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_entries_account_id_at_ms"), ["account_id", "at_ms"], unique=False
        )

    op.create_table(
        "paper_holdings",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("last_price", sa.BigInteger(), nullable=True),
        sa.Column("settled_on", sa.String(length=10), nullable=False),
        sa.CheckConstraint("quantity > 0 AND cost >= 0", name=op.f("ck_paper_holdings_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_holdings")),
        sa.UniqueConstraint(
            "account_id", "exchange", "symbol", name=op.f("uq_paper_holdings_account_id_exchange_symbol")
        ),
    )
    op.create_table(
        "paper_instruments",
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("broker", "exchange", "symbol", name=op.f("pk_paper_instruments")),
    )
    op.create_table(
        "paper_lots",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column("settles_on", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0 AND cost >= 0", name=op.f("ck_paper_lots_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_lots")),
        sa.UniqueConstraint(
            "account_id",
            "exchange",
            "symbol",
            "settles_on",
            name=op.f("uq_paper_lots_account_id_exchange_symbol_settles_on"),
        ),
    )
    op.create_table(
        "paper_orders",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("tag", sa.String(length=20), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column(
            "side",
            sa.Enum("BUY", "SELL", name="side", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "product",
            sa.Enum(
                "CNC", "NRML", "MIS", name="product", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "price_type",
            sa.Enum(
                "MARKET",
                "LIMIT",
                "SL",
                "SL-M",
                name="price_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("trigger_price", sa.BigInteger(), nullable=True),
        sa.Column("reserve_price", sa.BigInteger(), nullable=False),
        sa.Column("disclosed", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "trigger pending",
                "complete",
                "cancelled",
                "rejected",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("filled", sa.BigInteger(), nullable=False),
        sa.Column("filled_value", sa.BigInteger(), nullable=False),
        sa.Column("filled_cost", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("placed_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND filled BETWEEN 0 AND quantity", name=op.f("ck_paper_orders_filled")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_paper_orders")),
        sa.UniqueConstraint("order_id", name=op.f("uq_paper_orders_order_id")),
        sa.UniqueConstraint("tag", name=op.f("uq_paper_orders_tag")),
    )
    with op.batch_alter_table("paper_orders", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_orders_account_id_exchange_symbol_product_status"),
            ["account_id", "exchange", "symbol", "product", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_paper_orders_account_id_placed_ms"), ["account_id", "placed_ms"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_orders_status"), ["status"], unique=False)

    op.create_table(
        "paper_positions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("broker", sa.String(length=40), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column(
            "product",
            sa.Enum(
                "CNC", "NRML", "MIS", name="product", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("realised", sa.BigInteger(), nullable=False),
        sa.Column("realised_total", sa.BigInteger(), nullable=False),
        sa.Column("margin", sa.BigInteger(), nullable=False),
        sa.Column("last_price", sa.BigInteger(), nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost >= 0 AND margin >= 0", name=op.f("ck_paper_positions_amounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_positions")),
        sa.UniqueConstraint(
            "account_id",
            "exchange",
            "symbol",
            "product",
            name=op.f("uq_paper_positions_account_id_exchange_symbol_product"),
        ),
    )
    op.create_table(
        "paper_settings",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_paper_settings")),
    )
    op.create_table(
        "paper_trades",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("trade_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=80), nullable=False),
        sa.Column(
            "side",
            sa.Enum("BUY", "SELL", name="side", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "product",
            sa.Enum(
                "CNC", "NRML", "MIS", name="product", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("realised", sa.BigInteger(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("traded_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_trades")),
        sa.UniqueConstraint("trade_id", name=op.f("uq_paper_trades_trade_id")),
    )
    with op.batch_alter_table("paper_trades", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_trades_account_id_traded_ms"), ["account_id", "traded_ms"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_trades_order_id"), ["order_id"], unique=False)
