"""What orders cost beside their price: the dated table of charges, with what the user changed in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from domain.charges import Charges, RateChange, charge, rates_of
from domain.instruments import Instrument, InstrumentKey
from domain.money import to_paise
from domain.orders import Product, Side
from services.accounts.principal import Principal
from services.trading.router import InstrumentIndex, require_account
from utils.clock import Clock, ist


class ChargeEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover in paise, and its charges; None where no Indian charges apply."""

    turnover: int
    charges: Charges | None


class Tariff(msgspec.Struct, frozen=True):
    """Rates of one day."""

    day: dt.date
    changes: Sequence[RateChange]

    def of_order(self, instrument: Instrument, side: Side, product: Product, turnover: int) -> Charges | None:
        """Charges of all that one order fills, turnover in paise; None where no Indian charges apply.

        Left out: what the depository takes once a day for shares that leave the demat account.
        """
        rates = rates_of(instrument, product, self.day, self.changes)
        return None if rates is None else charge(rates, side, turnover)


class ChargeEstimates:
    """Estimates before an order leaves, and of what has filled today."""

    def __init__(
        self, instruments: InstrumentIndex, changes: Callable[[], Iterable[RateChange]], clock: Clock
    ) -> None:
        """changes: the rates that the user knows better."""
        self._instruments = instruments
        self._changes = changes
        self._clock = clock

    def today(self) -> Tariff:
        """The rates of now: for many orders of one answer."""
        return Tariff(ist(self._clock.now()).date(), tuple(self._changes()))

    def estimate(
        self,
        principal: Principal,
        key: InstrumentKey,
        side: Side,
        product: Product,
        quantity: Decimal,
        price: Decimal,
    ) -> ChargeEstimate:
        """One trade at one price, as if it filled whole: units, rupees. Raises UnknownInstrument."""
        instrument = self._instruments.resolve(require_account(principal).broker, key.exchange, key.symbol)
        turnover = to_paise(quantity * price * instrument.multiplier)
        charges = self.today().of_order(instrument, side, product, turnover)
        return ChargeEstimate(turnover=turnover, charges=charges)
