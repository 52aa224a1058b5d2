"""What consumers want of an account, turned into instruments placed at its runtime and routes back to topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from domain.feed import FeedRefusal, refusal_topic
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Mode
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.bus import FeedBus
from websocket_proxy.feed.routes import Route
from websocket_proxy.feed.runtime import RouteKey, Runtime, route_key
from websocket_proxy.gate import Brokers

log = get_logger(__name__)

MarketKey = tuple[str, str]
"""(exchange, symbol)"""

_EXCHANGES = frozenset(Exchange)


class Placement:
    """Modes per (exchange, symbol) in, routes by vendor identity out. What cannot be served is refused aloud."""

    def __init__(self, broker: str, runtime: Runtime, brokers: Brokers, bus: FeedBus, clock: Clock) -> None:
        self._broker = broker
        self._runtime = runtime
        self._brokers = brokers
        self._bus = bus
        self._clock = clock
        self._wants: dict[MarketKey, tuple[int, ...]] = {}
        self._held: dict[MarketKey, Route] = {}
        self._refused: dict[MarketKey, str] = {}
        self._turn = asyncio.Lock()
        self.routes: dict[RouteKey, Route] = {}

    def __len__(self) -> int:
        return len(self._wants)

    @property
    def refused(self) -> int:
        """How many instruments are wanted and not served."""
        return len(self._refused)

    async def want(self, changes: Mapping[MarketKey, tuple[int, ...]]) -> None:
        """Apply changed demand; empty modes end an instrument. Contract look-ups run off the loop."""
        async with self._turn:
            for key, modes in changes.items():
                if modes:
                    self._wants[key] = modes
                else:
                    self._wants.pop(key, None)
                    self._admit(key)
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

    async def _look_up(self, keys: Iterable[MarketKey]) -> dict[MarketKey, Instrument]:
        wanted = [
            InstrumentKey(Exchange(exchange), symbol) for exchange, symbol in keys if exchange in _EXCHANGES
        ]
        if not wanted:
            return {}
        found = await asyncio.to_thread(self._brokers.find, self._broker, wanted)
        return {(str(key.exchange), key.symbol): instrument for key, instrument in found.items()}

    def _release(self, keys: list[MarketKey]) -> None:
        gone = [self._held.pop(key) for key in keys if key in self._held]
        for route in gone:
            self.routes.pop(route_key(route.instrument), None)
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
            route = Route(self._broker, instrument, self._wants[key])
            self._held[key] = self.routes[route_key(instrument)] = route
            if held is None or held.richest is not route.richest:
                wants.append((instrument, route.richest))
        for instrument in self._runtime.want(wants):
            key = (str(instrument.exchange), instrument.symbol)
            del self._held[key]
            del self.routes[route_key(instrument)]
            self._refuse(key, f"the feed is full ({self._runtime.capacity} instruments)")
        for key in [refused for refused in self._refused if refused in self._held]:
            self._admit(key)

    def remind(self, key: MarketKey) -> None:
        """Somebody else asked for an instrument: tell him, too, when it is refused."""
        if key in self._refused:
            self._tell(key, self._refused[key])

    def _refuse(self, key: MarketKey, reason: str) -> None:
        if key in self._refused:
            return
        self._refused[key] = reason
        log.warning(
            "An instrument is not served", broker=self._broker, exchange=key[0], symbol=key[1], reason=reason
        )
        self._tell(key, reason)

    def _admit(self, key: MarketKey) -> None:
        """Take a refusal back: the instrument is served, or wanted no more."""
        if self._refused.pop(key, None) is not None:
            self._tell(key, "")

    def _tell(self, key: MarketKey, reason: str) -> None:
        body = FeedRefusal(
            broker=self._broker,
            exchange=key[0],
            symbol=key[1],
            reason=reason,
            at_ms=epoch_ms(self._clock.now()),
        )
        self._bus.pass_on(refusal_topic(self._broker), body)
