"""Which orders the log already tells of: spares a read for every order that this run is the first to see."""

from __future__ import annotations

from database.order_events import OrderEventRows
from database.stores import Store
from services.events import OrderChanged
from services.trading.timeline.told import Told, stored

# Policy "ask": an account with more stored orders than this pays a read for every order not in memory.
ORDERS_KNOWN = 100_000


class WrittenStates:
    """Used by one thread. Ids are loaded once per account; the states themselves are read when they are asked for."""

    def __init__(self, logs: Store) -> None:
        self._logs = logs
        self._orders: dict[tuple[int, int], set[str] | None] = {}

    def of(self, event: OrderChanged) -> Told | None:
        """What an earlier run, or this one before it made room, wrote last; None when nothing was."""
        owner, order_id = (event.user_id, event.account_id), event.row.order_id
        if owner not in self._orders:
            self._orders[owner] = self._loaded(*owner)
        known = self._orders[owner]
        if known is not None and order_id not in known:
            return None
        with self._logs.reading() as unit:
            data = OrderEventRows(unit).last_state(*owner, order_id)
        return None if data is None else stored(data)

    def add(self, account_id: int, order_id: str) -> None:
        """An order was written whose state is no longer held in memory."""
        for owner, known in self._orders.items():
            if owner[1] == account_id and known is not None:
                known.add(order_id)
                if len(known) > ORDERS_KNOWN:
                    self._orders[owner] = None

    def _loaded(self, user_id: int, account_id: int) -> set[str] | None:
        with self._logs.reading() as unit:
            found = OrderEventRows(unit).orders_with_states(user_id, account_id, ORDERS_KNOWN + 1)
        return found if len(found) <= ORDERS_KNOWN else None
