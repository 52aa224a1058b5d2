"""A body for each schema of the API description that its own route accepts: what tools fill in before a first call."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from domain.instruments import InstrumentType, compact_expiry, option_symbol

Bodies = dict[str, dict[str, Any]]

_SHARE = {"symbol": "SBIN", "exchange": "NSE"}
_TAG = {"strategy": "playground"}
_PLACED = {**_SHARE, "action": "BUY", "quantity": 1, "pricetype": "MARKET", "product": "MIS"}
_ORDER = {**_TAG, **_PLACED}
_LEG = {"option_type": "CE", "quantity": 75, "pricetype": "MARKET", "product": "NRML"}
_GTT = {
    **_TAG, **_SHARE, "trigger_type": "SINGLE", "action": "BUY", "product": "CNC", "quantity": 1,
    "pricetype": "LIMIT", "price": 700, "triggerprice_sl": 701,
}  # fmt: skip
_EXITS = {"stoploss": {"percent": 1}, "target": {"percent": 2}}
_STRIKE = Decimal(25000)
# Numbers that only the reader's own books hold.
_ORDER_ID = "ORDER_ID"
_TRIGGER_ID = "TRIGGER_ID"
_EXIT_ID = "EXIT_ID"
_DAYS_OF_HISTORY = 5
_EXPIRY_WEEKDAY = 1  # NIFTY's options end on Tuesdays


def examples(today: dt.date) -> Bodies:
    """Bodies without the key, by the name of their schema; days and expiries are near `today`."""
    ahead = today + dt.timedelta(2)
    expiry = ahead + dt.timedelta((_EXPIRY_WEEKDAY - ahead.weekday()) % 7)
    underlying = {"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": compact_expiry(expiry)}
    option = {
        "symbol": option_symbol("NIFTY", expiry, _STRIKE, InstrumentType.CE), "exchange": "NFO",
    }  # fmt: skip
    return _reads(today) | _options(underlying, option) | _orders() | _triggers()


def _reads(today: dt.date) -> Bodies:
    begin = today - dt.timedelta(_DAYS_OF_HISTORY)
    return {
        "ChartBody": {"theme": "dark", "intervals": ["5m", "D"]},
        "EmptyBody": {},
        "ExpiryBody": {"symbol": "NIFTY", "exchange": "NFO", "instrumenttype": "options"},
        "HistoryBody": {**_SHARE, "interval": "5m", "start_date": str(begin), "end_date": str(today)},
        "HolidaysBody": {"year": today.year},
        "MarginBody": {"positions": [_PLACED]},
        "MultiQuotesBody": {"symbols": [_SHARE, {"symbol": "RELIANCE", "exchange": "NSE"}]},
        "OpenPositionBody": {**_TAG, **_SHARE, "product": "MIS"},
        "OrderStatusBody": {**_TAG, "orderid": _ORDER_ID},
        "OrderTimeLineBody": {"orderid": _ORDER_ID},
        "SearchBody": {"query": "sbin", "exchange": "NSE"},
        "SymbolBody": {**_SHARE},
        "TimingsBody": {"date": str(today)},
        "ToggleBody": {"mode": True},
    }


def _options(underlying: dict[str, Any], option: dict[str, Any]) -> Bodies:
    bought = {**_LEG, "offset": "OTM4", "action": "BUY"}
    sold = {**_LEG, "offset": "OTM2", "action": "SELL"}
    return {
        "MultiOptionGreeksBody": {"symbols": [option]},
        "OptionChainBody": {**underlying, "strike_count": 5},
        "OptionGreeksBody": option,
        "OptionSymbolBody": {**underlying, "offset": "ATM", "option_type": "CE"},
        "OptionsMultiOrderBody": {**_TAG, **underlying, "legs": [bought, sold]},
        "OptionsOrderBody": {**_TAG, **underlying, **_LEG, "offset": "ATM", "action": "BUY"},
        "SyntheticFutureBody": {**underlying},
    }


def _orders() -> Bodies:
    return {
        "BasketOrderBody": {**_TAG, "orders": [_PLACED, {**_PLACED, "symbol": "RELIANCE"}]},
        "CancelAllBody": {**_TAG},
        "CancelOrderBody": {**_TAG, "orderid": _ORDER_ID},
        "ClosePositionBody": {**_TAG},
        "ModifyOrderBody": {**_ORDER, "orderid": _ORDER_ID, "pricetype": "LIMIT", "price": 700},
        "PlaceOrderBody": _ORDER,
        "SmartOrderBody": {**_ORDER, "position_size": 1},
        "SplitOrderBody": {**_ORDER, "quantity": 10, "splitsize": 5},
    }


def _triggers() -> Bodies:
    return {
        "CancelGttBody": {**_TAG, "trigger_id": _TRIGGER_ID},
        "CancelPositionExitBody": {"exit_id": _EXIT_ID},
        "GttBookBody": {"status": "active"},
        "ModifyGttBody": {**_GTT, "trigger_id": _TRIGGER_ID},
        "ModifyPositionExitBody": {"exit_id": _EXIT_ID, "exits": _EXITS},
        "PlaceGttBody": _GTT,
        "PlacePositionExitBody": {**_TAG, **_SHARE, "product": "MIS", "exits": _EXITS},
        "PositionExitsBody": {"status": "active"},
    }


def query_examples(today: dt.date) -> Bodies:
    """Values of a path and of a query, by path."""
    return {
        "/api/v1/instruments": {"exchange": "NSE", "format": "json"},
        "/api/v1/ticker/{name}": {
            "name": "NSE:SBIN", "interval": "D", "from": str(today - dt.timedelta(30)), "to": str(today),
        },
    }  # fmt: skip
