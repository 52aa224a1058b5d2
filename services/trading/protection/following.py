"""The thread that follows protected orders: judges them, and has the work on each account done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.orders import OrderRow
from services import events
from services.trading.journal import Journal
from services.trading.protection.chasing import Chase
from services.trading.protection.judging import Protected, State, Verdict, judge
from services.trading.protection.records import Records
from services.trading.protection.resuming import resume
from services.trading.protection.roster import Roster
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import Event, Lock, start_thread
from utils.logging import get_logger

TICK_SECONDS = 0.5
LOOK_SECONDS = 2.0
MOST_WORKERS = 8
log = get_logger(__name__)


class Following:
    """Every half second, and whenever one of the orders moves on.

    mode: of the desk. known: an order as last seen at the broker. spawn: runs the work on one account, on a thread of
    its own; at most MOST_WORKERS accounts at a time, the others wait for the next round. chase: set before the start.
    """

    def __init__(
        self, *, mode: str, journal: Journal, bus: events.Events, clock: Clock,
        known: Callable[[Account, str], OrderRow | None],
        spawn: Callable[[Callable[[], None], str], object] = start_thread,
    ) -> None:  # fmt: skip
        self._mode = mode
        self._journal = journal
        self._records = Records(journal)
        self._events = bus
        self._clock = clock
        self._known = known
        self._spawn = spawn
        self._lock = Lock()
        self._busy: set[int] = set()
        self._wake = Event()
        self._closed = Event()
        self.chase: Chase | None = None
        self.roster = Roster()

    def start(self) -> None:
        """Take up what an earlier run left, then follow."""
        left = self.load()
        if left:
            log.warning("protected orders of an earlier run are followed again", count=left)
        self._events.subscribe(
            events.OrderChanged, self.changed, name="protected-orders", gather_seconds=events.BLINK_SECONDS
        )
        start_thread(self._run, "protected-orders")

    def close(self) -> None:
        """Stop; what is open is on disk and taken up by the next start."""
        self._closed.set()
        self._wake.set()

    def load(self) -> int:
        """Take up what the store holds; answers how many are open."""
        midnight = ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        for row in self._records.since(epoch_ms(midnight)):
            order, verdict = resume(row, self._journal)
            if order is None:
                continue
            self.roster.add(order)
            if verdict is not None:
                self.finish(order, verdict)
        return len(self.roster.open())

    def wake(self) -> None:
        """Something changed: judge now."""
        self._wake.set()

    def changed(self, event: events.OrderChanged) -> None:
        """An order moved on: one of ours is judged at once."""
        if event.mode == self._mode and self.roster.of(event.account_id, event.row.order_id) is not None:
            self._wake.set()

    def round(self) -> None:
        """Judge every open order; what needs the broker is worked on account by account."""
        now_ms, now = epoch_ms(self._clock.now()), self._clock.monotonic()
        due: dict[Account, list[Protected]] = {}
        for order in self.roster.open():
            account = Account(account_id=order.account_id, broker=order.broker)
            row = self._known(account, order.order_id) if order.order_id is not None else None
            verdict = judge(order, row, now_ms)
            if verdict.what == "end" and verdict.state is not State.GAVE_UP:
                self.finish(order, verdict)
            elif verdict.what != "wait" and _is_ripe(order, verdict, now):
                due.setdefault(account, []).append(order)
        for account, orders in due.items():
            self._work(account, orders)

    def _work(self, account: Account, orders: list[Protected]) -> None:
        with self._lock:
            if account.account_id in self._busy or len(self._busy) >= MOST_WORKERS:
                return
            self._busy.add(account.account_id)

        def run() -> None:
            try:
                if self.chase is not None:
                    self.chase.work(account, orders)
            except Exception:
                log.exception(
                    "protected orders of an account could not be followed", account=account.account_id
                )
            finally:
                with self._lock:
                    self._busy.discard(account.account_id)

        self._spawn(run, f"protected-{account.account_id}")

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self.round()
            except Exception:
                log.exception("a round over the protected orders failed")
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def finish(self, order: Protected, verdict: Verdict) -> None:
        """Protection of an order is over; told once, and aloud when somebody has to act."""
        if not self.roster.end(order, verdict.state):
            return
        self.store(order, verdict.reason)
        facts: dict[str, Any] = {
            "order_id": order.order_id,
            "symbol": order.asked.symbol,
            "state": order.state.value,
        }
        if verdict.alarm:
            log.error("a protected order needs attention", **facts, reason=verdict.reason)
        elif order.state is not State.FILLED:
            log.info("protection of an order is over", **facts, reason=verdict.reason)
        elif order.sent == order.asked:
            return  # it filled as it was asked: there is nothing to tell
        kind = events.ProtectionAlarm if verdict.alarm else events.ProtectionEnded
        self._events.publish(
            kind(
                user_id=order.user_id, account_id=order.account_id, broker=order.broker, mode=self._mode,
                source="ladder", strategy=order.strategy, tag=order.tag, order_id=order.order_id,
                symbol=order.asked.symbol, exchange=order.asked.exchange.value, action=order.side.value,
                asked=order.asked.price_type.value, state=order.state.value, message=verdict.reason,
                at_ms=epoch_ms(self._clock.now()),
            )
        )  # fmt: skip

    def store(self, order: Protected, reason: str = "") -> None:
        """Put its state on disk, soon."""
        ended = None if order.state is State.OPEN else epoch_ms(self._clock.now())
        self._records.move(order.tag, order.state.value, order.began_ms, ended, reason)


def _is_ripe(order: Protected, verdict: Verdict, now: float) -> bool:
    """Whether enough time has passed since the last try; `now` in seconds of the monotonic clock."""
    if now < order.retry_at:
        return False
    pause = {"look": LOOK_SECONDS, "check": order.ladder.rung_seconds}.get(verdict.what, 0.0)
    return order.looked_at is None or now - order.looked_at >= pause
