"""One contract in a market that moves only when a test says so, behind the whole order room."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.registry import PLUGIN_FOLDER, read_manifest
from domain.errors import OutcomeUnknown
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import OrderRow, OrderTerms, PriceType, Product, Side
from test.sim.exits import VirtualBudgets
from test.sim.exits_exchange import ExitsExchange, Order, row_of
from test.sim.exits_gateway import BROKER, Brokers, Bus, Gateway
from test.sim.exits_market import Listing
from test.stores import open_stores
from utils.clock import ManualClock
from utils.ids import SeededIds

NOW = dt.datetime(2026, 11, 30, 4, 0, tzinfo=dt.UTC)
TICK = Decimal("0.05")
ACCOUNT = 7


class StillExchange(ExitsExchange):
    """Nothing moves by itself. `script`: what the next arrivals meet: `lost`, `broken` or an error to raise."""

    def __init__(self, clock: ManualClock, listing: Listing) -> None:
        self.script: list[Any] = []
        self.arrivals: list[tuple[str, OrderTerms]] = []
        self.silent = False
        super().__init__(clock, random.Random(1), [listing], faults=0, per_second=10, per_minute=200)

    def _move(self, listing: Listing) -> None: ...

    def _arrive(self, account: int) -> str:
        super()._arrive(account)
        fate = self.script.pop(0) if self.script else None
        if isinstance(fate, Exception):
            raise fate
        if fate == "broken":
            raise OutcomeUnknown("broken before it was read")
        return "lost" if fate == "lost" else ""

    def place(self, account: int, terms: OrderTerms, tag: str) -> str:
        self.arrivals.append(("place", terms))
        return super().place(account, terms, tag)

    def modify(self, account: int, order_id: str, terms: OrderTerms) -> str:
        self.arrivals.append(("modify", terms))
        return super().modify(account, order_id, terms)


class Scene:
    """A listing, its exchange and a gateway over a store; `restart` makes a new gateway on the same store."""

    def __init__(self, folder: Path, option: str = "0") -> None:
        self.clock = ManualClock(NOW)
        self.instrument = Instrument(
            symbol="TATAPOWER", exchange=Exchange.NSE, broker_symbol="TATAPOWER", broker_exchange="NSE", token="1",
            name="TATA POWER", instrument_type=InstrumentType.EQ, lot_size=1, tick_size=TICK,
        )  # fmt: skip
        self.listing = Listing(
            instrument=self.instrument, mid=2000, low=1900, high=2100, gap=0, depth=1, last=2000
        )
        self.exchange = StillExchange(self.clock, self.listing)
        self.stores = open_stores(folder)
        manifest = read_manifest(PLUGIN_FOLDER / BROKER / "plugin.json")
        self.ladder = manifest.protection.rules[0].ladder  # type: ignore[union-attr]
        self.brokers = Brokers(manifest, self.exchange, VirtualBudgets(manifest.limits.rates, self.clock))
        self.brokers.option = lambda _broker, _name: option  # type: ignore[method-assign]
        self.ids, self.bus = SeededIds(3), Bus()
        self.gateway = self._open()

    def _open(self) -> Gateway:
        self.bus.handlers.clear()
        return Gateway(
            stores=self.stores, clock=self.clock, brokers=self.brokers, exchange=self.exchange, ids=self.ids,
            instruments={self.instrument.key: self.instrument}, bus=self.bus,
        )  # fmt: skip

    def restart(self) -> None:
        """The program ends and begins again."""
        self.gateway.close()
        self.gateway = self._open()

    def offer(
        self, bids: list[tuple[int, int]], asks: list[tuple[int, int]], last: int | None = None
    ) -> None:
        """The book: (ticks, units), best first; resting orders trade against it."""
        self.listing.bids, self.listing.asks = (
            [list(level) for level in bids],
            [list(level) for level in asks],
        )
        self.listing.last = last if last is not None else self.listing.last
        for order in list(self.exchange.orders.values()):
            if order.status.is_working:
                self.exchange._work(order)

    def terms(self, **changes: Any) -> OrderTerms:
        made = OrderTerms(
            symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.SELL, quantity=100,
            price_type=PriceType.MARKET, product=Product.MIS,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    def exit(self, **changes: Any) -> Order:
        """Send an exit; answers the exchange's order."""
        tag = self.gateway.exit(ACCOUNT, self.terms(**changes))
        (order,) = (order for order in self.exchange.orders.values() if order.tag == tag)
        return order

    def pass_time(self, seconds: float) -> None:
        """Rounds of half a second."""
        for _ in range(round(seconds * 2)):
            self.clock.advance(0.5)
            self.gateway.protection.following.round()

    def changes(self) -> list[OrderTerms]:
        """Terms of every change that arrived."""
        return [terms for what, terms in self.exchange.arrivals if what == "modify"]

    def row(self, order: Order) -> OrderRow:
        """The order as the broker shows it."""
        return row_of(order)

    @property
    def ended(self) -> list[Any]:
        """How protection ended, in order."""
        return list(self.bus.ended.values())

    def close(self) -> None:
        self.gateway.close()
        self.stores.close()


@pytest.fixture
def open_scene(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(**options: Any) -> Scene:
        folder = tmp_path / str(len(made))
        made.append(Scene(folder, **options))
        return made[-1]

    yield make
    for scene in made:
        scene.close()


@pytest.fixture
def scene(open_scene: Callable[..., Scene]) -> Scene:
    return open_scene()
