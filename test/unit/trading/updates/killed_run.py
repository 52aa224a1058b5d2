"""Learns of four orders and kills its own process at a chosen point. Run by test_killed_runs.

    python killed_run.py FOLDER POINT

POINT: `queued` (the last change is not stored), `stored` (stored and not told) or `told` (told to one client).
Prints the number and the order of every change that a client was told.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from database.stores import Stores, StoreUrls
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, OrderUpdate, PriceType, Product, Side
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ORDERS = ("1", "2", "3", "4")


def die() -> None:
    """As the kernel does: nothing is flushed, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Client:
    """Hears of three orders; what becomes of the fourth is the point of the run."""

    def __init__(self, point: str) -> None:
        self._point = point

    def publish_order(self, _user_id: int, seq: int, message: Any) -> None:
        is_last = message.orderid == ORDERS[-1]
        if is_last and self._point == "stored":
            die()
        print(seq, message.orderid, flush=True)
        if is_last:
            die()


def row(order_id: str) -> OrderRow:
    return OrderRow(
        order_id=order_id, symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=10,
        price_type=PriceType.LIMIT, product=Product.MIS, status=OrderStatus.COMPLETE, price=Decimal("391.40"),
        filled_quantity=10, pending_quantity=0,
    )  # fmt: skip


def main(folder: str, point: str) -> None:
    store = Stores(StoreUrls(), Path(folder)).logs
    clock = ManualClock(NOW)
    bus: Any = SimpleNamespace(has_listeners=lambda _kind: False)
    stream = OrderStream(publisher=Client(point), bus=bus, clock=clock, store=store)
    owner = Owner(user_id=1, username="ada", account_id=7, broker="b")
    updates = OrderUpdates(
        bus=bus, stream=stream, owner_of=lambda _account: owner, strategy_of=lambda _account, _row: "s",
        on_evidence=lambda _account, _row: None, clock=clock,
    )  # fmt: skip
    updates.restore()
    account = Account(account_id=7, broker="b")
    for order_id in ORDERS[:-1]:
        updates.receive(account, OrderUpdate(row=row(order_id), source="push"))
    stream.write()
    updates.receive(account, OrderUpdate(row=row(ORDERS[-1]), source="push"))
    if point == "queued":
        die()
    stream.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
