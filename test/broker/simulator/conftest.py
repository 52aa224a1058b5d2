"""A practice exchange on a clock that only the test moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.specs import Contract
from broker.simulator.universe import Universe
from domain.instruments import Exchange
from domain.orders import OrderTerms, PriceType, Product, Side
from utils.clock import IST, ManualClock
from utils.ids import SeededIds

SEED = 1
MONDAY_TEN = dt.datetime(2026, 11, 23, 10, 0, tzinfo=IST)


@pytest.fixture(scope="session")
def prices() -> Prices:
    return Prices(SEED)


@pytest.fixture(scope="session")
def universe(prices: Prices) -> Universe:
    return Universe(prices)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY_TEN)


@pytest.fixture
def opened(
    universe: Universe, prices: Prices, clock: ManualClock, tmp_path: Path
) -> Iterator[Callable[..., SimulatedExchange]]:
    """Opens the exchange on one file, as often as asked; everything is closed at the end."""
    opened: list[SimulatedExchange] = []

    def build(**options: object) -> SimulatedExchange:
        settings = {"evaluate_seconds": None, **options}
        path = tmp_path / "exchange.db"
        opened.append(SimulatedExchange(universe, prices, clock, SeededIds(len(opened)), path, **settings))
        return opened[-1]

    yield build
    for exchange in opened:
        exchange.close()


@pytest.fixture
def exchange(opened: Callable[..., SimulatedExchange]) -> SimulatedExchange:
    return opened()


@pytest.fixture
def found(universe: Universe, clock: ManualClock) -> Callable[[str], Contract]:
    """`NSE:SBIN` -> what is listed under that name on the clock's day."""

    def find(key: str) -> Contract:
        code, _, symbol = key.partition(":")
        contract = universe.find(code, symbol, clock.now().astimezone(IST).date())
        assert contract is not None, key
        return contract

    return find


@pytest.fixture
def at_the_money(universe: Universe, prices: Prices, clock: ManualClock) -> Callable[..., Contract]:
    """The option of a root and expiry nearest the money, moved by `steps` strikes."""

    def find(root: str = "NIFTY", kind: str = "CE", *, step: int = 50, steps: int = 0) -> Contract:
        today = clock.now().astimezone(IST).date()
        index = universe.find("NSE_INDEX", root, today)
        assert index is not None
        spot = index.tick.price(prices.last(index, prices.vertex(index, clock.now())))
        strike = (round(spot / step) + steps) * step
        expiry = today + dt.timedelta(days=(1 - today.weekday()) % 7)
        text = f"{expiry.day:02d}{expiry.strftime('%b').upper()}{expiry.year % 100}"
        contract = universe.find("NFO", f"{root}{text}{strike}{kind}", today)
        assert contract is not None, (root, text, strike)
        return contract

    return find


@pytest.fixture
def terms() -> Callable[..., OrderTerms]:
    """`terms("NSE:SBIN", "BUY", 10, "LIMIT", "CNC", price="600")`; MARKET and MIS by default."""

    def build(
        key: str, side: str, quantity: int, price_type: str = "MARKET", product: str = "MIS",
        *, price: object = None, trigger: object = None,
    ) -> OrderTerms:  # fmt: skip
        exchange, _, symbol = key.partition(":")
        return OrderTerms(
            symbol=symbol,
            exchange=Exchange(exchange),
            side=Side(side),
            quantity=quantity,
            price_type=PriceType(price_type),
            product=Product(product),
            price=None if price is None else Decimal(str(price)),
            trigger_price=None if trigger is None else Decimal(str(trigger)),
        )

    return build
