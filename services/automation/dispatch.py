"""Sends the queued orders of deliveries, each at most once, and writes down how that ended.

Order of events: claimed on disk -> router, under a key made of the delivery -> end on disk. A crash between any two
leaves a claimed row, which the next start sends again under the same key; the journal answers for what was sent. Each
account has a lane of its own, so that a broker that hangs holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from database.approvals import PendingRow
from database.automation.deliveries import OrderRow, QueuedOrders
from database.stores import Store
from domain.errors import OpenAlgoError, OutcomeUnknown
from services import events
from services.accounts.principal import Principal
from services.approvals import endings, stored
from services.automation import ending
from services.automation.ending import Ended
from services.automation.lanes import Lanes
from services.automation.pace import SECONDS_BETWEEN, next_order
from services.trading.commands import Smart
from services.trading.journal import Journal, KeyClaim
from services.trading.modes import AppMode
from services.trading.writes import UncertainOrder
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

# What a crash interrupted may wait this much longer: evidence about it takes up to a minute.
EVIDENCE_MS = 120_000
RETRY_MS = 1_000
IN_DOUBT_MS = 5_000
READ_AT_ONCE = 500
# Certainly not sent, and another try may succeed, beyond what holds for every command.
WAITS = frozenset({"POSITION_UNCERTAIN", "DUPLICATE_KEY", "CONTRACTS_NOT_READY", "MODE_UNKNOWN"})
log = get_logger(__name__)


class Router(Protocol):
    """The one way of an order."""

    def execute(self, command: Any, principal: Principal, only_in: AppMode | None) -> Any:
        """Send it, if the application is in this mode."""


class Caller(Protocol):
    """On whose behalf a queued order is sent."""

    def __call__(self, user_id: int, account_id: int | None, *, closes: bool) -> Principal:
        """closes: it leaves a position. Raises NotFound, NotAllowed."""


class Dispatch:
    """The queue's worker. principal: see Caller. withdraw: take back what an exit finds still waiting."""

    def __init__(
        self, *, store: Store, router: Router, journal: Journal, bus: events.Events, clock: Clock,
        principal: Caller, withdraw: Callable[[OrderRow], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._withdraw = withdraw
        self._router = router
        self._journal = journal
        self._events = bus
        self._clock = clock
        self._principal = principal
        self._lanes, self._sent = Lanes(self.step, "webhooks"), dict[tuple[int, str], float]()
        self._owed: dict[int, tuple[OrderRow, Ended]] = {}

    def start(self) -> None:
        """Take up what an earlier run left, then send."""
        with self._store.unit(durable=True) as unit:
            rows = QueuedOrders(unit)
            interrupted, accounts = rows.interrupt(), rows.accounts()
        if interrupted:
            log.warning("webhook orders were interrupted", count=interrupted)
        self._lanes.open()
        for account_id in accounts:
            self.wake(account_id)

    def close(self) -> None:
        """Finish what is being sent; the rest stays queued on disk."""
        self._lanes.close()

    def wake(self, account_id: int) -> None:
        """An order of this account was queued."""
        self._lanes.wake(account_id)

    def step(self, account_id: int) -> float | None:
        """Send or drop at most one order; seconds until the next look, None when nothing is queued."""
        for row, ended in [item for item in self._owed.values() if item[0].account_id == account_id]:
            self._finish(row, ended)
        with self._store.reading() as unit:
            rows = QueuedOrders(unit).queued(account_id, READ_AT_ONCE)
        if not rows:
            return None
        now_ms = epoch_ms(self._clock.now())
        stale = next((row for row in rows if _is_stale(row, now_ms)), None)
        if stale is not None:
            self._drop(stale)
            return 0.0
        chosen = next_order(rows, now_ms, self._waits(account_id))
        if not isinstance(chosen, OrderRow):
            return chosen
        self._sent[(account_id, chosen.lane)] = self._clock.monotonic()
        self._send(chosen)
        return 0.0

    def _waits(self, account_id: int) -> dict[str, float]:
        now = self._clock.monotonic()
        return {
            lane: self._sent[(account_id, lane)] + seconds - now
            for lane, seconds in SECONDS_BETWEEN.items()
            if (account_id, lane) in self._sent
        }

    def _send(self, row: OrderRow) -> None:
        """Claim it, send it, write its end."""
        with self._store.unit(durable=True) as unit:
            claimed = QueuedOrders(unit).move(
                row.id, "queued", state="sending", claimed_ms=epoch_ms(self._clock.now())
            )
        if not claimed:
            return  # switched off meanwhile
        self._finish(row, self._attempt(row))

    def _finish(self, row: OrderRow, ended: Ended) -> None:
        """Write what came of a claimed row; what a sick disk does not take is owed, and written by a later step."""
        self._owed[row.id] = (row, ended)
        if ended.outcome is None:
            self._put_back(row, ended)
        else:
            self._end(row, "sending", ended)
        del self._owed[row.id]

    def _attempt(self, row: OrderRow) -> Ended:
        left = self._claim_of(row) if row.interrupted else None
        try:
            command = msgspec.structs.replace(stored.decode(row.command), client_order_id=key_of(row))
            closes = isinstance(command, Smart) and not command.position_size
            principal = self._principal(row.user_id, row.account_id, closes=closes)
            if closes:
                self._withdraw(row)
            return _answered(self._router.execute(command, principal, AppMode(row.mode)), row)
        except stored.UnreadableCommand as error:
            return Ended(
                outcome="refused", code="UNREADABLE", message=f"The stored order cannot be read: {error}"
            )
        except OutcomeUnknown as error:
            return _unknown(row, error, left.tag if left is not None else None)
        except OpenAlgoError as error:
            if error.code in WAITS:
                return Ended(outcome=None, code=error.code, message=error.message)
            return ending.of_ending(endings.refusal(error))
        except Exception as error:
            # Whatever was sent is in the journal under this order's key, which the next attempt asks first.
            log.exception("a webhook order broke", order=row.id)
            return Ended(outcome=None, code="INTERNAL", message=f"An internal error ({type(error).__name__})")

    def _put_back(self, row: OrderRow, ended: Ended) -> None:
        """It waits on. A smart order whose legs are answered for goes on under a key of its own."""
        answered = row.lane == "smart" and self._claim_of(row) is not None
        pause = IN_DOUBT_MS if ended.code == OutcomeUnknown.code else RETRY_MS
        with self._store.unit(durable=True) as unit:
            QueuedOrders(unit).move(
                row.id, "sending", state="queued", retry_ms=epoch_ms(self._clock.now()) + pause,
                attempt=row.attempt + 1 if answered else row.attempt, code=ended.code, message=ended.message,
            )  # fmt: skip

    def _claim_of(self, row: OrderRow) -> Any:
        """What the journal holds under the row's key."""
        return self._journal.key(
            KeyClaim(user_id=row.user_id, mode=row.mode, key=key_of(row), fingerprint="")
        )

    def _drop(self, row: OrderRow) -> None:
        """Too old to be sent. What an earlier attempt left is the journal's word."""
        key = self._claim_of(row)
        intent = self._journal.by_tag(key.tag) if key is not None and key.tag is not None else None
        proven = ending.of_ending(endings.of_intent(intent)) if intent is not None else None
        if proven is not None and proven.outcome in ("accepted", "unknown"):
            self._end(row, "queued", proven)
            return
        halfway = key is not None and key.tag is None and key.answer is None
        if halfway or (row.interrupted and row.attempt > 1):
            text = "The program stopped while sending: some of it may be live, check the books"
            self._end(row, "queued", Ended(outcome="unknown", code=OutcomeUnknown.code, message=text))
            return
        age = (epoch_ms(self._clock.now()) - row.received_ms) // 1000
        text = f"Not sent in time, {age} s old" + (f": {row.message}" if row.message else "")
        log.warning("a webhook order was dropped", order=row.id, delivery=row.delivery_id, reason=text)
        self._end(row, "queued", Ended(outcome="dropped", code="TOO_OLD", message=text))

    def _end(self, row: OrderRow, from_state: str, ended: Ended) -> None:
        with self._store.unit(durable=True) as unit:
            done = ending.write(unit, row, from_state, ended, epoch_ms(self._clock.now()))
        if not done:
            return
        self.tell(row, ended)
        if ended.outcome == "unknown" and ended.tag is not None:
            self.settle(ended.tag)  # evidence may have been quicker than this row

    def open_accounts(self) -> set[int]:
        """Accounts with orders that wait to be sent."""
        with self._store.reading() as unit:
            return set(QueuedOrders(unit).accounts())

    def close_account(self, account_id: int, reason: str) -> int:
        """Drop what an account has not sent yet; how many."""
        with self._store.reading() as unit:
            rows = QueuedOrders(unit).queued(account_id, READ_AT_ONCE)
        for row in rows:
            self._end(row, "queued", Ended(outcome="dropped", code="ACCOUNT_REMOVED", message=reason))
        return len(rows)

    def settle(self, tag: str) -> None:
        """Evidence may have settled an unknown outcome."""
        intent = self._journal.by_tag(tag)
        if intent is None or intent.state not in ("acked", "absent", "refused"):
            return
        found = ending.of_ending(endings.of_intent(intent))
        if found.outcome is None:
            found = msgspec.structs.replace(found, outcome="refused")
        with self._store.reading() as unit:
            rows = QueuedOrders(unit).unknown_of_tag(tag)
        for row in rows:
            self._end(row, "ended", found)

    def decided(self, pending: PendingRow | None) -> None:
        """A person, or time, decided about an order that may be one of ours."""
        if pending is None or pending.state not in ("approved", "rejected", "expired"):
            return
        with self._store.reading() as unit:
            rows = QueuedOrders(unit).waiting_of_pending(pending.id)
        refused = Ended(outcome="refused", code=pending.state.upper(), message=pending.reason)
        for row in rows:
            ended = refused
            if pending.state == "approved":
                ended = Ended(
                    outcome=pending.outcome, order_id=pending.broker_order_id, tag=pending.tag,
                    code=pending.code, message=pending.message,
                )  # fmt: skip
            self._end(row, "ended", ended)

    def tell(self, row: OrderRow, ended: Ended) -> None:
        """The desk hears of it."""
        self._events.publish(
            events.WebhookOrderEnded(
                user_id=row.user_id, strategy_id=row.strategy_id, delivery_id=row.delivery_id, symbol=row.symbol,
                outcome=ended.outcome or "", order_id=ended.order_id, message=ended.message or "",
            )
        )  # fmt: skip


def _answered(answer: Any, row: OrderRow) -> Ended:
    """A smart order none of whose legs left, for a reason that passes, waits on."""
    ended = ending.of_answer(answer)
    legs = getattr(answer, "legs", ())
    passing = bool(legs) and all(leg.code in endings.RETURN_CODES for leg in legs)
    if passing and row.lane == "smart":
        return msgspec.structs.replace(ended, outcome=None)
    return ended


def _unknown(row: OrderRow, error: OutcomeUnknown, interrupted_tag: str | None) -> Ended:
    """It may be live, and is not sent again. What a crash interrupted is asked for until evidence comes.

    A smart order is different: an interrupted one has no tag, and asking again for the same target trades what
    is missing, after the legs that may have left are accounted for (services.trading.plans.smart).
    """
    tag = getattr(error, "tag", None)
    if row.lane == "smart" and not isinstance(error, UncertainOrder):
        return Ended(outcome=None, code="INTERRUPTED", message=error.message)
    if row.interrupted and tag is not None and tag == interrupted_tag:
        return Ended(outcome=None, code=error.code, message=error.message, tag=tag)
    return Ended(outcome="unknown", code=error.code, message=error.message, tag=tag)


def key_of(row: OrderRow) -> str:
    """The journal's key of the one order that a row may make."""
    key = f"webhook:{row.delivery_id}.{row.number}:{row.received_ms}"
    return f"{key}:{row.attempt}" if row.lane == "smart" else key


def _is_stale(row: OrderRow, now_ms: int) -> bool:
    return now_ms > row.expires_ms + (EVIDENCE_MS if row.interrupted else 0)
