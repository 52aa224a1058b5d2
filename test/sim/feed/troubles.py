"""What befalls a feed: steps drawn from a seed, carried out against the twin, the logins and the clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from test.sim.feed.client import Client
from test.sim.feed.house import FIRST, SECOND
from test.sim.feed.loopback import PACE, Loopback
from test.twins.kite.garbage import KINDS as GARBAGE

DROPS = ("cut", "reset", "close", "half_open")
DIALS = (
    {"kind": "status", "status": 403}, {"kind": "status", "status": 429}, {"kind": "status", "status": 503},
    {"kind": "html", "status": 502}, {"kind": "drop_before"}, {"kind": "delay_before", "seconds": 0.2},
    {"kind": "delay_before", "seconds": 0.8},
)  # fmt: skip
OTHERS = ("drop", "garbage", "forget", "dial", "token", "login", "limit", "client", "wish")
STANDING = ("silence", "mute", "delay", "duplicate", "reorder", "garble")


@dataclass(frozen=True)
class Step:
    """After `wait` seconds, `what` with these values; `pick` chooses among what is there then."""

    wait: float
    what: str
    pick: int
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.wait:.2f} s later: {self.what} {self.values or ''} ({self.pick})"


def draw(seed: int) -> list[Step]:
    """The steps of a seed."""
    dice = random.Random(f"feed-{seed}")
    return [_step(dice) for _ in range(dice.randint(3, 8))]


def _step(dice: random.Random) -> Step:
    wait, pick = round(dice.choice((0.0, 0.02, dice.random() * 0.5)), 3), dice.randrange(1000)
    what = dice.choice(
        (*STANDING, "drop", "drop", "garbage", "forget", "dial", "token", "login", "limit", "client", "wish")
    )
    values: dict[str, Any] = {}
    if what in STANDING:
        values = {"seconds": round(0.1 + dice.random() * 0.9, 2), "later": dice.random() < 0.3}
        values |= {"lag": round(dice.random() * 0.4, 2)} if what == "delay" else {}
        values |= {"share": round(0.2 + dice.random() * 0.8, 2)} if what == "garble" else {}
    elif what == "drop":
        values = {"how": dice.choice(DROPS), "code": dice.choice((1000, 1001, 1006 - 3, 1011, 1012))}
    elif what == "garbage":
        values = {"kind": dice.choice(GARBAGE)}
    elif what == "dial":
        values = {**dice.choice(DIALS), "times": dice.randint(1, 3)}
    elif what == "token":
        values = {"dead_token": dice.choice(("stay", "close", "cut", "silence"))}
    elif what == "login":
        values = {"account": dice.choice((FIRST, FIRST, SECOND)), "out": dice.random() < 0.4}
    elif what == "limit":
        values = dice.choice(
            ({"subscribes_per_second": 1}, {"sockets_per_key": 1}, {"instruments_per_socket": 2})
        )
    return Step(wait, what, pick, values)


class Troubles:
    """Carries steps out."""

    def __init__(self, stage: Loopback) -> None:
        self._stage = stage
        self._twin = stage.twin
        self._acts: dict[str, Callable[[Step], Awaitable[None]]] = {
            "drop": self._drop, "garbage": self._garbage, "forget": self._forget, "dial": self._dial,
            "token": self._token, "login": self._login, "limit": self._limit, "client": self._client,
            "wish": self._wish, **dict.fromkeys(STANDING, self._stand),
        }  # fmt: skip

    async def carry_out(self, step: Step) -> None:
        """Wait, then do it."""
        await asyncio.sleep(step.wait)
        await self._acts[step.what](step)

    async def end(self) -> None:
        """All is well again from now on: no fault, no limit, and the account that serves is logged in."""
        self._twin.calm()
        self._twin.unruled()
        self._twin.rule(pace=PACE)
        for account_id in (FIRST, SECOND):
            if account_id in self._stage.house.logins and not self._stage.is_alive(account_id):
                await self._stage.log_in(account_id)
        if not self._stage.house.logins:
            await self._stage.log_in(FIRST)
        for client in self._stage.clients:
            if client.is_away:
                await client.come()

    def _socket(self, step: Step) -> int | None:
        """One of the vendor's sockets, or all of them."""
        numbers = [each["number"] for each in self._twin.stream.show()]
        choice = step.pick % (len(numbers) + 1)
        return numbers[choice] if choice < len(numbers) else None

    async def _stand(self, step: Step) -> None:
        tokens = self._tokens(step) if step.what == "mute" and step.pick % 2 else ()
        self._twin.stream.disturb(step.what, socket=self._socket(step), tokens=tokens, **step.values)

    def _tokens(self, step: Step) -> list[int]:
        wished = sorted(self._stage.wished())
        return [token for number, token in enumerate(wished) if (step.pick >> number) & 1]

    async def _drop(self, step: Step) -> None:
        self._twin.stream.drop(socket=self._socket(step), **step.values)

    async def _garbage(self, step: Step) -> None:
        self._twin.stream.garbage(socket=self._socket(step), **step.values)

    async def _forget(self, step: Step) -> None:
        self._twin.stream.forget(self._tokens(step), socket=self._socket(step))

    async def _dial(self, step: Step) -> None:
        self._twin.faults.add(path="stream", **step.values)
        self._twin.stream.drop("cut", socket=self._socket(step))

    async def _token(self, step: Step) -> None:
        self._twin.rule(**step.values)
        self._twin.sessions.kill_all()
        if step.pick % 2:  # nobody tells the house: only the stream, or the next login, finds out
            for account_id in self._stage.house.logins:
                self._stage.tell(account_id, "expired")

    async def _login(self, step: Step) -> None:
        if step.values["out"]:
            self._stage.log_out(step.values["account"])
        else:
            await self._stage.log_in(step.values["account"])

    async def _limit(self, step: Step) -> None:
        self._twin.rule(**step.values)

    async def _client(self, step: Step) -> None:
        client = self._one(step)
        if client.is_away:
            await client.come()
        else:
            await client.leave(rudely=bool(step.pick % 2))

    async def _wish(self, step: Step) -> None:
        client = self._one(step)
        wishes = sorted(client.wishes)
        if wishes and step.pick % 3 == 0:
            await client.want_no_more(wishes[step.pick % len(wishes)])
            return
        keys = sorted(self._stage.rows)
        await client.want((*keys[step.pick % len(keys)], 1 + step.pick % 3))

    def _one(self, step: Step) -> Client:
        return self._stage.clients[step.pick % len(self._stage.clients)]
