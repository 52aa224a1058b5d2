"""Where order changes come from: the plug-in's own stream, pushes over the bus, and reading the book behind both.

A broker declared `poll` is read every poll interval. The others are read six times slower while anything is working,
because a push can be lost, and every interval while an outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from broker.core.roles import OrderStream, Plugin
from domain.errors import OpenAlgoError
from domain.orders import OrderUpdate
from services.events import SessionChanged
from services.trading.desk import BrokerPlugins, BrokerSessions
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates.merging import OrderUpdates, Owner
from services.trading.writes import Account
from utils.clock import Clock
from utils.concurrency import Event, Lock, start_thread
from utils.logging import get_logger

TICK_SECONDS = 1.0
SLOWER = 6.0
log = get_logger(__name__)


class _Watch(msgspec.Struct):
    """One connected account: its listener, when it was last read, and whether a read is under way."""

    account: Account
    pushes: bool
    stop: Callable[[], None] | None = None
    read_at: float | None = None
    wanted: bool = True
    busy: bool = False


class OrderSources:
    """Listens, polls and reconciles for every account with a valid session."""

    def __init__(
        self, *, brokers: BrokerPlugins, sessions: BrokerSessions, connected: Callable[[], list[Owner]],
        updates: OrderUpdates, reconciler: Reconciler, clock: Clock, poll_seconds: float, enabled: bool,
        follow: Callable[[Collection[int]], None],
    ) -> None:  # fmt: skip
        self._brokers = brokers
        self._sessions = sessions
        self._connected = connected
        self._updates = updates
        self._reconciler = reconciler
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._enabled = enabled
        self._follow_pushes = follow
        self._lock = Lock()
        self._watches: dict[int, _Watch] = {}
        self._renewed: set[int] = set()
        self._wake = Event()
        self._closed = Event()

    def start(self) -> None:
        """Begin watching."""
        start_thread(self._run, "order-sources")

    def close(self) -> None:
        """Stop listening and reading."""
        self._closed.set()
        self._wake.set()
        with self._lock:
            watches, self._watches = list(self._watches.values()), {}
        for watch in watches:
            if watch.stop is not None:
                watch.stop()

    def session_changed(self, event: SessionChanged) -> None:
        """A session began or ended: the listener of the old one is replaced."""
        with self._lock:
            self._renewed.add(event.account_id)
        self._wake.set()

    def pushed(self, account_id: int, update: OrderUpdate) -> None:
        """A change that arrived over the bus."""
        with self._lock:
            watch = self._watches.get(account_id)
        if watch is not None:
            self._updates.receive(watch.account, update)

    def touched(self, account: Account) -> None:
        """Something was changed at the broker: brokers that do not push are read soon."""
        with self._lock:
            watch = self._watches.get(account.account_id)
            if watch is None or watch.pushes:
                return
            watch.wanted = True
        self._wake.set()

    def round(self) -> None:
        """One round: follow the connected accounts, and read the books that are due."""
        self._follow()
        for watch in self._due():
            start_thread(lambda watch=watch: self._read(watch), f"order-book-{watch.account.account_id}")  # type: ignore[misc]

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self.round()
            except Exception:
                log.exception("a round over the order sources failed")
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _follow(self) -> None:
        owners = {owner.account_id: owner for owner in self._connected()}
        with self._lock:
            renewed, self._renewed = self._renewed, set()
            gone = [key for key in self._watches if key not in owners or key in renewed]
            ended = [self._watches.pop(key) for key in gone]
            new = [owner for key, owner in owners.items() if key not in self._watches]
        for watch in ended:
            if watch.stop is not None:
                watch.stop()
        for owner in new:
            self._watch(owner)
        if new or ended:
            self._follow_pushes(list(owners))

    def _watch(self, owner: Owner) -> None:
        account = Account(account_id=owner.account_id, broker=owner.broker)
        try:
            plugin = self._brokers.plugin(owner.broker)
            watch = _Watch(account=account, pushes=self._pushes(plugin))
            if self._enabled and plugin.order_stream is not None:
                watch.stop = self._listen(plugin.order_stream, account)
        except OpenAlgoError as error:
            log.warning(
                "order updates of an account cannot be watched",
                account=owner.account_id,
                reason=error.message,
            )
            return
        except Exception:  # a plug-in's bug must not leave the other accounts unwatched
            log.exception("order updates of an account cannot be watched", account=owner.account_id)
            return
        with self._lock:
            self._watches[owner.account_id] = watch

    def _listen(self, stream: OrderStream, account: Account) -> Callable[[], None]:
        session = self._sessions.session(account.account_id)
        return stream.listen(session, lambda update: self._updates.receive(account, update))

    def _pushes(self, plugin: Plugin) -> bool:
        stream = plugin.manifest.stream
        declared = stream is not None and stream.order_updates != "poll"
        return self._enabled and (declared or plugin.order_stream is not None)

    def _due(self) -> list[_Watch]:
        now = self._clock.monotonic()
        unknown = {account.account_id for account in self._reconciler.accounts()}
        with self._lock:
            due = [
                watch
                for key, watch in self._watches.items()
                if not watch.busy and self._is_due(watch, now, key in unknown)
            ]
            for watch in due:
                watch.busy = True
        return due

    def _is_due(self, watch: _Watch, now: float, unknown: bool) -> bool:
        if watch.read_at is None or watch.wanted:
            return True
        waited = now - watch.read_at
        if unknown or (self._enabled and not watch.pushes):
            return waited >= self._poll_seconds
        return waited >= self._poll_seconds * SLOWER and self._updates.has_working(watch.account.account_id)

    def _read(self, watch: _Watch) -> None:
        watch.wanted = False
        try:
            self._reconciler.look(watch.account)
        except OpenAlgoError as error:
            log.info("an order book cannot be read", account=watch.account.account_id, reason=error.message)
        finally:
            watch.read_at = self._clock.monotonic()
            watch.busy = False
