"""Repositories of switches and habits: installation settings, watch lists, chart preferences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select

from database.models import settings as tables
from database.stores import Unit


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Switches of the installation. `setup_token_hash` guards the first set-up."""

    analyze_mode: bool = False
    setup_token_hash: str | None = None


class InstallationSettings:
    """The single row of switches."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self) -> Installation:
        """Current switches; live mode before anything was set."""
        row = self._session.get(tables.AppSettings, 1)
        if row is None:
            return Installation()
        return Installation(analyze_mode=row.analyze_mode, setup_token_hash=row.setup_token_hash)

    def set_analyze_mode(self, on: bool, now: dt.datetime) -> None:
        """Switch paper trading on or off."""
        self._row(now).analyze_mode = on
        self._session.flush()

    def set_setup_token(self, token_hash: str | None, now: dt.datetime) -> None:
        """Keep the hash of the one-time set-up token, or forget it."""
        self._row(now).setup_token_hash = token_hash
        self._session.flush()

    def _row(self, now: dt.datetime) -> tables.AppSettings:
        row = self._session.get(tables.AppSettings, 1)
        if row is None:
            row = tables.AppSettings(id=1, analyze_mode=False)
            self._session.add(row)
        row.updated_at = now
        return row


class Watchlists:
    """One ordered list of instruments per user."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self, user_id: int) -> list[tuple[str, str]]:
        """(exchange, symbol) in the user's order."""
        item = tables.WatchlistItem
        query = select(item.exchange, item.symbol).where(item.user_id == user_id).order_by(item.position)
        return [(row.exchange, row.symbol) for row in self._session.execute(query)]

    def is_saved(self, user_id: int) -> bool:
        """Whether the user ever saved a list, if only an empty one."""
        return self._session.get(tables.SavedWatchlist, user_id) is not None

    def put(self, user_id: int, keys: Sequence[tuple[str, str]]) -> None:
        """Replace the list; `keys` are distinct."""
        item = tables.WatchlistItem
        self._session.merge(tables.SavedWatchlist(user_id=user_id))
        self._session.execute(delete(item).where(item.user_id == user_id))
        for position, (exchange, symbol) in enumerate(keys):
            self._session.add(item(user_id=user_id, position=position, exchange=exchange, symbol=symbol))
        self._session.flush()


class ChartPreferences:
    """Remembered values of the chart page."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self, user_id: int) -> dict[str, str]:
        """All values of a user."""
        query = select(tables.ChartPreference).where(tables.ChartPreference.user_id == user_id)
        return {row.key: row.value for row in self._session.scalars(query)}

    def put(self, user_id: int, key: str, value: str, now: dt.datetime) -> None:
        """Set one value."""
        row = self._session.get(tables.ChartPreference, (user_id, key))
        if row is None:
            row = tables.ChartPreference(user_id=user_id, key=key)
            self._session.add(row)
        row.value, row.updated_at = value, now
        self._session.flush()
