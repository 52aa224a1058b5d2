"""The watchdog of one account at work: told by the pool, asked twice a second, and given quotes for its doubts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from broker.core.roles import Plugin
from domain.errors import OpenAlgoError, SessionDead
from domain.instruments import Instrument
from domain.market import Depth, Quote, Tick
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.feed.connection import StreamConnection
from websocket_proxy.feed.runtime import RouteKey, SessionSource, State, route_key
from websocket_proxy.feed.watch.hours import Hours
from websocket_proxy.feed.watch.lines import Action, Step
from websocket_proxy.feed.watch.poller import Books, Poller, Quotes
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.feed.watch.watchdog import Watchdog

log = get_logger(__name__)

_PING_SECONDS = 5.0
_CANARIES = frozenset({"NIFTY", "BANKNIFTY", "SENSEX"})  # disseminated every second


class FeedGuard:
    """on_quote(key, quote, book) gets what was polled, the book where the broker tells it; wants_book(key) asks whether
    anybody would look at it; on_signed_out() hears that the broker disowns the session.
    """

    def __init__(
        self,
        plugin: Plugin,
        hours: Hours,
        session: SessionSource,
        terms: WatchTerms,
        clock: Clock,
        *,
        on_quote: Callable[[RouteKey, Quote, Depth | None], None],
        wants_book: Callable[[RouteKey], bool],
        on_signed_out: Callable[[], None],
    ) -> None:
        self._hours = hours
        self._clock = clock
        self._on_quote = on_quote
        self._wants_book = wants_book
        self._on_signed_out = on_signed_out
        self._instruments: dict[RouteKey, Instrument] = {}
        manifest = plugin.manifest
        can_poll = manifest.capabilities.get("quotes", "absent") != "absent"
        self._has_books = manifest.capabilities.get("depth", "absent") != "absent"
        without = "" if self._has_books else ", order books are not"
        self._dog = Watchdog(terms, can_poll=can_poll, stand_in=f"prices are polled{without}")
        self._poller = (
            Poller(
                plugin.market, manifest.limits, session, clock, shortest_pause=terms.poll, wanted=self._polled,
                wanted_books=self._polled_books, on_answer=self._answered, on_failure=self._failed,
            )
            if can_poll
            else None
        )  # fmt: skip
        self._alarmed = ""
        self._pings: set[asyncio.Task[None]] = set()
        self.taken: dict[Step, int] = dict.fromkeys(Step, 0)

    def start(self) -> None:
        """Begin inside a running loop."""
        if self._poller is not None:
            self._poller.start()

    async def stop(self) -> None:
        """End what is under way."""
        for ping in self._pings:
            ping.cancel()
        await asyncio.gather(*self._pings, return_exceptions=True)
        if self._poller is not None:
            await self._poller.stop()

    @property
    def alarm(self) -> str:
        """What the account's owner must hear of, empty when nothing."""
        return self._dog.alarm

    def figures(self) -> dict[str, int]:
        """Counters for the statistics; `polling` is how many instruments quotes stand in for now."""
        poller = self._poller
        return {
            **{step.name.lower() + "s": self.taken[step] for step in Step if step is not Step.CALM},
            "polling": len(self._dog.polling),
            "poll_calls": poller.calls if poller else 0,
            "poll_failures": poller.failures if poller else 0,
        }

    def opened(self, number: int) -> None:
        """A connection is being made."""
        self._dog.open_line(number, self._clock.monotonic())

    def closed(self, number: int) -> None:
        """A connection was given up on purpose."""
        self._dog.close_line(number)

    def said(self, number: int, state: State, reason: str) -> None:
        """A connection changed state."""
        now = self._clock.monotonic()
        if state is State.LIVE:
            self._dog.line_live(number, now)
        elif state is not State.STALE:
            waits = state in (State.NO_SESSION, State.ROLLOVER)
            self._dog.line_down(number, now, reason, waits=waits)

    def placed(self, instrument: Instrument, number: int) -> None:
        """An instrument is asked for on a connection, or moved to it."""
        key = route_key(instrument)
        self._instruments[key] = instrument
        group = self._hours.group(instrument)
        canary = instrument.exchange.is_index and instrument.symbol in _CANARIES
        self._dog.place(key, instrument.symbol, number, group, self._clock.monotonic(), canary=canary)

    def removed(self, key: RouteKey) -> None:
        """An instrument is wanted no more."""
        self._instruments.pop(key, None)
        self._dog.remove(key)

    def heard(self, tick: Tick, now: float) -> None:
        """A tick of a wanted instrument arrived; `now` in monotonic seconds."""
        self._dog.heard((tick.broker_exchange, tick.token), tick.quote, now)

    def beat(self, sockets: Mapping[int, StreamConnection]) -> dict[int, str]:
        """Do what is due; answers the connections that do not bring what they should, and how that is dealt with."""
        before = self._dog.troubles()
        for action in self._dog.beat(self._clock.monotonic(), self._hours.opened()):
            self.taken[action.step] += 1
            self._do(action, sockets[action.line])
        troubles = self._dog.troubles()
        for number, reason in troubles.items():
            if before.get(number) != reason:
                log.warning("A broker stream is doubted", connection=number + 1, reason=reason)
        if self._poller is not None and self._dog.polling:
            self._poller.wake()
        self._tell_alarm()
        return troubles

    def _do(self, action: Action, socket: StreamConnection) -> None:
        if action.step is Step.RESUBSCRIBE:
            socket.resubscribe(action.keys)
        elif action.step is Step.RECONNECT:
            socket.reconnect(action.reason)
        elif action.step is Step.PING:
            ping = asyncio.create_task(self._ping(action.line, socket), name="feed-ping")
            self._pings.add(ping)
            ping.add_done_callback(self._pings.discard)

    async def _ping(self, number: int, socket: StreamConnection) -> None:
        if await socket.ping(_PING_SECONDS):
            self._dog.ponged(number, self._clock.monotonic())

    def _tell_alarm(self) -> None:
        alarm = self._dog.alarm
        if alarm != self._alarmed:
            self.taken[Step.ALARM] += bool(alarm)
            if alarm:
                log.error("A feed needs somebody", reason=alarm)
            else:
                log.info("A feed is well again", before=self._alarmed)
            self._alarmed = alarm

    def _polled(self) -> list[Instrument]:
        return [self._instruments[key] for key in self._dog.polling if key in self._instruments]

    def _polled_books(self) -> list[Instrument]:
        return [item for item in self._polled() if self._has_books and self._wants_book(route_key(item))]

    def _answered(self, batch: Sequence[Instrument], quotes: Quotes, books: Books, asked_at: float) -> None:
        now = self._clock.monotonic()
        self.taken[Step.POLL] += 1
        for instrument in batch:
            key = route_key(instrument)
            quote = quotes.get(instrument.key)
            if quote is not None and key in self._dog.polling:
                self._on_quote(key, quote, books.get(instrument.key))
            self._dog.polled(key, quote, asked_at, now)

    def _failed(self, error: OpenAlgoError) -> None:
        log.warning("Quotes cannot be polled", reason=error.message)
        self._dog.poll_failed(self._clock.monotonic())
        if isinstance(error, SessionDead):
            self._on_signed_out()
