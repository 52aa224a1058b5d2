"""Follows the position behind each set of exits: fills begin and resize it, a closed or turned position ends it.

Looks are caused by something that happened: an order of the instrument moved, a session came back, the program
started. A broker's positions may lag its fills, so a look after a fill is repeated twice.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from domain.errors import OpenAlgoError
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, Side
from domain.triggers.exits import ExitEvent, ExitState, PositionExit
from services.events import OrderCancelled, OrderChanged, SessionChanged
from services.trading.admission import BOOK_LAG_SECONDS
from services.trading.desk import Desk
from services.triggers.exits.alarms import Alarms
from services.triggers.exits.book import ExitBook, Place, place_of
from services.triggers.exits.lanes import Lanes
from utils import limits
from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock
from utils.logging import get_logger

AGAIN_SECONDS = (3.0, BOOK_LAG_SECONDS + 1.0)
BELIEVED_SECONDS = 60.0
MISSING_MS = 60_000
ENDS_KEPT = 10_000
RETRY_SECONDS = 5.0
log = get_logger(__name__)


class Fill(msgspec.Struct, frozen=True):
    """The last fill of a position: when (monotonic seconds) and on which side."""

    at: float
    side: Side


def is_entry(row: OrderRow, held: PositionExit) -> bool:
    """Whether a working order leads into the position of a set."""
    place = (row.exchange, row.symbol, str(row.product), row.side)
    wanted = (held.exchange, held.symbol, held.product.value, held.side.opposite)
    return place == wanted and not row.status.is_terminal


class Following:
    """is_open: whether a broker's market trades now."""

    def __init__(
        self, *, book: ExitBook, lanes: Lanes, desks: Mapping[str, Desk], alarms: Alarms, clock: Clock,
        is_open: Callable[[str, Exchange, dt.datetime], bool],
    ) -> None:  # fmt: skip
        self._book = book
        self._lanes = lanes
        self._desks = desks
        self._alarms = alarms
        self._is_open = is_open
        self._clock = clock
        self._fills: dict[Place, Fill] = {}
        self._ends: OrderedDict[str, OrderStatus] = OrderedDict()
        limits.watch(
            self._ends, name="ends of exit orders", kind="cache", bound=ENDS_KEPT, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._lock = Lock()
        # Whole seconds, so that a run of fills asks for one look a second and set, not for one a fill.
        self._due: set[tuple[int, str]] = set()
        self._doubted: dict[str, float] = {}

    def changed(self, event: OrderChanged) -> None:
        """An order moved on, perhaps one of a protected position or an exit order of ours."""
        row = event.row
        place = (event.account_id, event.mode, row.exchange.value, row.symbol, str(row.product))
        held = self._book.of_position(place)
        if held is None:
            return
        if row.status.is_terminal:
            self._ends[row.order_id] = row.status
            if len(self._ends) > ENDS_KEPT:
                self._ends.popitem(last=False)
        if row.filled_quantity:
            self._fills[place] = Fill(self._clock.monotonic(), row.side)
        elif not row.status.is_terminal:
            return
        self.look_soon(held)
        now = self._clock.monotonic()
        with self._lock:
            self._due |= {(math.ceil(now + seconds), held.exit_id) for seconds in AGAIN_SECONDS}

    def cancelled(self, event: OrderCancelled) -> None:
        """A person withdrew an order: if it is our exit order, the set is over, too."""
        for held in self._book.open():
            is_ours = held.firing is not None and event.order_id in held.firing.order_ids
            if is_ours and (held.account_id, held.mode) == (event.account_id, event.mode):
                self._book.move(held, ExitEvent.ABANDON, reason="Its exit order was withdrawn")

    def session_changed(self, event: SessionChanged) -> None:
        """Books can be read again."""
        if event.state == "valid":
            self.doubt(held for held in self._book.open() if held.account_id == event.account_id)

    def doubt(self, sets: Iterable[PositionExit]) -> None:
        """Look at these again with the next tick of their instrument, when books can be trusted."""
        for held in sets:
            self._doubted[held.exit_id] = 0.0

    def expire(self, held: PositionExit) -> None:
        """The contract is over, and its position with it."""
        self._book.move(held, ExitEvent.GONE, reason="The contract has expired")

    def ticked(self, held: PositionExit) -> None:
        """A tick of an open market: a look that waits is taken now."""
        due = self._doubted.get(held.exit_id)
        if due is not None and self._clock.monotonic() >= due:
            self._doubted[held.exit_id] = self._clock.monotonic() + RETRY_SECONDS
            self.look_soon(held)

    def round(self) -> None:
        """Take the repeated looks that are due."""
        now = self._clock.monotonic()
        with self._lock:
            due = {item for item in self._due if item[0] <= now}
            self._due -= due
        for name in dict.fromkeys(name for _, name in sorted(due)):
            held = self._book.get(name)
            if held is not None:
                self.look_soon(held)

    def look_soon(self, held: PositionExit) -> None:
        """Queue a look on the account's lane."""
        self._lanes.put(held.account_id, ("look", held.exit_id), lambda: self.look(held.exit_id))

    def look(self, exit_id: str) -> None:
        """Read the position, and its orders where they decide, and store what follows."""
        held = self._book.get(exit_id)
        if held is None or held.state is ExitState.FIRING:
            return
        try:
            if held.state is ExitState.EXITING:
                self._look_at_orders(held)
            else:
                self._look_at_position(held)
        except OpenAlgoError as error:
            log.warning("a protected position cannot be read now", exit=exit_id, reason=error.message)
            self._doubted.setdefault(exit_id, self._clock.monotonic() + RETRY_SECONDS)

    def _look_at_position(self, held: PositionExit) -> None:
        net, average = self._position(held)
        followed = held.followed(net, average)
        if followed.state is ExitState.ENDED and not self._is_gone(held):
            self._doubted.setdefault(held.exit_id, self._clock.monotonic() + RETRY_SECONDS)
            return
        self._doubted.pop(held.exit_id, None)
        if followed.state is ExitState.WAITING:
            reason = self._end_of_entry(held)
            if reason:
                self._book.move(held, ExitEvent.GONE, reason=reason)
        elif followed != held:
            self._book.store(followed, held)
        if followed.state is ExitState.ENDED:
            self._alarms.settled(held.exit_id)

    def _look_at_orders(self, held: PositionExit) -> None:
        """Exit orders that all completed end the set; one that did not leaves a position to protect."""
        firing = held.firing
        assert firing is not None
        rows = self._rows(held)
        ends = [self._end_of(name, rows, firing.claimed_ms) for name in firing.order_ids]
        if not all(end is not None and end.is_terminal for end in ends):
            return
        self._doubted.pop(held.exit_id, None)
        net, _ = self._position(held)
        bad = [
            name for name, end in zip(firing.order_ids, ends, strict=True) if end is not OrderStatus.COMPLETE
        ]
        if (bad or firing.missing) and net * held.direction > 0:
            found = next((rows[name].rejection_reason for name in bad if name in rows), "")
            text = found or "Its exit order ended without filling"
            armed = self._book.move(held, ExitEvent.REARM, firing=None, reason=text)
            is_filled = any((row.filled_quantity or 0) > 0 for name, row in rows.items() if name in bad)
            if armed is not None:
                least = BOOK_LAG_SECONDS if is_filled or not bad else 1.0
                self._alarms.failed(armed, "EXIT_NOT_FILLED", text, least)
        else:
            self._book.move(held, ExitEvent.DONE)

    def _position(self, held: PositionExit) -> tuple[int, Decimal | None]:
        desk = self._desks[held.mode]
        wanted = (held.exchange, held.symbol, held.product.value)
        rows = [
            row
            for row in desk.positions(held.account_id, held.broker)
            if (row.exchange, row.symbol, str(row.product)) == wanted and row.quantity
        ]
        return sum(row.quantity for row in rows), rows[0].average_price if len(rows) == 1 else None

    def _rows(self, held: PositionExit) -> dict[str, OrderRow]:
        book = self._desks[held.mode].order_book(held.account_id, held.broker)
        return {row.order_id: row for row in book}

    def _end_of(self, order_id: str, rows: Mapping[str, OrderRow], since_ms: int) -> OrderStatus | None:
        """The final state of an order; None while it works. What a book does not show after a minute is over."""
        if order_id in self._ends:
            return self._ends[order_id]
        if order_id in rows:
            status = rows[order_id].status
            return status if status.is_terminal else None
        is_old = epoch_ms(self._clock.now()) - since_ms > MISSING_MS
        return OrderStatus.CANCELLED if is_old else None

    def _is_gone(self, held: PositionExit) -> bool:
        """Whether a position that is not shown is believed to be gone: books of a closed market say nothing."""
        fill = self._fills.get(place_of(held))
        age = self._clock.monotonic() - fill.at if fill is not None else BELIEVED_SECONDS
        if fill is not None and age < BELIEVED_SECONDS and fill.side is held.side:
            return True
        if fill is not None and age < BOOK_LAG_SECONDS:
            return False
        return self._is_open(held.broker, held.exchange, self._clock.now())

    def _end_of_entry(self, held: PositionExit) -> str:
        """Why nothing will fill any more; empty while something may."""
        now = self._clock.now()
        fill = self._fills.get(place_of(held))
        is_recent = fill is not None and self._clock.monotonic() - fill.at < BOOK_LAG_SECONDS
        if fill is not None and is_recent and fill.side is not held.side:
            return ""
        rows = self._rows(held)
        if held.entry_ids:
            ends = [self._end_of(name, rows, held.updated_ms) for name in held.entry_ids]
            return "Its entry order ended unfilled" if all(end is not None for end in ends) else ""
        if epoch_ms(now) - held.created_ms < MISSING_MS or any(is_entry(row, held) for row in rows.values()):
            return ""
        return "No entry order of it works any more"
