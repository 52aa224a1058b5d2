"""Margin of options that hedge each other: together they hold back no more than they can lose.

Only where written options are margined on their notional (`option_sell_percent`): the premium over a leverage says
nothing about risk that a hedge could lower.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from database.sandbox.records import OrderRecord, PositionRecord
from domain.instruments import Instrument, InstrumentType
from domain.margin import OptionLeg, largest_loss
from domain.money import ZERO, to_micros, traded_paise
from domain.orders import Side
from services.sandbox import rules
from services.sandbox.options import PaperOptions

if TYPE_CHECKING:
    from services.sandbox.clearing import Clearing


class Row(NamedTuple):
    """One option of a group: its position and the orders that work on it."""

    instrument: Instrument
    position: PositionRecord
    orders: Sequence[OrderRecord]


def is_grouped(instrument: Instrument, options: PaperOptions) -> bool:
    """Whether other options of the same underlying and expiry count for the margin."""
    has_strike = instrument.instrument_type.is_option and instrument.strike is not None
    return bool(options.option_sell_percent) and has_strike


def group_of(
    clearing: Clearing, position: PositionRecord, instrument: Instrument, orders: Sequence[OrderRecord]
) -> list[Row]:
    """The position with its orders, then the account's others in the same underlying, expiry and product."""
    rows = [Row(instrument, position, orders)]
    for other in clearing.positions.of_account(position.account_id):
        same_kind = (other.exchange, other.product) == (position.exchange, position.product)
        if other.symbol == position.symbol or not same_kind or not (other.quantity or other.margin):
            continue
        found = clearing.orders.instrument(other.broker, other.exchange, other.symbol)
        if found is not None and (found.name, found.expiry) == (instrument.name, instrument.expiry):
            held = clearing.position_at(other)
            rows.append(Row(found, held, clearing.working_of(held)))
    return rows


def margins(rows: Sequence[Row], options: PaperOptions) -> list[int]:
    """Paise that each row holds back; their sum is at most what the group can lose."""
    alone = [rules.required_margin(row.instrument, row.position, row.orders, options) for row in rows]
    total = sum(alone)
    losses = [
        largest_loss([leg for row in rows for leg in _legs(row, closed=closed)]) for closed in (False, True)
    ]
    if losses[0] is None or losses[1] is None or max(losses[0], losses[1]) >= total:
        return alone
    cap = max(losses[0], losses[1])
    shares = [amount * cap // total for amount in alone]
    shares[0] += cap - sum(shares)
    return shares


def estimate(rows: Sequence[Row], options: PaperOptions) -> int:
    """Paise that orders placed together on a flat account hold back once they have all traded."""
    total = sum(rules.required_margin(row.instrument, row.position, row.orders, options) for row in rows)
    legs = [
        _leg(row, sign * order.pending, sign * _value(row, order))
        for row in rows
        for order in row.orders
        for sign in (Side(order.side).sign,)
    ]
    cap = largest_loss(legs)
    return total if cap is None else min(total, cap)


def _legs(row: Row, *, closed: bool) -> list[OptionLeg]:
    """The worst that a row can become, with or without the purchases that would close what is written.

    A hedge that is for sale counts as gone, what waits to be bought as paid for and no hedge.
    """
    position, orders = row.position, row.orders
    selling = sum(order.pending for order in orders if order.side == Side.SELL.value)
    long, short = max(position.quantity, 0), max(-position.quantity, 0)
    legs = [
        _leg(row, max(long - selling, 0), position.cost if long else 0),
        _leg(row, -short - max(selling - long, 0), -position.cost if short else 0),
    ]
    for order in orders:
        if order.side == Side.BUY.value:
            closing = min(short, order.pending)
            short -= closing
            paid = (
                _value(row, order)
                if closed
                else _value(row, order) * (order.pending - closing) // order.pending
            )
            legs.append(_leg(row, closing if closed else 0, paid))
    return legs


def _leg(row: Row, quantity: int, paid: int) -> OptionLeg:
    instrument = row.instrument
    strike = to_micros(instrument.strike or ZERO)
    is_call = instrument.instrument_type is InstrumentType.CE
    return OptionLeg(is_call, strike, quantity * instrument.multiplier, paid)


def _value(row: Row, order: OrderRecord) -> int:
    return traded_paise(order.pending, order.reserve_price, row.instrument.multiplier)
