"""Open interest at the close of the session before: the last finished daily bar of a contract, read once a day.

A chain must not wait for one call per contract, so what is not known yet is read behind it, slowly and in a thread of
its own, those at the money first; until then it is unknown. Quotes that come by the batch do not say it.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec

from domain.errors import InvalidInput, NotFound, NotSupported, OpenAlgoError
from domain.instruments import Instrument, InstrumentKey
from domain.market import Interval
from services.accounts.principal import Principal
from services.market.history import History
from services.options.chains import Chain
from services.trading.router import require_account
from utils import limits
from utils.clock import Clock
from utils.concurrency import BoundedQueue, Event, Lock, QueueFull, start_thread
from utils.logging import get_logger

# Bars further back belong to a contract that nobody trades: open interest changes by trades alone.
LOOK_BACK_DAYS = 10
# Whoever opened a chain and went on leaves this much behind, some fifteen seconds of reading.
MOST_WAITING = 50
MOST_KNOWN = 20_000
PAUSE_SECONDS = 0.3
RETRY_SECONDS = 300.0
Place = tuple[int, InstrumentKey, dt.date]
log = get_logger(__name__)


class _Wanted(msgspec.Struct, frozen=True):
    """A contract to be read. day: the session whose predecessor is meant."""

    principal: Principal
    instrument: Instrument
    day: dt.date
    place: Place


class _Known(msgspec.Struct, frozen=True):
    """What a reading brought. until: monotonic seconds after which it is tried again, None for never."""

    interest: int | None
    until: float | None = None


class PreviousInterest:
    """Thread-safe. At most 50 contracts wait to be read (more are refused until the chain is asked for again)."""

    def __init__(self, history: History, clock: Clock, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._history = history
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._lock = Lock()
        self._stop = Event()
        self._known: OrderedDict[Place, _Known] = OrderedDict()
        self._waiting: set[Place] = set()
        self._queue: BoundedQueue[_Wanted] = BoundedQueue(
            MOST_WAITING, "refuse", name="previous open interest"
        )
        self._join: Callable[[float], None] | None = None
        limits.watch(
            self._known, name="previous open interest", kind="cache", bound=MOST_KNOWN, policy="drop_oldest",
            size=len,
        )  # fmt: skip

    def of(self, principal: Principal, chain: Chain) -> dict[InstrumentKey, int]:
        """Open interest of the chain's contracts, units, as far as it is known; the rest will be read."""
        account_id = require_account(principal).account_id
        rows = sorted(chain.rows, key=lambda row: abs(row.strike - chain.atm_strike))
        legs = [leg.instrument for row in rows for leg in (row.call, row.put) if leg is not None]
        found: dict[InstrumentKey, int] = {}
        missing: list[_Wanted] = []
        day = self._day(principal, legs)
        if day is None:
            return found
        with self._lock:
            for instrument in legs:
                place = account_id, instrument.key, day
                known = self._known.get(place)
                if known is not None and known.interest is not None:
                    found[instrument.key] = known.interest
                elif self._is_due(known) and place not in self._waiting:
                    missing.append(_Wanted(principal, instrument, day, place))
            self._want(missing)
        return found

    def close(self) -> None:
        """End the reading."""
        self._stop.set()
        self._queue.close()
        if self._join is not None:
            self._join(2.0)

    def _day(self, principal: Principal, legs: Sequence[Instrument]) -> dt.date | None:
        try:
            return self._history.session_day(principal, legs[0]) if legs else None
        except LookupError:
            return None

    def _is_due(self, known: _Known | None) -> bool:
        return known is None or (known.until is not None and known.until <= self._clock.monotonic())

    def _want(self, missing: Sequence[_Wanted]) -> None:
        """Under the lock. The thread begins with the first that is wanted."""
        if missing and self._join is None:
            self._join = start_thread(self._run, "previous-interest").join
        for wanted in missing:
            try:
                self._queue.put(wanted)
            except QueueFull:
                return
            self._waiting.add(wanted.place)

    def _run(self) -> None:
        while not self._stop.is_set():
            for wanted in self._queue.take(1, 1.0):
                known = self._read(wanted)
                with self._lock:
                    self._waiting.discard(wanted.place)
                    self._known[wanted.place] = known
                    while len(self._known) > MOST_KNOWN:
                        self._known.popitem(last=False)
                self._stop.wait(self._pause_seconds)

    def _read(self, wanted: _Wanted) -> _Known:
        """Zero is what vendors say who do not count open interest, so it is not known either."""
        first, last = wanted.day - dt.timedelta(days=LOOK_BACK_DAYS), wanted.day - dt.timedelta(days=1)
        try:
            bars = self._history.read(wanted.principal, wanted.instrument.key, Interval.D, first, last)
        except (NotSupported, InvalidInput, NotFound):
            return _Known(None)
        except OpenAlgoError as error:
            log.info("Open interest of the day before could not be read", error=error.code)
            return _Known(None, self._clock.monotonic() + RETRY_SECONDS)
        except Exception:
            # One contract that breaks must not end the reading of all others.
            log.exception("Open interest of the day before broke", contract=str(wanted.instrument.key))
            return _Known(None, self._clock.monotonic() + RETRY_SECONDS)
        if bars.unread:
            return _Known(None, self._clock.monotonic() + RETRY_SECONDS)
        return _Known((bars.candles[-1].oi or None) if bars.candles else None)
