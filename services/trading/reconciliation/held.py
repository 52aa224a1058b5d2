"""What this run knows about intents while the disk does not take it."""

from __future__ import annotations

from typing import Any

import msgspec

from database.journal import IntentRow, KeyRow
from utils.concurrency import Lock

UNDECIDED = ("pending", "unknown")
HELD = 10_000


class KeyClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's idempotency key and the digest of what it was used for."""

    user_id: int
    mode: str
    key: str
    fingerprint: str


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


class HeldKeys:
    """Keys whose last word a failing disk has not taken: free again, an intent's, or a plan's that is answered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[tuple[int, str, str], KeyRow | None] = {}

    def free(self, claim: KeyClaim) -> None:
        """Nothing was sent under it."""
        self._say(claim, None)

    def held(self, row: KeyRow) -> None:
        """What it stands for; the disk hears of it later."""
        self._say(row, row)

    def taken(self, claim: KeyClaim) -> None:
        """It is being used anew."""
        if _name(claim) not in self._rows:
            return
        with self._lock:
            self._rows = {name: row for name, row in self._rows.items() if name != _name(claim)}

    def is_free(self, claim: KeyClaim) -> bool:
        """Whether the disk may show a use that left nothing behind."""
        name = _name(claim)
        return name in self._rows and self._rows[name] is None

    def over(self, claim: KeyClaim, row: KeyRow | None) -> KeyRow | None:
        """The key as it is known, whatever the disk says."""
        return self._rows.get(_name(claim), row)

    def _say(self, claim: KeyClaim | KeyRow, row: KeyRow | None) -> None:
        with self._lock:
            self._rows = dict([*self._rows.items(), (_name(claim), row)][-HELD:])


def _name(claim: KeyClaim | KeyRow) -> tuple[int, str, str]:
    return claim.user_id, claim.mode, claim.key
