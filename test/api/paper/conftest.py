"""The switch is on paper for every test here; each leaves an untouched account behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from domain.feed import MarketData
from domain.market import DepthLevel


@pytest.fixture(autouse=True)
def paper(api) -> Iterator[None]:
    api.services.installation.set_analyze_mode(True)
    yield
    api.post("cancelallorder", {"strategy": "paper"})
    api.post("closeposition", {"strategy": "paper"})
    api.services.sandbox.rounds.days.reset(1)
    api.services.installation.set_analyze_mode(False)


@pytest.fixture
def tick(api) -> Callable[..., None]:
    """Hand a price to the paper engine, as the feed does."""

    def send(last: float, symbol: str = "RELIANCE", broker: str = "simulator") -> None:
        api.services.sandbox.engine.on_tick(
            broker,
            MarketData(
                exchange="NSE", symbol=symbol, mode=3, ltp=last, received_at_ms=0,
                bids=(DepthLevel(last - 0.1, 10**6),), asks=(DepthLevel(last + 0.1, 10**6),),
            ),
        )  # fmt: skip

    return send


@pytest.fixture
def ltp(api) -> float:
    """The last price of RELIANCE, on a coarse grid that every tick size fits."""
    price = api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]
    return float(round(price))
