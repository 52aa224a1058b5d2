"""What is checked before a GTT is taken, wherever it will be held."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from domain.errors import InvalidInput
from domain.gtt import GttLeg, GttTerms, check
from domain.instruments import Instrument, InstrumentKey
from domain.market import Quote
from domain.money import to_decimal
from domain.triggers.held import Leg
from services.accounts.principal import Principal
from services.trading import risk
from services.trading.commands import Place
from services.trading.desk import BrokerPlugins
from services.trading.router import InstrumentIndex, require_account
from utils.clock import Clock, ist

FIXED = ("side", "symbol", "exchange", "trigger_type")


class CheckedGtt(msgspec.Struct, frozen=True, kw_only=True):
    """Legal terms with the instrument they name and its last price, rupees."""

    terms: GttTerms
    instrument: Instrument
    last_price: Decimal


class TermChecks:
    """Each order that a GTT may send passes the pre-trade rules when the GTT is set up, and again when it fires."""

    def __init__(
        self, *, instruments: InstrumentIndex, brokers: BrokerPlugins,
        quote: Callable[[Principal, InstrumentKey], Quote], clock: Clock,
    ) -> None:  # fmt: skip
        self._instruments = instruments
        self._brokers = brokers
        self._quote = quote
        self._clock = clock

    def checked(self, principal: Principal, terms: GttTerms, strategy: str) -> CheckedGtt:
        """Raises InvalidInput: for terms that no order could have, and for a trigger that the price has reached."""
        check(terms)
        broker = require_account(principal).broker
        instrument = self._instruments.resolve(broker, terms.exchange, terms.symbol)
        terms = msgspec.structs.replace(terms, symbol=instrument.symbol, exchange=instrument.exchange)
        if terms.expires_at is not None and terms.expires_at <= self._clock.now():
            raise InvalidInput("expires_at: lies in the past", errors={"expires_at": ["lies in the past"]})
        for leg in terms.legs:
            self._check_order(place_of(terms, leg, strategy), instrument, broker)
        price = to_decimal(self._quote(principal, instrument.key).ltp)
        refuse_reached(terms, price)
        return CheckedGtt(terms=terms, instrument=instrument, last_price=price)

    def _check_order(self, command: Place, instrument: Instrument, broker: str) -> None:
        risk.approve(
            risk.Facts(
                command=command, instrument=instrument, manifest=self._brokers.plugin(broker).manifest,
                today=ist(self._clock.now()).date(),
            )
        )  # fmt: skip


def place_of(terms: GttTerms, leg: GttLeg, strategy: str, key: str | None = None) -> Place:
    """The order that a leg sends when it is reached."""
    return Place(
        strategy=strategy, symbol=terms.symbol, exchange=terms.exchange, side=terms.side,
        quantity=Decimal(terms.quantity), price_type=terms.price_type, product=terms.product, price=leg.price,
        client_order_id=key,
    )  # fmt: skip


def refuse_reached(terms: GttTerms, price: Decimal) -> None:
    """Raise InvalidInput when a trigger is reached already: nobody knows then what was meant."""
    for field, side, leg, watched in (
        ("triggerprice_sl", "below", Leg.STOP, terms.stop),
        ("triggerprice_tg", "above", Leg.TARGET, terms.target),
    ):
        if watched is not None and leg.is_reached(watched.trigger_price, price):
            text = f"must be {side} the last price {price}"
            raise InvalidInput(f"{field}: {text}", errors={field: [text]}, code="TRIGGER_REACHED")


def refuse_other(terms: GttTerms, known: dict[str, object]) -> None:
    """Raise InvalidInput when a modification names another order than the GTT sends."""
    fixed = [name for name in FIXED if getattr(terms, name) != known[name]]
    if fixed:
        shown = ["action" if name == "side" else name for name in fixed]
        raise InvalidInput(
            f"{shown[0]} of a GTT cannot be changed", errors={name: ["cannot be changed"] for name in shown}
        )
