"""What the risk rules cost per order: every rule on, none broken; and what the default configuration adds to an order.

uv run test/perf/risk.py --orders 100000
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.instruments import Exchange, InstrumentType
from domain.orders import OrderTerms, PriceType, Product, Side
from services.trading.risk import Book, Exposure, Hours, Limits, Reservations, Ruleset
from utils.clock import SystemClock

BIG = 10**9
ALL_ON = Limits(
    exchanges=frozenset({Exchange.NSE, Exchange.NFO}), products=frozenset(Product), price_types=frozenset(PriceType),
    instrument_types=frozenset(InstrumentType), allowed_symbols=frozenset({"SBIN", "INFY"}),
    denied_symbols=frozenset({"TATAPOWER"}), no_market_exchanges=frozenset({Exchange.NFO}),
    no_market_symbols=frozenset({"TCS"}), no_option_selling=True, no_short_selling=True,
    hours=(Hours(dt.time(9, 15), dt.time(15, 30)),), last_entry_time=dt.time(15, 15), min_days_to_expiry=1,
    min_price=Decimal(1), max_quantity=BIG, max_lots=BIG, max_symbol_quantities={"SBIN": BIG},
    max_order_value=Decimal(BIG), price_band_percent=Decimal(20), max_daily_loss=Decimal(BIG),
    daily_profit_target=Decimal(BIG), max_strategy_loss=Decimal(BIG), min_available_funds=Decimal(1),
    max_positions=50, max_net_quantity=BIG, max_gross_exposure=Decimal(BIG), max_daily_turnover=Decimal(BIG),
    max_daily_orders=BIG, max_open_orders=100, max_symbol_orders=100, duplicate_seconds=5, orders_per_second=9,
    orders_per_minute=400,
)  # fmt: skip
TERMS = OrderTerms(
    symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=100, price_type=PriceType.LIMIT,
    product=Product.MIS, price=Decimal("801.50"),
)  # fmt: skip
EXPOSURE = Exposure(
    terms=TERMS, now=dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC), instrument_type=InstrumentType.EQ,
    ltp=Decimal(800), ltp_age=0.5, open_orders=3, symbol_orders=1, positions=2, net_quantity=100,
    gross=Decimal(80150), turnover=Decimal(80150), funds=Decimal(10**6), day_result=Decimal(-100),
    strategy_result=Decimal(50), sent_today=12, same_terms_age=60.0,
)  # fmt: skip
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    count = parser.parse_args().orders
    rules = Ruleset(ALL_ON)
    if rules.weigh(EXPOSURE):
        raise SystemExit(f"an order that keeps every limit was refused: {rules.weigh(EXPOSURE)}")
    measure(f"{len(rules.on)} rules, none broken", count, lambda: rules.weigh(EXPOSURE))
    busy = Reservations(SystemClock())
    default = Ruleset(Limits(orders_per_second=10**9))

    def admit() -> None:
        busy.close(busy.reserve(1, "live", TERMS, Book(), default), "1")

    measure("default: weigh, count in, count out", count, admit)


def measure(name: str, count: int, work: Callable[[], object]) -> None:
    """Print the shares of so many calls."""
    spent = []
    for _ in range(count):
        start = time.perf_counter_ns()
        work()
        spent.append(time.perf_counter_ns() - start)
    spent.sort()
    shown = {share: spent[min(int(count * part), count - 1)] / 1000 for share, part in SHARES.items()}
    print(f"{name}, {count} orders:", ", ".join(f"{share} {value:.1f} µs" for share, value in shown.items()))


if __name__ == "__main__":
    main()
