"""What has been told about an order, so that a restart neither repeats it nor forgets what happened meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from database.order_events import OrderEventRows
from database.stores import Store
from domain.orders import OrderRow
from services.trading.timeline.story import plain_data


class Told(msgspec.Struct, frozen=True):
    """A state of an order in the words of the story. terms: quantity, price and trigger price."""

    status: str
    filled: int
    average: str | None
    terms: tuple[Any, ...]


def told_of(row: OrderRow) -> Told:
    """What the story would say about a row."""
    shown = plain_data({"average": row.average_price, "price": row.price, "trigger": row.trigger_price})
    terms = (row.quantity, shown.get("price"), shown.get("trigger"))
    return Told(row.status.value, row.filled_quantity or 0, shown.get("average"), terms)


def stored(data: Mapping[str, Any]) -> Told:
    """What a stored state says."""
    terms = tuple(data.get(name) for name in ("quantity", "price", "trigger_price"))
    return Told(data["status"], data.get("filled_quantity", 0), data.get("average_price"), terms)


class Story:
    """The last written states of an account's orders."""

    def __init__(self, logs: Store) -> None:
        self._logs = logs

    def of(
        self, user_id: int, account_id: int, order_ids: Collection[str], since_ms: int
    ) -> dict[str, Told] | None:
        """By order id, of states since an instant; None for an account of which nothing was ever told."""
        with self._logs.reading() as unit:
            rows = OrderEventRows(unit)
            found = rows.last_states(user_id, account_id, order_ids, since_ms)
            if not found and not rows.has_states(user_id, account_id):
                return None
        return {order_id: stored(data) for order_id, data in found.items()}
