"""Resting orders of one symbol, sorted by what would set them off: a tick looks at four heads, never at the rest."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import msgspec

from database.sandbox.records import OrderRecord
from domain.orders import Side


class Levels(msgspec.Struct):
    """The other side's levels as [price, quantity left], best first; taken quantities are gone until the next tick."""

    bids: list[list[int]]
    asks: list[list[int]]

    def against(self, side: Side) -> list[list[int]]:
        """What an order of this side trades with."""
        return self.asks if side is Side.BUY else self.bids

    def best(self, side: Side) -> int | None:
        """The best price with quantity left for an order of this side."""
        for price, quantity in self.against(side):
            if quantity > 0:
                return price
        return None


class Resting(msgspec.Struct, frozen=True):
    """What the ladder knows of an order."""

    sequence: int
    account_id: int
    order_id: str
    side: Side
    trigger: int | None
    limit: int | None


class Ladder:
    """Orders leave lazily: an entry that is no longer the order's current one is skipped when it surfaces."""

    def __init__(self) -> None:
        self._current: dict[str, Resting] = {}
        self._heaps: dict[tuple[Side, bool], list[tuple[int, int, Resting]]] = {
            (side, stop): [] for side in Side for stop in (False, True)
        }

    def __len__(self) -> int:
        return len(self._current)

    def owners(self) -> list[int]:
        """Accounts with an order here, each once."""
        return list(dict.fromkeys(entry.account_id for entry in self._current.values()))

    def put(self, order: OrderRecord) -> None:
        """Let the order rest under its present terms, or leave when it is finished."""
        if not order.is_working or order.sequence is None:
            self.drop(order.order_id)
            return
        waits = order.status == "trigger pending"
        entry = Resting(
            order.sequence, order.account_id, order.order_id, Side(order.side),
            order.trigger_price if waits else None, order.price,
        )  # fmt: skip
        if self._current.get(order.order_id) == entry:
            return
        self._current[order.order_id] = entry
        heapq.heappush(self._heaps[(entry.side, waits)], (_rank(entry), entry.sequence, entry))

    def drop(self, order_id: str) -> None:
        """The order is gone."""
        self._current.pop(order_id, None)

    def reached(self, last: int, levels: Levels) -> Iterator[Resting]:
        """Take out the orders that these prices set off, best price first and then oldest.

        Ends a side when its book is used up. Whoever consumes this puts back afterwards what still rests.
        """
        for side in Side:
            for stop in (True, False):
                heap = self._heaps[(side, stop)]
                while heap:
                    entry = heap[0][2]
                    if self._current.get(entry.order_id) is not entry:
                        heapq.heappop(heap)
                        continue
                    if not _acts(entry, last, levels.best(side)):
                        break
                    heapq.heappop(heap)
                    del self._current[entry.order_id]
                    yield entry

    def is_quiet(self, last: int, levels: Levels) -> bool:
        """Whether these prices certainly set nothing off; looks at heads only."""
        for (side, _stop), heap in self._heaps.items():
            if heap and _acts(heap[0][2], last, levels.best(side)):
                return False
        return True


def _rank(entry: Resting) -> int:
    """Smaller is set off earlier. Market orders first."""
    if entry.trigger is not None:
        return entry.trigger if entry.side is Side.BUY else -entry.trigger
    if entry.limit is None:
        return -(10**18)
    return -entry.limit if entry.side is Side.BUY else entry.limit


def _acts(entry: Resting, last: int, opposite: int | None) -> bool:
    if entry.trigger is not None:
        return last >= entry.trigger if entry.side is Side.BUY else last <= entry.trigger
    if opposite is None:
        return False
    if entry.limit is None:
        return True
    return opposite <= entry.limit if entry.side is Side.BUY else opposite >= entry.limit
