"""The contracts of a strategy by their places: offsets from the money, all counted from one price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.options import Offset
from services.accounts.principal import Principal
from services.market.instruments import Instruments
from services.options.selection import NotListed, OptionSelection, Underlying
from services.trading.router import require_account


class PlaceAsked(msgspec.Struct, frozen=True, kw_only=True):
    """One leg. option_type: CE or PE with an offset, None for the underlying itself: its share or a future."""

    option_type: InstrumentType | None
    offset: Offset | None
    expiry: dt.date | None = None


class Picked(msgspec.Struct, frozen=True):
    """A contract and the units that stand against one lot of the options."""

    instrument: Instrument
    units: int


class LegPicker:
    """Chooses whole strategies; a leg that is not listed refuses all of them."""

    def __init__(self, selection: OptionSelection, instruments: Instruments) -> None:
        self._selection = selection
        self._instruments = instruments

    def pick(
        self, principal: Principal, underlying: str, exchange: Exchange, legs: Sequence[PlaceAsked]
    ) -> tuple[float | None, list[Picked]]:
        """The underlying's price that was counted from, None when no leg is an option, and a contract for each leg.

        Raises as `resolve_option`, and NotListed when neither a share nor a future stands for the underlying.
        """
        ltp: float | None = None
        lot = 1
        found: dict[int, Picked] = {}
        for place, leg in enumerate(legs):
            if leg.option_type is None:
                continue
            if leg.offset is None:
                raise InvalidInput("legs: an option needs an offset", errors={"legs": ["offset is required"]})
            chosen = self._selection.resolve_option(
                principal, underlying=underlying, exchange=exchange, option_type=leg.option_type,
                expiry=leg.expiry, offset=leg.offset, underlying_ltp=ltp,
            )  # fmt: skip
            ltp, lot = chosen.underlying_ltp, chosen.instrument.lot_size
            found[place] = Picked(chosen.instrument, lot)
        for place, leg in enumerate(legs):
            if leg.option_type is None:
                found[place] = self._itself(principal, underlying, exchange, leg.expiry, lot)
        return ltp, [found[place] for place in range(len(legs))]

    def _itself(
        self, principal: Principal, name: str, exchange: Exchange, expiry: dt.date | None, lot: int
    ) -> Picked:
        """The share, as many as a lot of the options; for an index a commodity the first future to outlive them."""
        broker = require_account(principal).broker
        underlying = self._selection.underlying(broker, name, exchange)
        day = self._selection.expiry(broker, underlying, expiry)
        reference = self._selection.reference(broker, underlying, day)
        if reference.instrument_type is InstrumentType.EQ:
            return Picked(reference, lot)
        future = self._future(broker, underlying, day)
        return Picked(future, future.lot_size)

    def _future(self, broker: str, underlying: Underlying, expiry: dt.date) -> Instrument:
        listed = underlying.options_exchange
        days = self._instruments.expiries(broker, listed, underlying.root, "futures")
        day = next((each for each in days if each >= expiry), None)
        if day is None:
            raise NotListed(f"No future of {underlying.root} lives until that expiry")
        return self._instruments.chain(broker, listed, underlying.root, day, InstrumentType.FUT)[0]
