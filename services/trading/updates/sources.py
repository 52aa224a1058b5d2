"""Where order changes come from: the plug-in's own stream, pushes over the bus, and reading the book behind both.

How often is services.trading.updates.rhythm's business. An account is read at once when its session begins, when the
stream of its pushes comes back, and, while an outcome is unknown, when its broker answers again after failures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from broker.core.roles import OrderStream, Plugin
from domain.errors import OpenAlgoError, Throttled
from domain.feed import FeedState
from domain.orders import OrderUpdate
from services.events import SessionChanged
from services.trading.desk import BrokerPlugins, BrokerSessions
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.postbacks import Postbacks
from services.trading.updates.rhythm import FAST_SECONDS, Facts, Watch, is_due
from services.trading.updates.stream import Owner
from services.trading.writes import Account
from utils.clock import Clock
from utils.concurrency import Event, Lock, start_thread
from utils.logging import get_logger

TICK_SECONDS = 1.0
LONGEST_HOLD = 60.0
log = get_logger(__name__)


class OrderSources:
    """Listens, polls and reconciles for every account with a valid session."""

    def __init__(
        self, *, brokers: BrokerPlugins, sessions: BrokerSessions, connected: Callable[[], list[Owner]],
        updates: OrderUpdates, reconciler: Reconciler, clock: Clock, poll_seconds: float, enabled: bool,
        follow: Callable[[Collection[int]], None], is_open: Callable[[str], bool] = lambda _broker: True,
        spawn: Callable[[Callable[[], None], str], object] = start_thread,
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
        self._is_open = is_open
        self.postbacks = Postbacks(brokers, sessions, connected, self.hinted)
        self._spawn = spawn
        self._lock = Lock()
        self._watches: dict[int, Watch] = {}
        self._renewed: set[int] = set()
        self._streaming: dict[tuple[int, bool], bool] = {}
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

    def hinted(self, account_id: int) -> bool:
        """Somebody says that an order changed: a read confirms it, whatever else is pushed. False: not watched."""
        with self._lock:
            watch = self._watches.get(account_id)
            if watch is not None:
                watch.wanted = True
        self._wake.set()
        return watch is not None

    def touched(self, account: Account) -> None:
        """We changed something at the broker: one that does not push is read at once, in a burst at its usual pace."""
        with self._lock:
            watch = self._watches.get(account.account_id)
            is_due = watch is not None and watch.touch(self._clock.monotonic())
        if is_due:
            self._wake.set()

    def returned(self, broker: str) -> None:
        """The broker answers again: nobody backs off any more, and unknown outcomes are looked for at once."""
        unknown = self._reconciler.youngest()
        with self._lock:
            for key, watch in self._watches.items():
                if watch.account.broker == broker:
                    watch.failures = 0
                    watch.wanted = watch.wanted or key in unknown
        self._wake.set()

    def stream_changed(self, state: FeedState, *, own: bool = False) -> None:
        """A stream of an account changed state; what was not pushed while it was away is read once it is back.

        own: the one of order updates only, else the one of its market data.
        """
        is_live = state.state == "live"
        with self._lock:
            was_live = self._streaming.get((state.account_id, own))
            self._streaming[state.account_id, own] = is_live
            watch = self._watches.get(state.account_id)
            if watch is not None and watch.own_socket is own:
                watch.is_streaming = is_live
                watch.wanted = watch.wanted or (watch.feed and is_live and not was_live)
        self._wake.set()

    def streams_lost(self) -> None:
        """The process that holds the streams is away; when it is back, each of them says so."""
        with self._lock:
            self._streaming = dict.fromkeys(self._streaming, False)
            for watch in self._watches.values():
                watch.is_streaming = False

    def round(self) -> None:
        """One round: follow the connected accounts, and read the books that are due."""
        self._follow()
        for watch in self._due():
            self._spawn(lambda watch=watch: self._read(watch), f"order-book-{watch.account.account_id}")  # type: ignore[misc]

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
            self._streaming = {key: value for key, value in self._streaming.items() if key[0] in owners}
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
            watch = _watch_of(account, plugin, self._enabled, self._poll_seconds)
            if watch.listens and plugin.order_stream is not None:
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
            watch.is_streaming = self._streaming.get((owner.account_id, watch.own_socket))
            self._watches[owner.account_id] = watch

    def _listen(self, stream: OrderStream, account: Account) -> Callable[[], None]:
        session = self._sessions.session(account.account_id)
        return stream.listen(session, lambda update: self._updates.receive(account, update))

    def _due(self) -> list[Watch]:
        now = self._clock.monotonic()
        unknown = self._reconciler.youngest()
        with self._lock:
            due = [
                watch for key, watch in self._watches.items() if self._is_due(watch, now, unknown.get(key))
            ]
            for watch in due:
                watch.reads += 1
                watch.asked_at = now
                watch.wanted = watch.touched = False
        return due

    def _is_due(self, watch: Watch, now: float, unknown_ms: int | None) -> bool:
        account = watch.account
        facts = Facts(
            poll_seconds=self._poll_seconds, unknown_ms=unknown_ms, polls=self._enabled,
            works=lambda: self._updates.has_working(account.account_id), is_open=lambda: self._is_open(account.broker),
        )  # fmt: skip
        return is_due(watch, now, facts)

    def _read(self, watch: Watch) -> None:
        failed = True
        try:
            self._reconciler.look(watch.account)
            failed = False
        except OpenAlgoError as error:
            if isinstance(error, Throttled):
                watch.not_before = self._clock.monotonic() + min(error.retry_after, LONGEST_HOLD)
            if not watch.failures:
                log.info(
                    "an order book cannot be read", account=watch.account.account_id, reason=error.message
                )
        except Exception:  # a plug-in's bug must not leave the account unread for ever
            log.exception("an order book cannot be read", account=watch.account.account_id)
        finally:
            with self._lock:
                watch.reads -= 1
                watch.failures = watch.failures + 1 if failed else 0


def _watch_of(account: Account, plugin: Plugin, enabled: bool, poll_seconds: float) -> Watch:
    """What the manifest says of an account; what nobody listens to counts as not pushed."""
    stream = plugin.manifest.stream
    way = stream.order_updates if stream is not None and enabled else "poll"
    return Watch(
        account=account, feed=way in ("market_socket", "own_socket"), own_socket=way == "own_socket",
        listens=enabled and plugin.order_stream is not None,
        fast_seconds=max(min(FAST_SECONDS, poll_seconds), plugin.manifest.poll_seconds),
    )  # fmt: skip
