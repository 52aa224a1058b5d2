"""Puts the room of triggers together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from broker.core.manifest import Manifest
from database.stores import Store
from domain.instruments import InstrumentKey
from domain.market import Quote
from domain.triggers.held import HeldGtt
from services.accounts.principal import Principal
from services.events import Events, OrderChanged
from services.trading.assembly import Trading
from services.trading.desk import BrokerPlugins, BrokerSessions
from services.trading.router import InstrumentIndex
from services.trading.writes import Account
from services.triggers.gtt import Gtts
from services.triggers.holding import HeldDesk, Reserve
from services.triggers.native.calls import BrokerGtts
from services.triggers.native.desk import NativeGtts
from services.triggers.native.following import GttFollower
from services.triggers.native.settling import GttSettling
from services.triggers.telling import Telling
from services.triggers.terms import TermChecks
from services.triggers.watching import Watcher
from utils.clock import Clock
from utils.ids import IdSource
from utils.logging import get_logger

HINTS = 1_000
log = get_logger(__name__)


class TriggerParts(msgspec.Struct, frozen=True, kw_only=True):
    """What triggers need from the house. reserve: holds money back for GTTs of paper trading."""

    store: Store
    trading: Trading
    brokers: BrokerPlugins
    sessions: BrokerSessions
    instruments: InstrumentIndex
    quote: Callable[[Principal, InstrumentKey], Quote]
    events: Events
    reserve: Reserve
    clock: Clock
    ids: IdSource


class Triggers:
    """GTTs, wherever they are held. `watcher_of` gets what hears of held GTTs that moved, and makes the watcher."""

    def __init__(
        self, parts: TriggerParts, watcher_of: Callable[[Callable[[HeldGtt], None]], Watcher]
    ) -> None:
        trading, clock = parts.trading, parts.clock
        self._trading = trading
        self._brokers = parts.brokers
        self._events = parts.events
        self.telling = Telling(parts.events.publish, self._owner, self._strategy)
        self.watcher = watcher_of(self._moved)
        self.held = HeldDesk(
            store=parts.store,
            journal=trading.journal,
            watcher=self.watcher,
            reserve=parts.reserve,
            clock=clock,
        )
        calls = BrokerGtts(parts.brokers, parts.sessions, clock)
        calls.observe = parts.trading.live.observe
        self.follower = GttFollower(
            native_accounts=self._native_accounts, on_moved=self.telling.native_ended, clock=clock
        )
        self.settling = GttSettling(
            journal=trading.journal, calls=calls, bus=parts.events, clock=clock, on_book=self.follower.saw,
            on_settled=self.telling.settled,
        )  # fmt: skip
        self.native = NativeGtts(
            calls=calls, writes=trading.writes, journal=trading.journal, admission=trading.router.admission,
            settling=self.settling, follower=self.follower, ids=parts.ids,
        )  # fmt: skip
        checks = TermChecks(
            instruments=parts.instruments, brokers=parts.brokers, quote=parts.quote, clock=clock
        )
        self.gtts = Gtts(
            modes=trading.modes, live=trading.live, idempotency=trading.idempotency, tracing=trading.tracing,
            checks=checks, native=self.native, telling=self.telling, approvals=lambda: trading.router.approvals,
            held=self.held,
        )  # fmt: skip
        trading.router.gtts = self.gtts
        trading.gtt_outcomes = self.settling

    def start(self) -> None:
        """Take up what earlier runs left, then follow the market and the brokers' books."""
        left = self.settling.load()
        if left:
            log.warning("GTTs of an earlier run have an unknown outcome", count=left)
        self.held.recover()
        self.watcher.start()
        self.follower.start(self.settling)
        # What is dropped here is found by the next comparison.
        self._events.subscribe(
            OrderChanged, self._ordered, queue=HINTS, policy="drop_oldest", name="gtt-orders",
            gather_seconds=0.1,
        )  # fmt: skip

    def close(self) -> None:
        """Stop."""
        self.follower.close()
        self.watcher.close()

    def _ordered(self, event: OrderChanged) -> None:
        if event.mode == self._trading.live.mode:
            account = Account(account_id=event.account_id, broker=event.broker)
            self.follower.ordered(account, event.row, self.settling)

    def _moved(self, gtt: HeldGtt) -> None:
        self.held.moved(gtt)
        self.telling.held_ended(gtt)

    def _strategy(self, account_id: int, trigger_id: str) -> str:
        return self.native.strategies(account_id, [trigger_id]).get(trigger_id, "")

    def _owner(self, account_id: int) -> int | None:
        owner = self._trading.owners.of(account_id)
        return owner.user_id if owner is not None else None

    def _native_accounts(self) -> Iterable[Account]:
        """Logged-in accounts whose broker has GTTs of its own."""
        for owner in self._trading.owners.connected():
            manifest: Manifest = self._brokers.manifest(owner.broker)
            if manifest.gtt is not None:
                yield Account(account_id=owner.account_id, broker=owner.broker)
