"""What the days put a feed through, and the judgement of each: logins, switches, other devices, readers, silence."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from domain.instruments import Instrument
from domain.market import Mode
from test.sim.feed.days import DaysWorld
from test.sim.feed.house import FIRST, SECOND
from utils.clock import ist

GAP_SECONDS, DETECTED_SECONDS, HEALED_SECONDS = 2.0, 5.0, 30.0
SOCKET_SILENCES = ("silence", "half_open", "cut", "reset", "close", "blackout")
SILENCES = (*SOCKET_SILENCES, "mute", "mute_one", "forget", "forget_one")
BLACKOUT_SECONDS, LONGEST_PAUSE = 60.0, 300.0
Act = Callable[[], Awaitable[None]]


@dataclass
class Report:
    """What came of the days. Times in virtual seconds; `found` is the time to detection by kind of silence."""

    days: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    found: dict[str, list[float]] = field(default_factory=dict)
    healed: dict[str, list[float]] = field(default_factory=dict)
    logins: int = 0
    false_alarms: int = 0
    ticks: int = 0
    digest: str = ""


class Trials:
    """Puts the world through one thing at a time. Outside of them, and of nights without a token, all must be calm."""

    def __init__(self, world: DaysWorld, seed: int, trace: bool) -> None:
        self.world = world
        self.report = Report()
        self.dice = random.Random(f"days-{seed}")
        self._trace = trace
        self._unrest = 1
        world.on_state = self._state_changed

    def say(self, *words: Any) -> None:
        """One line of the trace."""
        if self._trace:
            print(f"{ist(self.world.clock.now()):%Y-%m-%d %H:%M:%S}", *words, flush=True)

    def wrong(self, *words: Any) -> None:
        """One violation."""
        at = f"{ist(self.world.clock.now()):%Y-%m-%d %H:%M:%S}"
        self.report.wrongs.append(" ".join([at, *map(str, words)]))
        self.say("WRONG", *words)

    def _state_changed(self, state: Any) -> None:
        self.say("state", state.account_id, state.state, state.reason)
        if not self._unrest and (state.state != "live" or state.alarm):
            self.report.false_alarms += 1
            self.wrong("false alarm:", state.state, state.reason, state.alarm)

    def _liquid_rows(self) -> list[Instrument]:
        """Those of which a trade within two seconds is a promise, while their exchange is open."""
        now = self.world.clock.now()
        return [
            row for row in self.world.rows
            if self.world.promises(row) <= GAP_SECONDS and self.world.calendar.is_open(row.exchange, now)
        ]  # fmt: skip

    def begin_unrest(self) -> None:
        """From now on the feed may say anything."""
        self._unrest += 1

    async def unsettle(self) -> None:
        """The broker's hour: until the next login anything may be said but `live` of a dead feed."""
        self._unrest += 1

    async def tokens_die(self) -> None:
        """The vendor ends every session; its hour differs from day to day."""
        self.say("the tokens die")
        self.world.sessions.kill_all()

    def _settle(self) -> None:
        self._unrest = 0

    async def log_in(self) -> None:
        """A new token: everything streams again within two seconds, and prices come where there are any."""
        world, began = self.world, self.world.loop.time()
        self._unrest += 1
        self.say("login of", self.world.serving)
        world.log_in(self.world.serving)
        self.report.logins += 1
        await asyncio.sleep(0)
        served = await world.until(world.is_served, HEALED_SECONDS)
        if served is None or served > GAP_SECONDS:
            self.wrong("not streaming", GAP_SECONDS, "s after the new token:", served, world.figures())
        await self._ticking(began)
        self.report.gaps.append(world.loop.time() - began)
        if world.loop.time() - began > GAP_SECONDS:
            self.wrong("gap of", world.loop.time() - began, "s after the new token")
        await asyncio.sleep(5.0)
        self._settle()

    async def _ticking(self, since: float, rows: list[Instrument] | None = None) -> bool:
        rows = self._liquid_rows() if rows is None else rows

        def all_tick() -> bool:
            return all(self.world.ticked_at(row) > since for row in rows)

        took = await self.world.until(all_tick, HEALED_SECONDS)
        if took is None:
            self.wrong("no ticks of", [row.symbol for row in rows], self.world.figures())
        return took is not None

    async def switch(self) -> None:
        """The other account is used from now on."""
        other = SECOND if self.world.serving == FIRST else FIRST
        self.say("switch to", other)
        self._unrest += 1
        if self.world.serving in self.world.house.logins:
            self.world.log_out(self.world.serving)
        self.world.serving = other
        await self.log_in()

    async def second_device(self) -> None:
        """The token dies in the middle of the day; some minutes later the user logs in here again."""
        self.say("login on a second device")
        self._unrest += 1
        self.world.log_in_elsewhere(self.world.serving)
        await asyncio.sleep(self.dice.uniform(20, 200))
        await self.log_in()

    async def change_of_demand(self) -> None:
        row, mode = self.dice.choice(self.world.rows), self.dice.choice(list(Mode))
        self.say("one more reader of", row.symbol, mode)
        self.world.want(row, mode)
        if await self.world.until(self.world.is_served, GAP_SECONDS) is None:
            self.wrong("not subscribed in time:", row.symbol, mode)
        await asyncio.sleep(self.dice.uniform(5, 60))
        self.world.want(row, mode, on=False)
        if await self.world.until(self.world.is_served, GAP_SECONDS) is None:
            self.wrong("not given back in time:", row.symbol, mode)

    def silence(self, kind: str) -> Act:
        async def befall() -> None:
            self._unrest += 1
            self.say("silence:", kind)
            rows = self._liquid_rows()
            one = int(self.dice.choice(rows or self.world.rows).token)
            world, began = self.world, self.world.loop.time()
            before = (world.ticker.admitted, world.ticker.asked, world.transport.calls["/quote"])
            state = world.state
            self._inflict(kind, one)

            def noticed() -> bool:
                after = (world.ticker.admitted, world.ticker.asked, world.transport.calls["/quote"])
                return after != before or world.state is not state

            found = await world.until(noticed, HEALED_SECONDS)
            self.say("noticed")
            if found is None or found > DETECTED_SECONDS:
                self.wrong(kind, "was noticed after", found, "s", world.figures())
            self.report.found.setdefault(kind, []).append(found if found is not None else HEALED_SECONDS)
            if kind != "blackout":
                await self._ticking(began + (found or 0.0))
            if kind == "blackout":
                await self._stood_in_for()
            if await world.until(world.is_served, HEALED_SECONDS) is None:
                self.wrong(kind, "was not healed", world.figures())
            self.report.healed.setdefault(kind, []).append(world.loop.time() - began)
            if await world.until(self._is_well, HEALED_SECONDS) is None:
                self.wrong(kind, "left the state", world.state)
            world.ticker.calm()
            await asyncio.sleep(45.0)
            self._settle()

        return befall

    def _is_well(self) -> bool:
        state = self.world.state
        return state is not None and state.state == "live" and not state.alarm

    async def _stood_in_for(self) -> None:
        """While no socket says a word, quotes stand in and the owner hears of it; afterwards the sockets do again."""
        world = self.world
        alarmed = await world.until(lambda: world.state and world.state.alarm, BLACKOUT_SECONDS)
        if alarmed is None:
            self.wrong("nobody was told of the blackout", world.figures())
        # Quotes carry no book: who wants only the book of an instrument waits for the socket.
        await self._ticking(world.loop.time(), [row for row in self._liquid_rows() if world.is_quoted(row)])
        world.ticker.calm()
        if await world.until(self._is_well, LONGEST_PAUSE) is None:
            self.wrong("the blackout left the state", world.state)

    def _inflict(self, kind: str, one: int) -> None:
        ticker, seconds = self.world.ticker, self.dice.uniform(60, 200)
        if kind in ("silence", "mute"):
            ticker.disturb(kind, seconds)
        elif kind == "blackout":
            ticker.disturb("silence", 10 * BLACKOUT_SECONDS, later=True)
        elif kind == "mute_one":
            ticker.disturb("mute", seconds, tokens=[one])
        elif kind == "forget":
            ticker.forget()
        elif kind == "forget_one":
            ticker.forget([one])
        else:
            ticker.drop(kind)
