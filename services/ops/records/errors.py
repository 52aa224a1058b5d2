"""Errors in groups: every row of level ERROR is counted under its fingerprint, behind the back of whoever logged it."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from database.operations.errors import ErrorGroups, ErrorRow, Occurrence
from database.stores import Store
from domain.errors import NotFound, Unavailable
from services.ops.records.page_errors import LOGGER
from utils import json
from utils.clock import Clock
from utils.concurrency import BoundedQueue, start_thread
from utils.logging import get_logger, listen

QUEUE = 1_000
BATCH = 100
MOST_GROUPS = 500
LONGEST_TRACE = 20_000
# What differs between two errors that are one: numbers, ids in hexadecimal or base 32, quoted words.
_CHANGING = re.compile(r"'[^']*'|\"[^\"]*\"|\b[0-9A-Za-z]*\d[0-9A-Za-z]*\b")
_KIND = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
log = get_logger(__name__)


class ErrorTracker:
    """The queue holds 1,000 errors; more at once make the oldest ones go uncounted (`drop_oldest`)."""

    policy = "drop_oldest"

    def __init__(self, logs: Store, clock: Clock, size: int = QUEUE) -> None:
        self.size = size
        self._logs = logs
        self._clock = clock
        self._queue: BoundedQueue[Occurrence] = BoundedQueue(size, self.policy, name="errors")
        self._stop: Callable[[], None] | None = None
        self._thread = start_thread(self._run, "error-groups")

    def listen(self) -> None:
        """Begin to hear of errors."""
        self._stop = listen(logging.ERROR, self.add)

    def add(self, _level: int, text: str) -> None:
        """One row as utils.logging hands it over; our own are left out, or a broken store would feed itself."""
        row = json.decode(text)
        if row.get("logger") != __name__:
            self._queue.put(occurrence(row, self._clock))

    @property
    def dropped(self) -> int:
        """Errors that made room for newer ones."""
        return self._queue.dropped

    def __len__(self) -> int:
        return len(self._queue)

    def groups(self, *, with_resolved: bool) -> list[ErrorRow]:
        """Last seen first."""
        with self._logs.reading() as unit:
            return ErrorGroups(unit).list(MOST_GROUPS, with_resolved=with_resolved)

    def resolve(self, fingerprint: str, by: str, *, is_resolved: bool) -> ErrorRow:
        """Mark a group as solved or open again. Raises NotFound."""
        with self._logs.unit() as unit:
            at = self._clock.now() if is_resolved else None
            row = ErrorGroups(unit).resolve(fingerprint, by if is_resolved else None, at)
        if row is None:
            raise NotFound("There is no such error")
        return row

    def close(self) -> None:
        """Count what is queued and end."""
        if self._stop is not None:
            self._stop()
        self._queue.close()
        self._thread.join(5.0)

    def _run(self) -> None:
        while True:
            batch = self._queue.take(BATCH, 1.0)
            if batch:
                self._write(batch)
            elif self._queue.closed:
                return

    def _write(self, batch: list[Occurrence]) -> None:
        try:
            with self._logs.unit() as unit:
                groups = ErrorGroups(unit)
                for item in batch:
                    groups.add(item)
        except (SQLAlchemyError, Unavailable) as error:
            log.warning("Errors could not be counted", errors=len(batch), error=type(error).__name__)


def occurrence(row: dict[str, Any], clock: Clock) -> Occurrence:
    """What is kept of a row of the errors file; an error of a page stands where it happened, on any page it is one."""
    found = row.get("request")
    facts: dict[str, Any] = found if isinstance(found, dict) else {}
    is_page = row.get("logger") == LOGGER
    trace = facts.get("page_stack") if is_page else row.get("exception")
    message = str(row.get("message") or "")
    kind = str(facts.get("error") or "") if is_page or not trace else _kind(trace)
    place = f"{facts.get('page')} · {facts.get('release')}" if is_page else str(row.get("file") or "")
    parts = (row.get("level"), row.get("logger"), row.get("file") or "", kind, _CHANGING.sub("*", message))
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
    return Occurrence(
        fingerprint=digest[:16], level=str(row.get("level") or "")[:10], logger=str(row.get("logger") or "")[:120],
        kind=kind[:120], message=message[:1000], place=place[:200],
        trace=trace[-LONGEST_TRACE:] if trace else None,
        request_id=str(facts.get("request_id") or "")[:40] or None, at=clock.now(),
    )  # fmt: skip


def _kind(trace: str) -> str:
    """The type of the exception: the last line of its trace that begins with a name."""
    found = _KIND.findall(trace)
    return found[-1] if found else ""
