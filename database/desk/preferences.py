"""Repositories of what the desk remembers: values of the chart page, and versioned documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from database.models import settings as tables
from database.stores import Unit
from domain.desk.preferences import Document


class ChartPreferences:
    """Remembered values of the chart page, each as JSON text."""

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


class Documents:
    """One document per user and key."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._session = unit.session

    def all(self, user_id: int) -> list[Document]:
        """Every document that was ever kept, dropped ones too."""
        table = tables.PreferenceDocument
        query = select(table).where(table.user_id == user_id).order_by(table.key)
        return [_document(row) for row in self._session.scalars(query)]

    def get(self, user_id: int, key: str) -> Document:
        """One document, with version 0 when it was never kept."""
        row = self._session.get(tables.PreferenceDocument, (user_id, key))
        return Document(key=key) if row is None else _document(row)

    def hold(self, user_id: int) -> None:
        """Nobody else changes documents of the user until the unit ends."""
        self._unit.exclusive(f"preferences:{user_id}")

    def put(self, user_id: int, key: str, value: Any, now: dt.datetime) -> Document:
        """Replace a document, or drop it with None."""
        row = self._session.get(tables.PreferenceDocument, (user_id, key))
        if row is None:
            row = tables.PreferenceDocument(user_id=user_id, key=key, version=0)
            self._session.add(row)
        row.version, row.value, row.updated_at = row.version + 1, value, now
        self._session.flush()
        return _document(row)


def _document(row: tables.PreferenceDocument) -> Document:
    return Document(key=row.key, version=row.version, value=row.value, updated_at=row.updated_at)
