"""The streaming process: feed and client side in one loop, talking through the bus so that they can be split."""

from __future__ import annotations

import asyncio
from typing import Any

from services.market.calendar import Calendar
from utils.clock import Clock
from websocket_proxy.bus import Consumer, FeedBus, close_context, open_context, tcp_endpoint
from websocket_proxy.feed.service import FeedService
from websocket_proxy.gate import Brokers, Gate, Sessions
from websocket_proxy.options import ProxyOptions
from websocket_proxy.proxy.server import ProxyServer
from websocket_proxy.stats import StatsFile

_INSIDE = "inproc://openalgo-bus"


class StreamingProcess:
    """Build and start inside a running loop; `stop` ends every task, socket and thread it started."""

    def __init__(
        self, options: ProxyOptions, gate: Gate, sessions: Sessions, brokers: Brokers, clock: Clock,
        calendar: Calendar | None = None,
    ) -> None:  # fmt: skip
        """calendar: when ticks are expected; the shipped one when None."""
        self._context = open_context()
        try:
            self._bus = FeedBus(
                self._context,
                (_INSIDE, tcp_endpoint(options.bus_host, options.bus_port)),
                tcp_endpoint(options.bus_host, options.ingress_port),
            )
        except BaseException:
            close_context(self._context)
            raise
        self.bus_endpoint = self._bus.endpoints[1]
        self.ingress_endpoint = self._bus.ingress_endpoint
        self._consumer = Consumer(self._context, _INSIDE)
        self.feed = FeedService(self._bus, sessions, brokers, options.feed, clock, calendar or Calendar())
        self.server = ProxyServer(options, self._consumer, gate, brokers, clock)
        self._stats = (
            StatsFile(options.stats_file, options.stats_interval, self.figures, clock)
            if options.stats_file
            else None
        )
        self.port = 0

    async def start(self) -> None:
        """Listen to clients and to the bus. Raises OSError when the port is taken."""
        self.feed.start()
        try:
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
        await asyncio.gather(self.server.stop(), self.feed.stop())
        self._consumer.close()
        self._bus.close()
        close_context(self._context)

    def figures(self) -> dict[str, Any]:
        """Statistics of both sides."""
        return {"proxy": dict(self.server.figures()), "feed": self.feed.figures()}
