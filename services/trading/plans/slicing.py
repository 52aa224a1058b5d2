"""Cutting a quantity into orders that an exchange takes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Instrument
from services.trading.commands import Place

MOST_CHILDREN = 100


def whole_lots(instrument: Instrument) -> int | None:
    """The largest order in units that an exchange takes: whole lots under the freeze quantity, None when unknown."""
    freeze, lot = instrument.freeze_qty, instrument.lot_size
    return None if freeze is None else max(lot, freeze - freeze % lot)


def slices(quantity: int, size: int) -> list[int]:
    """Full slices, then the remainder. `size` is at least 1."""
    full, rest = divmod(quantity, size)
    return [size] * full + ([rest] if rest else [])


def cut(order: Place, size: int, *, lot_size: int, freeze: int | None) -> list[Place]:
    """The children of a split order, in order. Raises InvalidInput.

    size: the caller's slice in units; it must hold whole lots and stay at or below the freeze quantity, so that no
    child is refused for what the parent could have told.
    """
    if order.quantity != order.quantity.to_integral_value():
        raise InvalidInput(
            "quantity: must be a whole number to be split", errors={"quantity": ["must be a whole number"]}
        )
    if size % lot_size:
        text = f"must be a multiple of the lot size {lot_size}"
        raise InvalidInput(f"splitsize: {text}", errors={"splitsize": [text]}, code="LOT_MULTIPLE")
    if freeze is not None and size > freeze:
        text = f"must not exceed the freeze quantity {freeze}"
        raise InvalidInput(f"splitsize: {text}", errors={"splitsize": [text]}, code="FREEZE_QUANTITY")
    quantity = int(order.quantity)
    if -(-quantity // size) > MOST_CHILDREN:
        raise InvalidInput(
            f"Total number of orders would exceed maximum limit of {MOST_CHILDREN}",
            errors={"splitsize": [f"gives more than {MOST_CHILDREN} orders"]},
            code="TOO_MANY_ORDERS",
        )
    return [
        msgspec.structs.replace(
            order, quantity=Decimal(part), client_order_id=None,
            disclosed_quantity=min(order.disclosed_quantity, part),
        )
        for part in slices(quantity, size)
    ]  # fmt: skip
