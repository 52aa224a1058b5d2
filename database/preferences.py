"""Repository of the installation's switches."""

from __future__ import annotations

import datetime as dt

import msgspec

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
