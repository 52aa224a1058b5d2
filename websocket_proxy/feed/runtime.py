"""What a supervisor sees of whatever delivers ticks: a pool of sockets, or a local source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from broker.core.roles import Session, StreamEvent
from domain.instruments import Instrument
from domain.market import Mode

RouteKey = tuple[str, str]
"""(broker_exchange, token): a token alone names nothing, vendors reuse it across exchanges."""

EventSink = Callable[[Sequence[StreamEvent]], None]
"""Gets the events of a frame together, in order; controls among them are for nobody any more."""

SessionSource = Callable[[], Awaitable[Session]]


class State(StrEnum):
    """States of a feed, as published on sys|feed|.

    no_session: nobody is logged in, or the broker refuses the login. rollover: the broker's sessions ended at its hour
    and the next login is awaited. stale: connected, but what should come does not. stopped: no feed runs any more.
    """

    NO_SESSION = "no_session"
    DIALING = "dialing"
    AUTHENTICATING = "authenticating"
    LIVE = "live"
    STALE = "stale"
    ROLLOVER = "rollover"
    STOPPED = "stopped"


StateSink = Callable[[State, str], None]


def route_key(instrument: Instrument) -> RouteKey:
    """The vendor identity of an instrument."""
    return instrument.broker_exchange, instrument.token


class Runtime(Protocol):
    """Delivers ticks of the wanted instruments."""

    capacity: int

    def start(self) -> None:
        """Begin inside a running loop."""

    def want(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[Instrument]:
        """Serve these at these modes; answers those refused for want of capacity."""

    def drop(self, instruments: Sequence[Instrument]) -> None:
        """Stop serving these."""

    def session_changed(self) -> None:
        """Ask for the session again and go on with it."""

    def beat(self) -> None:
        """Called about twice a second: do what the clock says is due."""

    async def stop(self) -> None:
        """End every task and socket."""

    def figures(self) -> Mapping[str, object]:
        """Counters for the statistics."""
