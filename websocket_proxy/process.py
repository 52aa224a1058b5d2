"""The streaming process: feed and client side in one loop, or one of them, or a forwarder between machines."""

from __future__ import annotations

import asyncio
from typing import Any

from services.market.calendar import Calendar
from utils.clock import Clock
from websocket_proxy.bus import (
    BusKeys,
    Consumer,
    Context,
    FeedBus,
    Forwarder,
    LocalConsumer,
    Subscriber,
    close_context,
    load_keys,
    open_context,
    refuse_open_address,
    tcp_endpoint,
)
from websocket_proxy.feed.service import FeedService
from websocket_proxy.gate import Brokers, Gate, NoOrderHistory, OrderHistory, Sessions
from websocket_proxy.options import ProxyOptions
from websocket_proxy.proxy.server import ProxyServer
from websocket_proxy.stats import StatsFile


class StreamingProcess:
    """Build and start inside a running loop; `stop` ends every task, socket and thread it started.

    Raises KeysMissing when the bus would be open to other machines without keys, OSError when it cannot bind.
    """

    def __init__(
        self, options: ProxyOptions, gate: Gate, sessions: Sessions, brokers: Brokers, clock: Clock,
        calendar: Calendar | None = None, history: OrderHistory | None = None,
    ) -> None:  # fmt: skip
        """calendar: when ticks are expected; the shipped one when None. history: what order updates resume from."""
        keys = bus_keys(options)
        self._options = options
        self._context = open_context()
        self.feed: FeedService | None = None
        self.server: ProxyServer | None = None
        self.bus_endpoint = self.ingress_endpoint = ""
        self._bus: FeedBus | None = None
        self._consumer: Subscriber | None = None
        self.port = 0
        try:
            if options.role != "proxy":
                self._bus = FeedBus(self._context, *bound(options), clock, keys)
                self.bus_endpoint, self.ingress_endpoint = self._bus.endpoint, self._bus.ingress_endpoint
                self.feed = FeedService(
                    self._bus, sessions, brokers, options.feed, clock, calendar or Calendar()
                )
            if options.role != "feed":
                self._consumer = self._consume(keys)
                self.server = ProxyServer(
                    options, self._consumer, gate, brokers, clock, history or NoOrderHistory()
                )
        except BaseException:
            close_context(self._context)
            raise
        self._stats = stats_of(options, self.figures, clock)

    def _consume(self, keys: BusKeys | None) -> Subscriber:
        if self._bus is not None:
            return LocalConsumer(self._bus)
        options = self._options
        return Consumer(self._context, tcp_endpoint(options.bus_host, options.bus_port), keys)

    async def start(self) -> None:
        """Listen to clients and to the bus. Raises OSError when the port is taken."""
        if self.feed is not None:
            self.feed.start()
        try:
            if self.server is not None:
                self.port = await self.server.start()
        except OSError:
            await self.stop()
            raise
        if self._stats is not None:
            self._stats.start()

    async def stop(self) -> None:
        """End within two seconds."""
        if self._stats is not None:
            await self._stats.stop()
        await asyncio.gather(*(side.stop() for side in (self.server, self.feed) if side is not None))
        for end in (self._consumer, self._bus):
            if end is not None:
                end.close()
        close_context(self._context)

    def figures(self) -> dict[str, Any]:
        """Statistics of what runs here."""
        found: dict[str, Any] = {}
        if self.server is not None:
            found["proxy"] = dict(self.server.figures())
        if self.feed is not None:
            found["feed"] = self.feed.figures()
        if self._bus is not None:
            found["bus"] = self._bus.figures()
        return found


class ForwardingProcess:
    """The forwarder alone: it needs no stores, no plug-ins and no clients. Errors as above."""

    def __init__(self, options: ProxyOptions, clock: Clock) -> None:
        keys = bus_keys(options)
        if options.upstream is None:
            raise ValueError("a forwarder needs ZMQ_UPSTREAM_HOST")
        host, port, ingress = options.upstream
        self._context: Context = open_context()
        try:
            upstream = tcp_endpoint(host, port), tcp_endpoint(host, ingress)
            self._forwarder = Forwarder(self._context, *bound(options), upstream, keys)
        except BaseException:
            close_context(self._context)
            raise
        self.bus_endpoint = self._forwarder.endpoint
        self.ingress_endpoint = self._forwarder.ingress_endpoint
        self._stats = stats_of(options, self.figures, clock)

    async def start(self) -> None:
        """Pass messages on from now on."""
        self._forwarder.start()
        if self._stats is not None:
            self._stats.start()

    async def stop(self) -> None:
        """End."""
        if self._stats is not None:
            await self._stats.stop()
        self._forwarder.close()
        close_context(self._context)

    def figures(self) -> dict[str, Any]:
        """Statistics."""
        return {"forwarder": self._forwarder.figures()}


def bus_keys(options: ProxyOptions) -> BusKeys | None:
    """The keys of the bus. Raises KeysMissing when they are needed and absent, or cannot be read."""
    keys = load_keys(options.key_file) if options.key_file is not None else None
    hosts = (options.bus_host, *((options.upstream[0],) if options.upstream is not None else ()))
    refuse_open_address(hosts, keys)
    return keys


def bound(options: ProxyOptions) -> tuple[str, str]:
    """Where the bus of this process binds: for consumers, and for the app's messages."""
    return (
        tcp_endpoint(options.bus_host, options.bus_port),
        tcp_endpoint(options.bus_host, options.ingress_port),
    )


def stats_of(options: ProxyOptions, figures: Any, clock: Clock) -> StatsFile | None:
    """The statistics file, where one is wanted."""
    if options.stats_file is None:
        return None
    return StatsFile(options.stats_file, options.stats_interval, figures, clock)
