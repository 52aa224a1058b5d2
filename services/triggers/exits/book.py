"""Open sets of exits in memory, each exactly as it is on disk, with a market-data demand for every instrument."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from database.stores import Store
from database.triggers.exits import PositionExits
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from domain.triggers.exits import OPEN_STATES, ExitEvent, PositionExit, after
from services.triggers.ticks import Feed, Subscription, Where
from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock

Place = tuple[int, str, str, str, str]


def place_of(held: PositionExit) -> Place:
    """The position that a set protects: account, mode, exchange, symbol, product."""
    return held.account_id, held.mode, held.exchange.value, held.symbol, held.product.value


class ExitBook:
    """Thread-safe. What cannot be written, because another hand was quicker, is never acted on."""

    def __init__(
        self, *, store: Store, feed: Feed, clock: Clock, on_change: Callable[[PositionExit], None]
    ) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._on_change = on_change
        self._lock = Lock()
        self._held: dict[str, PositionExit] = {}
        self._at: dict[Where, tuple[str, ...]] = {}
        self._watches: dict[Where, Subscription] = {}

    def load(self) -> list[PositionExit]:
        """Take up what earlier runs left open."""
        with self._store.reading() as unit:
            found = PositionExits(unit).open()
        for held in found:
            self._hold(held)
        return found

    def close(self) -> None:
        """Give the demands back."""
        with self._lock:
            watches, self._watches = list(self._watches.values()), {}
        for watch in watches:
            watch.close()

    def get(self, exit_id: str) -> PositionExit | None:
        """An open set."""
        return self._held.get(exit_id)

    def open(self) -> list[PositionExit]:
        """Every open set."""
        return list(self._held.values())

    def at(self, broker: str, exchange: str, symbol: str) -> Iterable[PositionExit]:
        """Open sets of an instrument."""
        names = self._at.get((broker, exchange, symbol), ())
        return [held for name in names if (held := self._held.get(name)) is not None]

    def of_position(self, place: Place) -> PositionExit | None:
        """The open set of a position."""
        return next((held for held in list(self._held.values()) if place_of(held) == place), None)

    def add(self, held: PositionExit) -> None:
        """Keep a new set, on disk when this returns. Raises Conflict when the position has an open one."""
        with self._store.unit(durable=True) as unit:
            PositionExits(unit).add(held)
        self._hold(held)
        self._on_change(held)

    def move(self, held: PositionExit, event: ExitEvent, **changes: Any) -> PositionExit | None:
        """Store what happened; None when it cannot happen, or another hand was quicker."""
        state = after(held.state, event)
        if state is None:
            return None
        moved: PositionExit = msgspec.structs.replace(held, state=state, **changes)
        return self.store(moved, held)

    def store(self, held: PositionExit, was: PositionExit) -> PositionExit | None:
        """Write a new version, if the stored one is still `was`, and follow it; None when it is another."""
        (stored,) = self.store_all([(held, was)])
        return stored

    def store_all(self, pairs: Iterable[tuple[PositionExit, PositionExit]]) -> list[PositionExit | None]:
        """Several (new, was) in one write."""
        now = epoch_ms(self._clock.now())
        fresh = [
            (msgspec.structs.replace(held, updated_ms=max(now, was.updated_ms + 1)), was)
            for held, was in pairs
        ]
        with self._store.unit(durable=True) as unit:
            rows = PositionExits(unit)
            moved = [rows.move(held, was) for held, was in fresh]
            current = [
                held if done else rows.get(held.exit_id) for (held, _), done in zip(fresh, moved, strict=True)
            ]
        for held in current:
            if held is not None:
                self._hold(held)
        ended = [held if done else None for (held, _), done in zip(fresh, moved, strict=True)]
        for item in ended:
            if item is not None:
                self._on_change(item)
        return ended

    def _hold(self, held: PositionExit) -> None:
        """Take this version into account, in place of any earlier one; a finished set is let go."""
        where = held.broker, held.exchange.value, held.symbol
        with self._lock:
            known = self._held.get(held.exit_id)
            if known is not None and known.updated_ms > held.updated_ms:
                return
            if held.state in OPEN_STATES:
                self._held[held.exit_id] = held
                if known is None:
                    self._at[where] = (*self._at.get(where, ()), held.exit_id)
            elif known is not None:
                del self._held[held.exit_id]
                self._at[where] = tuple(name for name in self._at[where] if name != held.exit_id)
            idle = self._follow(where)
        if idle is not None:
            idle.close()

    def _follow(self, where: Where) -> Subscription | None:
        """Subscribe with the first set of an instrument; answers the subscription that is no longer wanted."""
        if self._at.get(where):
            if where not in self._watches:
                key = InstrumentKey(Exchange(where[1]), where[2])
                self._watches[where] = self._feed.watch(where[0], [key], Mode.LTP)
            return None
        self._at.pop(where, None)
        return self._watches.pop(where, None)
