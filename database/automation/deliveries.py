"""Repositories of webhook deliveries and of the orders that wait in their queue."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import aliased

from database.identity import deleted_rows
from database.models.automation import Strategy, WebhookDelivery, WebhookOrder
from database.stores import Unit


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of webhook_deliveries, as stored."""

    id: int
    strategy_id: int | None
    user_id: int
    strategy: str
    received_ms: int
    source_address: str
    payload: str
    body: Any
    digest: str
    dedup_key: str | None
    result: str
    duplicate_of: int | None
    status: int
    answer: Any
    outcome: str | None


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of webhook_orders, as stored."""

    id: int
    delivery_id: int
    strategy_id: int
    user_id: int
    account_id: int
    broker: str
    number: int
    lane: str
    exchange: str
    symbol: str
    command: Any
    mode: str
    received_ms: int
    retry_ms: int
    expires_ms: int
    state: str = "queued"
    attempt: int = 1
    interrupted: bool = False
    claimed_ms: int | None = None
    ended_ms: int | None = None
    outcome: str | None = None
    order_id: str | None = None
    tag: str | None = None
    pending_id: int | None = None
    code: str | None = None
    message: str | None = None


class Deliveries:
    """Deliveries within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, row: DeliveryRow) -> DeliveryRow:
        """A new row; its id is given by the store."""
        stored = WebhookDelivery(**_values(row))
        self._session.add(stored)
        self._session.flush()
        return msgspec.structs.replace(row, id=stored.id)

    def get(self, delivery_id: int) -> DeliveryRow | None:
        """One row."""
        row = self._session.get(WebhookDelivery, delivery_id)
        return _delivery(row) if row is not None else None

    def first_of_key(self, strategy_id: int, key: str, since_ms: int) -> DeliveryRow | None:
        """The latest accepted delivery since an instant under a sender's key."""
        return self._latest(
            WebhookDelivery.strategy_id == strategy_id, WebhookDelivery.dedup_key == key,
            WebhookDelivery.received_ms > since_ms,
        )  # fmt: skip

    def first_of_content(
        self, strategy_id: int, digest: str, since_ms: int, until_ms: int
    ) -> DeliveryRow | None:
        """The latest accepted delivery of this content between two instants, both exclusive."""
        return self._latest(
            WebhookDelivery.strategy_id == strategy_id, WebhookDelivery.digest == digest,
            WebhookDelivery.received_ms > since_ms, WebhookDelivery.received_ms < until_ms,
        )  # fmt: skip

    def _latest(self, *conditions: Any) -> DeliveryRow | None:
        query = select(WebhookDelivery).where(*conditions, WebhookDelivery.result == "accepted")
        row = self._session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(1)).first()
        return _delivery(row) if row is not None else None

    def latest(self, strategy_id: int, payloads: Collection[str]) -> DeliveryRow | None:
        """The latest accepted delivery of one of these kinds."""
        return self._latest(WebhookDelivery.strategy_id == strategy_id, WebhookDelivery.payload.in_(payloads))

    def set_answer(self, delivery_id: int, answer: Any) -> None:
        """What the sender is told, where it names the delivery itself."""
        query = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
        self._session.execute(query.values(answer=answer))

    def of_strategy(
        self, user_id: int, strategy_id: int, limit: int, before: int | None
    ) -> list[DeliveryRow]:
        """Newest first, of ids below `before`."""
        query = select(WebhookDelivery).where(
            WebhookDelivery.user_id == user_id, WebhookDelivery.strategy_id == strategy_id
        )
        if before is not None:
            query = query.where(WebhookDelivery.id < before)
        return [
            _delivery(row)
            for row in self._session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit))
        ]

    def set_outcome(self, delivery_id: int, outcome: str | None) -> None:
        """What became of all its orders; None while some are under way."""
        query = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
        self._session.execute(query.values(outcome=outcome))

    def remove_before(self, instant_ms: int) -> int:
        """Drop old deliveries none of whose orders is under way; how many.

        What tells whether a strategy runs and what it holds stays: its last start, and the last orders of its symbols.
        """
        waiting = exists().where(
            WebhookOrder.delivery_id == WebhookDelivery.id, WebhookOrder.state != "ended"
        )
        last = aliased(WebhookDelivery)
        starts = select(func.max(last.id)).where(last.payload == "start", last.result == "accepted")
        orders = select(func.max(WebhookOrder.delivery_id)).where(
            WebhookOrder.outcome.in_(("accepted", "partial", "unknown", "nothing")),
            WebhookOrder.strategy_id.in_(select(Strategy.id)),
        )
        query = delete(WebhookDelivery).where(
            WebhookDelivery.received_ms < instant_ms, ~waiting,
            WebhookDelivery.id.not_in(starts.group_by(last.strategy_id)),
            WebhookDelivery.id.not_in(
                orders.group_by(
                    WebhookOrder.strategy_id, WebhookOrder.account_id, WebhookOrder.mode,
                    WebhookOrder.exchange, WebhookOrder.symbol,
                )
            ),
        )  # fmt: skip
        return deleted_rows(self._session.execute(query))


