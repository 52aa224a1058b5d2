"""Counts that hold under parallel orders: weigh and reserve are one step under one lock, never check-then-act."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from domain.instruments import InstrumentType
from domain.orders import OrderTerms
from services.trading.risk.entry import PACE, Fact, RiskRefused, Ruleset
from services.trading.risk.exposure import Exposure, broken
from services.trading.risk.limits import MAX_DUPLICATE_SECONDS
from services.trading.risk.sends import Sends
from utils.clock import Clock, ist
from utils.concurrency import Lock

# How long a broker's book or positions may take to show an order that the broker has accepted.
LAG_SECONDS = 10.0
# How often an order of a plan looks again while single orders go first.
YIELD_SECONDS = 0.02
Place = tuple[str, str, str]
_COUNTED = frozenset({Fact.ORDERS, Fact.POSITIONS, Fact.TRADES})


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of an account before the order is weighed; None is 'not known'.

    seen: every order id of the book; working: how many of them rest, symbol_working: in the order's symbol,
    resting_units: units of the symbol that rest on the order's side, resting_values: rupees by order id.
    positions: (exchange, symbol, product) of the open ones and of resting entries; held_units: of the symbol, signed;
    held_value: rupees of all. traded: rupees of today. sent_before: orders of today that earlier runs sent.
    uncertain: (tag, terms) of orders whose outcome is unknown. The rest belongs to the order's instrument.
    """

    seen: frozenset[str] = frozenset()
    working: int | None = None
    symbol_working: int | None = None
    resting_units: int | None = None
    resting_values: Mapping[str, Decimal | None] | None = None
    positions: frozenset[Place] | None = None
    held_units: int | None = None
    held_value: Decimal | None = None
    traded: Decimal | None = None
    funds: Decimal | None = None
    day_result: Decimal | None = None
    strategy_result: Decimal | None = None
    sent_before: int | None = None
    uncertain: tuple[tuple[str, OrderTerms], ...] = ()
    multiplier: int = 1
    lot_size: int = 1
    instrument_type: InstrumentType | None = None
    expiry: dt.date | None = None
    ltp: Decimal | None = None
    ltp_age: float | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """New terms of a working order: how many units they add, and how many are then left to trade."""

    order_id: str
    added: int
    left: int


