"""Quotes, depth, bars and symbol records in the words of the contract."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from domain.instruments import Instrument, dashed_expiry
from domain.market import Candle, Depth, DepthLevel, Interval, Quote
from domain.money import ZERO
from services.market.bars.reading import Bars
from services.wire.numbers import price
from utils.clock import from_epoch, ist

MOST_GAPS = 50
AGE_HEADERS = {
    "X-Data-Age-Ms": "How long ago the oldest price of the answer arrived, milliseconds",
    "X-Data-Source": "Where its prices came from: feed, broker or both",
}
BAR_HEADERS = {
    "X-Data-Forming": "Timestamp of the last bar while it can still change",
    "X-Data-Missing-Bars": "How many expected bars the broker did not send",
    "X-Data-Gaps": "Where: first/last timestamp of each run, at most 50 runs",
    "X-Data-Ends": "Last day of the contract, when more was asked for",
}
GROUPS = ("seconds", "minutes", "hours", "days", "weeks", "months")


def quote(value: Quote) -> dict[str, Any]:
    """One quote."""
    shown: dict[str, Any] = {
        "open": price(value.open),
        "high": price(value.high),
        "low": price(value.low),
        "ltp": price(value.ltp),
        "ask": price(value.ask),
        "bid": price(value.bid),
        "prev_close": price(value.prev_close),
        "volume": value.volume or 0,
        "oi": value.oi or 0,
    }
    if value.bid_qty is not None and value.ask_qty is not None:
        shown |= {"bid_qty": value.bid_qty, "ask_qty": value.ask_qty}
    return shown


def age_headers(ages: Collection[float], *sources: str) -> dict[str, str]:
    """See AGE_HEADERS; none for an answer without a price."""
    if not ages:
        return {}
    return {"X-Data-Age-Ms": str(round(max(ages) * 1000)), "X-Data-Source": ", ".join(sorted(sources))}


def _levels(levels: Sequence[DepthLevel], count: int) -> list[dict[str, Any]]:
    shown = [{"price": price(level.price), "quantity": level.quantity} for level in levels[:count]]
    return shown + [{"price": 0.0, "quantity": 0} for _ in range(count - len(shown))]


def depth(value: Depth, levels: int = 5) -> dict[str, Any]:
    """Quote and book, at least five levels a side, padded with zeros."""
    now = value.quote
    count = max(5, min(levels, max(len(value.bids), len(value.asks))))
    return {
        "open": price(now.open),
        "high": price(now.high),
        "low": price(now.low),
        "ltp": price(now.ltp),
        "ltq": now.last_quantity or 0,
        "prev_close": price(now.prev_close),
        "volume": now.volume or 0,
        "oi": now.oi or 0,
        "totalbuyqty": now.total_buy_quantity
        if now.total_buy_quantity is not None
        else sum(level.quantity for level in value.bids),
        "totalsellqty": now.total_sell_quantity
        if now.total_sell_quantity is not None
        else sum(level.quantity for level in value.asks),
        "bids": _levels(value.bids, count),
        "asks": _levels(value.asks, count),
    }


def bar(candle: Candle) -> dict[str, Any]:
    """One bar. Keys are sorted: a charting client needs the price keys not to come last."""
    return {
        "close": price(candle.close),
        "high": price(candle.high),
        "low": price(candle.low),
        "oi": candle.oi,
        "open": price(candle.open),
        "timestamp": candle.timestamp,
        "volume": candle.volume,
    }


def bar_headers(bars: Bars) -> dict[str, str]:
    """See BAR_HEADERS; each is absent when it has nothing to say."""
    headers: dict[str, str] = {}
    if bars.forming is not None:
        headers["X-Data-Forming"] = str(bars.forming)
    if bars.gaps:
        runs = [f"{gap.first}/{gap.last}" for gap in bars.gaps[:MOST_GAPS]]
        headers["X-Data-Missing-Bars"] = str(sum(gap.bars for gap in bars.gaps))
        headers["X-Data-Gaps"] = ", ".join(runs) + (", ..." if len(bars.gaps) > MOST_GAPS else "")
    if bars.ends_on is not None:
        headers["X-Data-Ends"] = bars.ends_on.isoformat()
    return headers


def ticker_line(exchange: str, symbol: str, candle: Candle, interval: Interval) -> str:
    """One bar as text: EXCHANGE:SYMBOL,date,[time,]open,high,low,close,volume."""
    if interval.seconds is None:
        when = from_epoch(candle.timestamp).strftime("%Y-%m-%d")
    else:
        when = ist(from_epoch(candle.timestamp)).strftime("%Y-%m-%d,%H:%M:%S")
    prices = ",".join(map(_short, (candle.open, candle.high, candle.low, candle.close)))
    return f"{exchange}:{symbol},{when},{prices},{candle.volume}"


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def intervals(served: Iterable[Interval]) -> dict[str, list[str]]:
    """The broker's bar lengths by group; all groups are always there."""
    wanted = set(served)
    return {
        group: [item.value for item in Interval if item in wanted and item.group == group] for group in GROUPS
    }


def symbol_record(row: Instrument) -> dict[str, Any]:
    """One row of the contract master."""
    return {
        "symbol": row.symbol,
        "brsymbol": row.broker_symbol,
        "name": row.name,
        "exchange": row.exchange.value,
        "brexchange": row.broker_exchange,
        "token": row.token,
        "expiry": dashed_expiry(row.expiry),
        "strike": _number(row),
        "lotsize": row.lot_size,
        "instrumenttype": row.instrument_type.value,
        "tick_size": float(row.tick_size),
        "freeze_qty": row.freeze_qty if row.freeze_qty is not None else 0,
    }


def _number(row: Instrument) -> float | int:
    strike = row.strike if row.strike is not None else ZERO
    return int(strike) if strike == strike.to_integral_value() else float(strike)
