"""A user's watch lists: read with the state of every instrument, replaced as a whole by who saw the last version."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from database.desk.watchlists import WatchlistBooks
from database.stores import Store
from domain.desk.watchlists import Entry, Group, Watchlist, Watchlists, check_limits, expiry_in
from domain.errors import Conflict
from domain.instruments import Exchange, Instrument
from services.accounts.principal import Principal
from services.events import Events, WatchlistsChanged
from services.market.instruments import Instruments
from services.trading.router import require_account
from utils.clock import Clock

REMOVED_KEPT = 300
_NAMES = (
    ("NSE_INDEX", "NIFTY"), ("NSE_INDEX", "BANKNIFTY"), ("BSE_INDEX", "SENSEX"),
    ("NSE", "RELIANCE"), ("NSE", "HDFCBANK"), ("NSE", "ICICIBANK"), ("NSE", "INFY"), ("NSE", "TCS"),
    ("NSE", "SBIN"), ("NSE", "ITC"), ("NSE", "LT"), ("NSE", "TATAPOWER"),
)  # fmt: skip
# Well-known names, shown until the user saves something.
FIRST = Watchlists(
    0,
    (
        Watchlist(
            "list-1",
            "Watchlist",
            (Group("group-1", "", tuple(Entry(Exchange(place), symbol) for place, symbol in _NAMES)),),
        ),
    ),
)


class WatchlistConflict(Conflict):
    """Another tab or device changed the lists since the caller looked; the edge shows what they are now."""

    code = "WATCHLISTS_CHANGED"

    def __init__(self, current: Watchlists) -> None:
        super().__init__("The watch lists were changed elsewhere")
        self.current = current


class Seen(msgspec.Struct, frozen=True):
    """An entry as of now. state: `listed`, `expired`, `unlisted` (the active broker does not have it) or `unchecked`
    (no contracts are loaded to ask)."""

    entry: Entry
    state: str
    instrument: Instrument | None = None


class WatchlistDesk:
    """All lists of each user. Every change names the version it is based on."""

    def __init__(self, store: Store, instruments: Instruments, events: Events, clock: Clock) -> None:
        self._store = store
        self._instruments = instruments
        self._events = events
        self._clock = clock

    def get(self, user_id: int) -> Watchlists:
        """The lists in the user's order; well-known names until the user saves something."""
        with self._store.reading() as unit:
            return WatchlistBooks(unit).get(user_id) or FIRST

    def replace(self, principal: Principal, wanted: Watchlists) -> Watchlists:
        """Put `wanted` in place of the version it names.

        An instrument that is new must be in the active broker's contract master; one that stood on a list, or was
        taken off lately, may stay or come back whatever became of it. Raises InvalidInput, UnknownInstrument,
        Unavailable, SessionDead and WatchlistConflict.
        """
        check_limits(wanted.lists)
        user_id = principal.user_id
        known = self._known(user_id)
        lists = self._dated(principal, wanted.lists, known)
        with self._store.unit() as unit:
            books = WatchlistBooks(unit)
            books.hold(user_id)
            current = books.get(user_id) or FIRST
            if current.version != wanted.version:
                raise WatchlistConflict(current)
            if current.version and current.lists == lists:
                return current
            saved = Watchlists(current.version + 1, lists)
            kept = saved.instruments()
            before = (entry for one in current.lists for entry in one.entries())
            removed = [entry for entry in (*before, *books.removed(user_id)) if entry.key not in kept]
            books.put(user_id, saved, list(dict.fromkeys(removed))[:REMOVED_KEPT], self._clock.now())
        self._events.publish(WatchlistsChanged(user_id=user_id, version=saved.version))
        return saved

    def _known(self, user_id: int) -> dict[Any, Entry]:
        """Entries that need not be asked for: those on a list, and those that were taken off lately."""
        with self._store.reading() as unit:
            books = WatchlistBooks(unit)
            lists = (books.get(user_id) or FIRST).lists
            entries = (*books.removed(user_id), *(entry for one in lists for entry in one.entries()))
        return {entry.key: entry for entry in entries}

    def _dated(
        self, principal: Principal, lists: tuple[Watchlist, ...], known: dict[Any, Entry]
    ) -> tuple[Watchlist, ...]:
        """The lists with entries that exist and carry their expiry."""

        def dated(entry: Entry) -> Entry:
            found = known.get(entry.key)
            if found is not None:
                return found
            broker = require_account(principal).broker
            instrument = self._instruments.resolve(broker, entry.exchange, entry.symbol)
            found = known[entry.key] = Entry(entry.exchange, entry.symbol, instrument.expiry)
            return found

        def within(group: Group) -> Group:
            return msgspec.structs.replace(group, entries=tuple(map(dated, group.entries)))

        return tuple(msgspec.structs.replace(one, groups=tuple(map(within, one.groups))) for one in lists)

    def seen(self, principal: Principal, lists: Watchlists) -> dict[Any, Seen]:
        """State of every instrument on the lists, by its key."""
        index = self._instruments.index(principal.broker) if principal.broker else None
        found = {}
        for entry in (entry for one in lists.lists for entry in one.entries()):
            instrument = index.by_key(entry.key) if index else None
            expiry = (instrument.expiry if instrument else entry.expiry) or expiry_in(entry.key)
            state = "listed" if instrument else "unlisted" if index else "unchecked"
            if self._is_over(entry.exchange, expiry):
                state = "expired"
            found[entry.key] = Seen(Entry(entry.exchange, entry.symbol, expiry), state, instrument)
        return found

    def _is_over(self, exchange: Exchange, expiry: dt.date | None) -> bool:
        return expiry is not None and self._instruments.is_expired(exchange, expiry)
