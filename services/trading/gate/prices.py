"""The last traded price of one instrument: what a feed brought a moment ago, or the broker's quote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from domain.errors import Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.money import to_decimal
from services.trading.desk import BrokerReads
from services.trading.writes import Account

# A tick of a lively instrument; an older one may mean a mute feed, so the broker is asked.
TICK_SECONDS = 3.0
LastTick = Callable[[str, InstrumentKey], tuple[float, float] | None]


def no_tick(_broker: str, _key: InstrumentKey) -> None:
    """A house without a feed."""


class LastPrices:
    """ticks: (rupees, seconds ago) of a watched instrument, None when none came."""

    def __init__(self, reads: BrokerReads, ticks: LastTick) -> None:
        self._reads = reads
        self._ticks = ticks

    def last(self, account: Account, instrument: Instrument) -> tuple[Decimal, float]:
        """(rupees, seconds ago); a quote was asked just now, whenever it traded. Raises Unavailable, SessionDead."""
        tick = self._ticks(account.broker, instrument.key)
        if tick is not None and tick[0] > 0 and tick[1] <= TICK_SECONDS:
            return to_decimal(tick[0]), tick[1]
        quotes = self._reads.market(
            account, "quotes", lambda plugin, session: plugin.market.quotes(session, (instrument,))
        )
        quote = quotes.get(instrument.key)
        if quote is None:
            raise Unavailable(f"The broker has no quote for {instrument.symbol}", code="NO_QUOTE")
        return to_decimal(quote.ltp), 0.0
