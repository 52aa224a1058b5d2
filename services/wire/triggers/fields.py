"""Fields of a GTT, as REST and the desk take them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from domain.errors import InvalidInput
from domain.gtt import GttLeg, GttTerms, TriggerType
from domain.money import ZERO
from domain.orders import PriceType
from services.wire.fields import (
    Body,
    ClientOrderId,
    ExchangeWord,
    Integer,
    NotNegative,
    PriceTypeWord,
    ProductWord,
    SideWord,
    Symbol,
    clean,
)  # fmt: skip
from utils.clock import IST


def _trigger_type(value: Any) -> TriggerType:
    text = clean(value).upper()
    if text not in TriggerType.__members__:
        raise ValueError("must be one of SINGLE, OCO")
    return TriggerType(text)


def _instant(value: Any) -> dt.datetime:
    """An ISO date (its end, Indian time) or date and time (Indian unless it says otherwise)."""
    text = clean(value)
    try:
        found = dt.datetime.fromisoformat(text)
        if len(text) == 10:
            found = found.replace(hour=23, minute=59, second=59)
        return (found if found.tzinfo else found.replace(tzinfo=IST)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a date YYYY-MM-DD, with or without a time") from None


class KeyedGtt(Body):
    """A write that may be repeated under the caller's key."""

    takes_key: ClassVar[bool] = True
    effect = "orders"
    client_order_id: ClientOrderId = Field(None, description="Repeats within 24 hours get the first answer")
    idempotency_key: ClientOrderId = Field(None, description="The same under another name")

    @property
    def key(self) -> str | None:
        """The caller's key, None when none was given."""
        return self.client_order_id or self.idempotency_key or None


class GttFields(KeyedGtt):
    """What a GTT watches, and what it then orders."""

    trigger_type: Annotated[TriggerType, BeforeValidator(_trigger_type)]
    exchange: ExchangeWord
    symbol: Symbol
    action: SideWord
    product: ProductWord
    quantity: Annotated[Integer, Field(gt=0, le=1_000_000_000)]
    pricetype: PriceTypeWord = PriceType.LIMIT
    price: NotNegative = ZERO
    triggerprice_sl: NotNegative = ZERO
    triggerprice_tg: NotNegative = ZERO
    stoploss: NotNegative = ZERO
    target: NotNegative = ZERO
    expires_at: Annotated[dt.datetime, BeforeValidator(_instant)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, value: Any) -> Any:
        """Spreadsheets send empty text for a number that is not given."""
        if not isinstance(value, dict):
            return value
        return {name: item for name, item in value.items() if item != "" and item is not None}

    def terms(self) -> GttTerms:
        """The use case's terms. Raises InvalidInput when the triggers do not fit the type."""
        single = self.trigger_type is TriggerType.SINGLE
        if single and bool(self.triggerprice_sl) == bool(self.triggerprice_tg):
            text = "SINGLE takes exactly one of triggerprice_sl and triggerprice_tg"
            raise InvalidInput(f"triggerprice_sl: {text}", errors={"triggerprice_sl": [text]})
        return GttTerms(
            trigger_type=self.trigger_type, symbol=self.symbol, exchange=self.exchange, side=self.action,
            quantity=self.quantity, price_type=self.pricetype, product=self.product,
            stop=self._leg(self.triggerprice_sl, self.price if single else self.stoploss),
            target=self._leg(self.triggerprice_tg, self.price if single else self.target),
            expires_at=self.expires_at,
        )  # fmt: skip

    def _leg(self, trigger: Decimal, price: Decimal) -> GttLeg | None:
        if not trigger:
            return None
        is_limit = self.pricetype is not PriceType.MARKET
        return GttLeg(trigger_price=trigger, price=(price or None) if is_limit else None)
