"""One run of the real trading room over the world's wire, clock and disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import structlog

from broker.core.registry import ContextParts, Registry, load_plugins
from broker.core.roles import Plugin
from database.models.logs import OrderEvent
from database.stores import Stores, StoreUrls
from database.writers import BatchWriter, OrderEventRecord
from domain.feed import OrderMessage
from services.accounts.broker_sessions import BrokerSessions
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.principal import Principal
from services.events import Event, Events, OutcomeResolved
from services.trading.assembly import Trading, TradingParts
from services.trading.timeline.recorder import Recorder
from test.sim.stage.machine import Disk, VirtualClock
from test.sim.stage.threads import Life, VirtualThreads
from test.sim.stage.vendor import APPS, Lookup
from test.sim.stage.wire import Wire
from utils.ids import SeededIds

PEPPER = "simulation-pepper-of-thirty-two-signs"
SALT = "00112233445566778899aabbccddeeff"
ACCOUNT, BROKER, POLL_SECONDS = 1, "zerodha", 5.0
ME = Principal(user_id=1, username="ada", account_id=ACCOUNT, broker=BROKER, source="api")
OTHER = Principal(user_id=2, username="bob", account_id=2, broker=BROKER, source="api")
SECOND = Principal(user_id=1, username="ada", account_id=3, broker=BROKER, source="api")
# The vendor's customers: ada, bob, and ada with another account.
PRINCIPALS = (ME, OTHER, SECOND)
_registry: list[Registry] = []


def registry() -> Registry:
    """The plug-ins, read once."""
    if not _registry:
        _registry.append(load_plugins())
    return _registry[0]


class Host:
    """The one plug-in, with the world's wire."""

    def __init__(
        self, wire: Wire, lookup: Lookup, clock: VirtualClock, ids: SeededIds, folder: Path, *, keeps_tags: bool
    ) -> None:  # fmt: skip
        parts = ContextParts(transport=wire, instruments=lookup, clock=clock, ids=ids, data_dir=folder)
        self._plugin = registry().build(BROKER, parts)
        manifest = self._plugin.manifest
        limits = manifest.limits if keeps_tags else msgspec.structs.replace(manifest.limits, tag_length=0)
        self._manifest = msgspec.structs.replace(manifest, limits=limits)

    def plugin(self, broker_id: str) -> Plugin:
        return self._plugin

    def manifest(self, broker_id: str) -> Any:
        return self._manifest

    def option(self, broker_id: str, name: str) -> str:
        return str(self._plugin.manifest.options[name])


