"""The contract masters being served: one in-memory index per broker in the app, a lazy look-up for the proxy."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Collection, Iterator
from decimal import Decimal

from database.contracts import Contracts, instrument
from database.stores import Store
from domain.calendar import INDIA
from domain.errors import Unavailable, UnknownInstrument
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from services.market.calendar import Calendar
from services.market.index import Freezes, InstrumentIndex
from services.market.search import LIMIT, Search
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock
from utils.memory import release

FUTURES = frozenset({InstrumentType.FUT})
OPTIONS = frozenset({InstrumentType.CE, InstrumentType.PE})
EXPIRING = {"futures": FUTURES, "options": OPTIONS}
TRADABLE = FUTURES | OPTIONS | {InstrumentType.PERPFUT}
LOOKUP_SIZE = 4096
GENERATION_SECONDS = 2.0


class BrokerLookup:
    """What a plug-in of the app holds: always answers from the index being served, None while there is none."""

    def __init__(self, instruments: Instruments, broker: str) -> None:
        self._instruments = instruments
        self._broker = broker

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        """The instrument of a common name."""
        index = self._instruments.index(self._broker)
        return index.by_key(key) if index else None

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The instrument of a vendor token within the vendor's exchange."""
        index = self._instruments.index(self._broker)
        return index.by_token(broker_exchange, token) if index else None

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The instrument of a vendor symbol within the vendor's exchange."""
        index = self._instruments.index(self._broker)
        return index.by_broker_symbol(broker_exchange, broker_symbol) if index else None


