"""Adds to the audit trail, reads it and verifies it.

    trail.within(unit, act)     stands or falls with the change that it is about
    trail.note(act)             behind the answer's back: a bounded queue, whose producers wait when it is full

No order passes here: orders have a journal and a story of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from database.operations.audit import AuditRows, Entry
from database.stores import Store, Unit
from domain.errors import Unavailable
from services.accounts.crypto import Vault
from services.ops.audit.anchor import AnchorBroken, AnchorFile
from services.ops.audit.chain import FIRST, Anchor, Fault, faults, sealed
from utils.clock import Clock, epoch_ms
from utils.concurrency import BoundedQueue, Event, Lock, start_thread
from utils.logging import get_logger

PURPOSE = "audit trail"
QUEUE = 10_000
BATCH = 200
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
MOST_FAULTS = 100
DONE = "done"
log = get_logger(__name__)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, or tried. actor: the user's name, empty when not known.

    action: a stable word (`freeze.set`) or `METHOD /path/template`. detail: no secrets, no fractions.
    """

    action: str
    actor: str = ""
    actor_id: int | None = None
    subject: str = ""
    outcome: str = DONE
    address: str = ""
    request_id: str = ""
    detail: dict[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found. rows: of the trail. faults: the first hundred. anchored: the anchored row's number."""

    rows: int
    last: Anchor
    anchored: int | None
    faults: list[Fault]

    @property
    def is_whole(self) -> bool:
        """Nothing is wrong."""
        return not self.faults


class AuditTrail:
    """Of one installation. Thread-safe; other processes may add as well."""

    policy = "wait"
    size = QUEUE

    def __init__(self, store: Store, vault: Vault, folder: Path, clock: Clock) -> None:
        """folder: where the anchor is kept."""
        self._store = store
        self._vault = vault
        self._anchor = AnchorFile(folder, self._digest)
        self._clock = clock
        self._queue: BoundedQueue[tuple[Act, int] | None] = BoundedQueue(
            QUEUE, self.policy, name="audit trail"
        )
        self._stop = Event()
        self._anchoring = Lock()
        self.trouble = ""
        self._thread = start_thread(self._run, "audit-trail")

    def within(self, unit: Unit, act: Act) -> None:
        """Add to the trail in a write unit of the main store; nothing else of the trail moves until it ends."""
        self._add(unit, act, epoch_ms(self._clock.now()))
        self._queue.put(None)

    def note(self, act: Act) -> None:
        """Add to the trail soon."""
        self._queue.put((act, epoch_ms(self._clock.now())))

    def page(self, *, before: int | None, limit: int, words: str, outcome: str) -> list[Entry]:
        """Newest first."""
        with self._store.reading() as unit:
            return AuditRows(unit).page(before, limit, words, outcome)

    def verify(self, expected: Anchor | None = None) -> Verdict:
        """Go through every row. expected: an end that was written down elsewhere; it must be in the trail, too."""
        found: list[Fault] = []
        anchor = None
        try:
            anchor = self._anchor.read()
        except AnchorBroken as error:
            found.append(Fault(kind="anchor", seq=0, message=str(error)))
        with self._store.reading() as unit:
            rows = AuditRows(unit)
            last = rows.last()
            found += _first(faults(rows.walk(), self._digest, anchor))
            if expected is not None:
                there = rows.at(expected.seq)
                if there is None or there.digest != expected.digest:
                    message = f"Row {expected.seq} is not the one that was written down"
                    found.append(Fault(kind="anchor", seq=expected.seq, message=message))
        end = Anchor(seq=0, digest=FIRST) if last is None else Anchor(seq=last.seq, digest=last.digest)
        if anchor is None and last is not None and not found:
            found.append(
                Fault(kind="anchor", seq=0, message="There is no anchor: the end may have been cut off")
            )
        return Verdict(
            rows=end.seq,
            last=end,
            anchored=None if anchor is None else anchor.seq,
            faults=found[:MOST_FAULTS],
        )

    def accept(self, reason: str, actor: str) -> None:
        """After a restored backup: go on from what is there, with a row that says what is missing and why."""
        try:
            before = self._anchor.read()
        except AnchorBroken:
            before = None
        detail = {"reason": reason, "anchored": before.seq if before else None}
        with self._anchoring:
            with self._store.unit() as unit:
                entry = self._add(
                    unit, Act(action="audit.accept", actor=actor, detail=detail), epoch_ms(self._clock.now())
                )
            self._anchor.write(Anchor(seq=entry.seq, digest=entry.digest))
            self.trouble = ""

    def __len__(self) -> int:
        return len(self._queue)

    def close(self) -> None:
        """Write what is queued and end."""
        self._queue.close()
        self._stop.set()
        self._thread.join(CLOSE_SECONDS)

    def _digest(self, text: str) -> str:
        return self._vault.digest(PURPOSE, text)

    def _add(self, unit: Unit, act: Act, at_ms: int) -> Entry:
        rows = AuditRows(unit)
        rows.alone()
        last = rows.last()
        entry = sealed(
            Entry(
                seq=1 if last is None else last.seq + 1, at_ms=at_ms, actor=plain(act.actor)[:80],
                actor_id=act.actor_id, action=plain(act.action)[:160], subject=plain(act.subject)[:200],
                outcome=act.outcome[:60], address=act.address[:50], request_id=act.request_id[:40],
                detail=plain(act.detail),
                previous=FIRST if last is None else last.digest, digest="",
            ),
            self._digest,
        )  # fmt: skip
        rows.add(entry)
        return entry

    def _run(self) -> None:
        while True:
            batch = self._queue.take(BATCH, 1.0)
            if batch:
                self._insist([item for item in batch if item is not None])
                self._move_anchor()
            elif self._queue.closed:
                return

    def _insist(self, batch: list[tuple[Act, int]]) -> None:
        while batch:
            try:
                with self._store.unit() as unit:
                    for act, at_ms in batch:
                        self._add(unit, act, at_ms)
                return
            except (SQLAlchemyError, Unavailable) as error:
                log.warning("Rows of the audit trail wait", rows=len(batch), error=type(error).__name__)
                if self._stop.wait(RETRY_SECONDS):
                    log.error("Rows of the audit trail could not be written", rows=len(batch))
                    return

    def _move_anchor(self) -> None:
        """Onto the last row, if the anchored one is where it was."""
        try:
            with self._anchoring:
                before = self._anchor.read()
                with self._store.reading() as unit:
                    rows = AuditRows(unit)
                    last, there = rows.last(), rows.at(before.seq) if before is not None else None
                if before is not None and (there is None or there.digest != before.digest):
                    self.trouble = f"Row {before.seq}, which was anchored, is not in the trail"
                elif last is not None:
                    self._anchor.write(Anchor(seq=last.seq, digest=last.digest))
                    self.trouble = ""
        except (AnchorBroken, OSError, SQLAlchemyError) as error:
            self.trouble = str(error) if isinstance(error, AnchorBroken) else type(error).__name__
        if self.trouble:
            log.error("The audit trail cannot be anchored", reason=self.trouble)


def plain(value: Any) -> Any:
    """Texts, whole numbers, truths and nothing else, so that a row reads back as it was sealed."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    return str(value).encode("utf-8", "replace").decode()


def _first(found: Any) -> list[Fault]:
    """The first hundred; a trail of another installation would otherwise tell one for every row."""
    kept: list[Fault] = []
    for fault in found:
        kept.append(fault)
        if len(kept) == MOST_FAULTS:
            break
    return kept
