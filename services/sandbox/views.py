"""Stored rows in the words that every desk speaks: rupees as Decimal, instants with their zone."""

from __future__ import annotations

from decimal import Decimal

from database.sandbox.records import HoldingRecord, OrderRecord, PositionRecord, TradeRecord
from domain.instruments import Exchange
from domain.money import MICROS, from_micros, from_paise, traded_paise
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Holding, Position
from utils.clock import from_epoch

PLACES = Decimal("0.0001")


def order_row(order: OrderRecord) -> OrderRow:
    """One order."""
    average = None
    if order.filled:
        average = (Decimal(order.filled_cost) / order.filled / MICROS).quantize(PLACES)
    return OrderRow(
        order_id=order.order_id, symbol=order.symbol, exchange=Exchange(order.exchange), side=Side(order.side),
        quantity=order.quantity, price_type=PriceType(order.price_type), product=Product(order.product),
        status=OrderStatus(order.status), price=_price(order.price), trigger_price=_price(order.trigger_price),
        filled_quantity=order.filled, pending_quantity=order.pending if order.is_working else 0,
        average_price=average, rejection_reason=order.reason, disclosed_quantity=order.disclosed,
        placed_at=from_epoch(order.placed_ms / 1000), updated_at=from_epoch(order.updated_ms / 1000),
        tag=order.tag,
    )  # fmt: skip


def _price(micros: int | None) -> Decimal | None:
    return None if micros is None else from_micros(micros)


def trade_row(trade: TradeRecord) -> TradeRow:
    """One fill."""
    return TradeRow(
        trade_id=trade.trade_id, order_id=trade.order_id, symbol=trade.symbol, exchange=Exchange(trade.exchange),
        side=Side(trade.side), quantity=trade.quantity, price=from_micros(trade.price),
        value=from_paise(trade.value), product=trade.product, traded_at=from_epoch(trade.traded_ms / 1000),
    )  # fmt: skip


def unrealised(quantity: int, cost: int, last: int | None, multiplier: int) -> int | None:
    """Paise that closing at the last price would realise, None without one."""
    if quantity == 0:
        return 0
    if last is None:
        return None
    value = traded_paise(abs(quantity), last, multiplier)
    return value - cost if quantity > 0 else cost - value


def position_row(position: PositionRecord, last: int | None, multiplier: int) -> Position:
    """One position; pnl is today's realised plus unrealised."""
    open_profit = unrealised(position.quantity, position.cost, last, multiplier)
    pnl = None if open_profit is None else from_paise(position.realised + open_profit)
    return Position(
        symbol=position.symbol, exchange=Exchange(position.exchange), product=Product(position.product),
        quantity=position.quantity, average_price=_average(position.cost, position.quantity, multiplier),
        ltp=_price(last), pnl=pnl, realized_pnl=from_paise(position.realised), multiplier=multiplier,
    )  # fmt: skip


def holding_row(holding: HoldingRecord, last: int | None) -> Holding:
    """One holding."""
    profit = unrealised(holding.quantity, holding.cost, last, 1)
    percent = None
    if profit is not None and holding.cost:
        percent = round(Decimal(profit) / holding.cost * 100, 2)
    return Holding(
        symbol=holding.symbol, exchange=Exchange(holding.exchange), quantity=holding.quantity,
        average_price=_average(holding.cost, holding.quantity, 1), ltp=_price(last),
        pnl=None if profit is None else from_paise(profit), pnl_percent=percent,
    )  # fmt: skip


def _average(cost: int, quantity: int, multiplier: int) -> Decimal | None:
    if not quantity:
        return None
    return (from_paise(cost) / (abs(quantity) * multiplier)).quantize(PLACES)
