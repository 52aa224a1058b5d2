"""What this run knows about intents while the disk does not take it."""

from __future__ import annotations

from typing import Any

import msgspec

from database.journal import IntentRow
from utils.concurrency import Lock

UNDECIDED = ("pending", "unknown")
HELD = 10_000


class Held:
    """What a failing disk has not taken: intents of exits that went out all the same, and answers of the broker.

    Dictionaries are replaced, never changed: readers keep the one that they look at.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._intents: dict[str, IntentRow] = {}
        self._ends: dict[str, dict[str, Any]] = {}

    def intent(self, row: IntentRow) -> None:
        """Sent without a row on disk."""
        with self._lock:
            self._intents = dict([*self._intents.items(), (row.tag, row)][-HELD:])

    def end(self, tag: str, facts: dict[str, Any]) -> None:
        """Ended without a word on disk."""
        with self._lock:
            self._ends = dict([*self._ends.items(), (tag, facts)][-HELD:])

    def over(self, tag: str, row: IntentRow | None) -> IntentRow | None:
        """The intent as it is known, whatever the disk says."""
        row = row or self._intents.get(tag)
        end = self._ends.get(tag)
        return msgspec.structs.replace(row, **end) if row and end and row.state in UNDECIDED else row

    def beside(self, account_id: int, since_ms: int, rows: list[IntentRow]) -> list[IntentRow]:
        """An account's intents since an instant, those that are not on disk included."""
        written = {row.tag for row in rows}
        return rows + [
            row
            for tag, row in self._intents.items()
            if tag not in written and row.account_id == account_id and row.created_ms >= since_ms
        ]
