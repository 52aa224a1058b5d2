"""Settings of paper trading at rest: only what differs from the defaults."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from database.models.sandbox import PaperSetting
from database.stores import Unit


class PaperSettings:
    """Repository of setting values, as JSON text by key."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> dict[str, str]:
        """Stored values."""
        return {row.key: row.value for row in self._session.scalars(select(PaperSetting))}

    def replace(self, values: Mapping[str, str], now_ms: int) -> None:
        """Let these be all stored values."""
        self._session.execute(delete(PaperSetting))
        for key, value in values.items():
            self._session.add(PaperSetting(key=key, value=value, updated_ms=now_ms))
        self._session.flush()
