"""One broker account's feed: its runtime, its routes from vendor tokens to topics, its published state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from broker.core.roles import LocalTickSource, Plugin, Session, StreamEvent
from domain.errors import NotSupported, OpenAlgoError, Unavailable
from domain.feed import FeedState, feed_topic, push_topic
from domain.market import Depth, Mode, Quote, Tick
from domain.orders import OrderUpdate
from services.market.calendar import Calendar
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.bus import FeedBus
from websocket_proxy.feed.local import LocalRuntime
from websocket_proxy.feed.placement import Placement
from websocket_proxy.feed.pool import SocketPool
from websocket_proxy.feed.routes import market_data
from websocket_proxy.feed.runtime import RouteKey, Runtime, State
from websocket_proxy.feed.watch.guard import FeedGuard
from websocket_proxy.feed.watch.hours import MarketHours
from websocket_proxy.gate import Brokers, Sessions
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)


class AccountFeed:
    """Supervises one account. `placement` takes the demand; ticks go out under the modes that were asked for."""

    def __init__(
        self,
        account_id: int,
        plugin: Plugin,
        ticks: LocalTickSource | None,
        *,
        brokers: Brokers,
        sessions: Sessions,
        bus: FeedBus,
        options: FeedOptions,
        calendar: Calendar,
        clock: Clock,
        on_stranded: Callable[[], None],
    ) -> None:
        self.account_id = account_id
        self.broker = plugin.manifest.id
        self.state = State.STOPPED
        self.reason = ""
        self.wants_orders = False
        self._sessions = sessions
        self._bus = bus
        self._clock = clock
        self._on_stranded = on_stranded
        self._beat_seconds = options.beat_seconds
        self._beating: asyncio.Task[None] | None = None
        self.since_ms = epoch_ms(clock.now())
        self.ticks = 0
        self.unrouted = 0
        self.polled = 0
        self._guard: FeedGuard | None = None
        self._told_alarm = ""
        self._runtime = self._build_runtime(plugin, ticks, options, calendar)
        self.placement = Placement(self.broker, self._runtime, brokers, bus, clock)

    def start(self) -> None:
        """Begin inside a running loop."""
        self._runtime.start()
        self._beating = asyncio.create_task(self._beat(), name=f"feed-beat-{self.account_id}")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            try:
                self._runtime.beat()
            except Exception:  # whatever goes wrong once, the clock is looked at again
                log.exception("A beat of a feed failed", account=self.account_id)

    async def stop(self) -> None:
        """End the runtime and publish that."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await self._runtime.stop()

    @property
    def is_stranded(self) -> bool:
        """It waits for a login."""
        return self.state in (State.NO_SESSION, State.ROLLOVER)

    @property
    def is_idle(self) -> bool:
        """Nobody wants anything of this account."""
        return not self.placement and not self.wants_orders

    def session_changed(self) -> None:
        """Ask for the session again."""
        self._runtime.session_changed()

    def figures(self) -> dict[str, object]:
        """State and counters for the statistics."""
        return {
            "broker": self.broker,
            "state": str(self.state),
            "reason": self.reason,
            "since_ms": self.since_ms,
            "ticks": self.ticks,
            "polled": self.polled,
            "unrouted": self.unrouted,
            "refused": self.placement.refused,
            **self._runtime.figures(),
        }

    def _build_runtime(
        self, plugin: Plugin, ticks: LocalTickSource | None, options: FeedOptions, calendar: Calendar
    ) -> Runtime:
        terms = plugin.manifest.stream
        if terms is not None and ticks is not None:
            return LocalRuntime(
                ticks, terms, session=self._session, on_events=self._on_events,
                on_state=self._on_state, clock=self._clock, options=options,
            )  # fmt: skip
        if terms is not None and plugin.stream is not None:
            self._guard = FeedGuard(
                plugin, MarketHours(calendar, plugin.manifest, self._clock), self._session, options.watch,
                self._clock, on_quote=self._on_quote, wants_book=self._wants_book, on_signed_out=self.session_changed,
            )  # fmt: skip
            return SocketPool(
                f"{self.broker}/{self.account_id}", plugin.stream, terms, options, session=self._session,
                clock=self._clock, guard=self._guard, on_events=self._on_events, on_state=self._on_state,
            )  # fmt: skip
        raise NotSupported(f"{self.broker} has no market-data stream")

    async def _session(self) -> Session:
        try:
            return await asyncio.to_thread(self._sessions.session, self.account_id)
        except OpenAlgoError:
            raise
        except Exception:  # a store that cannot be read now must not end the feed for good
            log.exception("A broker session could not be read", account=self.account_id)
            raise Unavailable("The broker session cannot be read") from None

    def _on_state(self, state: State, reason: str) -> None:
        alarm = self._guard.alarm if self._guard is not None else ""
        if (state, reason, alarm) == (self.state, self.reason, self._told_alarm):
            return
        now_ms = epoch_ms(self._clock.now())
        if state is not self.state:
            self.since_ms = now_ms
        self.state, self.reason, self._told_alarm = state, reason, alarm
        log.info("Feed state", broker=self.broker, account=self.account_id, state=str(state), reason=reason)
        body = FeedState(
            account_id=self.account_id, broker=self.broker, state=str(state), reason=reason, at_ms=now_ms,
            since_ms=self.since_ms, alarm=alarm,
        )  # fmt: skip
        self._bus.publish(feed_topic(self.account_id), body)
        if self.is_stranded:
            self._on_stranded()

    def _on_events(self, events: Sequence[StreamEvent]) -> None:
        now, received = self._clock.monotonic(), epoch_ms(self._clock.now())
        for event in events:
            if isinstance(event, Tick):
                self._on_tick(event, now, received)
            elif isinstance(event, OrderUpdate) and self.wants_orders:
                self._bus.pass_on(push_topic(self.account_id), event)

    def _on_tick(self, tick: Tick, now: float, received: int) -> None:
        route = self.placement.routes.get((tick.broker_exchange, tick.token))
        if route is None or tick.quote.ltp != tick.quote.ltp:
            self.unrouted += 1
            return
        self.ticks += 1
        if self._guard is not None:
            self._guard.heard(tick, now)
        for mode, topic in route.topics:
            if mode <= tick.mode or route.index:  # an index has no book: its depth is what the quote says
                self._bus.publish(topic, market_data(route.instrument, mode, tick, received))

    def _wants_book(self, key: RouteKey) -> bool:
        route = self.placement.routes.get(key)
        return route is not None and route.richest is Mode.DEPTH and not route.index

    def _on_quote(self, key: RouteKey, quote: Quote, book: Depth | None) -> None:
        """A quote stands in for a tick, in the modes that it can serve: without a book none is made up."""
        route = self.placement.routes.get(key)
        if route is None:
            return
        self.polled += 1
        received = epoch_ms(self._clock.now())
        bids, asks, best = (book.bids, book.asks, Mode.DEPTH) if book is not None else ((), (), Mode.QUOTE)
        tick = Tick(broker_exchange=key[0], token=key[1], mode=best, quote=quote, bids=bids, asks=asks)
        for mode, topic in route.topics:
            if mode <= tick.mode or route.index:
                self._bus.publish(topic, market_data(route.instrument, mode, tick, received, polled=True))
