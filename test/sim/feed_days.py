"""Trading days of a feed in virtual time: the token dies each morning, nobody restarts anything.

    python -m test.sim.feed_days --days 30 --seed 1
    python -m test.sim.feed_days --days 1 --seed 5 --trace

Supervisor, pool, connections and codec are the product's own, the ticker is the Kite twin, both on the real WebSocket
library; time and wires are simulated, so a seed repeats itself. Exit code 1 when a day fails.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import random
import sys
import time
from typing import Any
from unittest.mock import patch

from domain.instruments import Exchange
from domain.market import Mode
from test.sim.feed.days import DaysWorld
from test.sim.feed.trials import SILENCES, SOCKET_SILENCES, Act, Report, Trials
from test.sim.feed.virtual import VirtualLoop
from test.sim.stage.app import quiet
from utils.clock import IST, ist

BEGINNINGS = (dt.date(2025, 10, 6), dt.date(2026, 1, 19))


class Days:
    """Draws what each day brings."""

    def __init__(self, world: DaysWorld, trials: Trials, *, rare: bool) -> None:
        self.world = world
        self._trials = trials
        self._rare = rare

    async def live_through(self, days: int) -> None:
        """So many trading days, with the weekends and holidays between them."""
        for row, mode in zip(self.world.rows, [Mode.DEPTH, Mode.QUOTE, Mode.LTP] * 9, strict=False):
            self.world.want(row, mode)
        date = ist(self.world.clock.now()).date()
        while days:
            is_open = self.world.calendar.is_trading_day(Exchange.NSE, date)
            special = self.world.calendar.day(date)
            await self._day(date, is_open=is_open)
            kind = (
                "weekend" if date.weekday() > 4 and not is_open else "holiday" if not is_open else "trading"
            )
            self._trials.report.days["special session" if is_open and special is not None else kind] += 1
            days -= is_open
            date += dt.timedelta(days=1)
        await self._sleep_until(date, 4 * 60)
        self._trials.begin_unrest()
        self._trials.report.ticks = self.world.ticks
        self._trials.report.digest = self.world.digest.hexdigest()
        if self.world.feed._task is None or self.world.feed._task.done():
            self._trials.wrong("the feed ended")

    async def _day(self, date: dt.date, *, is_open: bool) -> None:
        dice = self._trials.dice
        await self._sleep_until(date, 4 * 60)
        dies_at = dice.randrange(5 * 60, 7 * 60 + 30)
        self.world.ticker.limits.set(dead_token=dice.choice(("stay", "close", "cut", "silence")))
        plan: list[tuple[float, Act]] = [
            (min(dies_at, 6 * 60), self._trials.unsettle), (dies_at, self._trials.tokens_die),
        ]  # fmt: skip
        if is_open:
            plan += self._trading_plan(date, dies_at)
        elif dice.random() < 0.3:
            plan.append((dice.uniform(max(dies_at, 6 * 60) + 1, 22 * 60), self._trials.log_in))
        for minute, act in sorted(plan, key=lambda each: each[0]):
            await self._sleep_until(date, minute)
            await act()

    def _trading_plan(self, date: dt.date, dies_at: float) -> list[tuple[float, Act]]:
        dice = self._trials.dice
        session = self.world.calendar.trading_sessions(Exchange.NSE, date)[0]
        opens, closes = (ist(at).hour * 60 + ist(at).minute for at in (session.start, session.end))
        closes = min(closes, 15 * 60 + 14)  # equities may leave for the closing auction then
        over = max(dies_at, 6 * 60)  # whatever the vendor does, for us a session ends at the manifest's hour
        morning = dice.uniform(over + 1, opens - 5)
        login = morning if dice.random() < 0.8 else dice.uniform(opens + 1, opens + 15)
        plan = [(login, self._trials.switch if dice.random() < 0.2 else self._trials.log_in)]
        if dice.random() < 0.15:
            plan.append((dice.uniform(4 * 60 + 10, min(dies_at, 6 * 60) - 5), self._trials.log_in))
        slots = [opens + 18 + number * 9 for number in range(int((closes - opens - 24) / 9))]
        kinds = dice.sample(SOCKET_SILENCES if self._rare else SILENCES, min(3, len(slots)))
        acts: list[Act] = [self._trials.silence(kind) for kind in kinds]
        acts += [self._trials.second_device] if dice.random() < 0.2 else []
        acts += [self._trials.switch] if dice.random() < 0.15 else []
        acts += [self._trials.change_of_demand, self._trials.change_of_demand]
        chosen = dice.sample(slots, min(len(slots), len(acts)))
        return plan + [(slot + dice.uniform(0, 2), act) for slot, act in zip(chosen, acts, strict=False)]

    async def _sleep_until(self, date: dt.date, minute: float) -> None:
        at = dt.datetime(date.year, date.month, date.day, tzinfo=IST) + dt.timedelta(minutes=minute)
        await self.world.sleep_until(at)


class _Seeded(random.Random):
    """What the product draws without a seed comes from ours."""

    def __init__(self, seed: Any = "days") -> None:
        super().__init__(seed)


def simulate(
    days: int, seed: int, trace: bool = False, date: dt.date | None = None, *, rare: bool = False
) -> Report:
    """So many trading days of a seed, from `date` or one of the beginnings on; `rare`: nothing trades often."""
    loop = VirtualLoop()
    date = date or BEGINNINGS[seed % 2 - 1]

    async def run() -> Report:
        world = DaysWorld(loop, dt.datetime(date.year, date.month, date.day, 4, tzinfo=IST), seed, rare=rare)
        await world.start()
        trials = Trials(world, seed, trace)
        await Days(world, trials, rare=rare).live_through(days)
        await world.stop()
        return trials.report

    with (
        quiet(),
        patch.object(random, "Random", _Seeded),
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        return runner.run(run())


def tell(report: Report, seconds: float) -> None:
    """The figures."""
    print(*report.wrongs, sep="\n")
    print(", ".join(f"{count} {kind}" for kind, count in report.days.items()), "days,", report.ticks, "ticks")
    print(
        f"{report.logins} logins, longest gap {max(report.gaps, default=0):.2f} s, {report.false_alarms} false alarms"
    )
    for kind in sorted(report.found):
        found, healed = report.found[kind], report.healed[kind]
        print(
            f"{kind:12s} {len(found):4d}: noticed after at most {max(found):.2f} s, healed after {max(healed):.2f} s"
        )
    print(f"{seconds:.1f} s, {len(report.wrongs)} wrongs, {report.digest[:16]}", flush=True)


def main() -> int:
    """Exit code 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description="A feed from day to day.")
    parser.add_argument("--days", type=int, default=1, help="trading days; others come in between")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--rare", action="store_true", help="nothing trades often")
    wanted = parser.parse_args()
    begun = time.monotonic()
    report = simulate(wanted.days, wanted.seed, wanted.trace, rare=wanted.rare)
    tell(report, time.monotonic() - begun)
    return 1 if report.wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
