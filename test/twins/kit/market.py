"""The simulated exchange with a vendor's names on its instruments."""

from decimal import Decimal

from broker.simulator.book.accounts import Accounts
from broker.simulator.book.records import HoldingRecord
from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.ticks import LocalTicks
from broker.simulator.universe import Universe
from utils.ids import SystemIds


class Market:
    """listing: a kit Listing class. sink: told each batch of ticks that goes out, [(tick, listed)]."""

    def __init__(self, listing, data_dir, seed, scale, clock):
        self.clock = clock
        self.sink = None
        self.prices = Prices(seed)
        self.universe = Universe(self.prices, scale)
        self.listing = listing(self.universe, clock)
        self.exchange = SimulatedExchange(
            self.universe, self.prices, clock, SystemIds(), data_dir / "exchange.db", unique_tags=False
        )

    def _contract(self, listed):
        return self.universe.resolve(listed.instrument.exchange.value, listed.instrument.symbol)

    def ticks(self):
        """A tick source for one connection."""
        return LocalTicks(self.universe, self.prices)

    def quote(self, listed):
        """Snapshot now."""
        return self.exchange.quote(self._contract(listed))

    def depth(self, listed, levels=5):
        """Snapshot and book now."""
        return self.exchange.depth(self._contract(listed), levels)

    def grant(self, user, exchange, symbol, quantity, average_price):
        """Give a user delivery shares of an earlier day."""
        cost = int(Decimal(average_price) * quantity * 100)
        accounts = Accounts(self.exchange._database)
        with self.exchange._database.writing():
            accounts.save_holding(
                HoldingRecord(account=user, exchange=exchange, symbol=symbol, quantity=quantity, cost=cost)
            )

    def history(self, listed, interval, start, end):
        """Bars that start within [start, end]."""
        return self.exchange.history(self._contract(listed), interval, start, end)
