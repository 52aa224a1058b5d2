"""One broker account's feed: its runtime, its routes from vendor tokens to topics, its published state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from broker.core.roles import LocalTickSource, Plugin, Session, StreamEvent
from domain.errors import NotSupported, OpenAlgoError, Unavailable
from domain.feed import (
    FeedRefusal,
    FeedState,
    feed_topic,
    push_topic,
    refusal_topic,
)
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Mode, Tick
from domain.orders import OrderUpdate
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.bus import FeedBus
from websocket_proxy.feed.local import LocalRuntime
from websocket_proxy.feed.pool import SocketPool
from websocket_proxy.feed.routes import Route, market_data
from websocket_proxy.feed.runtime import RouteKey, Runtime, State, route_key
from websocket_proxy.gate import Brokers, Sessions
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)

MarketKey = tuple[str, str]
"""(exchange, symbol)"""


class AccountFeed:
    """Supervises one account. Demand comes as modes per (exchange, symbol); ticks go out under those modes."""

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
        clock: Clock,
        on_stranded: Callable[[], None],
    ) -> None:
        self.account_id = account_id
        self.broker = plugin.manifest.id
        self.state = State.STOPPED
        self.reason = ""
        self.wants_orders = False
        self._brokers = brokers
        self._sessions = sessions
        self._bus = bus
        self._clock = clock
        self._on_stranded = on_stranded
        self._wants: dict[MarketKey, tuple[int, ...]] = {}
        self._held: dict[MarketKey, Route] = {}
        self._routes: dict[RouteKey, Route] = {}
        self._refused: set[MarketKey] = set()
        self._turn = asyncio.Lock()
        self.ticks = 0
        self.unrouted = 0
        self._runtime = self._build_runtime(plugin, ticks, options)

    def start(self) -> None:
        """Begin inside a running loop."""
        self._runtime.start()

    async def stop(self) -> None:
        """End the runtime and publish that."""
        await self._runtime.stop()

    @property
    def is_idle(self) -> bool:
        """Nobody wants anything of this account."""
        return not self._wants and not self.wants_orders

    async def want(self, changes: Mapping[MarketKey, tuple[int, ...]]) -> None:
        """Apply changed demand; empty modes end an instrument. Contract look-ups run off the loop."""
        async with self._turn:
            for key, modes in changes.items():
                if modes:
                    self._wants[key] = modes
                else:
                    self._wants.pop(key, None)
                    self._refused.discard(key)
            self._release([key for key, modes in changes.items() if not modes])
            wanted = [key for key, modes in changes.items() if modes]
            await self._place(wanted)
            if self._refused and len(wanted) < len(changes):  # somebody left: there may be room now
                await self._place(sorted(self._refused))

    async def want_nothing(self) -> None:
        """Another account serves from now on."""
        await self.want(dict.fromkeys(self._wants, ()))

    async def resolve_again(self) -> None:
        """A new contract master: tokens may have moved."""
        async with self._turn:
            found = await self._look_up(self._wants)
            moved = [
                key for key, route in self._held.items()
                if found.get(key) is None or route_key(found[key]) != route_key(route.instrument)
            ]  # fmt: skip
            self._release(moved)
            await self._place([key for key in self._wants if key not in self._held])

    def session_changed(self) -> None:
        """Ask for the session again."""
        self._runtime.session_changed()

    def figures(self) -> dict[str, object]:
        """State and counters for the statistics."""
        return {
            "broker": self.broker,
            "state": str(self.state),
            "reason": self.reason,
            "ticks": self.ticks,
            "unrouted": self.unrouted,
            "refused": len(self._refused),
            **self._runtime.figures(),
        }

    def _build_runtime(self, plugin: Plugin, ticks: LocalTickSource | None, options: FeedOptions) -> Runtime:
        terms = plugin.manifest.stream
        if terms is not None and ticks is not None:
            return LocalRuntime(
                ticks, terms, session=self._session, on_event=self._on_event,
                on_state=self._on_state, clock=self._clock, options=options,
            )  # fmt: skip
        if terms is not None and plugin.stream is not None:
            return SocketPool(
                f"{self.broker}/{self.account_id}", plugin.stream, terms, options,
                session=self._session, on_event=self._on_event, on_state=self._on_state,
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

    async def _look_up(self, keys: Iterable[MarketKey]) -> dict[MarketKey, Instrument]:
        wanted = [
            InstrumentKey(Exchange(exchange), symbol) for exchange, symbol in keys if exchange in _EXCHANGES
        ]
        if not wanted:
            return {}
        found = await asyncio.to_thread(self._brokers.find, self.broker, wanted)
        return {(str(key.exchange), key.symbol): instrument for key, instrument in found.items()}

    def _release(self, keys: list[MarketKey]) -> None:
        gone = [self._held.pop(key) for key in keys if key in self._held]
        for route in gone:
            self._routes.pop(route_key(route.instrument), None)
        self._runtime.drop([route.instrument for route in gone])

    async def _place(self, keys: list[MarketKey]) -> None:
        new = [key for key in keys if key not in self._held]
        found = await self._look_up(new)
        wants: list[tuple[Instrument, Mode]] = []
        for key in keys:
            held = self._held.get(key)
            instrument = held.instrument if held else found.get(key)
            if instrument is None:
                self._refuse(key, "unknown to the broker's contract master")
                continue
            route = Route(self.broker, instrument, self._wants[key])
            self._held[key] = self._routes[route_key(instrument)] = route
            if held is None or held.richest is not route.richest:
                wants.append((instrument, route.richest))
        for instrument in self._runtime.want(wants):
            key = (str(instrument.exchange), instrument.symbol)
            del self._held[key]
            del self._routes[route_key(instrument)]
            self._refuse(key, f"the feed is full ({self._runtime.capacity} instruments)")
        self._refused.difference_update(self._held)

    def _refuse(self, key: MarketKey, reason: str) -> None:
        if key in self._refused:
            return
        self._refused.add(key)
        log.warning(
            "An instrument is not served", broker=self.broker, exchange=key[0], symbol=key[1], reason=reason
        )
        body = FeedRefusal(
            broker=self.broker,
            exchange=key[0],
            symbol=key[1],
            reason=reason,
            at_ms=epoch_ms(self._clock.now()),
        )
        self._bus.pass_on(refusal_topic(self.broker), body)

    def _on_state(self, state: State, reason: str) -> None:
        if (state, reason) == (self.state, self.reason):
            return
        self.state, self.reason = state, reason
        log.info("Feed state", broker=self.broker, account=self.account_id, state=str(state), reason=reason)
        body = FeedState(
            account_id=self.account_id, broker=self.broker, state=str(state), reason=reason,
            at_ms=epoch_ms(self._clock.now()),
        )  # fmt: skip
        self._bus.publish(feed_topic(self.account_id), body)
        if state is State.NO_SESSION:
            self._on_stranded()

    def _on_event(self, event: StreamEvent) -> None:
        if isinstance(event, Tick):
            self._on_tick(event)
        elif isinstance(event, OrderUpdate) and self.wants_orders:
            self._bus.pass_on(push_topic(self.account_id), event)

    def _on_tick(self, tick: Tick) -> None:
        route = self._routes.get((tick.broker_exchange, tick.token))
        if route is None or tick.quote.ltp != tick.quote.ltp:
            self.unrouted += 1
            return
        self.ticks += 1
        received = epoch_ms(self._clock.now())
        for mode, topic in route.topics:
            if mode <= tick.mode or route.index:  # an index has no book: its depth is what the quote says
                self._bus.publish(topic, market_data(route.instrument, mode, tick, received))


_EXCHANGES = frozenset(Exchange)
