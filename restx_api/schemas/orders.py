"""Bodies of the order routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from domain.money import ZERO
from domain.orders import PriceType, Product
from services.trading.commands import Cancel, CancelAll, Close, Modify, Place
from services.trading.risk import normal_prices
from services.wire.fields import (
    Body,
    ClientOrderId,
    Count,
    ExchangeWord,
    NotNegative,
    Number,
    OptionalStrategy,
    OrderBody,
    OrderId,
    Positive,
    PriceTypeWord,
    ProductWord,
    SideWord,
    Strategy,
    Symbol,
    Text,
)  # fmt: skip


class Keyed(OrderBody):
    """A write that may be repeated under the caller's key."""

    client_order_id: ClientOrderId = Field(None, description="Repeats within 24 hours get the first answer")
    idempotency_key: ClientOrderId = Field(None, description="The same under another name")

    @property
    def key(self) -> str | None:
        """The caller's key, None when none was given."""
        return self.client_order_id or self.idempotency_key or None


class AlertKeyed(Keyed):
    """A write that an alert of a charting service may make."""

    alert_id: ClientOrderId = Field(None, description="The same, as alerts of charting services name it")

    @property
    def key(self) -> str | None:
        """The caller's key, None when none was given."""
        return super().key or self.alert_id or None


class PriceFields(OrderBody):
    """How an order is priced and held."""

    pricetype: PriceTypeWord = PriceType.MARKET
    product: ProductWord = Product.MIS
    price: NotNegative = ZERO
    trigger_price: NotNegative = ZERO
    disclosed_quantity: Count = 0

    def prices(self) -> tuple[Decimal | None, Decimal | None]:
        """Price and trigger price; what the price type has no use for is dropped."""
        return normal_prices(self.pricetype, given(self.price), given(self.trigger_price))


class OrderFields(PriceFields):
    """What every order on one instrument says, but for its quantity."""

    exchange: ExchangeWord
    symbol: Symbol
    action: SideWord

    def place(self, strategy: str, quantity: Decimal, key: str | None = None) -> Place:
        """The order under a tag."""
        price, trigger = self.prices()
        return Place(
            strategy=strategy, symbol=self.symbol, exchange=self.exchange, side=self.action, quantity=quantity,
            price_type=self.pricetype, product=self.product, price=price, trigger_price=trigger,
            disclosed_quantity=self.disclosed_quantity, client_order_id=key,
        )  # fmt: skip


class PlaceOrderBody(OrderFields, AlertKeyed):
    """POST placeorder."""

    strategy: Strategy
    quantity: Positive
    underlying_ltp: Number | None = Field(None, description="Recorded only")

    def command(self) -> Place:
        """The use case's command."""
        return self.place(self.strategy, self.quantity, self.key)


class ModifyOrderBody(Keyed):
    """POST modifyorder. `quantity` is the new total."""

    strategy: Strategy
    exchange: ExchangeWord
    symbol: Symbol
    orderid: OrderId
    action: SideWord
    product: ProductWord
    pricetype: PriceTypeWord
    price: NotNegative = ZERO
    quantity: Positive
    disclosed_quantity: Count = 0
    trigger_price: NotNegative = ZERO

    def command(self) -> Modify:
        """The use case's command. Unlike a new order, a price that the price type does not take is refused."""
        return Modify(
            order_id=self.orderid, strategy=self.strategy, symbol=self.symbol, exchange=self.exchange,
            side=self.action, quantity=self.quantity, price_type=self.pricetype, product=self.product,
            price=given(self.price), trigger_price=given(self.trigger_price),
            disclosed_quantity=self.disclosed_quantity, client_order_id=self.key,
        )  # fmt: skip


class CancelOrderBody(Keyed):
    """POST cancelorder."""

    orderid: OrderId
    strategy: OptionalStrategy = ""

    def command(self) -> Cancel:
        """The use case's command."""
        return Cancel(order_id=self.orderid, strategy=self.strategy, client_order_id=self.key)


class CancelAllBody(Keyed):
    """POST cancelallorder. With `symbol` and `exchange` only that instrument's orders."""

    strategy: Strategy
    symbol: Symbol | None = None
    exchange: ExchangeWord | None = None

    def command(self) -> CancelAll:
        """The use case's command."""
        return CancelAll(
            strategy=self.strategy, symbol=self.symbol, exchange=self.exchange, client_order_id=self.key
        )


class ClosePositionBody(Keyed):
    """POST closeposition. With `symbol`, `exchange` and `product` only that position."""

    strategy: Strategy
    symbol: Symbol | None = None
    exchange: ExchangeWord | None = None
    product: ProductWord | None = None

    def command(self) -> Close:
        """The use case's command."""
        return Close(
            strategy=self.strategy, symbol=self.symbol, exchange=self.exchange, product=self.product,
            client_order_id=self.key,
        )  # fmt: skip


class OrderStatusBody(Body):
    """POST orderstatus."""

    orderid: OrderId
    strategy: OptionalStrategy = ""


class OrderTimeLineBody(Body):
    """POST ordertimeline: exactly one of the three names."""

    orderid: OrderId | None = None
    tag: Text | None = Field(None, max_length=20, description="Our mark of the order in the broker's book")
    request_id: Text | None = Field(None, max_length=40, description="One order call, also when refused")


class OpenPositionBody(Body):
    """POST openposition."""

    symbol: Symbol
    exchange: ExchangeWord
    product: ProductWord
    strategy: OptionalStrategy = ""


class MarginLeg(Body):
    """One position of a margin question."""

    symbol: Symbol = Field(max_length=50)
    exchange: ExchangeWord
    action: SideWord
    quantity: Positive
    product: ProductWord
    pricetype: PriceTypeWord
    price: NotNegative = ZERO
    trigger_price: NotNegative = ZERO

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        return (
            {name: item for name, item in value.items() if item is not None}
            if isinstance(value, dict)
            else value
        )

    def command(self) -> Place:
        """The leg as an order that is never sent."""
        price, trigger = normal_prices(self.pricetype, given(self.price), given(self.trigger_price))
        return Place(
            strategy="", symbol=self.symbol, exchange=self.exchange, side=self.action, quantity=self.quantity,
            price_type=self.pricetype, product=self.product, price=price, trigger_price=trigger,
        )  # fmt: skip


class MarginBody(Body):
    """POST margin."""

    positions: list[MarginLeg] = Field(min_length=1, max_length=50)


def given(price: Decimal) -> Decimal | None:
    """Clients write 0 for a price that an order does not have."""
    return price or None
