"""Puts the exits of positions together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from database.stores import Store
from domain.instruments import Exchange, InstrumentKey
from domain.market import Quote
from domain.triggers.exits import ExitEvent, ExitState, PositionExit
from services.accounts.principal import Principal
from services.events import (
    BLINK_SECONDS,
    Events,
    OrderCancelled,
    OrderChanged,
    PositionExitChanged,
    SessionChanged,
)  # fmt: skip
from services.trading.desk import Desk
from services.trading.modes import AppMode, Modes
from services.trading.router import InstrumentIndex
from services.triggers.exits.alarms import Alarms
from services.triggers.exits.attachments import ExitAttachments
from services.triggers.exits.book import ExitBook
from services.triggers.exits.desk import PositionExitDesk
from services.triggers.exits.firing import ExitFiring, Orders
from services.triggers.exits.following import Following
from services.triggers.exits.lanes import Lanes
from services.triggers.exits.terms import ExitDraft
from services.triggers.exits.watching import ExitWatcher
from services.triggers.ticks import Feed, TickRule
from utils.clock import Clock, ist

QUEUE = 50_000
MOST_TRIES = 5
# How a set ends whose account is gone.
ENDS = {
    ExitState.WAITING: ExitEvent.GONE, ExitState.ACTIVE: ExitEvent.GONE, ExitState.FIRING: ExitEvent.LOST,
    ExitState.EXITING: ExitEvent.ABANDON,
}  # fmt: skip


class Sessions(Protocol):
    """When markets trade."""

    def is_open(self, broker: str, exchange: Exchange, instant: dt.datetime) -> bool:
        """Whether orders may trade."""


class ExitParts(msgspec.Struct, frozen=True, kw_only=True):
    """What exits need from the house. desks: by mode. caller: the owner, acting through their exits."""

    store: Store
    feed: Feed
    orders: Orders
    desks: Mapping[str, Desk]
    instruments: InstrumentIndex
    modes: Modes
    quote: Callable[[Principal, InstrumentKey], Quote]
    caller: Callable[[int], Principal]
    sessions: Sessions
    events: Events
    clock: Clock


class ExitRoom:
    """`desk` for callers, `attachments` for smart orders, `watcher` for the market."""

    def __init__(self, parts: ExitParts) -> None:
        self._events = parts.events
        clock, publish = parts.clock, parts.events.publish
        self.book = ExitBook(
            store=parts.store, feed=parts.feed, clock=clock,
            on_change=lambda held: publish(PositionExitChanged(user_id=held.user_id, exit=held)),
        )  # fmt: skip
        self.lanes = Lanes()
        self.alarms = Alarms(publish, clock)
        self.following = Following(
            book=self.book, lanes=self.lanes, desks=parts.desks, alarms=self.alarms, clock=clock,
            is_open=parts.sessions.is_open,
        )  # fmt: skip
        self.firing = ExitFiring(
            book=self.book, orders=parts.orders, caller=parts.caller, app_mode=parts.modes.app_mode,
            alarms=self.alarms, look=self.following.look_soon, clock=clock,
        )  # fmt: skip
        self.watcher = ExitWatcher(
            book=self.book, lanes=self.lanes, firing=self.firing, following=self.following, feed=parts.feed,
            ticks=TickRule(parts.sessions.is_open, clock),
            is_expired=lambda held: held.expiry is not None and held.expiry < ist(clock.now()).date(),
        )  # fmt: skip
        draft = ExitDraft(instruments=parts.instruments, quote=parts.quote, clock=clock)
        self.attachments = ExitAttachments(book=self.book, draft=draft, look=self.following.look_soon)
        self.desk = PositionExitDesk(
            store=parts.store, book=self.book, watcher=self.watcher, draft=draft, modes=parts.modes,
            desks=parts.desks, look=self.following.look_soon,
        )  # fmt: skip

    def start(self) -> None:
        """Take up what earlier runs left, then follow orders and the market."""
        handlers: dict[type[Any], Callable[[Any], None]] = {
            OrderChanged: self.following.changed, OrderCancelled: self.following.cancelled,
            SessionChanged: self.following.session_changed,
        }  # fmt: skip
        self.watcher.start()
        self._events.subscribe(
            tuple(handlers), lambda event: handlers[type(event)](event), queue=QUEUE, policy="wait",
            name="position-exits", gather_seconds=BLINK_SECONDS,
        )  # fmt: skip

    def end_paper(self, account_id: int) -> None:
        """End the paper exits of an account whose books begin anew."""
        for held in self.book.open():
            if (held.account_id, held.mode) == (account_id, AppMode.ANALYZE.value):
                self.book.move(held, ExitEvent.GONE, reason="Account reset")

    def open_accounts(self) -> set[int]:
        """Accounts with open sets."""
        return {held.account_id for held in self.book.open()}

    def close_account(self, account_id: int, reason: str) -> int:
        """End every set of an account. Of one whose order is on its way nobody knows the end: its owner must look."""
        mine = [held for held in self.book.open() if held.account_id == account_id]
        return sum(self._end(held, reason) for held in mine)

    def _end(self, held: PositionExit, reason: str) -> bool:
        text, tries = reason, 0
        while tries < MOST_TRIES:
            tries += 1
            event = ENDS[held.state]
            if held.state in (ExitState.FIRING, ExitState.EXITING):
                text = f"{reason}; its exit order may still work at the broker"
            if self.book.move(held, event, reason=text) is not None:
                self.alarms.settled(held.exit_id)
                return True
            again = self.book.get(held.exit_id)  # another hand was quicker: look what it made of it
            if again is None:
                return False
            held = again
        return False

    def close(self) -> None:
        """Stop; everything is on disk."""
        self.watcher.close()
