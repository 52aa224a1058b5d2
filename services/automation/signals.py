"""What a message asks of a strategy: its signals, the hours in which they count, and the orders they become. Pure.

Two payloads share one URL: `symbol` and `action` of strategy alerts, `stocks` and `scan_name` of scanner alerts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from database.automation.strategies import MappingRecord, StrategyRecord
from domain.errors import InvalidInput
from domain.instruments import CASH_EXCHANGES, Exchange
from domain.money import ZERO
from domain.orders import PriceType, Side
from services.trading.commands import Place, Smart
from services.wire.fields import clean, decimal_of
from utils.clock import ist

LONGEST_SYMBOL = 80
MOST_STOCKS = 500
STRATEGY, CHARTINK = "strategy", "chartink"
# Keyword of a scan's name -> side, whether it enters, and whether it is about a long position.
KEYWORDS = {
    "BUY": (Side.BUY, True, True),
    "SELL": (Side.SELL, False, True),
    "SHORT": (Side.SELL, True, False),
    "COVER": (Side.BUY, False, False),
}
_WORDS = re.compile(r"[A-Z0-9]+")


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One wish. size: the wanted signed position where `targets`, else units that overrule the mapping's, if any.

    enters: counts as an entry for the hours of trading, else as an exit.
    """

    symbol: str
    side: Side
    enters: bool
    targets: bool = False
    size: Decimal | None = None


def payload_of(fields: Mapping[str, Any]) -> str:
    """Which of the two payloads a message is. Raises InvalidInput for a message that is both."""
    scanner = "stocks" in fields or "scan_name" in fields
    if scanner and ("symbol" in fields or "action" in fields):
        raise InvalidInput("A message has either symbol and action, or stocks and scan_name")
    return CHARTINK if scanner else STRATEGY


def signals_of(fields: Mapping[str, Any], trading_mode: str) -> list[Signal]:
    """The signals of a message for a strategy of this mode. Raises InvalidInput."""
    if payload_of(fields) == CHARTINK:
        return _scanner_signals(fields, trading_mode)
    return [_strategy_signal(fields, trading_mode)]


def _strategy_signal(fields: Mapping[str, Any], trading_mode: str) -> Signal:
    wanted = ("symbol", "action", "position_size") if trading_mode == "BOTH" else ("symbol", "action")
    _require(fields, wanted)
    symbol = _symbol(fields["symbol"])
    action = fields["action"]
    word = action.strip().upper() if isinstance(action, str) else ""
    if word not in (Side.BUY.value, Side.SELL.value):
        text = "must be BUY or SELL"
        raise InvalidInput(
            "Invalid action. Use BUY or SELL", errors={"action": [text]}, code="INVALID_ACTION"
        )
    side, size = Side(word), _size(fields.get("position_size"))
    if trading_mode == "BOTH" and size is not None:
        if size * side.sign < 0:
            bound = "0 or more" if side is Side.BUY else "0 or less"
            raise InvalidInput(f"{side.value} needs a position_size of {bound} in BOTH mode")
        return Signal(symbol=symbol, side=side, enters=size != 0, targets=True, size=size)
    enters = (side is Side.BUY) == (trading_mode == "LONG")
    return Signal(symbol=symbol, side=side, enters=enters, size=abs(size) if size and enters else None)


def _scanner_signals(fields: Mapping[str, Any], trading_mode: str) -> list[Signal]:
    _require(fields, ("stocks", "scan_name"))
    stocks, name = fields["stocks"], fields["scan_name"]
    if not isinstance(stocks, str) or not isinstance(name, str):
        raise InvalidInput("stocks and scan_name must be text")
    words = set(_WORDS.findall(name.upper()))
    found = [word for word in KEYWORDS if word in words]
    if len(found) != 1:
        problem = "has none" if not found else "has more than one"
        raise InvalidInput(f"scan_name must have one of the words {', '.join(KEYWORDS)}; it {problem}")
    side, enters, is_long = KEYWORDS[found[0]]
    if trading_mode not in ("BOTH", "LONG" if is_long else "SHORT"):
        raise InvalidInput(f"{found[0]} is not allowed in {trading_mode} mode")
    symbols = list(dict.fromkeys(_symbol(text) for text in stocks.split(",") if text.strip()))
    if len(symbols) > MOST_STOCKS:
        raise InvalidInput(f"stocks holds more than {MOST_STOCKS} symbols")
    return [Signal(symbol=symbol, side=side, enters=enters) for symbol in symbols]


