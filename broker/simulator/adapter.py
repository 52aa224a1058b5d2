"""The practice exchange as a plug-in: the broker roles in front of SimulatedExchange."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from broker.core.roles import LocalTickSource, LoginStep, Plugin, PluginContext, Session
from broker.simulator.contracts import ContractFile
from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.candles import Candles
from broker.simulator.prices.quotes import Prices
from broker.simulator.specs import Contract
from broker.simulator.ticks import LocalTicks
from broker.simulator.universe import Universe
from domain.errors import InvalidInput, Refused, SessionDead, UnknownInstrument
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Quote
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, OrderUpdate, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import Clock
from utils.concurrency import Lock

FILE = "exchange.db"
LARGEST_SCALE = 15


def build(context: PluginContext) -> Plugin:
    """Options: `seed` (any integer), `scale` (1 to 15), `bars_market` (yes: MARKET and SL-M are refused, as API orders
    are at real exchanges). Raises InvalidInput for other values."""
    seed, scale = _option(context, "seed"), _option(context, "scale")
    if not 1 <= scale <= LARGEST_SCALE:
        raise InvalidInput(f"simulator option scale must lie between 1 and {LARGEST_SCALE}, not {scale}")
    bars = context.settings.get("bars_market", "no")
    if bars not in ("yes", "no"):
        raise InvalidInput(f"simulator option bars_market must be yes or no, not {bars!r}")
    prices = Prices(seed)
    universe = Universe(prices, scale)
    venue = Venue(
        lambda: SimulatedExchange(universe, prices, context.clock, context.ids, context.data_dir / FILE)
    )
    return Plugin(
        manifest=context.manifest,
        auth=InstantLogin(context.clock),
        orders=Desk(venue, bars_market=bars == "yes"),
        portfolio=Books(venue),
        market=Market(universe, prices, context.clock),
        contracts=ContractFile(universe, context.clock),
        margin=MarginDesk(venue),
        local_ticks=lambda: _ticks(universe, prices),
        order_stream=Updates(venue),
        close=venue.close,
    )


def _ticks(universe: Universe, prices: Prices) -> LocalTickSource:
    return LocalTicks(universe, prices)


def _option(context: PluginContext, name: str) -> int:
    text = context.settings.get(name, "1")
    try:
        return int(text)
    except ValueError:
        raise InvalidInput(f"simulator option {name} must be a whole number, not {text!r}") from None


class Venue:
    """Opens the exchange's file at the first order or book: a process that only wants prices never touches it."""

    def __init__(self, opening: Callable[[], SimulatedExchange]) -> None:
        self._opening = opening
        self._exchange: SimulatedExchange | None = None
        self._lock = Lock()

    def __call__(self) -> SimulatedExchange:
        with self._lock:
            if self._exchange is None:
                self._exchange = self._opening()
            return self._exchange

    def close(self) -> None:
        """Close what was opened; the next call opens it again."""
        with self._lock:
            if self._exchange is not None:
                self._exchange.close()
                self._exchange = None


class InstantLogin:
    """Nothing to ask: the practice exchange lets every account in, for ever."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        return LoginStep(kind="instant")

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        return Session(
            account_id=account_id,
            broker="simulator",
            broker_user_id=f"PX{account_id:06d}",
            credentials=dict(credentials),
            tokens={},
            issued_at=self._clock.now(),
            expires_at=None,
        )

    def check(self, session: Session) -> None:
        if session.broker != "simulator" or not session.broker_user_id:
            raise SessionDead("This session does not belong to the practice exchange")

    def logout(self, session: Session) -> None:
        """Nothing to end: the exchange keeps no sessions."""


class Desk:
    """Orders of the session's account."""

    def __init__(self, venue: Venue, *, bars_market: bool) -> None:
        self._venue = venue
        self._bars_market = bars_market

    def _admit(self, terms: OrderTerms) -> None:
        if self._bars_market and not terms.price_type.needs_price:
            raise Refused(f"{terms.price_type.value} orders are barred here", code="BARRED")

    def place(self, session: Session, command: PlaceOrder) -> str:
        self._admit(command.terms)
        return self._venue().place(session.broker_user_id, command.terms, command.tag)

    def modify(self, session: Session, command: ModifyOrder) -> str:
        self._admit(command.terms)
        return self._venue().modify(session.broker_user_id, command.order_id, command.terms)

    def cancel(self, session: Session, command: CancelOrder) -> str:
        return self._venue().cancel(session.broker_user_id, command.order_id)

    def order_book(self, session: Session) -> list[OrderRow]:
        return self._venue().orders(session.broker_user_id)

    def trade_book(self, session: Session) -> list[TradeRow]:
        return self._venue().trades(session.broker_user_id)


class Books:
    """What the session's account holds."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def positions(self, session: Session) -> list[Position]:
        return self._venue().positions(session.broker_user_id)

    def holdings(self, session: Session) -> list[Holding]:
        return self._venue().holdings(session.broker_user_id)

    def funds(self, session: Session) -> Funds:
        return self._venue().funds(session.broker_user_id)


class Market:
    """Prices; the same for every session, and independent of the exchange's file."""

    def __init__(self, universe: Universe, prices: Prices, clock: Clock) -> None:
        self._universe = universe
        self._prices = prices
        self._candles = Candles(prices)
        self._clock = clock

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        now = self._clock.now()
        found = {}
        for instrument in instruments:
            contract = self._universe.resolve(instrument.exchange.value, instrument.symbol)
            if contract is not None:
                found[instrument.key] = self._prices.quote(contract, self._prices.vertex(contract, now))
        return found

    def depth(self, session: Session, instrument: Instrument, levels: int = 5) -> Depth:
        """Up to 50 levels."""
        contract = self._contract(instrument)
        return self._prices.depth(contract, self._prices.vertex(contract, self._clock.now()), levels)

    def history(
        self,
        session: Session,
        instrument: Instrument,
        interval: Interval,
        start: dt.datetime,
        end: dt.datetime,
    ) -> list[Candle]:
        return self._candles.bars(self._contract(instrument), interval, start, end, self._clock.now())

    def _contract(self, instrument: Instrument) -> Contract:
        contract = self._universe.resolve(instrument.exchange.value, instrument.symbol)
        if contract is None:
            raise UnknownInstrument(instrument.exchange.value, instrument.symbol)
        return contract


class MarginDesk:
    """Margin of legs on an empty account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def estimate(self, session: Session, legs: Sequence[tuple[Instrument, OrderTerms]]) -> MarginEstimate:
        return self._venue().margin([terms for _, terms in legs])


class Updates:
    """Order updates inside the process that trades."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def listen(self, session: Session, on_update: Callable[[OrderUpdate], None]) -> Callable[[], None]:
        return self._venue().listen(session.broker_user_id, on_update)
