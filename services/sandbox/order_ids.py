"""Numbers of paper orders and trades, in the shape that clients know.

An order id is fourteen digits: the Indian date and a number of that store, counted from 90,000,000 on. Vendors that
count their own fourteen digits from one upwards never come that far, so a paper id is no live id (ADR 36).
"""

from __future__ import annotations

import datetime as dt

from database.sandbox.orders import Orders
from utils.clock import ist
from utils.ids import IdSource

FIRST = 90_000_000
RANGE = 10_000_000


def order_id(orders: Orders, now: dt.datetime) -> str:
    """The id of the next order of the store; unique until ten million orders share a date."""
    return f"{ist(now):%y%m%d}{FIRST + orders.next_sequence() % RANGE}"


def trade_id(ids: IdSource, now: dt.datetime) -> str:
    """The id of a fill: date and sixteen random signs."""
    return f"TRADE-{ist(now):%Y%m%d}-{ids.order_tag()[2:]}"
