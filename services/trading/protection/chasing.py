"""The work on protected orders of one account: look, settle what was unknown, price anew, send, or give up aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, Protocol

from broker.core.budget import Priority, acting_as
from domain.errors import NotSent, OpenAlgoError, SessionDead, Throttled
from domain.instruments import Exchange, Instrument
from domain.market import Quote
from domain.orders import ModifyOrder, OrderRow
from services.accounts.principal import Principal
from services.trading.commands import Modify
from services.trading.desk import Desk
from services.trading.journal import IntentRow, terms_of
from services.trading.protection.average import Bands
from services.trading.protection.cover import reprice
from services.trading.protection.judging import Protected, State, Verdict, is_set_off, judge
from services.trading.protection.ladder import next_price
from services.trading.protection.market import GatheredQuotes, MarketView, view
from services.trading.timeline import trace
from services.trading.writes import Account, Mandate, UncertainOrder, Writes
from utils.clock import Clock, epoch_ms
from utils.concurrency import KeyedLocks
from utils.logging import get_logger

RETRY_SECONDS = 1.0
log = get_logger(__name__)


class Instruments(Protocol):
    """The contract master."""

    def resolve(self, broker: str, exchange: Exchange, symbol: str) -> Instrument:
        """The instrument. Raises UnknownInstrument."""


class IntentReads(Protocol):
    """The part of the journal that tells what became of a write."""

    def by_tag(self, tag: str) -> IntentRow | None:
        """One intent."""


Due = tuple[Protected, Verdict, OrderRow]


class Chase:
    """Carries verdicts out.

    look: read the account's whole book and settle what it proves. known: an order as last seen.
    finish: protection of an order is over. began: a stop was set off. turns: held while a write of the order is out.
    count: a change leaves and uses up a send of its second; it waits for none, since what it prices may be an exit.
    """

    def __init__(
        self, *, desk: Desk, writes: Writes, journal: IntentReads, quotes: GatheredQuotes, instruments: Instruments,
        tracing: trace.Tracing, clock: Clock, turns: KeyedLocks, look: Callable[[Account], object],
        known: Callable[[Account, str], OrderRow | None], finish: Callable[[Protected, Verdict], None],
        began: Callable[[Protected], None], located: Callable[[Protected], None], count: Callable[[Mandate], None],
        bands: Bands,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._writes = writes
        self._journal = journal
        self._quotes = quotes
        self._instruments = instruments
        self._tracing = tracing
        self._clock = clock
        self._turns = turns
        self._look = look
        self._known = known
        self._finish = finish
        self._began = began
        self._located = located
        self._count = count
        self._bands = bands

    def work(self, account: Account, orders: Sequence[Protected]) -> None:
        """One pass over orders of which something is due. Never raises for what a broker does."""
        try:
            self._look(account)
        except OpenAlgoError as error:
            for order in orders:
                order.trouble = error.message
        due: list[Due] = []
        for order in orders:
            order.looked_at = self._clock.monotonic()
            self._settle(order)
            row = self._known(account, order.order_id) if order.order_id is not None else None
            verdict = judge(order, row, epoch_ms(self._clock.now()))
            if verdict.what == "end":
                self._finish(order, verdict)
            elif verdict.what in ("reprice", "check") and row is not None:
                due.append((order, verdict, row))
        if due:
            self._price(account, due)

    def _settle(self, order: Protected) -> None:
        """What evidence has shown about a write with an unknown outcome."""
        tag = order.tag if order.order_id is None else order.change
        intent = self._journal.by_tag(tag) if tag is not None else None
        if intent is None or intent.state in ("pending", "unknown"):
            return
        if order.change is None:
            if intent.state == "acked" and intent.order_id is not None:
                order.order_id = intent.order_id
                self._located(order)
            else:
                text = "The order never reached the broker: nothing was sent in its place"
                self._finish(order, Verdict(what="end", state=State.ENDED, reason=text, alarm=True))
            return
        order.change = None
        if intent.state == "acked":
            order.sent = terms_of(intent) or order.sent
        elif tag == order.tag:
            text = "The change that asked for protection never took effect"
            self._finish(order, Verdict(what="end", state=State.RELEASED, reason=text, alarm=True))

    def _price(self, account: Account, due: Sequence[Due]) -> None:
        """Prices for all of them in one call, then each its turn."""
        found: dict[str, Instrument] = {}
        quotes: dict[Any, Quote] = {}
        try:
            for order, _, row in due:
                found[order.tag] = self._instruments.resolve(account.broker, row.exchange, row.symbol)
            quotes |= self._quotes.quotes(account, list({item.key: item for item in found.values()}.values()))
        except OpenAlgoError as error:
            for order, _, _ in due:
                order.trouble = error.message
        for order, verdict, row in due:
            instrument = found.get(order.tag)
            if instrument is None:
                self._later(order)
                continue
            self._bands.want(account.broker, instrument)
            band = self._bands.band(account.broker, instrument)
            market = view(order.side, quotes.get(instrument.key)).within(band)
            rung = self._set_off(order, market) if verdict.what == "check" else verdict.rung
            if rung is not None:
                self._reprice(order, row, instrument, market, rung)

    def _set_off(self, order: Protected, market: MarketView) -> int | None:
        """The first rung for a stop that was set off and missed; None while it waits."""
        if not is_set_off(order, market):
            return None
        order.began_ms, order.rung = epoch_ms(self._clock.now()), -1
        self._began(order)
        return 0

    def _reprice(
        self, order: Protected, row: OrderRow, instrument: Instrument, market: MarketView, rung: int
    ) -> None:
        price = next_price(
            order.side, market.reference, market.band, instrument.tick_size, order.ladder, rung
        )
        if price is None:
            order.trouble = "no price is known that a limit could be made from"
            self._later(order)
            return
        if price == order.sent.price and order.prices:
            order.rung = rung
            return
        with ExitStack() as held:
            turn = (order.account_id, order.order_id)
            if not held.enter_context(self._turns.hold(turn, 0)) or order.state is not State.OPEN:
                return  # its owner is changing it at this moment
            if not order.prices and row.price:
                order.prices.add(row.price)  # where the broker's own protection has put it
            order.prices.add(price)
            self._send(order, row, instrument, market, (rung, price))

    def _send(
        self, order: Protected, row: OrderRow, instrument: Instrument, market: MarketView, step: tuple[int, Decimal]
    ) -> None:  # fmt: skip
        rung, price = step
        terms = reprice(order.asked, row.quantity, price)
        command = ModifyOrder(order_id=row.order_id, terms=terms, instrument=instrument, row=row)
        principal = Principal(
            user_id=order.user_id, username="", account_id=order.account_id, broker=order.broker, source="ladder"
        )  # fmt: skip
        account = Account(account_id=order.account_id, broker=order.broker)
        mandate = Mandate(principal=principal, account=account, desk=self._desk, strategy=order.strategy)
        told = {
            "asked": order.asked.price_type.value, "sent": terms.price_type.value, "price": price, "rung": rung,
            "reference": market.reference, "band_low": market.band.low, "band_high": market.band.high,
            "band": "known" if market.band.is_known else "unknown",
        }  # fmt: skip
        order.rung, order.trouble = rung, ""
        try:
            with self._tracing.call(_asked(order, command), principal), _urgency(order):
                trace.note("protected", order_id=row.order_id, detail=told)
                self._count(mandate)
                self._writes.modify(mandate, command, by_ladder=True)
            order.sent = terms
        except UncertainOrder as error:
            order.change, order.trouble = error.tag, error.message
        except (Throttled, NotSent, SessionDead) as error:
            order.trouble, order.rung = error.message, rung - 1
            self._later(order, getattr(error, "retry_after", RETRY_SECONDS))
        except OpenAlgoError as error:
            order.trouble = error.message
            log.warning(
                "a protected order could not be re-priced", order_id=row.order_id, reason=error.message
            )

    def _later(self, order: Protected, seconds: float = RETRY_SECONDS) -> None:
        order.retry_at = self._clock.monotonic() + seconds


def _urgency(order: Protected) -> Any:
    return acting_as(Priority.EXIT if order.urgent else Priority.ENTRY)


def _asked(order: Protected, command: ModifyOrder) -> Modify:
    """The change as the time line shows a caller's."""
    terms = command.terms
    return Modify(
        order_id=command.order_id, strategy=order.strategy, symbol=terms.symbol, exchange=terms.exchange,
        side=terms.side, quantity=Decimal(terms.quantity), price_type=terms.price_type, product=terms.product,
        price=terms.price, disclosed_quantity=terms.disclosed_quantity,
    )  # fmt: skip