def mapped(
    signals: Iterable[Signal], mappings: Iterable[MappingRecord], payload: str
) -> list[tuple[Signal, MappingRecord]]:
    """Signals with what they trade. A strategy alert of an unmapped symbol raises InvalidInput; a scanner skips it."""
    is_scanner = payload == CHARTINK
    table = {row.symbol: row for row in mappings if not is_scanner or row.exchange in CASH_EXCHANGES}
    found = []
    for signal in signals:
        row = table.get(signal.symbol)
        if row is not None:
            found.append((signal, row))
        elif not is_scanner:
            raise InvalidInput(f"No mapping found for symbol {signal.symbol}", code="NO_MAPPING")
    return found


def refuse_outside_hours(strategy: StrategyRecord, signal: Signal, now: dt.datetime) -> None:
    """Raise InvalidInput outside the hours of an intraday strategy; a time that is not set is no gate."""
    if not strategy.is_intraday:
        return
    at = ist(now).strftime("%H:%M")
    what = "Entry" if signal.enters else "Exit"
    if strategy.start_time is not None and at < strategy.start_time:
        raise _outside(f"{what} orders are not accepted before {strategy.start_time} IST")
    if signal.enters and strategy.end_time is not None and at >= strategy.end_time:
        raise _outside(f"Entry orders are not accepted from {strategy.end_time} IST on")
    if strategy.squareoff_time is not None and at >= strategy.squareoff_time:
        raise _outside(f"{what} orders are not accepted from square-off at {strategy.squareoff_time} IST on")


def command_of(signal: Signal, mapping: MappingRecord, strategy: str) -> Place | Smart:
    """The order: MARKET, product and exchange of the mapping. Raises InvalidInput for a fraction of a unit."""
    size = signal.size
    if size is not None and size != size.to_integral_value() and mapping.exchange is not Exchange.CRYPTO:
        text = "must be a whole number"
        raise InvalidInput(f"position_size: {text}", errors={"position_size": [text]})
    quantity = Decimal(mapping.quantity)
    if signal.targets and size is not None:
        return _smart(mapping, strategy, signal.side, quantity if size else ZERO, size)
    if not signal.enters:
        return closing(mapping, strategy, signal.side)
    return entering(mapping, strategy, signal.side, size or quantity)


def entering(mapping: MappingRecord, strategy: str, side: Side, quantity: Decimal) -> Place:
    """The order that opens a position, or adds to one."""
    return Place(
        strategy=strategy, symbol=mapping.symbol, exchange=mapping.exchange, side=side, quantity=quantity,
        price_type=PriceType.MARKET, product=mapping.product_type,
    )  # fmt: skip


def closing(mapping: MappingRecord, strategy: str, side: Side, *, only: bool = False) -> Smart:
    """The smart order that brings the mapping's position to nothing; `only` one that `side` closes."""
    order = _smart(mapping, strategy, side, ZERO, ZERO)
    return msgspec.structs.replace(order, closes_only=only)


def _smart(mapping: MappingRecord, strategy: str, side: Side, quantity: Decimal, target: Decimal) -> Smart:
    return Smart(
        strategy=strategy, symbol=mapping.symbol, exchange=mapping.exchange, side=side, quantity=quantity,
        position_size=target, price_type=PriceType.MARKET, product=mapping.product_type,
    )  # fmt: skip


def _require(fields: Mapping[str, Any], names: Iterable[str]) -> None:
    missing = [name for name in names if fields.get(name) is None or fields.get(name) == ""]
    if missing:
        raise InvalidInput(
            f"Missing required fields: {', '.join(missing)}",
            errors={name: ["is required"] for name in missing},
        )


def _symbol(value: Any) -> str:
    try:
        text: str = clean(value).upper()
    except ValueError as error:
        raise InvalidInput(f"symbol: {error}", errors={"symbol": [str(error)]}) from None
    if not 0 < len(text) <= LONGEST_SYMBOL:
        raise InvalidInput(
            f"symbol: must have 1 to {LONGEST_SYMBOL} characters", errors={"symbol": ["length"]}
        )
    return text


def _size(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return decimal_of(value)
    except ValueError as error:
        raise InvalidInput(f"position_size: {error}", errors={"position_size": [str(error)]}) from None


def _outside(message: str) -> InvalidInput:
    return InvalidInput(message, code="OUTSIDE_HOURS")
