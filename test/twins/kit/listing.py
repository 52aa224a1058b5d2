"""The simulated exchange's instruments under a vendor's names, rebuilt when the Indian date changes."""

from collections.abc import Hashable
from dataclasses import dataclass

from domain.instruments import Instrument
from utils.clock import ist


@dataclass(frozen=True)
class Listed:
    """One instrument as a vendor names it. token: unique at the vendor; a pair where tokens repeat across segments."""

    instrument: Instrument
    exchange: str
    tradingsymbol: str
    token: Hashable

    @property
    def lot(self):
        """Common units of one vendor unit: 1 unless the vendor counts this instrument in lots."""
        return 1

    @property
    def name(self):
        """EXCHANGE:TRADINGSYMBOL."""
        return f"{self.exchange}:{self.tradingsymbol}"

    @property
    def multiplier(self):
        """Rupees per price point and vendor unit."""
        return self.lot * self.instrument.multiplier


class Listing:
    """Today's instruments. A vendor fills `listed`."""

    def __init__(self, universe, clock):
        self._universe = universe
        self._clock = clock
        self._day = None

    def listed(self, row, monthly):
        """A Listed for an instrument of the exchange, None for one that the vendor does not have.

        monthly: whether a derivative's expiry is the last of its month.
        """
        raise NotImplementedError

    def rows(self):
        """All of today's."""
        self._fresh()
        return list(self._by_token.values())

    def by_name(self, exchange, tradingsymbol):
        """Instrument of a vendor name, None when unknown."""
        self._fresh()
        return self._by_name.get(f"{exchange}:{tradingsymbol}")

    def by_token(self, token):
        """Instrument of a vendor token, None when unknown."""
        self._fresh()
        return self._by_token.get(token)

    def by_key(self, key):
        """Instrument of a common name, None when unknown."""
        self._fresh()
        return self._by_key.get(key)

    def _fresh(self):
        today = ist(self._clock.now()).date()
        if today == self._day:
            return
        instruments = list(self._universe.instruments(today))
        last = {}
        for row in instruments:
            if row.expiry:
                key = _month(row)
                last[key] = max(last.get(key, row.expiry), row.expiry)
        named = (
            self.listed(row, row.expiry is not None and last[_month(row)] == row.expiry)
            for row in instruments
        )
        rows = [row for row in named if row is not None]
        self._by_name = {row.name: row for row in rows}
        self._by_token = {row.token: row for row in rows}
        self._by_key = {row.instrument.key: row for row in rows}
        if not len(rows) == len(self._by_name) == len(self._by_token):
            raise ValueError("two instruments share a trading symbol or a token")
        self._day = today


def _month(row):
    return row.exchange, row.name, row.expiry.year, row.expiry.month
