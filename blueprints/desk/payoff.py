"""Strategies of several legs: their contracts by place, and what they win and lose."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from pydantic import BeforeValidator, Field, model_validator

from blueprints.edge import Call, Form, session_route
from domain.instruments import InstrumentKey, InstrumentType
from services.options.leg_market import StrategyLeg
from services.options.payoff import payoff
from services.options.picking import PlaceAsked
from services.wire import market as shown
from services.wire.fields import ExchangeWord, Integer, NotNegative, SideWord, Symbol
from services.wire.numbers import maybe_price
from services.wire.option_fields import ExpiryDate, OffsetWord, UnderlyingExchange, float_of
from services.wire.strategies import payoff as shown_payoff

blueprint = flask.Blueprint("payoff", __name__)

MOST_LEGS = 20


class PlaceForm(Form):
    """One leg by its place: an option at an offset, or the underlying's share or future (`FUT`)."""

    option_type: Literal["CE", "PE", "FUT"]
    offset: OffsetWord | None = None
    expiry: ExpiryDate = None

    @model_validator(mode="after")
    def _offset_of_options(self) -> PlaceForm:
        if (self.option_type == "FUT") != (self.offset is None):
            raise ValueError("an option needs an offset, the underlying has none")
        return self

    def asked(self) -> PlaceAsked:
        """The service's question."""
        kind = None if self.option_type == "FUT" else InstrumentType(self.option_type)
        return PlaceAsked(option_type=kind, offset=self.offset, expiry=self.expiry)


class PickForm(Form):
    """Legs of one underlying."""

    underlying: Symbol
    exchange: UnderlyingExchange
    legs: list[PlaceForm] = Field(min_length=1, max_length=MOST_LEGS)


class PayoffLegForm(Form):
    """One leg of a payoff. quantity: units. price: 0 or none takes the market's."""

    symbol: Symbol
    exchange: ExchangeWord
    action: SideWord
    quantity: Annotated[Integer, Field(ge=1, le=1_000_000_000)]
    price: NotNegative | None = None


class PayoffForm(Form):
    """days: from now. volatility_shift: percent of each volatility."""

    legs: list[PayoffLegForm] = Field(min_length=1, max_length=MOST_LEGS)
    days: Annotated[float, BeforeValidator(float_of), Field(ge=0, le=3650)] = 0.0
    volatility_shift: Annotated[float, BeforeValidator(float_of), Field(ge=-99, le=500)] = 0.0


@session_route(blueprint, "/ui/api/options/pick", methods=("POST",), body=PickForm)
def pick_legs(call: Call) -> Any:
    """A contract for every leg, all counted from one price; `units` stand against one lot of the options."""
    form: PickForm = call.body
    ltp, found = call.services.leg_picker.pick(
        call.principal, form.underlying, form.exchange, [leg.asked() for leg in form.legs]
    )
    rows = [{**shown.symbol_record(each.instrument), "units": each.units} for each in found]
    return {"underlying_ltp": maybe_price(ltp), "legs": rows}


@session_route(blueprint, "/ui/api/options/payoff", methods=("POST",), body=PayoffForm)
def show_payoff(call: Call) -> Any:
    """Profit and loss at the first expiry and at a chosen day; nothing is sent."""
    form: PayoffForm = call.body
    legs = [
        StrategyLeg(
            key=InstrumentKey(leg.exchange, leg.symbol), side=leg.action, quantity=leg.quantity,
            price=leg.price or None,
        )
        for leg in form.legs
    ]  # fmt: skip
    strategy = call.services.leg_market.read(call.principal, legs)
    return shown_payoff.payoff(payoff(strategy, days=form.days, volatility_shift=form.volatility_shift))
