"""Counts that hold under parallel orders: weigh and reserve are one step under one lock, never check-then-act."""

from __future__ import annotations

import datetime as dt
from collections import deque
from decimal import Decimal

import msgspec

from domain.orders import OrderTerms
from services.trading.risk.entry import Exposure, RiskRefused, weigh
from services.trading.risk.limits import MAX_DUPLICATE_SECONDS, Limits
from utils.clock import Clock
from utils.concurrency import Lock

# How long a broker's book or positions may take to show an order that the broker has accepted.
LAG_SECONDS = 10.0
Place = tuple[str, str, str]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of an account before the order is weighed; None is 'not known'.

    `seen`: every order id of the book, `working`: how many of them rest; `positions`: (exchange, symbol, product)
    of the open ones and of resting entries. `multiplier`, `ltp` and `ltp_age` belong to the order's instrument.
    """

    seen: frozenset[str] = frozenset()
    working: int | None = None
    positions: frozenset[Place] | None = None
    day_result: Decimal | None = None
    multiplier: int = 1
    ltp: Decimal | None = None
    ltp_age: float | None = None


class Reservation:
    """One admitted order on its way; `close` says what became of it."""

    def __init__(self, terms: OrderTerms, sent_at: float) -> None:
        self.terms = terms
        self.sent_at = sent_at
        self.order_id: str | None = None
        self.ended_at: float | None = None


class _Account:
    """Bounded by time: sends of two seconds, orders until the book shows them, terms of the duplicate window."""

    def __init__(self) -> None:
        self.sends: deque[tuple[float, dt.datetime]] = deque()
        self.orders: list[Reservation] = []
        self.last_sent: dict[OrderTerms, float] = {}


class Reservations:
    """`reserve` admits an entry or raises; `record_exit` counts an order that no rule may hold up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._accounts: dict[tuple[int, str], _Account] = {}

    def reserve(
        self, account_id: int, mode: str, terms: OrderTerms, book: Book, limits: Limits
    ) -> Reservation:
        """Count the order in. Raises RiskRefused with every broken rule; then nothing is counted."""
        with self._lock:
            account = self._account(account_id, mode)
            breaches = weigh(limits, self._exposure(account, terms, book))
            if breaches:
                raise RiskRefused(breaches)
            reservation = Reservation(terms, self._clock.monotonic())
            account.orders.append(reservation)
            account.last_sent.pop(terms, None)
            account.last_sent[terms] = reservation.sent_at
            account.sends.append((reservation.sent_at, self._clock.now()))
            return reservation

    def record_exit(self, account_id: int, mode: str) -> None:
        """A reducing order or a cancel leaves: it counts against the second's sends, and is never refused."""
        with self._lock:
            account = self._account(account_id, mode)
            account.sends.append((self._clock.monotonic(), self._clock.now()))

    def close(self, reservation: Reservation, order_id: str | None) -> None:
        """The write ended: with an id, or with an unknown outcome (None). Both count until the book can tell."""
        with self._lock:
            reservation.order_id = order_id
            reservation.ended_at = self._clock.monotonic()

    def release(self, account_id: int, mode: str, reservation: Reservation) -> None:
        """The order is certainly not live: it holds no place and is no duplicate; the send stays counted."""
        with self._lock:
            account = self._accounts[account_id, mode]
            account.orders = [item for item in account.orders if item is not reservation]
            if account.last_sent.get(reservation.terms) == reservation.sent_at:
                del account.last_sent[reservation.terms]

    def _account(self, account_id: int, mode: str) -> _Account:
        account = self._accounts.setdefault((account_id, mode), _Account())
        now = self._clock.monotonic()
        while account.sends and now - account.sends[0][0] >= 2.0:
            account.sends.popleft()
        account.orders = [
            item for item in account.orders if item.ended_at is None or now - item.ended_at < LAG_SECONDS
        ]
        while account.last_sent and now - next(iter(account.last_sent.values())) >= MAX_DUPLICATE_SECONDS:
            del account.last_sent[next(iter(account.last_sent))]
        return account

    def _exposure(self, account: _Account, terms: OrderTerms, book: Book) -> Exposure:
        now, wall = self._clock.monotonic(), self._clock.now()
        unseen = [item for item in account.orders if item.order_id is None or item.order_id not in book.seen]
        places = {_place(item.terms) for item in account.orders} | {_place(terms)}
        last = account.last_sent.get(terms)
        second = wall.replace(microsecond=0)
        return Exposure(
            terms=terms, now=wall, multiplier=book.multiplier, ltp=book.ltp, ltp_age=book.ltp_age,
            open_orders=None if book.working is None else book.working + len(unseen) + 1,
            positions=None if book.positions is None else len(book.positions | places),
            day_result=book.day_result,
            sent_this_second=1 + sum(at.replace(microsecond=0) == second for _, at in account.sends),
            sent_within_second=1 + sum(now - at < 1.0 for at, _ in account.sends),
            same_terms_age=None if last is None else now - last,
        )  # fmt: skip


def _place(terms: OrderTerms) -> Place:
    return terms.exchange.value, terms.symbol, terms.product.value
