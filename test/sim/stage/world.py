"""A world: threads, clocks, disk, vendor, wire, push network and the lives of the app, all from one seed."""

from __future__ import annotations

import atexit
import hashlib
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from database import accounts, identity
from database.migrate import migrate
from database.stores import Stores, StoreUrls
from services.accounts.broker_sessions import CREDENTIALS
from services.accounts.crypto import Vault
from services.trading import broker_time
from services.trading.timeline import trace
from test.sim.stage.app import BROKER, PEPPER, PRINCIPALS, SALT, SECOND, App, quiet
from test.sim.stage.machine import START, Disk, VendorClock, VirtualClock
from test.sim.stage.threads import Killed, Life, VirtualThreads
from test.sim.stage.vendor import APPS, Lookup, Vendor, ground
from test.sim.stage.wire import Wire
from utils import json
from utils.concurrency import running_on

SHM = Path("/dev/shm")


def scratch() -> Path:
    """A folder in memory where there is one: the machine's disk is not what is simulated."""
    return Path(tempfile.mkdtemp(prefix="openalgo-sim-", dir=SHM if SHM.is_dir() else None))


@cache
def template() -> Path:
    """A migrated store with users that have one account each, made once."""
    folder = scratch()
    stores = Stores(StoreUrls(), folder)
    migrate(stores, START)
    vault = Vault(PEPPER, [SALT])
    with stores.main.unit() as unit:
        for principal, (key, secret) in zip(PRINCIPALS, APPS, strict=True):
            sealed = vault.seal(CREDENTIALS, json.encode_text({"api_key": key, "api_secret": secret}))
            name = principal.username
            if principal is not SECOND:
                identity.Users(unit).add(
                    username=name,
                    email=f"{name}@example.com",
                    password_hash="-",
                    is_admin=name == "ada",
                    now=START,
                )
            accounts.Accounts(unit).add(
                user_id=principal.user_id, broker=BROKER, label="two" if principal is SECOND else "one",
                credentials_sealed=sealed, active=principal is not SECOND,
                now=START,
            )  # fmt: skip
    stores.close()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class World:
    """Everything of one seed. Use as a context manager; `run` lets virtual time pass.

    keeps_tags: whether the broker shows our tags; where not, an order is known by its terms and time. customers: whose
    accounts trade at once, as places in PRINCIPALS. keeps_story: whether the time lines of orders are written.
    """

    def __init__(
        self,
        seed: int,
        *,
        keeps_tags: bool = True,
        customers: Sequence[int] = (0,),
        keeps_story: bool = False,
    ) -> None:
        self.seed = seed
        self.dice = random.Random(f"world-{seed}")
        self.lines: list[str] = []
        self.folder = scratch()
        shutil.copytree(template() / "db", self.folder / "db")
        self.threads = VirtualThreads(seed, [trace._here, broker_time._current])
        self.clock = VirtualClock(self.threads)
        self.disk = Disk(self.threads, seed)
        self.vendor = Vendor(VendorClock(self.threads), self.folder, seed, self._push, customers)
        self.customers = tuple(customers)
        self.principals = tuple(PRINCIPALS[number] for number in customers)
        self.keeps_tags = self.vendor.orders.keeps_tags = keeps_tags
        self.keeps_story = keeps_story
        self.lookup = Lookup(ground().instruments)
        self.wire = Wire(self.threads, self.vendor, seed, self.log)
        self.wire.acted_on = self._acted
        self.app: App | None = None
        self.lives: list[App] = []
        self.deaths: dict[int, float] = {}
        self.calm = self.mute = False
        self.logins: list[float] = []
        self._stack = ExitStack()

    def __enter__(self) -> World:
        self._stack.enter_context(quiet())
        self._stack.enter_context(running_on(self.threads))
        self.threads.spawn(self._market, "market", None)
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.end()
        self.disk.pull_the_plug()
        for app in self.lives:
            app.drop()
        self._stack.close()
        self.vendor.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, *words: object) -> None:
        """One line of what happened; the same seed gives the same lines."""
        task = self.threads.current
        name = f"{task.name}/{task.label}" if task else "-"
        self.lines.append(f"{self.threads.now:.6f} {name} {' '.join(str(word) for word in words)}")

    def digest(self) -> str:
        """Fingerprint of the whole event log."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let time pass."""
        self.threads.run(self.threads.now + seconds, done)
        if self.threads.failures:
            name, error = self.threads.failures[0]
            raise AssertionError(f"seed {self.seed}: {name} broke: {error!r}") from error

    def call(self, work: Callable[[], Any], name: str = "call", seconds: float = 300.0) -> Any:
        """Run something inside the app and wait for it; answers its result or raises its error."""
        ended: list[tuple[Any, BaseException | None]] = []

        def body() -> None:
            try:
                ended.append((work(), None))
            except Exception as error:
                ended.append((None, error))

        assert self.app is not None
        self.threads.spawn(body, name, self.app.life, label=name)
        self.run(seconds, lambda: bool(ended))
        assert ended, f"{name} did not end within {seconds} virtual seconds"
        result, error = ended[0]
        if error is not None:
            raise error
        return result

    def start(self) -> App:
        """A new life of the app, up and logged in."""
        self.call_in(Life(len(self.lives) + 1), self.begin)
        assert self.app is not None
        return self.app

    def call_in(self, life: Life, work: Callable[[Life], None]) -> None:
        """Run `work` as the first task of a life, from outside any task."""
        task = self.threads.spawn(
            lambda: work(life), f"start-{life.number}", life, label=f"start-{life.number}"
        )
        self.run(60.0, lambda: task.done)

    def begin(self, life: Life) -> None:
        """The first task of a life: build, start, log in when the session is dead."""
        life.on_death = lambda: self._died(life)
        app = App(
            life,
            self.threads,
            self.clock,
            self.disk,
            self.wire,
            self.lookup,
            self.folder,
            self.seed,
            self.log,
            self.keeps_tags,
            self.keeps_story,
        )
        self.lives.append(app)
        try:
            app.start()
        except Exception:
            life.dead = True
            self._died(life)
            raise
        self.app = app
        self.log("life", life.number, "begins")
        self.log_in_if_needed()

    def log_in_if_needed(self) -> None:
        """The operator logs in again where the session is dead on either side. Called by tasks of the app."""
        assert self.app is not None
        for number, principal in zip(self.customers, self.principals, strict=True):
            state = self.app.sessions.state(principal.account_id)
            if state == "valid" and self.vendor.is_logged_in(number):
                continue
            self.app.log_in(self.vendor.request_token(number), number)
            self.logins.append(self.threads.now)
            self.log("logged in", principal.username)

    def kill(self) -> None:
        """The process dies now."""
        assert self.app is not None
        self.app.life.dead = True
        self._died(self.app.life)

    def _died(self, life: Life) -> None:
        self.log("life", life.number, "dies at step", life.steps)
        self.deaths[life.number] = self.threads.now
        if self.app is not None and self.app.life is life:
            self.app = None
        self.disk.pull_the_plug()
        self.threads.kill(life)

    def as_app(self, work: Callable[[], None], name: str, life: Life) -> None:
        """A task of the app, started by the world; it dies with the app."""
        self.threads.spawn(work, name, life, label=name)

    def _market(self) -> None:
        """Prices move, and resting orders trade, whether or not anybody looks."""
        while True:
            self.threads.park(2.0)
            self.vendor.exchange.advance()

    def _push(self, customer: int, text: str) -> None:
        """The vendor's ticker speaks: some messages are lost, some doubled, some late."""
        copies = 0 if self.mute else 1
        if not self.calm:
            copies = self.dice.choices((0, 1, 2, 3), (6, 74, 16, 4))[0]
        if not copies:
            self.log("push lost")
        for _ in range(copies):
            late = not self.calm and self.dice.random() < 0.08
            delay = self.dice.uniform(1.0, 15.0) if late else self.dice.expovariate(20.0)
            self.threads.later(delay, lambda: self._deliver(customer, text), "ticker")

    def _deliver(self, customer: int, text: str) -> None:
        app = self.app
        if app is not None and self.threads.now >= self.wire.down_until:
            self.threads.spawn(lambda: app.pushed(customer, text), "push", app.life, label="push")

    def _acted(self, order_id: str, plan: dict[str, Any]) -> None:
        """The vendor has taken an order: what the plan has in store for it."""
        if "hide" in plan:
            self.vendor.orders.hidden_until[order_id] = self.threads.now + plan["hide"]
        if "reject" in plan:
            self.threads.later(plan["reject"], lambda: self._reject(order_id), "risk-desk")

    def _reject(self, order_id: str) -> None:
        done = self.vendor.reject(order_id, "RMS:Margin Exceeds,Required:100, Available:0")
        self.log("rms", order_id, "rejected" if done else "too late")


__all__ = ["Killed", "World"]
