"""What befalls a world while its clients work: deaths, dead tokens, outages, a full disk, a clock that jumps."""

from __future__ import annotations

import random
from collections.abc import Callable

from test.sim.stage.threads import Killed, Life
from test.sim.stage.world import World

# Mean seconds between two of a kind.
EVERY = {
    "kill": 40.0, "token": 90.0, "outage": 45.0, "full": 60.0, "doubtful": 40.0, "slow": 60.0, "jump": 70.0,
}  # fmt: skip


class Weather:
    """Draws trouble from the seed until it is over; the operator behind it restarts and logs in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._dice = random.Random(f"weather-{world.seed}")
        self.over = False
        self.seen: dict[str, int] = dict.fromkeys(EVERY, 0)
        for name, mean in EVERY.items():
            if name == "jump" and not world.keeps_tags:
                continue  # without tags the time of an order is part of the evidence
            self._follow(name, mean, getattr(self, f"_{name}"))
        world.threads.spawn(self._operate, "operator", None)

    def _follow(self, name: str, mean: float, strike: Callable[[], None]) -> None:
        def body() -> None:
            while not self.over:
                self.world.threads.park(self._dice.expovariate(1 / mean))
                if not self.over and self.world.app is not None:
                    self.seen[name] += 1
                    self.world.log("weather", name)
                    strike()

        self.world.threads.spawn(body, f"weather-{name}", None)

    def _kill(self) -> None:
        """At any step: soon, in the middle of whatever runs then."""
        life = self.world.app.life if self.world.app else None
        if life is not None and life.die_at is None:
            life.die_at = life.steps + self._dice.randint(1, 1500)

    def _token(self) -> None:
        self.world.vendor.kill_tokens()

    def _outage(self) -> None:
        self.world.wire.down_until = self.world.threads.now + self._dice.uniform(0.5, 20.0)

    def _full(self) -> None:
        self.world.disk.full = True
        self.world.threads.park(self._dice.uniform(0.2, 12.0))
        self.world.disk.full = False

    def _doubtful(self) -> None:
        self.world.disk.doubtful = True

    def _slow(self) -> None:
        self.world.disk.slow = self._dice.uniform(0.5, 7.0)

    def _jump(self) -> None:
        """The wall clock leaps an hour, or an earlier leap is taken back."""
        clock = self.world.clock
        clock.offset = 0.0 if clock.offset else self._dice.choice((3600.0, -3600.0))

    def clear(self) -> None:
        """All trouble ends; the clock stays where it is."""
        world = self.world
        self.over = world.wire.calm = world.calm = True
        world.wire.down_until = min(world.wire.down_until, world.threads.now)
        world.disk.full = world.disk.doubtful = False
        world.disk.slow = 0.0
        if world.app is not None:
            world.app.life.die_at = None

    def _operate(self) -> None:
        """Restart what died, log in where the token is dead."""
        world = self.world
        while True:
            world.threads.park(self._dice.uniform(0.5, 4.0))
            if world.app is None:
                self._in_life(Life(len(world.lives) + 1), world.begin)
            else:
                self._in_life(world.app.life, lambda _life: world.log_in_if_needed())

    def _in_life(self, life: Life, work: Callable[[Life], None]) -> None:
        """Do something as the app and wait for it; it may die or fail, then the operator tries again later."""

        def body() -> None:
            try:
                work(life)
            except Killed:
                raise
            except Exception as error:
                self.world.log("operator failed", type(error).__name__)

        task = self.world.threads.spawn(body, "operator-work", life, label="operator")
        task.join()
