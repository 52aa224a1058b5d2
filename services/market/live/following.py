"""Instruments that are asked for again and again are put on the feed, so that the next questions cost no call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from domain.instruments import Instrument, InstrumentKey
from domain.market import Mode
from services.market.live.hours import MarketHours
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock

# Asked a second time within this many seconds: somebody polls.
AGAIN_SECONDS = 15.0
IDLE_SECONDS = 60.0
MOST_REMEMBERED = 20_000
Place = tuple[str, InstrumentKey]


class Demand(Protocol):
    """A demand for ticks that lasts until it is closed."""

    def close(self) -> None:
        """Give it back."""


class Feed(Protocol):
    """The part of the feed client that takes demands."""

    @property
    def connected(self) -> bool:
        """Whether the streaming process is there."""

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode) -> Demand:
        """Ask for ticks."""


class _Followed(msgspec.Struct):
    demand: Demand
    used_at: float


class Following:
    """Watches at the richest mode, up to `room(broker)` instruments of a broker; one unused for a minute is let go.

    When the room is taken, who comes later keeps asking the broker: nobody who still polls is put out.
    """

    def __init__(self, feed: Feed, hours: MarketHours, clock: Clock, room: Callable[[str], int]) -> None:
        self._feed = feed
        self._hours = hours
        self._clock = clock
        self._room = room
        self._lock = Lock()
        self._asked: OrderedDict[Place, float] = OrderedDict()
        limits.watch(
            self._asked, name="asked instruments", kind="cache", bound=MOST_REMEMBERED, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._followed: dict[str, dict[InstrumentKey, _Followed]] = {}

    def asked(self, broker: str, instruments: Mapping[InstrumentKey, Instrument]) -> None:
        """Somebody wants these now."""
        now = self._clock.monotonic()
        with self._lock:
            followed = self._followed.setdefault(broker, {})
            for key, instrument in instruments.items():
                entry = followed.get(key)
                if entry is not None:
                    entry.used_at = now
                elif self._polls((broker, key), now):
                    self._follow(broker, instrument, followed, now)

    def _polls(self, place: Place, now: float) -> bool:
        """Whether it was asked for a short while ago; remembers that it is asked now, the oldest of too many go."""
        before = self._asked.pop(place, None)
        self._asked[place] = now
        while len(self._asked) > MOST_REMEMBERED:
            self._asked.popitem(last=False)
        return before is not None and now - before <= AGAIN_SECONDS

    def _follow(
        self, broker: str, instrument: Instrument, followed: dict[InstrumentKey, _Followed], now: float
    ) -> None:
        if len(followed) >= self._room(broker) or not self._feed.connected:
            return
        if self._hours.is_open(broker, instrument.exchange, self._clock.now()):
            demand = self._feed.watch(broker, [instrument.key], Mode.DEPTH)
            followed[instrument.key] = _Followed(demand, now)

    def sweep(self) -> None:
        """Let go of what nobody asked for lately."""
        oldest = self._clock.monotonic() - IDLE_SECONDS
        with self._lock:
            idle = [
                followed.pop(key).demand
                for followed in self._followed.values()
                for key in [key for key, entry in followed.items() if entry.used_at < oldest]
            ]
        for demand in idle:
            demand.close()

    def count(self, broker: str) -> int:
        """How many instruments of a broker are followed."""
        return len(self._followed.get(broker, ()))

    def close(self) -> None:
        """Give every demand back."""
        with self._lock:
            every = [entry.demand for followed in self._followed.values() for entry in followed.values()]
            self._followed.clear()
        for demand in every:
            demand.close()
