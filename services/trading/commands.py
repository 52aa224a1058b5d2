"""What a caller asks for, parsed once at the edge; deeper layers see no raw dictionaries."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side


class Operation(StrEnum):
    """What is done with orders; the rows of the mode table."""

    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    CANCEL_ALL = "cancel_all"
    CLOSE = "close"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A new order. Quantity in units. `strategy` is a free tag, `client_order_id` makes repeats harmless.

    `reduces` marks an exit that we derived from an open position: it passes where entries are refused.
    """

    strategy: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: Decimal
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0
    client_order_id: str | None = None
    reduces: bool = False

    operation = Operation.PLACE


class Modify(msgspec.Struct, frozen=True, kw_only=True):
    """New terms of a working order; symbol, exchange, side and product must be the order's own."""

    order_id: str
    strategy: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: Decimal
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0
    client_order_id: str | None = None

    operation = Operation.MODIFY


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw one working order."""

    order_id: str
    strategy: str = ""
    client_order_id: str | None = None

    operation = Operation.CANCEL


class CancelAll(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw every working order of the account; with `symbol` only that instrument's."""

    strategy: str = ""
    symbol: str | None = None
    exchange: Exchange | None = None
    client_order_id: str | None = None

    operation = Operation.CANCEL_ALL


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """Square off every open position at MARKET; with symbol, exchange and product only that one."""

    strategy: str = ""
    symbol: str | None = None
    exchange: Exchange | None = None
    product: Product | None = None
    client_order_id: str | None = None

    operation = Operation.CLOSE


Single = Place | Modify | Cancel
Command = Single | CancelAll | Close


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The broker accepted the write (not: executed it). `replayed` when this is a stored answer."""

    order_id: str
    mode: str
    tag: str = ""
    replayed: bool = False


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """The whole command waits for a person's approval; nothing was sent."""

    pending_id: int
    mode: str = "semi_auto"


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a plan and how it ended: order_id, or error code and message."""

    symbol: str
    exchange: str
    product: str
    quantity: int
    order_id: str | None = None
    code: str | None = None
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the broker accepted it."""
        return self.code is None


class PlanOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Every leg of a cancel-all or close call, in plan order."""

    legs: tuple[Leg, ...]
    mode: str
    replayed: bool = False
