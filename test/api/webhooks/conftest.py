"""An app whose clock the test moves, and strategies at the end of a webhook."""

from __future__ import annotations

import datetime as dt
import importlib.util
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from domain.instruments import Exchange
from domain.orders import Product
from test.support.waiting import wait_for
from utils.clock import SystemClock, ist

HERE = Path(__file__).resolve().parent
NUMBERS = itertools.count(1)


def load_harness() -> Any:
    spec = importlib.util.spec_from_file_location("webhook_harness", HERE.parent / "conftest.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ShiftedClock(SystemClock):
    """The machine's clock, as far ahead as the test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


class House:
    """The running app with one user, a practice account and an API key."""

    def __init__(self, app: Any, services: Any, clock: ShiftedClock, key: str) -> None:
        self.app = app
        self.key = key
        self.services = services
        self.clock = clock

    def book(self) -> list[Any]:
        """Every order at the practice exchange."""
        session = self.services.accounts.session(1)
        return self.services.brokers.plugin("simulator").orders.order_book(session)

    def strategy(self, *mappings: tuple[str, int] | tuple[str, int, str], **values: Any) -> Hook:
        """A new strategy that trades these (symbol, quantity, exchange NSE), MIS."""
        fields = {
            "name": f"strategy {next(NUMBERS)}", "platform": "tradingview", "trading_mode": "LONG",
            "is_intraday": False,
        }  # fmt: skip
        desk = self.services.automation.strategies
        row, webhook_id = desk.create(1, fields | values)
        wanted = [
            {"symbol": symbol, "quantity": quantity, "exchange": Exchange(rest[0] if rest else "NSE"),
             "product_type": Product.MIS}
            for symbol, quantity, *rest in mappings
        ]  # fmt: skip
        if wanted:
            desk.add_mappings(1, row.id, wanted)
        return Hook(self, row, webhook_id)

    def hold(self) -> None:
        """Let nothing leave the queue until `go`."""
        self.services.automation.dispatch.close()

    def go(self) -> None:
        self.services.automation.dispatch.start()


class Hook:
    """A strategy as its senders see it, and what became of their messages."""

    def __init__(self, house: House, row: Any, webhook_id: str) -> None:
        self.house = house
        self.id = row.id
        self.name = row.name
        self.webhook_id = webhook_id

    def send(
        self, body: Any = None, *, room: str = "strategy", raw: str | None = None, **options: Any
    ) -> Any:
        """As TradingView sends it when it does not recognise JSON: text/plain."""
        data = raw if raw is not None else json.dumps(body)
        path = f"/{room}/webhook/{self.webhook_id}"
        return self.house.app.test_client().post(path, data=data, content_type="text/plain", **options)

    def deliveries(self) -> list[tuple[Any, list[Any]]]:
        """Newest first, each with its orders."""
        return self.house.services.automation.deliveries(1, self.id, 200, None)

    def settled(self) -> list[tuple[Any, list[Any]]]:
        """The same, once nothing is under way."""
        wait_for(lambda: all(order.state == "ended" for _, orders in self.deliveries() for order in orders))
        return self.deliveries()

    def later(self, seconds: float) -> None:
        """Let time pass, once nothing is under way."""
        self.settled()
        self.house.clock.advance(seconds)

    def age(self, seconds: float) -> None:
        """Make what was delivered so far older, where the clock cannot move that far within a trading day."""
        self.settled()
        with self.house.services.stores.main.unit() as unit:
            unit.session.execute(
                text("UPDATE webhook_deliveries SET received_ms = received_ms - :ms WHERE strategy_id = :id"),
                {"ms": int(seconds * 1000), "id": self.id},
            )

    def outcome(self) -> str:
        """What became of the newest delivery."""
        return self.settled()[0][0].outcome

    def orders(self) -> list[Any]:
        """Orders at the practice exchange that this strategy made, oldest first."""
        self.settled()
        by_tag = self.house.services.trading.journal.by_tag
        found = [row for row in self.house.book() if row.tag]
        return [row for row in found if (intent := by_tag(row.tag)) and intent.strategy == self.name]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, contracts: list[Any]) -> Iterator[House]:
    clock = ShiftedClock()
    app, services = load_harness().start_app(
        tmp_path_factory.mktemp("webhooks"), contracts, clock, WEBHOOK_RATE_LIMIT="100000 per minute"
    )
    key = services.api_keys.rotate(1)
    # Paces are held against the clock, not against the test's patience.
    pace = services.automation.dispatch
    pace._waits = lambda _account: {}
    yield House(app, services, clock, key)
    services.close()


@pytest.fixture
def buy() -> dict[str, Any]:
    """The usual alert."""
    return {"symbol": "RELIANCE", "action": "buy"}


@pytest.fixture
def around(house: House) -> Callable[[int], str]:
    """HH:MM in India, minutes from now; the test is skipped where that would cross midnight."""

    def at(minutes: int) -> str:
        now = ist(house.clock.now())
        moved = now + dt.timedelta(minutes=minutes)
        if moved.date() != now.date():
            pytest.skip("too near to Indian midnight")
        return moved.strftime("%H:%M")

    return at
