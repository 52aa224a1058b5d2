"""The log of this process since it started, as far as it fits: what the log viewer shows without a file."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

import msgspec

from utils import json
from utils.concurrency import Lock
from utils.logging import listen
from utils.redaction import redact_text

KEPT = 5_000
LONGEST = 8_192
LEVELS = {name: getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a log. number: grows by one with each row; of a file, the row's place in what was read of it."""

    number: int
    at: str | None
    level: str
    logger: str
    message: str
    facts: dict[str, Any]
    trace: str | None = None


class RecentLines:
    """A ring of rows: the oldest one makes room. Rows come redacted and are redacted again as they go out."""

    def __init__(self, size: int = KEPT) -> None:
        self._lock = Lock()
        self._rows: deque[tuple[int, int, str]] = deque(maxlen=size)
        self._last = 0
        self.size = size

    def listen(self) -> Any:
        """Begin; answers what ends it."""
        return listen(logging.DEBUG, self.add)

    def add(self, level: int, text: str) -> None:
        """One row as utils.logging hands it over."""
        with self._lock:
            self._last += 1
            self._rows.append((self._last, level, text[:LONGEST] if len(text) <= LONGEST else _cut(text)))

    def read(self, *, level: str, words: str, after: int, before: int | None, limit: int) -> list[Line]:
        """Rows of at least `level` that hold the words, newest first; numbers above `after` and below `before`."""
        with self._lock:
            rows = list(self._rows)
        least, wanted = LEVELS[level], words.casefold()
        found: list[Line] = []
        for number, row_level, text in reversed(rows):
            if number <= after or len(found) == limit:
                break
            if row_level >= least and (before is None or number < before) and wanted in text.casefold():
                found.append(shown(number, text))
        return found

    def __len__(self) -> int:
        return len(self._rows)


def shown(number: int, text: str) -> Line:
    """A row of a log as it is shown: one of JSON by its parts, any other as its text."""
    clean = redact_text(text)
    try:
        row = json.decode(clean)
    except ValueError:
        row = None
    if not isinstance(row, dict) or ("message" not in row and "event" not in row):
        return Line(number=number, at=None, level=_level_in(clean), logger="", message=clean, facts={})
    facts = row.get("request")
    return Line(
        number=number, at=row.get("ts"), level=str(row.get("level") or "").upper(),
        logger=str(row.get("logger") or ""), message=str(row.get("message") or row.get("event") or ""),
        facts=facts if isinstance(facts, dict) else {}, trace=row.get("exception"),
    )  # fmt: skip


def _level_in(text: str) -> str:
    return next((name for name in LEVELS if f" {name} " in text[:80]), "")


def _cut(text: str) -> str:
    """A row whose trace is too long loses the end of it, and stays JSON."""
    try:
        row = json.decode(text)
    except ValueError:
        return text[:LONGEST]
    if isinstance(row, dict) and isinstance(row.get("exception"), str):
        row["exception"] = row["exception"][-LONGEST // 2 :]
        row["message"] = str(row.get("message"))[: LONGEST // 4]
    return json.encode_text(row)
