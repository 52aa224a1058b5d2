"""Market data values. Prices are floats in rupees; a missing number is None, never zero.

The smallest ones hold numbers only and come by the ten thousand, so the cycle collector need not look at them.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec


class Mode(IntEnum):
    """Subscription depth: each richer mode contains the poorer ones."""

    LTP = 1
    QUOTE = 2
    DEPTH = 3

    @property
    def label(self) -> str:
        """Text form in subscription acknowledgements."""
        return {1: "LTP", 2: "Quote", 3: "Depth"}[self.value]


class DepthLevel(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One price level. quantity in units; orders is None when the vendor does not tell."""

    price: float
    quantity: int
    orders: int | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Snapshot of one instrument. prev_close is the previous session's close."""

    ltp: float
    open: float | None = None
    high: float | None = None
    low: float | None = None
    prev_close: float | None = None
    volume: int | None = None
    oi: int | None = None
    bid: float | None = None
    ask: float | None = None
    bid_qty: int | None = None
    ask_qty: int | None = None
    average_price: float | None = None
    last_quantity: int | None = None
    total_buy_quantity: int | None = None
    total_sell_quantity: int | None = None
    upper_circuit: float | None = None
    lower_circuit: float | None = None
    last_trade_at_ms: int | None = None
    exchange_at_ms: int | None = None


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """Quote plus book, best level first. Levels the vendor leaves empty are absent."""

    quote: Quote
    bids: tuple[DepthLevel, ...] = ()
    asks: tuple[DepthLevel, ...] = ()


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar. `timestamp`: epoch seconds of the bar's start; for D and longer 00:00 UTC of the trade date."""

    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    oi: int = 0


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One decoded market-data packet. `token` and `broker_exchange` together name the instrument at the vendor.

    `mode` is the richest mode whose fields are filled; `depth` levels only for DEPTH.
    """

    broker_exchange: str
    token: str
    mode: Mode
    quote: Quote
    bids: tuple[DepthLevel, ...] = ()
    asks: tuple[DepthLevel, ...] = ()


class Interval(StrEnum):
    """Bar lengths of the contract."""

    S1 = "1s"
    S5 = "5s"
    S10 = "10s"
    S15 = "15s"
    S30 = "30s"
    S45 = "45s"
    M1 = "1m"
    M2 = "2m"
    M3 = "3m"
    M5 = "5m"
    M10 = "10m"
    M15 = "15m"
    M20 = "20m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H3 = "3h"
    H4 = "4h"
    D = "D"
    W = "W"
    M = "M"
    Q = "Q"
    Y = "Y"

    @property
    def seconds(self) -> int | None:
        """Length in seconds for intraday bars, None for D and longer."""
        unit = {"s": 1, "m": 60, "h": 3600}.get(self.value[-1])
        return int(self.value[:-1]) * unit if unit else None

    @property
    def group(self) -> str:
        """The key under which the `intervals` answer lists it."""
        return {
            "s": "seconds", "m": "minutes", "h": "hours", "D": "days", "W": "weeks",
            "M": "months", "Q": "months", "Y": "months",
        }[self.value[-1]]  # fmt: skip
