"""What a trade would cost beside its price: the dated table of charges, with what the user changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from domain.charges import Charges, RateChange, charge, rates_of
from domain.instruments import InstrumentKey
from domain.money import to_paise
from domain.orders import Product, Side
from services.accounts.principal import Principal
from services.trading.router import InstrumentIndex, require_account
from utils.clock import Clock, ist


class ChargeEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover in paise, and its charges; None where no Indian charges apply.

    Left out: what the depository takes once a day for shares that leave the demat account.
    """

    turnover: int
    charges: Charges | None


class ChargeEstimates:
    """Estimates of one trade at one price, as if it filled whole today."""

    def __init__(
        self, instruments: InstrumentIndex, changes: Callable[[], Iterable[RateChange]], clock: Clock
    ) -> None:
        """changes: the rates that the user knows better."""
        self._instruments = instruments
        self._changes = changes
        self._clock = clock

    def estimate(
        self,
        principal: Principal,
        key: InstrumentKey,
        side: Side,
        product: Product,
        quantity: Decimal,
        price: Decimal,
    ) -> ChargeEstimate:
        """Quantity in units, price in rupees. Raises UnknownInstrument."""
        instrument = self._instruments.resolve(require_account(principal).broker, key.exchange, key.symbol)
        turnover = to_paise(quantity * price * instrument.multiplier)
        rates = rates_of(instrument, product, ist(self._clock.now()).date(), self._changes())
        return ChargeEstimate(
            turnover=turnover, charges=None if rates is None else charge(rates, side, turnover)
        )
