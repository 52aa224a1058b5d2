"""The feed side of the process: demand in, account feeds supervised, the right account chosen per broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from broker.core.roles import LocalTickSource, Plugin
from domain.errors import OpenAlgoError
from domain.feed import parse_market_topic
from services.market.calendar import Calendar
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.bus import FeedBus
from websocket_proxy.feed.choice import AccountChoice
from websocket_proxy.feed.demand import Demand, Pending
from websocket_proxy.feed.sockets.orders import OrderSockets
from websocket_proxy.feed.supervisor import AccountFeed
from websocket_proxy.gate import Brokers, Sessions
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)


class FeedService:
    """One account per broker serves market data; every account whose order pushes are wanted has a feed.

    All changes go through one task, so no two of them interleave.
    """

    def __init__(
        self, bus: FeedBus, sessions: Sessions, brokers: Brokers, options: FeedOptions, clock: Clock,
        calendar: Calendar,
    ) -> None:  # fmt: skip
        self._bus = bus
        self._sessions = sessions
        self._brokers = brokers
        self._options = options
        self._clock = clock
        self._calendar = calendar
        self._demand = Demand()
        self._feeds: dict[int, AccountFeed] = {}
        self._serving: dict[str, int] = {}
        self._pending = Pending()
        self._sessions_changed: set[int] = set()
        self._contracts_changed: set[str] = set()
        self._work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._idle_since: dict[int, float] = {}
        self._choice = AccountChoice(sessions)
        self._order_sockets = OrderSockets(sessions, brokers, bus, options, clock)

    def start(self) -> None:
        """Begin inside a running loop."""
        self._bus.start(self._on_demand, self._on_ingress)
        self._task = asyncio.create_task(self._run(), name="feed-service")

    async def stop(self) -> None:
        """Stop every feed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(self._order_sockets.stop(), *(feed.stop() for feed in self._feeds.values()))
        self._feeds.clear()

    def figures(self) -> dict[str, object]:
        """Counters for the statistics."""
        return {
            "instruments_wanted": len(self._demand),
            "published": self._bus.published,
            "dropped": self._bus.dropped,
            "rejected": self._bus.rejected,
            "accounts": {str(account_id): feed.figures() for account_id, feed in self._feeds.items()},
        }

    def _on_demand(self, topic: bytes, added: bool) -> None:
        change = self._demand.count(topic, added)
        if change is not None:
            self._pending.note(change)
            self._work.set()
        elif added and topic.startswith(b"md|"):
            self._remind(topic)

    def _remind(self, topic: bytes) -> None:
        """One more consumer of an instrument that is wanted already."""
        with contextlib.suppress(ValueError):
            broker, exchange, symbol, _ = parse_market_topic(topic)
            if (feed := self._feeds.get(self._serving.get(broker, -1))) is not None:
                feed.placement.remind((exchange, symbol))

    def _on_ingress(self, topic: bytes, frame: bytes) -> None:
        kind, _, name = topic[:-1].decode(errors="replace").partition("|")[2].partition("|")
        if topic.startswith(b"sys|session|") and name.isdigit():
            self._sessions_changed.add(int(name))
            self._work.set()
        elif kind == "contracts":
            self._contracts_changed.add(name)
            self._work.set()

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._work.wait()
            self._work.clear()
            await self._guarded(self._apply_sessions)
            await self._guarded(self._apply_contracts)
            await self._guarded(self._apply_orders)
            await self._guarded(self._apply_markets)
            await self._guarded(self._end_idle)

    def _patience(self) -> float | None:
        waits = [self._options.idle_seconds] if self._idle_since else []
        if any(self._is_stranded(broker) for broker in self._demand.brokers()):
            waits.append(self._options.backoff.session_check)
        return min(waits, default=None)

    def _is_stranded(self, broker: str) -> bool:
        account_id = self._serving.get(broker)
        return account_id is None or self._feeds[account_id].is_stranded

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except Exception:  # one broker's fault must not stop the feeds of the others
            log.exception("A feed step failed")

    async def _apply_sessions(self) -> None:
        changed, self._sessions_changed = self._sessions_changed, set()
        for account_id in changed:
            self._sessions.forget(account_id)
            self._choice.session_changed(account_id)
            self._order_sockets.session_changed(account_id)
            if account_id in self._feeds:
                self._feeds[account_id].session_changed()
        for broker in self._demand.brokers():
            if changed or self._is_stranded(broker):
                await self._choose(broker)

    async def _apply_contracts(self) -> None:
        changed, self._contracts_changed = self._contracts_changed, set()
        for broker in changed:
            self._brokers.forget_instruments(broker)
        for feed in list(self._feeds.values()):
            if feed.broker in changed:
                await feed.placement.resolve_again()

    async def _apply_orders(self) -> None:
        for account_id, wanted in self._pending.take_orders().items():
            feed = self._feeds.get(account_id)
            if feed is not None:
                feed.wants_orders = wanted
            broker = await asyncio.to_thread(self._sessions.broker_of, account_id) if wanted else None
            is_shared = await self._order_sockets.follow(account_id, broker)
            if feed is None and broker and is_shared:
                await self._open(account_id, broker)

    async def _apply_markets(self) -> None:
        for broker, wants in self._pending.take_markets().items():
            if broker not in self._serving:
                await self._choose(broker)
            elif (feed := self._feeds.get(self._serving[broker])) is not None:
                await feed.placement.want(wants)

    async def _choose(self, broker: str) -> None:
        """Let the best account of a broker serve its market data, moving the whole demand when it changes.

        An account that serves is left for another only when it waits for a login and the other has one.
        """
        accounts = await asyncio.to_thread(self._sessions.accounts, broker)
        if not accounts:
            return
        current = self._serving.get(broker)
        serving = self._feeds.get(current) if current is not None and current in accounts else None
        if serving is not None and not serving.is_stranded:
            return
        best = await asyncio.to_thread(self._choice.best, accounts, current if serving is not None else None)
        if best is None or best == current:
            return
        feed = self._feeds.get(best) or await self._open(best, broker)
        if feed is None:
            return
        serving = self._feeds.get(current) if current is not None else None
        self._serving[broker] = best
        self._pending.forget(broker)
        demand = self._demand.of_broker(broker)
        await feed.placement.want(demand)
        if serving is not None:
            await serving.placement.want_nothing()

    async def _open(self, account_id: int, broker: str) -> AccountFeed | None:
        def build() -> tuple[Plugin, LocalTickSource | None]:
            plugin = self._brokers.plugin(broker)
            return plugin, plugin.local_ticks() if plugin.local_ticks is not None else None

        try:
            plugin, ticks = await asyncio.to_thread(build)  # a plug-in may read a lot when it is first built
            feed = AccountFeed(
                account_id, plugin, ticks, brokers=self._brokers, sessions=self._sessions, bus=self._bus,
                options=self._options, calendar=self._calendar, clock=self._clock, on_stranded=self._work.set,
            )  # fmt: skip
        except OpenAlgoError as error:
            log.error("A feed cannot start", broker=broker, account=account_id, reason=error.message)
            return None
        feed.wants_orders = account_id in self._demand.accounts()
        self._feeds[account_id] = feed
        feed.start()
        return feed

    async def _end_idle(self) -> None:
        """Disconnect accounts of which nothing has been wanted for a while."""
        now = asyncio.get_running_loop().time()
        idle = {account_id for account_id, feed in self._feeds.items() if feed.is_idle}
        self._idle_since = {account_id: self._idle_since.get(account_id, now) for account_id in idle}
        for account_id, since in list(self._idle_since.items()):
            if now - since >= self._options.idle_seconds:
                feed = self._feeds.pop(account_id)
                del self._idle_since[account_id]
                if self._serving.get(feed.broker) == account_id:
                    del self._serving[feed.broker]
                await feed.stop()
