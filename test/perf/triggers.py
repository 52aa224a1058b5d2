"""What a tick costs while GTTs rest, and what a reached one costs until its order is handed over.

    uv run test/perf/triggers.py [--ticks 100000] [--fires 200]

A tick must not pay for GTTs of other symbols, and of its own symbol only for those that it reaches.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from database.migrate import migrate
from database.stores import Store, Stores, StoreUrls
from database.triggers.held import HeldGtts
from domain.feed import MarketData
from domain.gtt import GttLeg, GttTerms, TriggerType
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from domain.triggers.held import HeldGtt, HeldState, Leg
from services.accounts.principal import Principal
from services.trading.commands import Accepted
from services.trading.modes import AppMode
from services.triggers.watching import Watcher
from utils.clock import SystemClock, epoch_ms

CLOCK = SystemClock()
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
OWN, OTHER = "SBIN", "OTHER"


class SilentFeed:
    """Nobody listens: ticks are handed over by the benchmark."""

    def watch(self, *_: object) -> Any:
        return self

    def on_tick(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


class TakesAll:
    """Answers every order at once: what remains is the trigger's own cost."""

    def submit(self, *_: object, **__: object) -> Accepted:
        return Accepted(order_id="1", mode="live")


def watcher_of(store: Store) -> Watcher:
    """A watcher without a market."""
    owner = Principal(user_id=1, username="perf", account_id=1, broker="kite", source="gtt")
    return Watcher(
        store=store, feed=SilentFeed(), orders=TakesAll(), caller=lambda _user: owner,
        app_mode=lambda: AppMode.LIVE, is_open=lambda *_: True, on_change=lambda _gtt: None, clock=CLOCK,
    )  # fmt: skip


def gtt(number: int, symbol: str) -> HeldGtt:
    """An OCO around 100 rupees that no price between 90 and 110 reaches."""
    low, high = Decimal(90) - Decimal(number % 1000) / 100, Decimal(110) + Decimal(number % 1000) / 100
    terms = GttTerms(
        trigger_type=TriggerType.OCO, symbol=symbol, exchange=Exchange.NSE, side=Side.SELL, quantity=1,
        price_type=PriceType.LIMIT, product=Product.CNC, stop=GttLeg(trigger_price=low, price=low),
        target=GttLeg(trigger_price=high, price=high),
    )  # fmt: skip
    now = epoch_ms(CLOCK.now())
    return HeldGtt(
        trigger_id=f"GTT-{symbol[:5]}-{number:08d}", user_id=1, account_id=1, broker="kite", mode="live",
        strategy="perf", terms=terms, state=HeldState.ACTIVE, last_price=Decimal(100), created_ms=now,
        updated_ms=now, expires_ms=now + 10**9,
    )  # fmt: skip


def figures(spent: list[int]) -> str:
    """Nanoseconds as shares in microseconds."""
    spent.sort()
    shown = {
        name: spent[min(int(len(spent) * share), len(spent) - 1)] / 1000 for name, share in SHARES.items()
    }
    return ", ".join(f"{name} {value:.1f} µs" for name, value in shown.items())


def timed(count: int, work: Callable[[int], object]) -> list[int]:
    """Nanoseconds of each of `count` runs."""
    spent = []
    for number in range(count):
        begun = time.perf_counter_ns()
        work(number)
        spent.append(time.perf_counter_ns() - begun)
    return spent


def ticks(store: Store, count: int, own: int, other: int) -> str:
    """The cost of ticks of one symbol with so many GTTs on it and on a thousand other symbols."""
    watcher = watcher_of(store)
    for number in range(own):
        watcher.hold(gtt(number, OWN))
    for number in range(other):
        watcher.hold(gtt(number, f"{OTHER}{number % 1000}"))
    at = epoch_ms(CLOCK.now()) + 3_600_000  # never old while the benchmark runs
    data = [
        MarketData(exchange="NSE", symbol=OWN, mode=1, ltp=100 + number / 100, received_at_ms=at)
        for number in range(100)
    ]
    return figures(timed(count, lambda number: watcher.on_tick("kite", data[number % 100])))


def fires(store: Store, count: int) -> str:
    """Claim on disk, order handed over, outcome on disk."""
    watcher = watcher_of(store)
    rows = [gtt(number, OWN) for number in range(count)]
    with store.unit() as unit:
        for row in rows:
            HeldGtts(unit).add(row)
    for row in rows:
        watcher.hold(row)
    return figures(timed(count, lambda number: watcher.fire(rows[number].trigger_id, Leg.STOP)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=100_000)
    parser.add_argument("--fires", type=int, default=200)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        stores = Stores(StoreUrls(), Path(name))
        migrate(stores, CLOCK.now())
        for own, other in ((0, 0), (10, 0), (10, 10_000), (10_000, 0)):
            told = ticks(stores.main, wanted.ticks, own, other)
            print(f"tick with {own} GTTs on its symbol and {other} on others: {told}")
        print(f"a reached GTT, two synced writes and the hand-over: {fires(stores.main, wanted.fires)}")
        stores.close()


if __name__ == "__main__":
    main()
