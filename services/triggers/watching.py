"""Follows the market for the GTTs we hold and sends the order of the leg that is reached first.

Order of events: tick -> leg claimed on disk -> order through the router under a key made of the claim -> outcome
on disk. A crash between any two repeats the order under the same key, which the journal answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

import msgspec

from database.stores import Store, Unit
from database.triggers.held import HeldGtts
from domain.errors import OpenAlgoError, OutcomeUnknown, Unavailable
from domain.feed import MarketData
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from domain.money import to_decimal
from domain.triggers.held import Happening, HeldGtt, HeldState, Ladder, Leg, after
from services.accounts.principal import Principal
from services.trading.commands import Accepted, Place, Queued
from services.trading.modes import AppMode
from services.trading.writes import UncertainOrder, is_passing
from services.triggers.terms import place_of
from services.triggers.ticks import Feed, Subscription, TickRule, Where
from utils.clock import Clock, epoch_ms
from utils.concurrency import BoundedQueue, Lock, Periodic, QueueFull, Thread, start_thread
from utils.logging import get_logger

ROUND_SECONDS = 5.0
QUEUE = 10_000
# An order that waits for its broker must not hold up the triggers of others.
THREADS = 4
# A key is remembered for 24 hours: past this age the same key could send a second order.
LONGEST_CLAIM_MS = 23 * 3600 * 1000
# Refusals that say nothing about the order: the next tick may try again.
RETRIED_CODES = frozenset({"MODE_CHANGED", "RECONCILING", "BUSY", "JOURNAL_UNAVAILABLE", "STORE_BUSY"})
Along = Callable[[Unit], None]
log = get_logger(__name__)


class Orders(Protocol):
    """The one way of an order."""

    def submit(self, command: Place, principal: Principal, only_in: AppMode | None) -> Accepted | Queued:
        """Send it, if the application is in this mode."""


class Watcher:
    """The GTTs in memory, sorted by trigger, and the threads that fire them."""

    def __init__(
        self, *, store: Store, feed: Feed, orders: Orders, caller: Callable[[int], Principal],
        app_mode: Callable[[], AppMode], is_open: Callable[[str, Exchange, dt.datetime], bool],
        on_change: Callable[[HeldGtt], None], clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._feed = feed
        self._orders = orders
        self._caller = caller
        self._app_mode = app_mode
        self._ticks = TickRule(is_open, clock)
        self._on_change = on_change
        self._clock = clock
        self._lock = Lock()
        self._held: dict[str, HeldGtt] = {}
        self._ladders: dict[Where, Ladder] = {}
        self._watches: dict[Where, Subscription] = {}
        self._waiting: set[str] = set()
        self._due: BoundedQueue[tuple[str, Leg]] = BoundedQueue(QUEUE, "refuse", name="due triggers")
        self._threads: list[Thread] = []
        self._periodic: Periodic | None = None

    def start(self) -> None:
        """Take up what earlier runs left, then follow the market."""
        with self._store.reading() as unit:
            found = HeldGtts(unit).open()
        for gtt in found:
            self.hold(gtt)
        self._feed.on_tick(self.on_tick)
        self._threads = [start_thread(self._run, f"triggers-{number}") for number in range(THREADS)]
        self._periodic = Periodic(
            self.round, ROUND_SECONDS, "trigger-rounds",
            lambda error: log.error("a round of the triggers failed", exc_info=error),
        )  # fmt: skip

    def close(self) -> None:
        """Stop; what was claimed is on disk and taken up by the next start."""
        if self._periodic is not None:
            self._periodic.stop()
        self._due.close()
        for thread in self._threads:
            thread.join(5.0)
        with self._lock:
            watches, self._watches = list(self._watches.values()), {}
        for watch in watches:
            watch.close()

    def hold(self, gtt: HeldGtt) -> None:
        """Take this version of a GTT into account, in place of any earlier one; a finished one is let go."""
        where = _place(gtt)
        with self._lock:
            known = self._held.get(gtt.trigger_id)
            if known is not None and known.updated_ms > gtt.updated_ms:
                return
            self._held.pop(gtt.trigger_id, None)
            ladder = self._ladders.setdefault(where, Ladder())
            if known is not None:
                ladder.remove(known)
            if gtt.state in (HeldState.ACTIVE, HeldState.FIRING):
                self._held[gtt.trigger_id] = gtt
            if gtt.state is HeldState.ACTIVE:
                ladder.add(gtt)
            idle = self._follow(where, ladder)
        if idle is not None:
            idle.close()

    def _follow(self, where: Where, ladder: Ladder) -> Subscription | None:
        """Subscribe with the first trigger of an instrument; answers the subscription that is no longer wanted."""
        if len(ladder):
            if where not in self._watches:
                key = InstrumentKey(Exchange(where[1]), where[2])
                self._watches[where] = self._feed.watch(where[0], [key], Mode.LTP)
            return None
        del self._ladders[where]
        return self._watches.pop(where, None)

    def on_tick(self, broker: str, data: MarketData) -> None:
        """Queue what a fresh price of an open market reaches; an old price or a closed market reaches nothing."""
        ladder = self._ladders.get((broker, data.exchange, data.symbol))
        if ladder is None or data.ltp <= 0:
            return
        price = to_decimal(data.ltp)
        with self._lock:
            reached = [(name, leg) for name, leg in ladder.reached(price) if name not in self._waiting]
        if not reached or not self._ticks.counts(broker, data):
            return
        for name, leg in reached:
            self._queue(name, leg)

    def _queue(self, name: str, leg: Leg) -> None:
        """A full queue loses nothing: the trigger stays in the ladder and the next tick finds it again."""
        with self._lock:
            if name in self._waiting:
                return
            self._waiting.add(name)
        try:
            self._due.put((name, leg))
        except QueueFull:
            self._waiting.discard(name)
            log.error("too many triggers are reached at once", trigger=name)

    def _run(self) -> None:
        while not self._due.closed:
            for name, leg in self._due.take(1, 1.0):
                try:
                    self.fire(name, leg)
                except Exception:
                    log.exception("trigger %s could not be fired", name)
                finally:
                    self._waiting.discard(name)

    def fire(self, name: str, leg: Leg) -> None:
        """Claim the leg and send its order; nothing happens when the GTT is no longer active or not of this mode."""
        gtt = self._held.get(name)
        if gtt is None or gtt.state is not HeldState.ACTIVE or self._app_mode().value != gtt.mode:
            return
        now = epoch_ms(self._clock.now())
        if gtt.expires_ms <= now:
            self.move(gtt, Happening.EXPIRE)
            return
        claimed = self.move(gtt, Happening.CLAIM, leg=leg, claimed_ms=now)
        if claimed is not None:
            self.send(claimed)

    def send(self, gtt: HeldGtt) -> None:
        """Send the order of the claimed leg; only an outcome that is certain ends the claim."""
        try:
            answer = self._orders.submit(_order(gtt), self._principal(gtt), only_in=AppMode(gtt.mode))
        except (UncertainOrder, OutcomeUnknown):
            log.warning("the order of a trigger has an unknown outcome", trigger=gtt.trigger_id)
        except OpenAlgoError as error:
            if may_be_repeated(error):
                self.move(gtt, Happening.NOT_SENT, leg=None, claimed_ms=None, reason=error.message)
            else:
                self.move(gtt, Happening.REFUSED, reason=error.message)
        else:
            if isinstance(answer, Queued):
                self.move(gtt, Happening.LOST, reason="Its order waits for approval")
            else:
                self.move(gtt, Happening.SENT, order_id=answer.order_id)

    def move(
        self,
        gtt: HeldGtt,
        happening: Happening,
        along: Along | None = None,
        **changes: object,
    ) -> HeldGtt | None:
        """Store what happened; None when it cannot happen, or another hand was quicker. along: see `store`."""
        state = after(gtt.state, happening)
        if state is None:
            return None
        moved: HeldGtt = msgspec.structs.replace(gtt, state=state, **changes)
        return self.store(moved, gtt, along)

    def store(self, gtt: HeldGtt, was: HeldGtt, along: Along | None = None) -> HeldGtt | None:
        """Write a new version, if the stored one is still `was`, and follow it; None when it is another.

        along: what else belongs into the same transaction.
        """
        version = max(epoch_ms(self._clock.now()), was.updated_ms + 1)
        gtt = msgspec.structs.replace(gtt, updated_ms=version)
        with self._store.unit(durable=True) as unit:
            rows = HeldGtts(unit)
            moved = rows.move(gtt, was)
            if moved and along is not None:
                along(unit)
            current = gtt if moved else rows.get(gtt.trigger_id)
        if current is not None:
            self.hold(current)
        if not moved:
            return None
        self._on_change(gtt)
        return gtt

    def round(self) -> None:
        """Expire what is over, and ask again for the outcome of orders under way."""
        now = epoch_ms(self._clock.now())
        for gtt in list(self._held.values()):
            if gtt.state is HeldState.ACTIVE and gtt.expires_ms <= now:
                self.move(gtt, Happening.EXPIRE)
            elif gtt.state is HeldState.FIRING and gtt.trigger_id not in self._waiting:
                self._resume(gtt, now)

    def _resume(self, gtt: HeldGtt, now: int) -> None:
        if gtt.claimed_ms is None or now - gtt.claimed_ms > LONGEST_CLAIM_MS:
            text = "The outcome of its order was never learnt; look for it in the order book"
            self.move(gtt, Happening.LOST, reason=text)
        elif self._app_mode().value == gtt.mode:
            self.send(gtt)

    def _principal(self, gtt: HeldGtt) -> Principal:
        """The owner, about the account that the GTT was placed for, under the limits of the key that set it up."""
        return msgspec.structs.replace(
            self._caller(gtt.user_id), account_id=gtt.account_id, broker=gtt.broker, key_id=gtt.key_id
        )


def may_be_repeated(error: OpenAlgoError) -> bool:
    """Whether the order certainly did not leave and the next tick may try again."""
    return is_passing(error) or isinstance(error, Unavailable) or error.code in RETRIED_CODES


def _place(gtt: HeldGtt) -> Where:
    return gtt.broker, gtt.terms.exchange.value, gtt.terms.symbol


def _order(gtt: HeldGtt) -> Place:
    terms = gtt.terms
    leg = terms.stop if gtt.leg is Leg.STOP else terms.target
    if leg is None:
        raise ValueError(f"{gtt.trigger_id} has no such leg")
    return place_of(terms, leg, gtt.strategy, gtt.order_key)
