"""The options of an expiry as one value, built once per contract master and kept while it is served."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict

from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument
from services.market.index import InstrumentIndex
from services.market.instruments import Instruments
from services.options.forward import Listing
from services.options.selection import OptionSelection, Underlying
from utils import limits
from utils.concurrency import Lock

MOST_LISTINGS = 128
Place = tuple[str, Underlying, dt.date]


class Listings:
    """Remembers the last 128 expiries that somebody asked for."""

    def __init__(self, instruments: Instruments, selection: OptionSelection) -> None:
        self._instruments = instruments
        self._selection = selection
        self._lock = Lock()
        self._kept: OrderedDict[Place, tuple[InstrumentIndex | None, Listing]] = OrderedDict()
        limits.watch(
            self._kept, name="listings of expiries", kind="cache", bound=MOST_LISTINGS, policy="drop_oldest", size=len,
        )  # fmt: skip

    def of(self, broker: str, underlying: Underlying, expiry: dt.date | None) -> Listing:
        """The listing of a live expiry, the embedded one for None. Raises InvalidInput, NotListed."""
        day = self._selection.expiry(broker, underlying, expiry)
        return self._of(broker, underlying, day)

    def of_option(self, broker: str, option: Instrument) -> Listing:
        """The listing that an option belongs to, also on its last day. Raises InvalidInput for other instruments."""
        if not option.instrument_type.is_option or option.expiry is None or option.strike is None:
            raise InvalidInput(f"{option.symbol} is not an option", errors={"symbol": ["is not an option"]})
        underlying = Underlying(root=option.name, exchange=option.exchange, options_exchange=option.exchange)
        return self._of(broker, underlying, option.expiry)

    def _of(self, broker: str, underlying: Underlying, expiry: dt.date) -> Listing:
        place = (broker, underlying, expiry)
        index = self._instruments.index(broker)
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None and kept[0] is index:
                self._kept.move_to_end(place)
                return kept[1]
        made = self._build(broker, underlying, expiry)
        with self._lock:
            self._kept[place] = index, made
            while len(self._kept) > MOST_LISTINGS:
                self._kept.popitem(last=False)
        return made

    def _build(self, broker: str, underlying: Underlying, expiry: dt.date) -> Listing:
        legs = self._selection.legs(broker, underlying, expiry)
        exchange: Exchange = underlying.options_exchange
        return Listing(
            root=underlying.root, exchange=exchange, expiry=expiry,
            reference=self._selection.reference(broker, underlying, expiry),
            future=self._selection.future(broker, underlying, expiry),
            strikes=tuple(sorted({strike for strike, _ in legs})), legs=legs,
        )  # fmt: skip