class Reservation:
    """One admitted order on its way; `close` says what became of it. value: rupees, None when not known."""

    __slots__ = ("account", "ended_at", "order_id", "sent_at", "tag", "terms", "value")

    def __init__(self, account: _Account, terms: OrderTerms, sent_at: float, value: Decimal | None) -> None:
        self.account = account
        self.terms = terms
        self.sent_at = sent_at
        self.value = value
        self.order_id: str | None = None
        self.tag: str | None = None
        self.ended_at: float | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an order was weighed: counted in as `reservation`, or refused.

    wait: seconds after which it may be tried again, when nothing but the pace stood in the way.
    """

    exposure: Exposure
    reservation: Reservation | None = None
    refused: RiskRefused | None = None
    wait: float | None = None


class _Account:
    """Bounded by time: sends of a minute, orders until the book shows them, terms of the duplicate window."""

    def __init__(self) -> None:
        self.sends = Sends()
        self.on_the_way: set[Reservation] = set()
        self.ended: deque[Reservation] = deque()
        self.last_sent: dict[OrderTerms, float] = {}
        self.singles_waiting = 0

    def orders(self) -> list[Reservation]:
        return [*self.ended, *self.on_the_way]


class Reservations:
    """`attempt` counts an entry in or refuses it; `record_exit` counts what no rule may hold up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._accounts: dict[tuple[int, str], _Account] = {}

    def reserve(
        self, account_id: int, mode: str, terms: OrderTerms, book: Book, rules: Ruleset
    ) -> Reservation:
        """Count the order in now. Raises RiskRefused with every broken rule; then nothing is counted."""
        outcome = self.attempt(account_id, mode, terms, book, rules)
        if outcome.reservation is None:
            assert outcome.refused is not None
            raise outcome.refused
        return outcome.reservation

    def attempt(
        self, account_id: int, mode: str, terms: OrderTerms, book: Book, rules: Ruleset, *,
        change: Change | None = None, yields: bool = False,
    ) -> Outcome:  # fmt: skip
        """Count the order in, or say why not; nothing is counted then.

        change: the terms are new ones of a working order. yields: single orders that wait go first.
        """
        with self._lock:
            account = self._account(account_id, mode)
            exposure = self._exposure(account, terms, book, rules, change)
            breaches = rules.weigh(exposure)
            if not breaches and yields and account.singles_waiting and PACE & rules.names:
                return Outcome(exposure=exposure, refused=_behind(rules), wait=YIELD_SECONDS)
            if breaches:
                now, wall = self._clock.monotonic(), self._clock.now()
                seconds = account.sends.due(now, wall, rules.limits)
                refused = RiskRefused(breaches, retry_after=seconds)
                return Outcome(exposure=exposure, refused=refused, wait=seconds if refused.too_fast else None)
            reservation = self._count(account, terms, exposure, rules, change)
            return Outcome(exposure=exposure, reservation=reservation)

    def weigh(self, account_id: int, mode: str, terms: OrderTerms, book: Book, rules: Ruleset) -> Outcome:
        """Hold an order that is not sent now against the rules; its pace does not matter yet."""
        with self._lock:
            exposure = self._exposure(self._account(account_id, mode), terms, book, rules, None)
        breaches = tuple(item for item in rules.weigh(exposure) if item.rule not in PACE)
        return Outcome(exposure=exposure, refused=RiskRefused(breaches) if breaches else None)

    @contextlib.contextmanager
    def waiting(self, account_id: int, mode: str) -> Iterator[None]:
        """A single order waits for its turn: orders of plans let it go first."""
        with self._lock:
            account = self._account(account_id, mode)
            account.singles_waiting += 1
        try:
            yield
        finally:
            with self._lock:
                account.singles_waiting -= 1

    def record_exit(self, account_id: int, mode: str, *, is_order: bool = True) -> None:
        """A reducing order or a cancel leaves: it counts against the second's sends, and is never refused."""
        with self._lock:
            account = self._account(account_id, mode)
            account.sends.add(self._clock.monotonic(), self._clock.now(), is_order=is_order)

    def close(self, reservation: Reservation, order_id: str | None, tag: str | None = None) -> None:
        """The write ended: with an id, or with an unknown outcome (None). Both count until the book can tell."""
        with self._lock:
            account = reservation.account
            account.on_the_way.discard(reservation)
            reservation.order_id, reservation.tag = order_id, tag
            reservation.ended_at = self._clock.monotonic()
            account.ended.append(reservation)

    def release(self, reservation: Reservation) -> None:
        """The order is certainly not live: it holds no place and is no duplicate; the send stays counted."""
        with self._lock:
            account = reservation.account
            account.on_the_way.discard(reservation)
            if account.last_sent.get(reservation.terms) == reservation.sent_at:
                del account.last_sent[reservation.terms]

    def forget(self, account_id: int) -> None:
        """The account is gone; what is on its way keeps its own record to the end."""
        with self._lock:
            for key in [key for key in self._accounts if key[0] == account_id]:
                del self._accounts[key]

    def _count(
        self, account: _Account, terms: OrderTerms, exposure: Exposure, rules: Ruleset, change: Change | None
    ) -> Reservation:
        now = self._clock.monotonic()
        reservation = Reservation(account, terms, now, exposure.value(terms.quantity))
        account.sends.add(now, self._clock.now(), is_order=change is None)
        if change is None:
            account.on_the_way.add(reservation)
        if "duplicate" in rules.names:
            account.last_sent.pop(terms, None)
            account.last_sent[terms] = now
        return reservation

    def _account(self, account_id: int, mode: str) -> _Account:
        account = self._accounts.get((account_id, mode))
        if account is None:
            account = self._accounts[account_id, mode] = _Account()
        now = self._clock.monotonic()
        while account.ended and now - (account.ended[0].ended_at or now) >= LAG_SECONDS:
            account.ended.popleft()
        while account.last_sent and now - next(iter(account.last_sent.values())) >= MAX_DUPLICATE_SECONDS:
            del account.last_sent[next(iter(account.last_sent))]
        return account

    def _exposure(
        self, account: _Account, terms: OrderTerms, book: Book, rules: Ruleset, change: Change | None
    ) -> Exposure:
        now, wall = self._clock.monotonic(), self._clock.now()
        second, rolling, minute = account.sends.counts(now, wall)
        last = account.last_sent.get(terms) if account.last_sent else None
        today = None if book.sent_before is None else book.sent_before + account.sends.today(ist(wall)) + 1
        plain = Exposure(
            terms=terms, now=wall, multiplier=book.multiplier, lot_size=book.lot_size,
            instrument_type=book.instrument_type, expiry=book.expiry, ltp=book.ltp, ltp_age=book.ltp_age,
            added=terms.quantity if change is None else change.added, funds=book.funds,
            day_result=book.day_result, strategy_result=book.strategy_result, sent_today=today,
            sent_this_second=second + 1, sent_within_second=rolling + 1, sent_within_minute=minute + 1,
            same_terms_age=None if last is None else now - last,
        )  # fmt: skip
        if not rules.needs & _COUNTED:
            return plain
        return _with_counts(plain, account, book, change)


