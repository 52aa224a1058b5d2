"""Where the market is, for an order that needs a price: opposite touch, last trade and the price band, from quotes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

import msgspec

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.errors import OpenAlgoError, Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Quote
from domain.money import to_decimal
from domain.orders import Side
from services.trading.desk import HasAccount
from services.trading.protection.ladder import Band
from utils.concurrency import KeyedLocks, Lock

T = TypeVar("T")
QUOTE_SECONDS = 10.0


class MarketView(msgspec.Struct, frozen=True):
    """Prices in rupees, None for what nobody told. touch: the best price of the side that the order trades against."""

    touch: Decimal | None
    last: Decimal | None
    band: Band

    def within(self, band: Band) -> MarketView:
        """The same market inside a narrower band."""
        return MarketView(self.touch, self.last, self.band.narrowed(band))

    @property
    def reference(self) -> Decimal | None:
        """What limits are measured from: the opposite touch, else the last trade."""
        return self.touch if self.touch is not None else self.last


NOWHERE = MarketView(None, None, Band(None, None))


def view(side: Side, quote: Quote | None) -> MarketView:
    """The market as an order of this side meets it. A zero is how feeds say that there is none."""
    if quote is None:
        return NOWHERE
    return MarketView(
        touch=_price(quote.ask if side is Side.BUY else quote.bid), last=_price(quote.ltp),
        band=Band(_price(quote.lower_circuit), _price(quote.upper_circuit)),
    )  # fmt: skip


def _price(number: float | None) -> Decimal | None:
    return to_decimal(number) if number is not None and number > 0 else None


class MarketReads(Protocol):
    """The part of a desk that asks for market data."""

    def plugin(self, broker: str) -> Plugin:
        """The account's plug-in."""

    def market(self, account: HasAccount, operation: str, call: Callable[[Plugin, Session], T]) -> T:
        """Ask under the account's session."""


class _Question:
    """One instrument asked for, and its answer once there is one."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quote: Quote | None = None
        self.error: OpenAlgoError | None = None
        self.answered = False


class GatheredQuotes:
    """Quotes for orders on their way out: questions that come while a call is under way share the next one.

    A vendor that allows one quote call a second thus delays the legs of a plan by a second or two, not by one each.
    """

    def __init__(self, reads: MarketReads) -> None:
        self._reads = reads
        self._turns = KeyedLocks()
        self._lock = Lock()
        self._waiting: dict[int, list[_Question]] = {}

    def quote(self, account: HasAccount, instrument: Instrument) -> Quote | None:
        """One quote; None when the broker has none. Raises what the read raises."""
        question = _Question(instrument)
        with self._lock:
            self._waiting.setdefault(account.account_id, []).append(question)
        with self._turns.hold(account.account_id, QUOTE_SECONDS) as held:
            if not question.answered:
                if not held:
                    raise Unavailable("Quotes of this account take too long")
                self._answer(account)
        if question.error is not None:
            raise question.error
        return question.quote

    def quotes(self, account: HasAccount, wanted: Sequence[Instrument]) -> Mapping[InstrumentKey, Quote]:
        """Quotes by key; what the broker does not have is missing. Raises what the read raises."""
        most = _batch(self._reads.plugin(account.broker).manifest)
        found: dict[InstrumentKey, Quote] = {}
        for at in range(0, len(wanted), most):
            found |= self._ask(account, tuple(wanted[at : at + most]))
        return found

    def _ask(self, account: HasAccount, part: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        return self._reads.market(
            account, "quotes", lambda plugin, session: plugin.market.quotes(session, part)
        )

    def _answer(self, account: HasAccount) -> None:
        """Ask for everything that waits; the caller holds the account's turn."""
        with self._lock:
            questions = self._waiting.pop(account.account_id)
        wanted = list({item.instrument.key: item.instrument for item in questions}.values())
        error: OpenAlgoError | None = None
        found: Mapping[InstrumentKey, Quote] = {}
        try:
            found = self.quotes(account, wanted)
        except OpenAlgoError as failed:
            error = failed
        except Exception as broken:  # noqa: BLE001 - a plug-in's bug must reach everybody who asked
            error = Unavailable(f"The broker's quotes cannot be read: {type(broken).__name__}")
        for item in questions:
            item.quote, item.error = found.get(item.instrument.key), error
            item.answered = True


def _batch(manifest: Manifest) -> int:
    return max(1, manifest.limits.quote_batch)
