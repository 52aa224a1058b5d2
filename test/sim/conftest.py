"""Worlds for the tests: calm ones, in which only what the test asks for goes wrong."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from database.journal import IntentRow
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from services.trading.commands import Place
from test.sim.stage.app import ME, App
from test.sim.stage.world import World


class Scene:
    """A calm world with the app up, and what a test asks of it."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def app(self) -> App:
        assert self.world.app is not None
        return self.world.app

    def order(self, **changes: Any) -> Place:
        """A purchase that rests far below the market."""
        price = (self.world.vendor.price("SBIN") * Decimal("0.95")).quantize(Decimal("0.1"))
        order = Place(
            strategy="t", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(5), price=price,
            price_type=PriceType.LIMIT, product=Product.MIS,
        )  # fmt: skip
        return msgspec.structs.replace(order, **changes)

    def send(self, command: Any, seconds: float = 120.0) -> Any:
        """The app's answer, or the error it raised."""
        try:
            return self.world.call(lambda: self.app.router.execute(command, ME), seconds=seconds)
        except Exception as error:
            return error

    def meets(self, method: str, path: str, **plan: Any) -> None:
        """The next such call meets this."""
        self.world.wire.script.append((method, path, plan))

    def posts(self) -> int:
        """How many new orders were sent."""
        return sum(call.method == "POST" for call in self.world.wire.writes)

    def intents(self) -> list[IntentRow]:
        """The journal on disk."""
        with self.app.stores.main.engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM order_intents ORDER BY id")).mappings()
            return [IntentRow(**{name: row[name] for name in IntentRow.__struct_fields__}) for row in found]

    def told(self, order_id: str) -> list[tuple[str, int]]:
        """(status, filled quantity) of every change of an order that this life has told."""
        stream = self.app.bus.stream
        return [
            (message.order_status, message.filled_quantity)
            for _, message in stream
            if message.orderid == order_id
        ]

    def restart(self) -> None:
        """kill -9, then a new life."""
        self.world.kill()
        self.world.run(1.0)
        self.world.start()


@pytest.fixture(autouse=True)
def _a_clean_house() -> None:
    """What other tests of this process left behind must not end, and act, in the middle of a world."""
    gc.collect()


@pytest.fixture
def scene() -> Iterator[Scene]:
    with calm(World(1)) as world:
        yield Scene(world)


@pytest.fixture
def tagless() -> Iterator[Scene]:
    """The same at a broker that shows no tags."""
    with calm(World(1, keeps_tags=False)) as world:
        yield Scene(world)


@contextmanager
def calm(world: World) -> Iterator[World]:
    """Up, and nothing goes wrong by itself."""
    with world:
        world.calm = world.wire.calm = True
        world.start()
        yield world
