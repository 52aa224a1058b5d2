"""Bodies of the routes that make several orders of one call."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field, model_validator

from restx_api.schemas.options import StrikeInterval
from restx_api.schemas.orders import AlertKeyed, Keyed, OrderFields, PlaceOrderBody, PriceFields
from services.trading.commands import (
    Basket,
    OptionPick,
    OptionsMultiOrder,
    OptionsOrder,
    Smart,
    Split,
)  # fmt: skip
from services.wire.fields import (
    LEGACY_FIELDS,
    Count,
    Integer,
    NotNegative,
    Number,
    Positive,
    SideWord,
    Strategy,
    Symbol,
)  # fmt: skip
from services.wire.option_fields import ExpiryDate, OffsetWord, OptionTypeWord, UnderlyingExchange
from services.wire.triggers.exit_fields import ExitFields

MOST_ORDERS = 100
MOST_LEGS = 20


def without_unused(value: Any) -> Any:
    """Nulls mean "not given", and three names of old clients mean nothing: for items as for the body itself."""
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if item is not None and name not in LEGACY_FIELDS}


class SmartOrderBody(OrderFields, AlertKeyed):
    """POST placesmartorder. `position_size` is the wanted position in signed units."""

    strategy: Strategy
    quantity: NotNegative
    position_size: Number
    underlying_ltp: Number | None = Field(None, description="Recorded only")
    exits: ExitFields | None = Field(
        None,
        description="Protects the position from the first fill on. The old flat names target, stoploss and trailing_sl"
        " have no effect",
    )

    def command(self) -> Smart:
        """The use case's command."""
        price, trigger = self.prices()
        return Smart(
            strategy=self.strategy, symbol=self.symbol, exchange=self.exchange, side=self.action,
            quantity=self.quantity, position_size=self.position_size, price_type=self.pricetype,
            product=self.product, price=price, trigger_price=trigger,
            disclosed_quantity=self.disclosed_quantity, client_order_id=self.key,
            exits=self.exits.terms() if self.exits is not None else None,
        )  # fmt: skip


class BasketItem(OrderFields):
    """One order of a basket."""

    quantity: Positive

    @model_validator(mode="before")
    @classmethod
    def _drop_unused(cls, value: Any) -> Any:
        return without_unused(value)


class BasketOrderBody(Keyed):
    """POST basketorder."""

    strategy: Strategy
    orders: list[BasketItem] = Field(min_length=1, max_length=MOST_ORDERS)

    def command(self) -> Basket:
        """The use case's command."""
        orders = tuple(item.place(self.strategy, item.quantity) for item in self.orders)
        return Basket(strategy=self.strategy, orders=orders, client_order_id=self.key)


class OptionLegFields(PriceFields):
    """What one option order says beyond its underlying."""

    offset: OffsetWord
    option_type: OptionTypeWord
    action: SideWord
    quantity: Integer = Field(ge=1, le=1_000_000_000)
    splitsize: Count = 0

    @model_validator(mode="before")
    @classmethod
    def _drop_unused(cls, value: Any) -> Any:
        return without_unused(value)

    def pick(self, expiry: dt.date | None = None) -> OptionPick:
        """The option by its place."""
        price, trigger = self.prices()
        return OptionPick(
            offset=str(self.offset), option_type=self.option_type, side=self.action, quantity=self.quantity,
            price_type=self.pricetype, product=self.product, expiry=expiry, split_size=self.splitsize,
            price=price, trigger_price=trigger, disclosed_quantity=self.disclosed_quantity,
        )  # fmt: skip


class OptionsOrderBody(OptionLegFields, Keyed):
    """POST optionsorder."""

    strategy: Strategy
    underlying: Symbol
    exchange: UnderlyingExchange
    expiry_date: ExpiryDate = None
    strike_int: StrikeInterval | None = None

    def command(self) -> OptionsOrder:
        """The use case's command."""
        return OptionsOrder(
            strategy=self.strategy, underlying=self.underlying, exchange=self.exchange, pick=self.pick(),
            expiry=self.expiry_date, strike_int=self.strike_int, client_order_id=self.key,
        )  # fmt: skip


class OptionLeg(OptionLegFields):
    """One leg of optionsmultiorder; its expiry overrules the head's."""

    expiry_date: ExpiryDate = None


class OptionsMultiOrderBody(Keyed):
    """POST optionsmultiorder."""

    strategy: Strategy
    underlying: Symbol
    exchange: UnderlyingExchange
    expiry_date: ExpiryDate = None
    strike_int: StrikeInterval | None = None
    legs: list[OptionLeg] = Field(min_length=1, max_length=MOST_LEGS)
    rollback: bool = Field(
        False, description="All legs or none: when one fails, accepted ones are withdrawn or traded back"
    )

    def command(self) -> OptionsMultiOrder:
        """The use case's command."""
        return OptionsMultiOrder(
            strategy=self.strategy, underlying=self.underlying, exchange=self.exchange,
            legs=tuple(leg.pick(leg.expiry_date) for leg in self.legs), expiry=self.expiry_date,
            strike_int=self.strike_int, rollback=self.rollback, client_order_id=self.key,
        )  # fmt: skip


class SplitOrderBody(PlaceOrderBody):
    """POST splitorder. `splitsize` units a slice, the remainder last."""

    splitsize: Integer = Field(ge=1, le=1_000_000_000)

    def split(self) -> Split:
        """The use case's command."""
        return Split(order=self.command(), size=self.splitsize, client_order_id=self.key)
