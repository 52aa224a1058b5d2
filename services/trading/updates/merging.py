"""What is known about each order, merged from our own answers, pushes and polls into one growing stream per user.

How two facts of one order become one is services.trading.updates.merge's business.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from domain.orders import OrderRow, OrderUpdate
from services import events
from services.trading.timeline.told import Story, Told
from services.trading.updates.known import (
    Known,
    Voice,
    first_voices,
    inherited,
    is_another,
    lacks,
    restored,
    told_of_book,
    yesterday_ms,
)
from services.trading.updates.merge import merge, shows
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account, Mandate
from utils import limits
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import Lock
from utils.logging import get_logger

log = get_logger(__name__)
ORDERS_KEPT = 50_000
TAGS_KEPT = 20_000
# In the first book of an account that was never watched before, what changed this long before the start is no news.
FIRST_NEWS = dt.timedelta(minutes=10)


class Merged(dict[int, OrderedDict[str, Known]]):
    """Orders by account and id; a type of its own, since a plain dict cannot be referred to weakly."""

    def __init__(self) -> None:
        super().__init__()
        limits.watch(
            self, name="orders of the busiest account", kind="cache", bound=ORDERS_KEPT, policy="drop_oldest",
            size=lambda own: max(map(len, list(own.values())), default=0),
        )  # fmt: skip


class OrderUpdates:
    """The merged state of every account and the ordered stream of every user.

    owner_of: whose account it is, None for a deleted one. strategy_of: journal look-up for orders of an earlier run.
    on_evidence hears every row, so that an unknown outcome is settled as soon as the order shows up anywhere.
    label: what clients see as the broker, where it is not the account's. story: what earlier runs told of orders.
    """

    def __init__(
        self, *, bus: events.Events, stream: OrderStream, owner_of: Callable[[int], Owner | None],
        strategy_of: Callable[[int, OrderRow], str], on_evidence: Callable[[Account, OrderRow], None],
        clock: Clock, mode: str = "live", label: str | None = None, story: Story | None = None,
    ) -> None:  # fmt: skip
        self._story = story
        self._mode = mode
        self._label = label
        self._events = bus
        self._stream = stream
        self._owner_of = owner_of
        self._strategy_of = strategy_of
        self._on_evidence = on_evidence
        self._clock = clock
        self._lock = Lock()
        self._orders = Merged()
        self._tags: OrderedDict[str, str] = OrderedDict()
        limits.watch(self._tags, name="tags", kind="cache", bound=TAGS_KEPT, policy="drop_oldest", size=len)
        self._days: dict[int, dt.date] = {}
        self._news_since = clock.now() - FIRST_NEWS

    def restore(self) -> int:
        """Take up what an earlier run told clients: what they know is not told again, nor taken back.

        Answers the instant (epoch milliseconds) from which on it is known.
        """
        since_ms = yesterday_ms(self._clock.now())
        told = self._stream.last_states(self._mode, since_ms)
        with self._lock:
            for each in told:
                self._orders.setdefault(each.account_id, OrderedDict())[each.row.order_id] = restored(each)
        return since_ms

    def sending(self, tag: str, strategy: str) -> None:
        """An intent is about to go out: its push may arrive before its answer."""
        with self._lock:
            self._tags[tag] = strategy
            if len(self._tags) > TAGS_KEPT:
                self._tags.popitem(last=False)

    def accepted(self, mandate: Mandate, row: OrderRow) -> None:
        """Our own answer to a placed order."""
        self._learn(mandate.account, row, "answer", complete=False)

    def receive(self, account: Account, update: OrderUpdate) -> None:
        """One change, as the broker pushed it or a postback told it."""
        self._on_evidence(account, update.row)
        self._learn(account, update.row, update.source, complete=True)

    def snapshot(self, account: Account, book: Sequence[OrderRow]) -> None:
        """A whole order book. The first one of a run repeats the day: what the story holds already is no news."""
        owner = self._owner_of(account.account_id)
        if owner is None:
            self.forget(account.account_id)
            return
        with self._lock:
            is_first = account.account_id not in self._days
            is_known = account.account_id in self._orders
            doubted = book if is_first else inherited(book, self._orders.get(account.account_id, {}))
        since_ms = yesterday_ms(self._clock.now())
        told = told_of_book(self._story, owner, doubted, since_ms, is_known) if doubted else None
        voices = first_voices(book, told, self._news_since) if is_first else {}
        for row in book:
            self._on_evidence(account, row)
            voice = voices.get(row.order_id, Voice.ALOUD)
            self._learn(account, row, "poll", complete=True, voice=voice, told=told)
        self._enter_day(account.account_id, {row.order_id for row in book})

    def forget(self, account_id: int) -> None:
        """The account was deleted."""
        with self._lock:
            self._orders.pop(account_id, None)
            self._days.pop(account_id, None)

    def accounts(self) -> set[int]:
        """Accounts that something is remembered of."""
        with self._lock:
            return {*self._orders, *self._days}

    def seen(self, account_id: int) -> dict[str, Known]:
        """Every order of the account as merged so far, by id; copies."""
        with self._lock:
            entries = self._orders.get(account_id) or OrderedDict()
            return {order_id: copy.copy(entry) for order_id, entry in entries.items()}

    def known(self, account: Account, order_id: str) -> OrderRow | None:
        """The order in the broker's own words, None when it was never seen that way."""
        with self._lock:
            entries = self._orders.get(account.account_id)
            entry = entries.get(order_id) if entries else None
            return entry.row if entry is not None and entry.complete else None

    def strategies(self, account_id: int) -> dict[str, str]:
        """order id -> strategy of every order seen in this run; the journal's rows may lag behind by a moment."""
        with self._lock:
            entries = self._orders.get(account_id) or OrderedDict()
            return {order_id: entry.strategy for order_id, entry in entries.items() if entry.strategy}

    def has_working(self, account_id: int) -> bool:
        """Whether any order of the account may still change."""
        with self._lock:
            entries = self._orders.get(account_id)
            return any(not entry.row.status.is_terminal for entry in entries.values()) if entries else False

    def _enter_day(self, account_id: int, listed: Collection[str]) -> None:
        """Orders of an earlier day that are over, or that the book no longer lists, are dropped once a day."""
        today = ist(self._clock.now()).date()
        with self._lock:
            if self._days.get(account_id) == today:
                return
            self._days[account_id] = today
            entries = self._orders.get(account_id, OrderedDict())
            for order_id in [
                key
                for key, entry in entries.items()
                if entry.day < today and (entry.row.status.is_terminal or key not in listed)
            ]:
                del entries[order_id]

    def _learn(
        self, account: Account, row: OrderRow, source: str, *, complete: bool, voice: Voice = Voice.ALOUD,
        told: Mapping[str, Told] | None = None,
    ) -> None:  # fmt: skip
        """Merge one row and publish it in sequence; the lock keeps the stream in the order of its numbers."""
        owner = self._owner_of(account.account_id)
        if owner is None:
            self.forget(account.account_id)
            return
        with self._lock:
            entries = self._orders.setdefault(account.account_id, OrderedDict())
            if row.order_id in entries:
                voice = Voice.ALOUD  # this run has told of it already
            entry = self._merge_into(entries, account, row, source, complete)
            if entry is None and told is not None:
                if lacks(told, entries[row.order_id]):
                    entry, voice = entries[row.order_id], Voice.STORY
                entries[row.order_id].inherited = False
            if entry is not None and voice is not Voice.SILENT:
                entry.inherited = False
                self._publish(owner, entry, is_news=voice is Voice.ALOUD)

    def _merge_into(
        self, entries: OrderedDict[str, Known], account: Account, row: OrderRow, source: str, complete: bool
    ) -> Known | None:
        """The order's entry when `row` is news about it, else None."""
        entry = entries.get(row.order_id)
        day = ist(row.placed_at or self._clock.now()).date()
        if entry is not None and is_another(entry, row, day):
            entry = None
        heard_ms = epoch_ms(self._clock.now())
        if entry is None:
            entry = Known(
                row=row, complete=complete, strategy=self._strategy(account, row), day=day, source=source,
                heard_ms=heard_ms,
            )  # fmt: skip
            entries[row.order_id] = entry
            entries.move_to_end(row.order_id)
            if len(entries) > ORDERS_KEPT:
                entries.popitem(last=False)
            return entry
        if entry.complete and not complete:
            return None  # our own answer knows less than the broker has said
        before, merged = entry.row, merge(entry.row, row)
        if complete and not entry.complete:
            entry.complete = True
            entry.row = msgspec.structs.replace(entry.row, vendor=row.vendor)
        if merged is None:
            return None
        entry.row, entry.source, entry.heard_ms = merged, source, heard_ms
        return entry if shows(before, merged) else None

    def _strategy(self, account: Account, row: OrderRow) -> str:
        if row.tag is not None and row.tag in self._tags:
            return self._tags[row.tag]
        return self._strategy_of(account.account_id, row)

    def _publish(self, owner: Owner, entry: Known, *, is_news: bool) -> None:
        seq = 0
        if is_news:
            seq = self._stream.append(
                owner, self._mode, self._label or owner.broker, entry.row, strategy=entry.strategy,
                source=entry.source, at_ms=entry.heard_ms,
            )  # fmt: skip
        if self._events.has_listeners(events.OrderChanged):
            self._events.publish(
                events.OrderChanged(
                    user_id=owner.user_id, account_id=owner.account_id, broker=owner.broker, mode=self._mode,
                    row=entry.row, strategy=entry.strategy, source=entry.source, seq=seq,
                    at_ms=entry.heard_ms, is_news=is_news,
                )
            )  # fmt: skip
