"""A user's watch list and chart preferences."""

from __future__ import annotations

from collections.abc import Sequence

from database import preferences
from database.stores import Store
from domain.errors import InvalidInput
from utils.clock import Clock

LONGEST_LIST = 500
LONGEST_VALUE = 65_536
MOST_PREFERENCES = 100
FIRST_LIST = (
    ("NSE_INDEX", "NIFTY"), ("NSE_INDEX", "BANKNIFTY"), ("BSE_INDEX", "SENSEX"),
    ("NSE", "RELIANCE"), ("NSE", "HDFCBANK"), ("NSE", "ICICIBANK"), ("NSE", "INFY"), ("NSE", "TCS"),
    ("NSE", "SBIN"), ("NSE", "ITC"), ("NSE", "LT"), ("NSE", "TATAPOWER"),
)  # fmt: skip


class Watchlists:
    """One ordered list per user; (exchange, symbol) pairs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, user_id: int) -> list[tuple[str, str]]:
        """The list in the user's order; well-known names until the user saves a list, which may be empty."""
        with self._store.reading() as unit:
            rows = preferences.Watchlists(unit)
            return rows.get(user_id) if rows.is_saved(user_id) else list(FIRST_LIST)

    def put(self, user_id: int, keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Replace the list; repeated instruments are kept once. Raises InvalidInput beyond 500."""
        distinct = list(dict.fromkeys(keys))
        if len(distinct) > LONGEST_LIST:
            raise InvalidInput(f"A watch list holds at most {LONGEST_LIST} symbols")
        with self._store.unit() as unit:
            preferences.Watchlists(unit).put(user_id, distinct)
        return distinct


class ChartPreferences:
    """Small remembered values per user."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, user_id: int) -> dict[str, str]:
        """All values."""
        with self._store.reading() as unit:
            return preferences.ChartPreferences(unit).get(user_id)

    def put(self, user_id: int, key: str, value: str) -> None:
        """Set one value. Raises InvalidInput when it is too long or there are too many."""
        if not 0 < len(key) <= 50 or len(value) > LONGEST_VALUE:
            raise InvalidInput("The preference is too long")
        with self._store.unit() as unit:
            rows = preferences.ChartPreferences(unit)
            if key not in (known := rows.get(user_id)) and len(known) >= MOST_PREFERENCES:
                raise InvalidInput("Too many preferences")
            rows.put(user_id, key, value, self._clock.now())
