"""Orders for option contracts that are named by their place, not by their symbol."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.errors import InvalidInput, OpenAlgoError
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import Product
from services.accounts.principal import Principal
from services.trading.commands import Leg, OptionPick, OptionsMultiOrder, OptionsOrder, Place
from services.trading.plans.slicing import cut


class Chosen(Protocol):
    """A contract and the price it was chosen by."""

    @property
    def instrument(self) -> Instrument:
        """The option."""

    @property
    def underlying_ltp(self) -> float:
        """Rupees."""


class OptionChooser(Protocol):
    """The part of the option contracts that orders need."""

    def resolve_option(
        self, principal: Principal, *, underlying: str, exchange: Exchange, option_type: InstrumentType,
        expiry: dt.date | None = None, offset: str | None = None, strike_int: int | None = None,
        underlying_ltp: float | None = None,
    ) -> Chosen:  # fmt: skip
        """The contract at an offset from the money. Raises InvalidInput, NotFound and what a quote raises."""


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """A leg with its contract: the orders to send, or why there is none."""

    number: int
    pick: OptionPick
    orders: tuple[Place, ...] = ()
    error: OpenAlgoError | None = None

    def label(self, leg: Leg) -> Leg:
        """The outcome of one of its orders, with the leg's own words."""
        return msgspec.structs.replace(
            leg, number=self.number, offset=self.pick.offset, option_type=self.pick.option_type.value
        )

    def failed(self) -> Leg:
        """The outcome of a leg that has no order."""
        error = self.error
        assert error is not None
        leg = Leg(
            symbol="", exchange="", product=self.pick.product.value, side=self.pick.side.value,
            quantity=self.pick.quantity, code=error.code, message=error.message,
        )  # fmt: skip
        return self.label(leg)


def orders_of(
    command: OptionsOrder | OptionsMultiOrder, pick: OptionPick, option: Instrument
) -> tuple[Place, ...]:
    """The leg's orders, one or its slices. Raises InvalidInput."""
    if pick.product is Product.CNC:
        text = "must be NRML or MIS for an option"
        raise InvalidInput(f"product: {text}", errors={"product": [text]})
    order = Place(
        strategy=command.strategy, symbol=option.symbol, exchange=option.exchange, side=pick.side,
        quantity=Decimal(pick.quantity), price_type=pick.price_type, product=pick.product, price=pick.price,
        trigger_price=pick.trigger_price, disclosed_quantity=pick.disclosed_quantity,
    )  # fmt: skip
    if not pick.split_size:
        return (order,)
    return tuple(cut(order, pick.split_size, lot_size=option.lot_size, freeze=option.freeze_qty))


class Picks:
    """Chooses the contracts of a command's legs, all by one price of the underlying."""

    def __init__(self, options: OptionChooser, principal: Principal) -> None:
        self._options = options
        self._principal = principal
        self.underlying_ltp: float | None = None

    def choose(self, command: OptionsOrder | OptionsMultiOrder, pick: OptionPick) -> tuple[Place, ...]:
        """The leg's orders. Raises what the choice or the cut raises."""
        chosen = self._options.resolve_option(
            self._principal, underlying=command.underlying, exchange=command.exchange,
            option_type=pick.option_type, expiry=pick.expiry or command.expiry, offset=pick.offset,
            strike_int=command.strike_int, underlying_ltp=self.underlying_ltp,
        )  # fmt: skip
        self.underlying_ltp = chosen.underlying_ltp
        return orders_of(command, pick, chosen.instrument)

    def choose_all(self, command: OptionsMultiOrder) -> list[Picked]:
        """Every leg, in the order of the request; a leg that cannot be chosen says so for itself."""
        picked = []
        for number, pick in enumerate(command.legs, 1):
            try:
                picked.append(Picked(number=number, pick=pick, orders=self.choose(command, pick)))
            except OpenAlgoError as error:
                picked.append(Picked(number=number, pick=pick, error=error))
        return picked


def in_request_order(picked: Sequence[Picked], ended: Sequence[Leg]) -> tuple[Leg, ...]:
    """Outcomes leg by leg; `ended` holds those of all orders, leg after leg."""
    rest = iter(ended)
    legs: list[Leg] = []
    for item in picked:
        legs += [item.label(next(rest)) for _ in item.orders] if item.error is None else [item.failed()]
    return tuple(legs)
