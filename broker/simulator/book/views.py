"""Rows of the exchange's file as domain values."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from broker.simulator.book.records import HoldingRecord, OrderRecord, PositionRecord, TradeRecord
from broker.simulator.rules import from_pips, pays_premium, value_paise
from broker.simulator.specs import Contract
from domain.instruments import Exchange
from domain.money import from_paise
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, Position
from utils.clock import from_epoch

_CENT = Decimal("0.01")
_PIP = Decimal("0.0001")


class Marked(NamedTuple):
    """A position with its contract and the last price in pips."""

    record: PositionRecord
    contract: Contract
    last: int


def order_row(order: OrderRecord, multiplier: int) -> OrderRow:
    """One order; the average price is exact to a pip."""
    average = None
    if order.filled:
        average = _per_unit(order.filled_value, order.filled, multiplier)
    return OrderRow(
        order_id=order.order_id,
        symbol=order.symbol,
        exchange=Exchange(order.exchange),
        side=Side(order.side),
        quantity=order.quantity,
        price_type=PriceType(order.price_type),
        product=Product(order.product),
        status=OrderStatus(order.status),
        price=None if order.price is None else from_pips(order.price),
        trigger_price=None if order.trigger_price is None else from_pips(order.trigger_price),
        filled_quantity=order.filled,
        pending_quantity=order.pending if OrderStatus(order.status).is_working else 0,
        average_price=average,
        rejection_reason=order.reason,
        disclosed_quantity=order.disclosed,
        placed_at=from_epoch(order.placed_ms / 1000),
        updated_at=from_epoch(order.updated_ms / 1000),
        tag=order.tag,
        vendor={"exchange_order_id": order.exchange_order_id},
    )


def trade_row(trade: TradeRecord) -> TradeRow:
    """One fill."""
    return TradeRow(
        trade_id=trade.trade_id,
        order_id=trade.order_id,
        symbol=trade.symbol,
        exchange=Exchange(trade.exchange),
        side=Side(trade.side),
        quantity=trade.quantity,
        price=from_pips(trade.price),
        value=from_paise(trade.value),
        product=Product(trade.product),
        traded_at=from_epoch(trade.traded_ms / 1000),
    )


def unrealised_paise(record: PositionRecord, contract: Contract, last_pips: int) -> int:
    """Paise that closing at the last price would realise."""
    value = value_paise(contract, abs(record.quantity), last_pips)
    return value - record.cost if record.quantity > 0 else record.cost - value


def position(record: PositionRecord, contract: Contract, last: int) -> Position:
    """One net position at the last price (pips); a flat one has no average."""
    multiplier = contract.instrument.multiplier
    average = _per_unit(record.cost, abs(record.quantity), multiplier) if record.quantity else None
    return Position(
        symbol=record.symbol,
        exchange=Exchange(record.exchange),
        product=Product(record.product),
        quantity=record.quantity,
        average_price=average,
        ltp=from_pips(last),
        pnl=from_paise(record.realised + unrealised_paise(record, contract, last)),
        realized_pnl=from_paise(record.realised),
        multiplier=multiplier,
    )


def holding(record: HoldingRecord, contract: Contract, last: int) -> Holding:
    """One delivery holding at the last price (pips)."""
    pnl = value_paise(contract, record.quantity, last) - record.cost
    percent = (Decimal(pnl) * 100 / record.cost).quantize(_CENT) if record.cost else None
    return Holding(
        symbol=record.symbol,
        exchange=Exchange(record.exchange),
        quantity=record.quantity,
        average_price=_per_unit(record.cost, record.quantity, 1),
        ltp=from_pips(last),
        pnl=from_paise(pnl),
        pnl_percent=percent,
    )


def funds(cash: int, required: int, rows: list[Marked]) -> Funds:
    """Account money. utilised: margin held, plus what open purchases of shares and options have cost."""
    paid = sum(
        row.record.cost
        for row in rows
        if row.record.quantity > 0 and pays_premium(row.contract, row.record.product)
    )
    unrealised = sum(unrealised_paise(*row) for row in rows)
    return Funds(
        available_cash=from_paise(cash - required),
        collateral=Decimal(0),
        m2m_realized=from_paise(sum(row.record.realised for row in rows)),
        m2m_unrealized=from_paise(unrealised),
        utilised=from_paise(required + paid),
    )


def _per_unit(paise: int, quantity: int, multiplier: int) -> Decimal:
    return (Decimal(paise) / (100 * quantity * multiplier)).quantize(_PIP).normalize() + 0
