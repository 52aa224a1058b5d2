"""Main store: what the operator and the users have set."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import MainBase, foreign_key, primary_key


class AppSettings(MainBase):
    """The installation's switches: exactly one row. `setup_token_hash` exists until the first user does."""

    __tablename__ = "app_settings"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    analyze_mode: Mapped[bool]
    setup_token_hash: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[dt.datetime]


class WatchlistItem(MainBase):
    """One instrument on a user's watch list, in the user's order."""

    __tablename__ = "watchlist_items"
    __table_args__ = (UniqueConstraint("user_id", "exchange", "symbol"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id", index=False)
    position: Mapped[int] = mapped_column(Integer)
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))


class SavedWatchlist(MainBase):
    """A user who has saved a watch list, if only an empty one; others see the one to start with."""

    __tablename__ = "saved_watchlists"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)


class ChartPreference(MainBase):
    """One remembered value of the chart page."""

    __tablename__ = "chart_preferences"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)
    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str]
    updated_at: Mapped[dt.datetime]
