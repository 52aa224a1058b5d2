"""What was sent, remembered before it was sent. Every write to a broker has exactly one intent here."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from database.journal import (
    ADD_INTENT,
    ADD_KEY,
    ADD_PROTECTED,
    ANSWER_KEY,
    DECIDE,
    FREE_KEY,
    RELEASE_KEY,
    IntentRow,
    JournalRows,
    JournalWriter,
    KeyRow,
    intent_with,
    keep_answer,
    purge_keys,
    stored_key,
)  # fmt: skip
from database.protection.protected import ProtectedRow
from database.risk.limits import ChangeRow, RiskChanges
from database.risk.switches import KillSwitchRows
from database.stores import Store, Unit
from domain.errors import OpenAlgoError, Unavailable
from domain.gtt import GttTerms
from domain.orders import OrderTerms
from services.trading.commands import Operation
from services.trading.reconciliation.held import UNDECIDED, Held, HeldKeys, KeyClaim
from utils import json
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import Lock
from utils.logging import get_logger

KEY_LIFETIME_MS = 24 * 3600 * 1000
DURABLE_SECONDS = 5.0
log = get_logger(__name__)


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One write as it is about to be sent. `order_id` is the target of a modify or cancel."""

    tag: str
    user_id: int
    account_id: int
    broker: str
    mode: str
    operation: str
    symbol: str
    exchange: str
    strategy: str
    source: str
    terms: OrderTerms | GttTerms | None = None
    order_id: str | None = None


def fingerprint(command: msgspec.Struct) -> str:
    """Digest of a command: the same key with another command is a mistake, not a repeat."""
    return hashlib.sha256(json.encode([type(command).__name__, command])).hexdigest()


def terms_of(row: IntentRow) -> OrderTerms | None:
    """The terms that an order's intent carried."""
    return msgspec.json.decode(row.terms, type=OrderTerms) if row.terms else None


def gtt_terms_of(row: IntentRow) -> GttTerms | None:
    """The terms that a GTT's intent carried."""
    return msgspec.json.decode(row.terms, type=GttTerms) if row.terms else None


def is_gtt(row: IntentRow) -> bool:
    """Whether the intent is about a GTT instead of an order."""
    return Operation(row.operation).is_gtt


class JournalReads:
    """What the journal says, with what this run knows beyond it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held = Held()
        self._keys = HeldKeys()

    def key(self, claim: KeyClaim) -> KeyRow | None:
        """What is stored under a key of the last 24 hours."""
        stored = stored_key(self._store, claim.user_id, claim.mode, claim.key)
        row = self._keys.over(claim, stored)
        fresh_from = epoch_ms(self._clock.now()) - KEY_LIFETIME_MS
        return row if row is not None and row.created_ms >= fresh_from else None

    def has_stale_key(self, claim: KeyClaim) -> bool:
        """Whether a row that does not count any more occupies the key, or may do so soon."""
        if self._keys.is_free(claim):
            return True
        return stored_key(self._store, claim.user_id, claim.mode, claim.key) is not None

    def by_tag(self, tag: str) -> IntentRow | None:
        """One intent, with what is known of it and not on disk yet."""
        return self._held.over(tag, intent_with(self._store, tag))

    def about(self, account_id: int, order_id: str) -> list[IntentRow]:
        """Every intent about an order, oldest first."""
        with self._store.reading() as unit:
            return JournalRows(unit).of_order(account_id, order_id)

    def reading(self) -> AbstractContextManager[Unit]:
        """A look at the store, for rows beside the intents."""
        return self._store.reading()

    def unresolved(self) -> list[IntentRow]:
        """Intents of orders whose outcome nobody knows yet, oldest first."""
        with self._store.reading() as unit:
            return JournalRows(unit).unresolved()

    def unresolved_gtts(self) -> list[IntentRow]:
        """The same for writes of GTTs at brokers."""
        with self._store.reading() as unit:
            return JournalRows(unit).unresolved_gtts()

    def gtts(self, account_id: int, trigger_ids: Collection[str]) -> list[IntentRow]:
        """Writes about these GTTs of an account that its broker took, oldest first."""
        with self._store.reading() as unit:
            return JournalRows(unit).taken_gtts(account_id, trigger_ids)

    def absent(self, since_ms: int) -> list[IntentRow]:
        """Intents since an instant that no complete book showed, oldest first."""
        with self._store.reading() as unit:
            return JournalRows(unit).absent(since_ms)

    def recent(self, account_id: int, seconds: float) -> list[IntentRow]:
        """An account's intents of the last seconds, oldest first; an outcome may be younger than its row tells."""
        since = epoch_ms(self._clock.now()) - int(seconds * 1000)
        with self._store.reading() as unit:
            return self._held.beside(account_id, since, JournalRows(unit).of_account(account_id, since))

    def strategies(self, account_id: int) -> dict[str, str]:
        """order id -> strategy of the orders that we placed for an account today (IST)."""
        midnight = ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        since = epoch_ms(midnight - dt.timedelta(days=1))
        with self._store.reading() as unit:
            return JournalRows(unit).strategies(account_id, since)

    def sent_between(self, account_id: int, mode: str, since_ms: int, until_ms: int) -> int:
        """How many new orders of an account were journalled from one instant up to another."""
        with self._store.reading() as unit:
            return JournalRows(unit).count_placed(account_id, mode, since_ms, until_ms)


