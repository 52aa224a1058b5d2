"""The last traded price of one instrument, for the risk rules."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from domain.errors import Unavailable
from domain.instruments import Instrument
from domain.money import to_decimal
from services.trading.desk import BrokerReads
from services.trading.writes import Account

# (rupees, seconds ago). Raises Unavailable, SessionDead.
LastPrice = Callable[[Account, Instrument], tuple[Decimal, float]]


def asked_prices(reads: BrokerReads) -> LastPrice:
    """Prices of a house without market data of its own: the broker is asked each time."""

    def last(account: Account, instrument: Instrument) -> tuple[Decimal, float]:
        quotes = reads.market(
            account, "quotes", lambda plugin, session: plugin.market.quotes(session, (instrument,))
        )
        quote = quotes.get(instrument.key)
        if quote is None:
            raise Unavailable(f"The broker has no quote for {instrument.symbol}", code="NO_QUOTE")
        return to_decimal(quote.ltp), 0.0

    return last