class Instruments:
    """Contract masters of all brokers in this process. An index is built aside and its reference swapped."""

    def __init__(self, store: Store, clock: Clock, calendar: Calendar) -> None:
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._searches: dict[str, Search] = {}
        self._empty: dict[str, float] = {}
        self._loading = Lock()
        self.freezes: dict[tuple[Exchange, str], int] = {}

    def lookup(self, broker: str) -> BrokerLookup:
        """A look-up that follows every later load; for plug-ins of this process."""
        return BrokerLookup(self, broker)

    def index(self, broker: str) -> InstrumentIndex | None:
        """The index being served, read from the store when this process has none yet."""
        search = self._search(broker)
        return search.index if search else None

    def serve(self, broker: str, index: InstrumentIndex) -> None:
        """Serve a freshly built index from now on."""
        self._searches[broker] = Search(index, self._today())

    def _search(self, broker: str) -> Search | None:
        search = self._searches.get(broker)
        if search is None:
            return self._read(broker)
        if search.today != self._today():
            search = self._searches[broker] = Search(search.index, self._today())
        return search

    def _read(self, broker: str) -> Search | None:
        """Build the index from the store; an empty store is asked again after two seconds."""
        if self._clock.monotonic() < self._empty.get(broker, 0.0):
            return None
        with self._loading:
            search = self._searches.get(broker)
            if search is not None:
                return search
            with self._store.reading() as unit:
                contracts = Contracts(unit)
                generation = contracts.generation(broker)
                if generation is None:
                    self._empty[broker] = self._clock.monotonic() + GENERATION_SECONDS
                    return None
                batches = contracts.rows(generation)
                rows = (instrument(row) for batch in batches for row in batch)
                index = InstrumentIndex(rows, generation, self.freezes)
            search = self._searches[broker] = Search(index, self._today())
        self.settle(broker)
        return search

    def settle(self, broker: str) -> None:
        """Give back the memory that building the index took, once nobody holds the rows it was built from."""
        search = self._searches.get(broker)
        if search is not None:
            search.index.settle()
            release()

    def forget(self, broker: str) -> None:
        """Drop the index; the next question reads it again."""
        self._searches.pop(broker, None)

    def set_freezes(self, freezes: Freezes) -> None:
        """Use these quantity freezes for instruments whose broker tells none."""
        self.freezes.clear()
        self.freezes.update(freezes)
        for search in list(self._searches.values()):
            search.index.by_key.cache_clear()

    def _required(self, broker: str) -> Search:
        search = self._search(broker)
        if search is None:
            raise Unavailable(
                f"The contract master of {broker} is not loaded yet", code="CONTRACTS_NOT_READY"
            )
        return search

    def resolve(self, broker: str, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument of this name. Raises UnknownInstrument with near symbols, Unavailable before any load."""
        search = self._required(broker)
        found = search.index.by_key(InstrumentKey(exchange, symbol))
        if found is None:
            raise UnknownInstrument(exchange.value, symbol, search.near(exchange, symbol))
        return found

    def search(
        self, broker: str, query: str, exchange: Exchange | None = None, limit: int = LIMIT
    ) -> list[Instrument]:
        """The best matches for a query, best first. Raises Unavailable before any load."""
        return self._required(broker).find(query, exchange, limit)

    def searching(self, broker: str) -> Search:
        """Search over the contract master being served. Raises Unavailable before any load."""
        return self._required(broker)

    def expiries(self, broker: str, exchange: Exchange, root: str, kind: str) -> list[dt.date]:
        """Live expiries of an underlying, ascending. kind: `futures` or `options`."""
        segment = self._required(broker).index.segments.get(exchange)
        days = segment.expiries(root, EXPIRING[kind]) if segment else []
        return [day for day in days if not self.is_expired(exchange, day)]

    def is_expired(self, exchange: Exchange, expiry: dt.date) -> bool:
        """Whether trading in contracts of this expiry has ended."""
        today = self._today()
        if expiry != today:
            return expiry < today
        sessions = self._calendar.trading_sessions(exchange, expiry)
        return bool(sessions) and self._clock.now() >= sessions[-1].end

    def chain(
        self, broker: str, exchange: Exchange, root: str, expiry: dt.date | None, kind: InstrumentType
    ) -> list[Instrument]:
        """Contracts of one root, expiry and type, ascending by strike."""
        segment = self._required(broker).index.segments.get(exchange)
        return [segment.instrument(row) for row in segment.chain(root, expiry, kind)] if segment else []

    def strikes(
        self, broker: str, exchange: Exchange, root: str, expiry: dt.date, kind: InstrumentType
    ) -> list[Decimal]:
        """Strikes of one root, expiry and option type, ascending."""
        segment = self._required(broker).index.segments.get(exchange)
        rows = segment.chain(root, expiry, kind) if segment else ()
        found = (segment.strike(row) for row in rows) if segment else ()
        return [strike for strike in found if strike is not None]

    def underlyings(self, broker: str, exchange: Exchange, with_futures: bool = False) -> list[str]:
        """Roots with live options (or also futures) on the exchange, in alphabetical order; test symbols hidden."""
        segment = self._required(broker).index.segments.get(exchange)
        wanted = TRADABLE if with_futures else OPTIONS
        roots = {
            root
            for root, expiry, kind in (segment.chains() if segment else ())
            if kind in wanted and (expiry is None or not self.is_expired(exchange, expiry))
        }
        return sorted(root for root in roots if "TEST" not in root)

    def in_closing_auction(self, broker: str, instrument: Instrument) -> bool:
        """Whether an equity takes part in the closing auction: it has derivatives on its exchange."""
        derivatives = {Exchange.NSE: Exchange.NFO, Exchange.BSE: Exchange.BFO}.get(instrument.exchange)
        index = self.index(broker)
        segment = index.segments.get(derivatives) if index and derivatives else None
        return segment is not None and instrument.symbol in segment.names.numbers

    def all(self, broker: str, exchange: Exchange | None = None) -> Iterator[Instrument]:
        """Every instrument of an exchange, or of all exchanges."""
        return self._required(broker).index.all(exchange)

    def _today(self) -> dt.date:
        return self._clock.now().astimezone(INDIA).date()


class SqlInstrumentLookup:
    """Look-up for a process that must stay small: asks the store by index and remembers the last 4096 answers.

    The generation is asked again every two seconds, and before anything is said to be missing: a load that was just
    announced elsewhere must be seen. A new generation empties the memory.
    """

    def __init__(self, store: Store, broker: str, clock: Clock, size: int = LOOKUP_SIZE) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._size = size
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str, str], Instrument] = OrderedDict()
        limits.watch(
            self._known, name="instruments looked up", kind="cache", bound=size, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._generation: int | None = None
        self._asked_at: float | None = None

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        """The instrument of a common name."""
        return self._find("key", key.exchange.value, key.symbol)

    def by_keys(self, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        """Those of the named instruments that exist, in few statements."""
        places = {key: ("key", key.exchange.value, key.symbol) for key in keys}
        with self._lock:
            generation = self._current()
            found = {key: self._known[place] for key, place in places.items() if place in self._known}
            if len(found) < len(places):
                generation = self._current(anew=True)
                found = {key: self._known[place] for key, place in places.items() if place in self._known}
        missing = [key for key in places if key not in found]
        if generation is None or not missing:
            return found
        with self._store.reading() as unit:
            rows = Contracts(unit).by_keys(generation, missing)
        with self._lock:
            for row in rows[: self._size] if generation == self._generation else ():
                self._known[places[row.key]] = row
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return found | {row.key: row for row in rows}

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The instrument of a vendor token within the vendor's exchange."""
        return self._find("token", broker_exchange, token)

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The instrument of a vendor symbol within the vendor's exchange."""
        return self._find("symbol", broker_exchange, broker_symbol)

    def forget(self) -> None:
        """A new generation came into force: ask for it at the next look-up."""
        with self._lock:
            self._asked_at = None

    def _find(self, kind: str, exchange: str, text: str) -> Instrument | None:
        place = (kind, exchange, text)
        with self._lock:
            self._current()
            known = self._known.get(place)
            if known is not None:
                self._known.move_to_end(place)
                return known
            generation = self._current(anew=True)
        if generation is None:
            return None
        with self._store.reading() as unit:
            contracts = Contracts(unit)
            if kind == "key":
                found = contracts.by_key(generation, InstrumentKey(Exchange(exchange), text))
            elif kind == "token":
                found = contracts.by_token(generation, exchange, text)
            else:
                found = contracts.by_broker_symbol(generation, exchange, text)
        if found is not None:
            with self._lock:
                if generation == self._generation:
                    self._known[place] = found
                while len(self._known) > self._size:
                    self._known.popitem(last=False)
        return found

    def _current(self, *, anew: bool = False) -> int | None:
        now = self._clock.monotonic()
        if anew or self._asked_at is None or now - self._asked_at >= GENERATION_SECONDS:
            with self._store.reading() as unit:
                generation = Contracts(unit).generation(self._broker)
            if generation != self._generation:
                self._known.clear()
                self._generation = generation
            self._asked_at = now
        return self._generation