class QueuedOrders:
    """Orders of deliveries. Every change names the state it starts from, so that two hands cannot both win."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, row: OrderRow) -> None:
        """A new row; its id is given by the store."""
        self._session.add(WebhookOrder(**_values(row)))
        self._session.flush()

    def get(self, row_id: int) -> OrderRow | None:
        """One row."""
        row = self._session.get(WebhookOrder, row_id)
        return _order(row) if row is not None else None

    def queued(self, account_id: int, limit: int) -> list[OrderRow]:
        """What an account still has to send, oldest first."""
        query = select(WebhookOrder).where(
            WebhookOrder.account_id == account_id, WebhookOrder.state == "queued"
        )
        return [_order(row) for row in self._session.scalars(query.order_by(WebhookOrder.id).limit(limit))]

    def waiting(self, account_id: int) -> dict[str, int]:
        """Lane -> orders of an account that are not ended."""
        query = select(WebhookOrder.lane, func.count()).where(
            WebhookOrder.account_id == account_id, WebhookOrder.state != "ended"
        )
        found = self._session.execute(query.group_by(WebhookOrder.lane))
        return {str(lane): int(count) for lane, count in found}

    def accounts(self) -> list[int]:
        """Accounts with queued orders."""
        query = select(WebhookOrder.account_id).where(WebhookOrder.state == "queued").distinct()
        return list(self._session.scalars(query))

    def interrupt(self) -> int:
        """Queue again what an earlier run was sending when it stopped; how many."""
        query = update(WebhookOrder).where(WebhookOrder.state == "sending")
        return deleted_rows(self._session.execute(query.values(state="queued", interrupted=True)))

    def last_of_instrument(
        self, strategy_id: int, account_id: int, mode: str, exchange: str, symbol: str, limit: int
    ) -> list[OrderRow]:
        """A strategy's orders of one instrument in one account and mode, newest first."""
        query = select(WebhookOrder).where(
            WebhookOrder.strategy_id == strategy_id, WebhookOrder.account_id == account_id,
            WebhookOrder.mode == mode, WebhookOrder.exchange == exchange, WebhookOrder.symbol == symbol,
        )  # fmt: skip
        return [
            _order(row) for row in self._session.scalars(query.order_by(WebhookOrder.id.desc()).limit(limit))
        ]

    def of_delivery(self, delivery_id: int) -> list[OrderRow]:
        """In the order of the delivery."""
        query = select(WebhookOrder).where(WebhookOrder.delivery_id == delivery_id)
        return [_order(row) for row in self._session.scalars(query.order_by(WebhookOrder.number))]

    def of_deliveries(self, ids: Collection[int]) -> dict[int, list[OrderRow]]:
        """Delivery -> its orders."""
        query = select(WebhookOrder).where(WebhookOrder.delivery_id.in_(ids)).order_by(WebhookOrder.number)
        found: dict[int, list[OrderRow]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.delivery_id, []).append(_order(row))
        return found

    def of_strategy(self, strategy_id: int) -> list[OrderRow]:
        """Those of a strategy that wait to be sent."""
        query = select(WebhookOrder).where(
            WebhookOrder.strategy_id == strategy_id, WebhookOrder.state == "queued"
        )
        return [_order(row) for row in self._session.scalars(query.order_by(WebhookOrder.id))]

    def traded(self, strategy_id: int, since_ms: int) -> set[tuple[int, str, str]]:
        """(account, exchange, symbol) that a strategy may hold since an instant."""
        query = select(WebhookOrder.account_id, WebhookOrder.exchange, WebhookOrder.symbol).where(
            WebhookDelivery.strategy_id == strategy_id, WebhookOrder.received_ms >= since_ms,
            WebhookOrder.delivery_id == WebhookDelivery.id,
            (WebhookOrder.state != "ended")
            | WebhookOrder.outcome.in_(("accepted", "partial", "unknown", "waiting")),
        )  # fmt: skip
        return {(account, exchange, symbol) for account, exchange, symbol in self._session.execute(query)}

    def unknown_of_tag(self, tag: str) -> list[OrderRow]:
        """Ended rows whose outcome hangs on this intent."""
        query = select(WebhookOrder).where(WebhookOrder.tag == tag, WebhookOrder.outcome == "unknown")
        return [_order(row) for row in self._session.scalars(query)]

    def waiting_of_pending(self, pending_id: int) -> list[OrderRow]:
        """Ended rows that wait in the approval queue under this number."""
        query = select(WebhookOrder).where(
            WebhookOrder.pending_id == pending_id, WebhookOrder.outcome == "waiting"
        )
        return [_order(row) for row in self._session.scalars(query)]

    def waiting_of_instrument(self, row: OrderRow) -> list[int]:
        """Numbers in the approval queue of what the row's strategy has waiting there in the row's instrument."""
        query = select(WebhookOrder.pending_id).where(
            WebhookOrder.strategy_id == row.strategy_id, WebhookOrder.account_id == row.account_id,
            WebhookOrder.mode == row.mode, WebhookOrder.exchange == row.exchange,
            WebhookOrder.symbol == row.symbol, WebhookOrder.outcome == "waiting",
        )  # fmt: skip
        return [number for number in self._session.scalars(query) if number is not None]

    def move(self, row_id: int, from_state: str, **values: Any) -> bool:
        """Change a row that is in `from_state` now; whether it was."""
        query = update(WebhookOrder).where(WebhookOrder.id == row_id, WebhookOrder.state == from_state)
        return deleted_rows(self._session.execute(query.values(**values))) == 1


def _values(row: DeliveryRow | OrderRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__ if name != "id"}


def _delivery(row: WebhookDelivery) -> DeliveryRow:
    return DeliveryRow(**{name: getattr(row, name) for name in DeliveryRow.__struct_fields__})


def _order(row: WebhookOrder) -> OrderRow:
    return OrderRow(**{name: getattr(row, name) for name in OrderRow.__struct_fields__})
