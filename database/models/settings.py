"""Main store: what the operator and the users have set."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, foreign_key


class AppSettings(MainBase):
    """The installation's switches: exactly one row. `setup_token_hash` exists until the first user does."""

    __tablename__ = "app_settings"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    analyze_mode: Mapped[bool]
    setup_token_hash: Mapped[str | None] = mapped_column(String(64))
    updated_at: Mapped[dt.datetime]


class WatchlistBook(MainBase):
    """All watch lists of a user. `lists`, `removed`: domain.desk.watchlists.Watchlist and Entry as JSON."""

    __tablename__ = "watchlist_books"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)
    version: Mapped[int] = mapped_column(Integer)
    lists: Mapped[Any] = mapped_column(JsonText)
    removed: Mapped[Any] = mapped_column(JsonText)
    updated_at: Mapped[dt.datetime]


class ChartPreference(MainBase):
    """One remembered value of the chart page, as JSON text."""

    __tablename__ = "chart_preferences"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)
    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str]
    updated_at: Mapped[dt.datetime]


class PreferenceDocument(MainBase):
    """One JSON document that the desk keeps for a user. `value` is null when it was dropped."""

    __tablename__ = "preference_documents"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)
    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    value: Mapped[Any | None] = mapped_column(JsonText)
    updated_at: Mapped[dt.datetime]
