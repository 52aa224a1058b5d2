"""Protected orders: the seam in front of every write to the live desk, and the thread that follows what rests.

Nothing here ever places an order. A ladder changes the price of the one order that its caller placed, so a crash, a
lost answer or a restart at any point cannot make two of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from broker.core.budget import Priority
from database.journal import IntentRow
from database.protection.protected import ProtectedRow
from domain.errors import InvalidInput, NotSupported, OpenAlgoError, Refused
from domain.instruments import Instrument
from domain.orders import OrderRow, OrderTerms, PriceType
from services import events
from services.trading.desk import Desk
from services.trading.journal import Intent, Journal
from services.trading.protection.average import Bands
from services.trading.protection.chasing import Chase, Instruments
from services.trading.protection.cover import Cover, limit_for
from services.trading.protection.following import Following
from services.trading.protection.judging import Protected, State, Verdict
from services.trading.protection.market import NOWHERE, GatheredQuotes, MarketView, view
from services.trading.protection.policy import Policies
from services.trading.timeline import trace
from services.trading.writes import Account, Mandate, Watched, Writes
from utils.clock import Clock, epoch_ms
from utils.concurrency import KeyedLocks, start_thread
from utils.logging import get_logger

OWNER_SECONDS = 12.0
CERTAIN = (Refused, NotSupported, InvalidInput)
log = get_logger(__name__)


class Protection:
    """`cover` and `watched` are what Writes asks; `following` drives the ladders. known, spawn: see Following."""

    def __init__(
        self, *, desk: Desk, policies: Policies, quotes: GatheredQuotes, journal: Journal, bus: events.Events,
        clock: Clock, known: Callable[[Account, str], OrderRow | None], bands: Bands,
        spawn: Callable[[Callable[[], None], str], object] = start_thread,
    ) -> None:  # fmt: skip
        self._bands = bands
        self._desk = desk
        self._policies = policies
        self._quotes = quotes
        self._journal = journal
        self._clock = clock
        self._known = known
        self._turns = KeyedLocks()
        self.following = Following(
            mode=desk.mode, journal=journal, bus=bus, clock=clock, known=known, spawn=spawn
        )
        self.roster = self.following.roster

    def drive(
        self, *, writes: Writes, instruments: Instruments, tracing: trace.Tracing,
        look: Callable[[Account], object], count: Callable[[Mandate], None],
    ) -> None:  # fmt: skip
        """Give it what it re-prices with; writes themselves ask it first, so they come second."""
        self.following.chase = Chase(
            desk=self._desk, writes=writes, journal=self._journal, quotes=self._quotes, instruments=instruments,
            tracing=tracing, clock=self._clock, turns=self._turns, look=look, known=self._known,
            bands=self._bands, finish=self.following.finish, began=self.following.store,
            located=self.roster.add, count=count,
        )  # fmt: skip

    def cover(
        self, mandate: Mandate, terms: OrderTerms, instrument: Instrument, priority: Priority
    ) -> Cover | None:
        """What leaves in place of `terms`; None when they leave as they are. Raises Refused when nothing may leave."""
        if mandate.desk is not self._desk:
            return None
        policy = self._policies.of(mandate.account.broker, terms, instrument)
        if policy is None:
            return None
        sent, market = terms, None
        self._bands.want(mandate.account.broker, instrument)
        if policy.first_send == "limit":
            market = self._market(mandate.account, terms, instrument)
            sent = limit_for(terms, policy, instrument, market)
        return Cover(
            asked=terms, sent=sent, instrument=instrument, policy=policy, urgent=priority is Priority.EXIT,
            market=market,
        )  # fmt: skip

    def as_asked(
        self, account: Account, mode: str, book: list[OrderRow], recent: list[IntentRow]
    ) -> tuple[list[OrderRow], list[IntentRow]]:
        """The book and the newest intents with the price types that were asked for."""
        if mode != self._desk.mode:
            return book, recent
        return self.roster.as_asked(account.account_id, book), self.roster.intents_as_asked(recent)

    def asked(self, account_id: int, mode: str) -> dict[str, str]:
        """order id -> the price type asked for, of the account's orders that left as something else today."""
        return self.roster.replaced(account_id) if mode == self._desk.mode else {}

    @contextmanager
    def watched(self, intent: Intent, cover: Cover | None, *, by_ladder: bool = False) -> Iterator[Watched]:
        """Around the write of an intent: protection begins with it, and an owner's own change ends an earlier one."""
        if by_ladder or intent.mode != self._desk.mode:
            yield Watched()
            return
        order = self._begin(intent, cover) if cover is not None else None
        watched = Watched(row=_stored(order) if order is not None else None)
        with self._owners_turn(intent):
            try:
                yield watched
            except CERTAIN as error:
                if order is not None:
                    self._never_left(order, error)
                raise
            except Exception:
                self._hand_over(intent, order)
                if order is not None:
                    order.change = order.tag if intent.order_id is not None else None
                    self._left(order, intent.order_id)
                raise
            self._hand_over(intent, order)
            if order is not None:
                self._left(order, watched.order_id or intent.order_id)

    def _market(self, account: Account, terms: OrderTerms, instrument: Instrument) -> MarketView:
        """The market now. A stop knows its price already: without a quote it leaves all the same, its band unknown."""
        try:
            market = view(terms.side, self._quotes.quote(account, instrument))
            if terms.price_type is PriceType.SL_M:
                return market  # a stop is measured when it is set off
            return market.within(self._bands.band(account.broker, instrument))
        except OpenAlgoError as error:
            if terms.price_type is PriceType.SL_M:
                log.warning(
                    "the price band of a stop is not known", symbol=terms.symbol, reason=error.message
                )
                return NOWHERE
            raise Refused(
                f"MARKET orders are barred here and no price can be read to protect one: {error.message};"
                " nothing was sent",
                code="NO_PROTECTION_PRICE",
            ) from error

    def _begin(self, intent: Intent, cover: Cover) -> Protected:
        now = epoch_ms(self._clock.now())
        is_stop = cover.asked.price_type is PriceType.SL_M
        order = Protected(
            tag=intent.tag, user_id=intent.user_id, account_id=intent.account_id, broker=intent.broker,
            strategy=intent.strategy, asked=cover.asked, sent=cover.sent, ladder=cover.policy.rule.ladder,
            urgent=cover.urgent, created_ms=now, began_ms=None if is_stop else now, leaving=True,
            prices=set() if cover.sent.price is None else {cover.sent.price},
        )  # fmt: skip
        self.roster.add(order)
        trace.note("protected", tag=intent.tag, order_id=intent.order_id, detail=cover.told())
        return order

    @contextmanager
    def _owners_turn(self, intent: Intent) -> Iterator[None]:
        """A change waits until a re-price that is under way has its answer; a cancellation never waits.

        Until it is answered the order is not judged: the broker's word of it may be here before its answer.
        """
        if intent.order_id is None:
            yield
            return
        patience = OWNER_SECONDS if intent.operation == "modify" else 0.0
        with self._turns.hold((intent.account_id, intent.order_id), patience):
            earlier = self.roster.of(intent.account_id, intent.order_id)
            if earlier is not None:
                earlier.leaving = True
            try:
                yield
            finally:
                if earlier is not None:
                    earlier.leaving = False

    def _hand_over(self, intent: Intent, order: Protected | None) -> None:
        """The owner changed or withdrew the order: from here on it is theirs."""
        earlier = self.roster.of(intent.account_id, intent.order_id) if intent.order_id else None
        if earlier is not None and earlier is not order:
            text = f"Its owner asked for another {intent.operation}"
            self.following.finish(earlier, Verdict(what="end", state=State.RELEASED, reason=text))

    def _left(self, order: Protected, order_id: str | None) -> None:
        """Its write is over, with or without a known outcome: it is followed from now on."""
        order.order_id, order.leaving = order_id, False
        self.roster.add(order)
        self.following.wake()

    def _never_left(self, order: Protected, error: OpenAlgoError) -> None:
        order.state = State.ENDED
        self.roster.drop(order)
        self.following.store(order, error.message)


def _stored(order: Protected) -> ProtectedRow:
    return ProtectedRow(
        tag=order.tag, asked=msgspec.json.encode(order.asked).decode(),
        ladder=msgspec.json.encode(order.ladder).decode(), urgent=order.urgent, created_ms=order.created_ms,
        began_ms=order.began_ms,
    )  # fmt: skip
