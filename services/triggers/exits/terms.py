"""What a caller asks for becomes a set of exits: the instrument, its prices, and every check before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Quote
from domain.money import to_decimal
from domain.orders import Product
from domain.triggers.exit_checks import check_levels, check_terms
from domain.triggers.exits import ExitState, ExitTerms, PositionExit
from services.accounts.principal import Principal
from services.trading.router import InstrumentIndex, require_account
from utils.clock import Clock, epoch_ms, ist
from utils.ids import secret_hex


class ExitDraft:
    """Builds sets; keeps nothing and sends nothing."""

    def __init__(
        self,
        *,
        instruments: InstrumentIndex,
        quote: Callable[[Principal, InstrumentKey], Quote],
        clock: Clock,
    ) -> None:
        self._instruments = instruments
        self._quote = quote
        self._clock = clock

    def instrument(self, principal: Principal, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument. Raises UnknownInstrument."""
        return self._instruments.resolve(require_account(principal).broker, exchange, symbol)

    def check(self, instrument: Instrument, terms: ExitTerms, direction: int) -> None:
        """Raise InvalidInput for terms that no price can make right."""
        check_terms(terms, direction=direction, tick=instrument.tick_size, lot=instrument.lot_size)

    def price(self, principal: Principal, key: InstrumentKey) -> Decimal:
        """The last price, rupees. Raises what a quote raises."""
        return to_decimal(self._quote(principal, key).ltp)

    def make(
        self, principal: Principal, instrument: Instrument, product: Product, terms: ExitTerms, *,
        direction: int, mode: str, strategy: str,
    ) -> PositionExit:  # fmt: skip
        """A set that waits for its position."""
        account, now = require_account(principal), self._clock.now()
        return PositionExit(
            exit_id=f"EXT-{ist(now):%y%m%d}-{secret_hex(4)}", user_id=principal.user_id,
            account_id=account.account_id, broker=account.broker, mode=mode, strategy=strategy,
            symbol=instrument.symbol, exchange=instrument.exchange, product=product, direction=direction,
            tick_size=instrument.tick_size, expiry=instrument.expiry, terms=terms, state=ExitState.WAITING,
            created_ms=epoch_ms(now), updated_ms=epoch_ms(now),
        )  # fmt: skip

    @staticmethod
    def require_clear(held: PositionExit, price: Decimal, base: Decimal | None = None) -> None:
        """Raise InvalidInput for a level that `price` has reached already. base: where distances count from."""
        sample = msgspec.structs.replace(held, base=held.base if base is None else base)
        check_levels(sample.seen(price) or sample, price)
