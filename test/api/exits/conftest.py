"""A caller with positions to protect; ticks are handed to the watcher as the feed does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from domain.feed import MarketData
from test.support.waiting import wait_for
from utils.clock import epoch_ms
from utils.ids import secret_hex

SYMBOL = "RELIANCE"


class Desk:
    """Exits through the REST API of one caller."""

    def __init__(self, api: Any, symbol: str = SYMBOL, broker: str = "simulator") -> None:
        self.api, self.symbol, self.broker = api, symbol, broker
        self.strategy = f"guarded-{secret_hex(4)}"
        self.room = api.services.position_exits
        quote = api.post("quotes", {"symbol": symbol, "exchange": "NSE"}).get_json()
        self.ltp = Decimal(str(quote["data"]["ltp"]))

    def price(self, factor: str) -> str:
        """A price on the tick grid around the last one."""
        wanted = self.ltp * Decimal(factor)
        return str(wanted - wanted % 1)

    def smart(self, size: int, exits: dict[str, Any] | None, **changes: Any) -> Any:
        """A smart order."""
        fields = {
            "strategy": self.strategy, "symbol": self.symbol, "exchange": "NSE", "action": "BUY", "quantity": 0,
            "position_size": size, "product": "MIS", "pricetype": "MARKET", "exits": exits,
        }  # fmt: skip
        return self.api.post("placesmartorder", fields | changes)

    def opened(self, size: int, exits: dict[str, Any], **changes: Any) -> str:
        """The exits of a filled smart order."""
        answer = self.smart(size, exits, **changes)
        assert answer.status_code == 200, answer.data
        name = answer.get_json()["exit_id"]
        self.until(name, "active")
        self.rest()
        return name

    def bought(self, quantity: int, action: str = "BUY") -> None:
        """A position without exits."""
        order = {
            "strategy": "plain", "symbol": self.symbol, "exchange": "NSE", "action": action, "quantity": quantity,
            "product": "MIS",
        }  # fmt: skip
        assert self.api.post("placeorder", order).status_code == 200

    def attach(self, exits: dict[str, Any], **changes: Any) -> Any:
        """Exits of the open position."""
        fields = {"strategy": "s", "symbol": self.symbol, "exchange": "NSE", "product": "MIS", "exits": exits}
        return self.api.post("placepositionexit", fields | changes)

    def rows(self, status: str = "all") -> list[dict[str, Any]]:
        """The list of exits."""
        return self.api.post("positionexits", {"status": status}).get_json()["data"]

    def row(self, exit_id: str) -> dict[str, Any]:
        """One set."""
        return next(row for row in self.rows() if row["exit_id"] == exit_id)

    def until(self, exit_id: str, status: str) -> dict[str, Any]:
        """The set once it is in this state."""
        try:
            wait_for(lambda: self.row(exit_id)["status"] == status)
        except AssertionError:
            assert self.row(exit_id) == status
        return self.row(exit_id)

    def tick(self, price: Any, age_ms: int = 0) -> None:
        """A trade, and everything that it causes."""
        at = epoch_ms(self.api.services.clock.now()) - age_ms
        data = MarketData(exchange="NSE", symbol=self.symbol, mode=1, ltp=float(price), received_at_ms=at)
        self.room.watcher.on_tick(self.broker, data)
        self.rest()

    wait_for = staticmethod(wait_for)

    def rest(self) -> None:
        """Let the account's lane finish: a job put behind the others has run."""
        done: list[bool] = []
        self.room.lanes.put(1, object(), lambda: done.append(True))
        wait_for(lambda: done)

    def position(self) -> int:
        """Net quantity."""
        fields = {"strategy": "s", "symbol": self.symbol, "exchange": "NSE", "product": "MIS"}
        return self.api.post("openposition", fields).get_json()["quantity"]

    def orders(self) -> list[dict[str, Any]]:
        """Orders of this test's smart orders and exits."""
        rows = self.api.post("orderbook").get_json()["data"]["orders"]
        return [row for row in rows if row["strategy"] == self.strategy]

    def clear(self) -> None:
        """No orders, positions and exits; every refusal is in the journal, so that it no longer counts as working."""
        wait_for(lambda: not self.api.services.trading.journal.unresolved())
        self.api.post("cancelallorder", {"strategy": "s"})
        self.api.post("closeposition", {"strategy": "s"})
        for row in self.rows("active"):
            self.api.post("cancelpositionexit", {"exit_id": row["exit_id"]})


@pytest.fixture
def desk(api: Any) -> Iterator[Desk]:
    made = Desk(api)
    made.clear()
    yield made
    made.clear()
    assert made.rows("active") == []