class Journal(JournalReads):
    """The service in front of the store. `record` blocks until the row is on disk."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._writer = JournalWriter(store, clock, self._complain)
        self._switches: dict[str, str] | None = None
        self._lock = Lock()

    @staticmethod
    def _complain(error: Exception) -> None:
        log.critical("the order journal cannot write", exc_info=error)

    def record(
        self, intent: Intent, claim: KeyClaim | None = None, *, retakes: bool = False,
        protected: ProtectedRow | None = None,
    ) -> None:  # fmt: skip
        """Put the intent on disk, with the caller's key; `retakes` replaces an earlier, given-up use of the key.

        protected: the protection that begins with this intent, on disk with it or not at all.

        Raises Unavailable when the disk does not answer, and Conflict when another process holds the key.
        """
        rows: list[tuple[int, dict[str, object]]] = [(ADD_INTENT, self._intent_row(intent))]
        if claim is not None:
            rows += self._key_rows(claim, intent.tag, retakes)
        if protected is not None:
            rows.append((ADD_PROTECTED, msgspec.structs.asdict(protected)))
        self._writer.write(rows, DURABLE_SECONDS)

    def claim(self, claim: KeyClaim, *, retakes: bool = False) -> None:
        """Put a plan's key on disk before its first leg; without the disk nothing leaves, and the key stays free."""
        rows = self._key_rows(claim, None, retakes)
        try:
            self._writer.write(rows, DURABLE_SECONDS)
        except Unavailable:
            self._free(claim, rows[-1][1]["created_ms"])
            raise

    def release(self, claim: KeyClaim) -> None:
        """Free the key of a plan that left nothing behind. Raises Unavailable when the disk hears of it later."""
        row = self.key(claim)
        try:
            self._writer.write([(RELEASE_KEY, self._key(claim))], DURABLE_SECONDS)
        except OpenAlgoError:
            self._free(claim, row.created_ms if row is not None else None)
            raise

    def _free(self, claim: KeyClaim, created_ms: object) -> None:
        """This run knows that nothing was sent; the row, if it got there or still does, goes when it can."""
        self._keys.free(claim)
        with contextlib.suppress(OpenAlgoError):
            self._writer.note([(FREE_KEY, {**self._key(claim), "created_ms": created_ms})])

    def answer(self, claim: KeyClaim, answer: bytes) -> None:
        """Store the finished answer of a plan. Raises Unavailable when the disk takes it later, if at all."""
        try:
            self.keep([(ANSWER_KEY, {**self._key(claim), "answer": answer.decode()})])
        except OpenAlgoError:
            row = self.key(claim)
            if row is not None:
                self._keys.held(msgspec.structs.replace(row, answer=answer.decode()))
            raise

    def answer_within(self, unit: Unit, claim: KeyClaim, answer: bytes, *, retakes: bool) -> None:
        """A key with its finished answer as part of the caller's transaction. Raises Conflict when it is taken."""
        ((_, row),) = self._key_rows(claim, None, retakes=False)
        keep_answer(unit, {**row, "answer": answer.decode()}, retakes=retakes)

    def decide(
        self, tag: str, state: str, *, order_id: str | None = None, code: str | None = None,
        message: str | None = None, durable: bool = False,
    ) -> bool:  # fmt: skip
        """Write how an intent ended: acked, refused, unknown or absent. Answers whether the journal took it.

        A lost outcome is harmless (the intent stays open and evidence settles it), so nobody waits for it unless
        `durable`, and a journal that cannot take it does not turn an accepted order into an error.
        """
        row = {
            "tag": tag, "state": state, "order_id": order_id, "code": code, "message": message,
            "decided_ms": epoch_ms(self._clock.now()),
        }  # fmt: skip
        try:
            if durable:
                self._writer.write([(DECIDE, row)], DURABLE_SECONDS)
            else:
                self._writer.note([(DECIDE, row)])
        except OpenAlgoError as error:
            log.error("outcome %s of intent %s is not on disk: %s", state, tag, error)
            return False
        return True

    def conclude(self, tag: str, state: str, *, durable: bool, **facts: Any) -> None:
        """As `decide`, for what we know first-hand: it holds from now on and reaches the disk when that can."""
        if not self.decide(tag, state, durable=durable, **facts) and durable:
            self.hold(tag, state, **facts)

    def hold(self, tag: str, state: str, **facts: Any) -> None:
        """The same while the disk fails."""
        self._held.end(tag, {"state": state, **facts})
        self.decide(tag, state, **facts)

    def record_late(self, intent: Intent, claim: KeyClaim | None = None, *, retakes: bool = False) -> None:
        """Hold an intent and its key, which the disk does not take now, and write them when that can."""
        row = self._intent_row(intent)
        self._held.intent(msgspec.convert(row, IntentRow))
        rows: list[tuple[int, dict[str, object]]] = [(ADD_INTENT, row)]
        if claim is not None:
            rows += self._key_rows(claim, intent.tag, retakes)
            self._keys.held(msgspec.convert(rows[-1][1], KeyRow))
        try:
            self._writer.note(rows)
        except OpenAlgoError as error:
            log.critical("intent %s is held in memory only: %s", intent.tag, error)

    def keep(self, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
        """Rows beside the intents, on disk when this returns; a disk that fails gets them later, and this raises."""
        try:
            self._writer.write(rows, DURABLE_SECONDS)
        except OpenAlgoError:
            self._writer.note(rows)
            raise

    def note(self, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
        """Rows beside the intents that nobody waits for. Raises Unavailable when the journal cannot keep up."""
        self._writer.note(rows)

    def kill_switches(self) -> dict[str, str]:
        """scope -> reason of every engaged switch; cached, because this process is the one that flips them."""
        switches = self._switches
        if switches is None:
            with self._lock, self._store.reading() as unit:
                switches = self._switches = KillSwitchRows(unit).engaged()
        return switches

    def set_kill_switch(
        self, scope: str, engaged: bool, reason: str = "", record: ChangeRow | None = None
    ) -> None:
        """Engage or release a scope (services.trading.risk.scopes); `record` goes to disk with it, or neither does."""
        with self._lock:
            with self._store.unit(durable=True) as unit:
                KillSwitchRows(unit).put(scope, engaged, reason[:255], epoch_ms(self._clock.now()))
                if record is not None:
                    RiskChanges(unit).add(record)
            self._switches = None

    def purge(self) -> int:
        """Drop keys that no longer count."""
        with self._store.unit() as unit:
            return purge_keys(unit, epoch_ms(self._clock.now()) - KEY_LIFETIME_MS)

    @property
    def figures(self) -> tuple[int, int]:
        """(groups, rows) written since start."""
        return self._writer.groups, self._writer.rows

    def close(self) -> None:
        """Write what is queued, then end."""
        self._writer.close()

    def _intent_row(self, intent: Intent) -> dict[str, object]:
        return {
            "tag": intent.tag, "user_id": intent.user_id, "account_id": intent.account_id,
            "broker": intent.broker, "mode": intent.mode, "operation": intent.operation, "state": "pending",
            "order_id": intent.order_id, "symbol": intent.symbol, "exchange": intent.exchange,
            "terms": msgspec.json.encode(intent.terms).decode() if intent.terms else None,
            "strategy": intent.strategy, "source": intent.source, "code": None, "message": None,
            "created_ms": epoch_ms(self._clock.now()), "decided_ms": None,
        }  # fmt: skip

    def _key_rows(
        self, claim: KeyClaim, tag: str | None, retakes: bool
    ) -> list[tuple[int, dict[str, object]]]:
        self._keys.taken(claim)
        row: dict[str, object] = {
            **self._key(claim), "fingerprint": claim.fingerprint, "tag": tag, "answer": None,
            "created_ms": epoch_ms(self._clock.now()),
        }  # fmt: skip
        added = [(ADD_KEY, row)]
        return [(RELEASE_KEY, self._key(claim)), *added] if retakes else added

    @staticmethod
    def _key(claim: KeyClaim) -> dict[str, object]:
        return {"user_id": claim.user_id, "mode": claim.mode, "key": claim.key}


__all__ = [
    "UNDECIDED", "Intent", "IntentRow", "Journal", "KeyClaim", "fingerprint", "gtt_terms_of", "is_gtt", "terms_of",
]  # fmt: skip
