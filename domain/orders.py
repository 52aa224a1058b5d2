"""Orders: vocabulary, commands (what is asked), rows (what a broker reports) and their legal combinations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.instruments import CASH_EXCHANGES, DERIVATIVE_EXCHANGES, Exchange, Instrument


class Side(StrEnum):
    """BUY or SELL; called `action` on the wire."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1


class PriceType(StrEnum):
    """MARKET, LIMIT, SL (stop-limit), SL-M (stop-market)."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    SL = "SL"
    SL_M = "SL-M"

    @property
    def needs_price(self) -> bool:
        """A limit price must be given."""
        return self in (PriceType.LIMIT, PriceType.SL)

    @property
    def needs_trigger(self) -> bool:
        """A trigger price must be given."""
        return self in (PriceType.SL, PriceType.SL_M)


class Product(StrEnum):
    """CNC delivery, NRML carry-forward derivative, MIS intraday."""

    CNC = "CNC"
    NRML = "NRML"
    MIS = "MIS"


class OrderStatus(StrEnum):
    """The five wire states, plus UNKNOWN: bytes left and nothing is known yet (shown as `open` nowhere)."""

    OPEN = "open"
    TRIGGER_PENDING = "trigger pending"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """No further change is possible."""
        return self in (OrderStatus.COMPLETE, OrderStatus.CANCELLED, OrderStatus.REJECTED)

    @property
    def is_working(self) -> bool:
        """Resting at the exchange."""
        return self in (OrderStatus.OPEN, OrderStatus.TRIGGER_PENDING)


PRODUCTS_BY_SEGMENT: dict[Exchange, frozenset[Product]] = {
    **dict.fromkeys(CASH_EXCHANGES, frozenset({Product.CNC, Product.MIS})),
    **dict.fromkeys(DERIVATIVE_EXCHANGES, frozenset({Product.NRML, Product.MIS})),
}


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is traded, in common words. Prices in rupees; None where the price type has none. Quantity in units."""

    symbol: str
    exchange: Exchange
    side: Side
    quantity: int
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A new order as a desk receives it. `tag` correlates the intent with the broker's book (<= 20 alphanumerics)."""

    terms: OrderTerms
    instrument: Instrument
    tag: str


class ModifyOrder(msgspec.Struct, frozen=True, kw_only=True):
    """New terms for a working order; quantity is the new total. `row` is the order as the book last showed it."""

    order_id: str
    terms: OrderTerms
    instrument: Instrument
    row: OrderRow


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw a working order. `row` is the order as the book last showed it."""

    order_id: str
    row: OrderRow


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the broker reports it.

    average_price is None until something filled. `placed_at`/`updated_at` are zone-aware.
    `product` is a domain.orders.Product value, or the vendor's own word for a product we do not trade (CO, MTF).
    `vendor` keeps what a later modify or cancel needs (Kite: the variety); values are text.
    """

    order_id: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: int
    price_type: PriceType
    product: str
    status: OrderStatus
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    filled_quantity: int | None = None
    pending_quantity: int | None = None
    average_price: Decimal | None = None
    rejection_reason: str = ""
    disclosed_quantity: int = 0
    placed_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    tag: str | None = None
    vendor: dict[str, str] = {}


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fill. `value` is quantity x price x multiplier, rupees."""

    trade_id: str
    order_id: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: int
    price: Decimal
    value: Decimal
    product: str
    traded_at: dt.datetime | None = None


class OrderUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one order, with where we learnt it (`push`, `poll`, `answer`, `postback`)."""

    row: OrderRow
    source: str
