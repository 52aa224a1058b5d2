"""Charges of paper fills, by the dated table and what the user changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from database.sandbox.records import OrderRecord, PositionRecord
from domain.calendar import INDIA
from domain.charges import charge, depository_charge, rates_of
from domain.instruments import Exchange, Instrument
from domain.orders import Product, Side

if TYPE_CHECKING:
    from services.sandbox.clearing import Clearing


def costs_of_fill(clearing: Clearing, order: OrderRecord, instrument: Instrument, value: int) -> int:
    """Paise that a fill worth `value` costs; asked before it is booked.

    Caps and rounding are per order: what its earlier fills paid counts.
    """
    if not clearing.options.charges:
        return 0
    product, side = Product(order.product), Side(order.side)
    date = clearing.now.astimezone(INDIA).date()
    rates = rates_of(instrument, product, date, clearing.options.charge_rates)
    if rates is None:
        return 0
    paid = charge(rates, side, order.filled_value).total if order.filled_value else 0
    leaving = product is Product.CNC and side is Side.SELL and _leaves_demat(clearing, order)
    return (
        charge(rates, side, order.filled_value + value).total
        - paid
        + (depository_charge(rates) if leaving else 0)
    )


def _leaves_demat(clearing: Clearing, order: OrderRecord) -> bool:
    """Whether shares bought before today go, and none of the kind went today: the depository charges once."""
    key = (order.account_id, order.exchange, order.symbol)
    position: PositionRecord = clearing.position_of(order)
    holding = clearing.positions.holding(*key)
    today = clearing.sessions.settles_on(Exchange(order.exchange), clearing.now).isoformat()
    bought_today = sum(lot.quantity for lot in clearing.positions.lots(*key) if lot.settles_on == today)
    aged = (holding.quantity if holding else 0) + position.quantity - bought_today
    if aged <= 0:
        return False
    return not clearing.orders.sold_for_delivery(*key, clearing.sessions.begin_ms(clearing.now))
