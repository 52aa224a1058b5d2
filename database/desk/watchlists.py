"""Repository of watch lists: all lists of a user are one aggregate with one version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from database.models import settings as tables
from database.stores import Unit
from domain.desk.watchlists import Entry, Watchlist, Watchlists


class WatchlistBooks:
    """The lists of each user, and the entries that were removed last."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._session = unit.session

    def hold(self, user_id: int) -> None:
        """Nobody else changes lists of the user until the unit ends."""
        self._unit.exclusive(f"watchlists:{user_id}")

    def get(self, user_id: int) -> Watchlists | None:
        """All lists, None before anything was saved."""
        row = self._session.get(tables.WatchlistBook, user_id)
        if row is None:
            return None
        return Watchlists(row.version, msgspec.convert(row.lists, tuple[Watchlist, ...]))

    def removed(self, user_id: int) -> tuple[Entry, ...]:
        """Entries that were taken off lately, latest first."""
        row = self._session.get(tables.WatchlistBook, user_id)
        return () if row is None else msgspec.convert(row.removed, tuple[Entry, ...])

    def put(self, user_id: int, lists: Watchlists, removed: Sequence[Entry], now: dt.datetime) -> None:
        """Replace everything."""
        row = self._session.get(tables.WatchlistBook, user_id)
        if row is None:
            row = tables.WatchlistBook(user_id=user_id)
            self._session.add(row)
        row.version, row.updated_at = lists.version, now
        row.lists, row.removed = msgspec.to_builtins(lists.lists), msgspec.to_builtins(tuple(removed))
        self._session.flush()
