"""What the risk rules cost per order: every rule on, none broken.

uv run test/perf/risk.py --orders 100000
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.instruments import Exchange
from domain.orders import OrderTerms, PriceType, Product, Side
from services.trading.risk import Exposure, Hours, Limits, weigh

ALL_ON = Limits(
    max_quantity=10**6, max_order_value=Decimal(10**9), max_open_orders=100, max_positions=50,
    max_daily_loss=Decimal(10**6), orders_per_second=9, price_band_percent=Decimal(20), duplicate_seconds=5,
    products=frozenset(Product), exchanges=frozenset({Exchange.NSE, Exchange.NFO}),
    hours=(Hours(dt.time(9, 15), dt.time(15, 30)),), allowed_symbols=frozenset({"SBIN", "INFY"}),
    denied_symbols=frozenset({"TATAPOWER"}),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    count = parser.parse_args().orders
    exposure = Exposure(
        terms=OrderTerms(
            symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=100, price_type=PriceType.LIMIT,
            product=Product.MIS, price=Decimal("801.50"),
        ),
        now=dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC), ltp=Decimal(800), ltp_age=0.5, open_orders=3,
        positions=2, day_result=Decimal(-100), same_terms_age=60.0,
    )  # fmt: skip
    if weigh(ALL_ON, exposure):
        raise SystemExit("an order that keeps every limit was refused")
    spent = []
    for _ in range(count):
        start = time.perf_counter_ns()
        weigh(ALL_ON, exposure)
        spent.append(time.perf_counter_ns() - start)
    spent.sort()
    shown = {name: spent[min(int(count * share), count - 1)] / 1000 for name, share in SHARES.items()}
    print(
        f"{count} orders, 13 rules on:", ", ".join(f"{name} {value:.1f} µs" for name, value in shown.items())
    )


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

if __name__ == "__main__":
    main()