def _behind(rules: Ruleset) -> RiskRefused:
    """The refusal of an order of a plan that single orders kept from its turn up to the end."""
    name = "orders_per_second" if "orders_per_second" in rules.names else "orders_per_minute"
    limit = getattr(rules.limits, name)
    return RiskRefused((broken(name, limit + 1, "exceeds", limit),), retry_after=1.0)


def _with_counts(plain: Exposure, account: _Account, book: Book, change: Change | None) -> Exposure:
    """What others have at stake already: in the book, on its way, or perhaps live."""
    terms, orders = plain.terms, account.orders()
    known = {item.tag for item in orders if item.tag is not None}
    unseen = [
        (item.terms, item.value) for item in orders if item.order_id is None or item.order_id not in book.seen
    ]
    unseen += [(asked, _own_value(asked, plain)) for tag, asked in book.uncertain if tag not in known]
    same = [asked for asked, _ in unseen if (asked.exchange, asked.symbol) == (terms.exchange, terms.symbol)]
    places = {_place(item.terms) for item in orders} | {_place(asked) for _, asked in book.uncertain}
    committed = _committed(plain, orders, [value for _, value in unseen], book, change)
    on_side = sum(asked.quantity for asked in same if asked.side is terms.side) + (plain.added or 0)
    net = None
    if book.held_units is not None and book.resting_units is not None:
        net = book.held_units + terms.side.sign * (book.resting_units + on_side)
    return msgspec.structs.replace(
        plain, net_quantity=net, gross=_sum(book.held_value, committed), turnover=_sum(book.traded, committed),
        open_orders=None if book.working is None else book.working + len(unseen) + 1,
        symbol_orders=None if book.symbol_working is None else book.symbol_working + len(same) + 1,
        positions=None if book.positions is None else len(book.positions | places | {_place(terms)}),
    )  # fmt: skip


def _committed(
    plain: Exposure,
    orders: list[Reservation],
    unseen: list[Decimal | None],
    book: Book,
    change: Change | None,
) -> Decimal | None:
    """Rupees that rest in the market, are on their way or belong to this order; None when one is not known."""
    if book.resting_values is None:
        return None
    sent = {item.order_id: item.value for item in orders}
    resting = [
        sent.get(order_id) if value is None else value
        for order_id, value in book.resting_values.items()
        if change is None or order_id != change.order_id
    ]
    own = plain.value(plain.terms.quantity if change is None else change.left)
    return _sum(*resting, *unseen, own)


def _own_value(asked: OrderTerms, plain: Exposure) -> Decimal | None:
    """Rupees of an order whose outcome is unknown: only its own price is known here."""
    price = asked.price or asked.trigger_price
    return None if price is None else asked.quantity * price * plain.multiplier


def _sum(*amounts: Decimal | None) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _place(terms: OrderTerms) -> Place:
    return terms.exchange.value, terms.symbol, terms.product.value
