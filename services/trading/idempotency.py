"""The same key means the same order: repeats within 24 hours get what became of the first call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import msgspec

from domain.errors import Conflict, OutcomeUnknown, Refused
from services.trading.commands import Accepted, Command, GttAccepted, GttCommand, PlanOutcome
from services.trading.journal import UNDECIDED, IntentRow, Journal, KeyClaim, fingerprint
from services.trading.timeline import trace
from services.trading.writes import TRANSIENT_CODES, KeyUse, UncertainOrder
from utils.concurrency import KeyedLocks

WAIT_SECONDS = 15.0
_plan = msgspec.json.Decoder(PlanOutcome)
_gtt = msgspec.json.Decoder(GttAccepted)


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a key holds: `answer` when the first call is decided, else the right to execute with `use`."""

    use: KeyUse | None = None
    answer: Accepted | PlanOutcome | GttAccepted | None = None


class Idempotency:
    """Claims and replays. `settle(tag)` asks for evidence about an undecided intent and answers its row."""

    def __init__(self, journal: Journal, settle: Callable[[IntentRow], IntentRow]) -> None:
        self._journal = journal
        self._settle = settle
        self._locks = KeyedLocks()

    @contextlib.contextmanager
    def claimed(self, user_id: int, mode: str, command: Command) -> Iterator[Stored]:
        """Hold the command's key while it executes, or hand out the stored answer.

        Raises the stored refusal, OutcomeUnknown while the first call is undecided, and Conflict when the key was
        used for another command or is in use right now.
        """
        key = command.client_order_id
        if key is None:
            yield Stored()
            return
        claim = KeyClaim(user_id=user_id, mode=mode, key=key, fingerprint=fingerprint(command))
        with self._locks.hold((user_id, mode, key), WAIT_SECONDS) as held:
            if not held:
                raise Conflict("A request with this key is still being processed", code="DUPLICATE_KEY")
            stored = self._look_up(claim, command)
            if stored.answer is not None:
                trace.note("replayed", order_id=getattr(stored.answer, "order_id", None))
            yield stored

    def recall(self, user_id: int, mode: str, key: str) -> Accepted | None:
        """What became of the single order under a key; None when it is certainly not live. Nothing is sent.

        Raises UncertainOrder while nobody knows.
        """
        row = self._journal.key(KeyClaim(user_id=user_id, mode=mode, key=key, fingerprint=""))
        intent = self._journal.by_tag(row.tag) if row is not None and row.tag is not None else None
        try:
            return self._answer(intent) if intent is not None else None
        except Refused:
            return None

    def _look_up(self, claim: KeyClaim, command: Command) -> Stored:
        row = self._journal.key(claim)
        if row is None:
            stale = self._journal.has_stale_key(claim)
            return Stored(use=KeyUse(claim=claim, retakes=stale))
        if row.fingerprint != claim.fingerprint:
            raise Conflict("This key was used for a different request", code="IDEMPOTENCY_KEY_REUSED")
        if row.tag is None:
            return Stored(answer=finished(command, row.answer))
        intent = self._journal.by_tag(row.tag)
        answer = self._answer(intent) if intent is not None else None
        if answer is None:
            return Stored(use=KeyUse(claim=claim, retakes=True))
        return Stored(answer=answer)

    def _answer(self, intent: IntentRow) -> Accepted | None:
        """The first call's answer; None when it certainly left nothing behind and may be tried again."""
        if intent.state in UNDECIDED:
            intent = self._settle(intent)
        if intent.state == "acked" and intent.order_id is not None:
            return Accepted(order_id=intent.order_id, mode=intent.mode, tag=intent.tag, replayed=True)
        if intent.state == "refused" and intent.code not in TRANSIENT_CODES:
            raise Refused(intent.message or "The order was refused", code=intent.code)
        if intent.state in ("refused", "absent"):
            return None
        raise UncertainOrder(intent.operation, intent.tag)


def finished(command: Command, answer: str | None) -> PlanOutcome | GttAccepted:
    """The stored answer of a call that is no single order. Raises OutcomeUnknown when it has none."""
    if answer is None:
        raise OutcomeUnknown(
            "An earlier call with this key was interrupted: some of its orders may be live. Check the books"
        )
    if isinstance(command, GttCommand):
        return msgspec.structs.replace(_gtt.decode(answer), replayed=True)
    return msgspec.structs.replace(_plan.decode(answer), replayed=True)