class Bus:
    """The app's end of the message bus: what was told to clients, and where pushes come in."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self.streams: dict[int, list[tuple[int, OrderMessage]]] = {each.user_id: [] for each in PRINCIPALS}
        self.handler: Any = None
        self.follows: tuple[int, ...] = ()

    @property
    def stream(self) -> list[tuple[int, OrderMessage]]:
        """What the first user heard."""
        return self.streams[ME.user_id]

    def publish_order(self, user_id: int, seq: int, message: OrderMessage) -> None:
        self.streams[user_id].append((seq, message))
        self._log("stream", message.orderid, message.order_status, message.filled_quantity, message.quantity)

    def follow_orders(self, account_ids: Any) -> None:
        self.follows = tuple(account_ids)

    def on_push(self, handler: Any) -> None:
        self.handler = handler


class App:
    """Stores, sessions and trading room of one life. Built and used by tasks of that life."""

    def __init__(
        self, life: Life, threads: VirtualThreads, clock: VirtualClock, disk: Disk, wire: Wire, lookup: Lookup,
        folder: Path, seed: int, log: Callable[..., None], keeps_tags: bool = True,
        keeps_story: bool = False,
    ) -> None:  # fmt: skip
        self.life = life
        self.began_at = threads.now
        self.began_wall = threads.now + clock.offset
        self.clock = clock
        self.stores = Stores(StoreUrls(), folder)
        disk.attach(self.stores.main.engine)
        threads.locals.append(self.stores.main._holder)
        self.keeps_story = keeps_story
        if keeps_story:
            disk.attach(self.stores.logs.engine)
            threads.locals.append(self.stores.logs._holder)
        self._threads = threads
        ids = SeededIds(seed * 1000 + life.number)
        self.errors: list[str] = []
        self.events = Events(lambda name, error: self.errors.append(f"{name}: {error!r}"))
        self.host = Host(wire, lookup, clock, ids, folder, keeps_tags=keeps_tags)
        callers = Callers(self.stores.main, clock)
        vault = Vault(PEPPER, [SALT])
        self.sessions = BrokerSessions(self.stores.main, vault, callers, self.events, clock)
        self.bus = Bus(log)
        self.resolved: dict[str, tuple[float, str]] = {}
        self.trading = Trading(self._parts(lookup, ids))
        self.router, self.journal = self.trading.router, self.trading.journal

    def _parts(self, lookup: Lookup, ids: SeededIds) -> TradingParts:
        events: Any = self.events
        words: Any = {
            "brokers": self.host,
            "instruments": lookup,
            "publisher": self.bus,
            "sessions": self.sessions,
        }
        return TradingParts(
            store=self.stores.main, events=events, app_mode=lambda: "live", order_mode=lambda _principal: "auto",
            clock=self.clock, ids=ids, poll_seconds=POLL_SECONDS, updates_enabled=True,
            logs=self.stores.logs if self.keeps_story else None, **words,
        )  # fmt: skip

    def start(self) -> None:
        """Take up what the life before has left."""
        if self.keeps_story:
            self._tell_story()
        self._publish, publish = self.events.publish, self._heard
        self.events.publish = publish  # type: ignore[method-assign]
        self.trading.start()

    def _tell_story(self) -> None:
        """Only the story's writer of all that write logs."""
        rows = BatchWriter[OrderEventRecord](self.stores.logs, OrderEvent, 10_000, "caller_writes")
        writers: Any = SimpleNamespace(order_events=rows)
        Recorder(writers, self.stores.logs, self.events, self.clock).listen()

    def _heard(self, event: Event) -> None:
        if isinstance(event, OutcomeResolved):
            self.resolved[event.tag] = (self._threads.now, event.state)
        self._publish(event)

    def log_in(self, request_token: str, customer: int = 0) -> None:
        """The operator's morning: a new access token."""
        credentials = dict(zip(("api_key", "api_secret"), APPS[customer], strict=True))
        answers = {"request_token": request_token, "status": "success"}
        account_id = PRINCIPALS[customer].account_id
        self.sessions.keep(self.host.plugin(BROKER).auth.complete(account_id, credentials, answers))

    def pushed(self, customer: int, text: str) -> None:
        """A message of the vendor's ticker, through its codec, as the feed process hands it over."""
        plugin, account_id = self.host.plugin(BROKER), PRINCIPALS[customer].account_id
        assert plugin.stream is not None
        for event in plugin.stream().decode(text):
            if hasattr(event, "row") and account_id in self.bus.follows and self.bus.handler is not None:
                self.bus.handler(account_id, event)

    def drop(self) -> None:
        """Give back what a dead process would not have had to."""
        connection = self.journal._writer._connection
        if connection is not None:
            connection.invalidate()
        self.stores.close()


def _drop(_logger: object, _method: str, _event: object) -> Any:
    raise structlog.DropEvent


@contextmanager
def quiet() -> Iterator[None]:
    """Faults are what a world is made of; their log lines would be most of the run."""
    before, level = structlog.get_config(), logging.root.manager.disable
    structlog.configure(
        processors=[_drop], logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=False,
    )  # fmt: skip
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(level)
        structlog.configure(**before)


__all__ = ["ACCOUNT", "BROKER", "ME", "OTHER", "PRINCIPALS", "SECOND", "App", "quiet"]
