"""Books that agree: what a plan computes from while MARKET orders of the account are on their way.

The order book and the positions are two reads. What fills between them, or what the book does not show yet, may be in
the positions already; counted once more, a smart order would trade it twice and an exit would leave it standing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import msgspec

from broker.core.budget import Priority, reading_for
from database.journal import IntentRow
from domain.orders import OrderRow, OrderTerms, PriceType
from domain.portfolio import Position
from services.trading.admission import Admission, OrderKnowledge
from services.trading.plans.closing import not_yet_shown
from services.trading.writes import Account, Mandate
from utils.concurrency import sleep

# Seconds before each further look; a broker's book shows an order within a second as a rule.
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
Item = OrderRow | OrderTerms


class Books(msgspec.Struct, frozen=True):
    """One reading. doubtful: MARKET orders of which nobody can say how much the positions hold already."""

    positions: Sequence[Position]
    book: Sequence[OrderRow]
    recent: Sequence[IntentRow]
    doubtful: Sequence[Item] = ()


def settled(
    read: Callable[[], Books], look: Callable[[], Sequence[OrderRow]], concerns: Callable[[Item], bool]
) -> Books:
    """Books without doubt, or after some three seconds with it.

    read: the newest intents, the book and then the positions; look: the book alone, afterwards. concerns: which orders
    the plan is about.
    """
    books = read()
    doubtful = _doubtful(books, look, concerns)
    for pause in PAUSES:
        if not doubtful:
            break
        sleep(pause)
        books = read()
        doubtful = _doubtful(books, look, concerns)
    return msgspec.structs.replace(books, doubtful=doubtful)


class PlanBooks:
    """Reads the books of an account for a plan."""

    def __init__(self, admission: Admission, knowledge: OrderKnowledge) -> None:
        self._admission = admission
        self._knowledge = knowledge

    def settled(self, mandate: Mandate, priority: Priority, concerns: Callable[[Item], bool]) -> Books:
        """See `settled`; a limit in place of a MARKET order counts as one."""
        account, desk = mandate.account, mandate.desk

        def look() -> list[OrderRow]:
            return desk.order_book(account.account_id, account.broker)

        def read() -> Books:
            recent = [row for row in self._admission.recent(account, desk) if not self._is_over(row, account)]
            book = look()
            positions = desk.positions(account.account_id, account.broker)
            return Books(positions, *self._knowledge.as_asked(account, desk.mode, book, recent))

        with reading_for(priority):
            return settled(read, look, concerns)

    def _is_over(self, intent: IntentRow, account: Account) -> bool:
        """Whether its order was told to have ended: the positions, read later, hold what has filled of it."""
        row = self._knowledge.known(account, intent.order_id, intent.mode) if intent.order_id else None
        return row is not None and row.status.is_terminal


def _doubtful(
    books: Books, look: Callable[[], Sequence[OrderRow]], concerns: Callable[[Item], bool]
) -> list[Item]:
    """An order that the book shows alike before and after the positions were read is in them as it says."""
    unshown = [terms for terms in not_yet_shown(books.recent, books.book) if _moves(terms, concerns)]
    moving = [row for row in books.book if not row.status.is_terminal and _moves(row, concerns)]
    if not moving or unshown:
        return list(chain(unshown, moving))
    after = {row.order_id: row for row in look()}
    return [row for row in moving if _state(after.get(row.order_id)) != _state(row)]


def _moves(item: Item, concerns: Callable[[Item], bool]) -> bool:
    return item.price_type is PriceType.MARKET and concerns(item)


def _state(row: OrderRow | None) -> tuple[object, ...] | None:
    return None if row is None else (row.status, row.filled_quantity, row.pending_quantity)
