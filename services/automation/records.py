"""What is written down of deliveries: the row, its orders, and the word to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from database.automation.deliveries import Deliveries, DeliveryRow, OrderRow, QueuedOrders
from database.automation.strategies import Strategies, StrategyRecord
from database.stores import Store, Unit
from domain.errors import OpenAlgoError
from services import events
from services.approvals import stored
from services.automation.instructions.taking import Decision
from services.trading.commands import Place, Smart
from services.trading.modes import AppMode
from services.trading.writes import Account
from services.wire.errors import status_of
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

# An order that was not sent by then is too old to be sent.
LIFE_MS = 60_000
log = get_logger(__name__)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What came in. key: of an idempotency header. address: the sender's."""

    raw: bytes
    key: str | None
    address: str


class Read(msgspec.Struct, kw_only=True):
    """What is known of a message so far; what is refused on the way is stored as far as it was read."""

    payload: str = "unreadable"
    body: Any = None
    digest: str = ""
    key: str | None = None


class Records:
    """Writes within the caller's unit of work, but for `refused`."""

    def __init__(self, store: Store, bus: events.Events, clock: Clock) -> None:
        self._store = store
        self._events = bus
        self._clock = clock

    def refused(self, strategy: StrategyRecord, message: Message, read: Read, error: OpenAlgoError) -> None:
        """For the record only: the sender is told the error in any case."""
        answer = {"status": "error", "message": error.message, "code": error.code}
        try:
            with self._store.unit() as unit:
                if Strategies(unit).get(strategy.id) is None:
                    return
                row = self.add(unit, strategy, message, read, "refused", answer, status=status_of(error))
            self.publish(row)
        except OpenAlgoError as failure:
            log.error("a refused delivery could not be recorded", reason=failure.message)

    def add(
        self, unit: Unit, strategy: StrategyRecord, message: Message, read: Read, result: str,
        answer: dict[str, Any], *, status: int = 200, duplicate_of: int | None = None,
    ) -> DeliveryRow:  # fmt: skip
        """One delivery with what its sender is told."""
        return Deliveries(unit).add(
            DeliveryRow(
                id=0, strategy_id=strategy.id, user_id=strategy.user_id, strategy=strategy.name,
                received_ms=epoch_ms(self._clock.now()), source_address=message.address[:45],
                payload=read.payload, body=read.body, digest=read.digest, dedup_key=read.key, result=result,
                duplicate_of=duplicate_of, status=status, answer=answer, outcome=None,
            )
        )  # fmt: skip

    def decided(
        self, unit: Unit, strategy: StrategyRecord, message: Message, read: Read, decision: Decision
    ) -> DeliveryRow:
        """What a message came to; the start of a run tells its own number as the run's."""
        row = self.add(
            unit,
            strategy,
            message,
            read,
            decision.result,
            decision.answer,
            duplicate_of=decision.duplicate_of,
        )
        if not decision.opens:
            return row
        answer = {**row.answer, "run_id": row.id}
        Deliveries(unit).set_answer(row.id, answer)
        return msgspec.structs.replace(row, answer=answer)

    def add_orders(
        self, unit: Unit, delivery: DeliveryRow, strategy: StrategyRecord, account: Account, mode: AppMode,
        orders: Sequence[Place | Smart], life_ms: int = LIFE_MS,
    ) -> None:  # fmt: skip
        """The orders that an accepted delivery makes."""
        rows = QueuedOrders(unit)
        for number, order in enumerate(orders):
            rows.add(
                OrderRow(
                    id=0, delivery_id=delivery.id, strategy_id=strategy.id, user_id=strategy.user_id,
                    account_id=account.account_id, broker=account.broker, number=number, lane=lane_of(order),
                    exchange=order.exchange.value, symbol=order.symbol, command=stored.encode(order),
                    mode=mode.value, received_ms=delivery.received_ms, retry_ms=delivery.received_ms,
                    expires_ms=delivery.received_ms + life_ms,
                )
            )  # fmt: skip

    def duplicate(
        self, unit: Unit, strategy: StrategyRecord, message: Message, read: Read, first: DeliveryRow
    ) -> DeliveryRow:
        """A repeat: answered like the first, with a note."""
        note = f"The same as delivery {first.id}, which was accepted already; nothing was traded"
        answer = {**first.answer, "duplicate": True, "duplicate_of": first.id, "note": note}
        return self.add(unit, strategy, message, read, "duplicate", answer, duplicate_of=first.id)

    def told(self, row: DeliveryRow) -> dict[str, Any]:
        """The members of the answer, once the desk has heard of it."""
        self.publish(row)
        members: dict[str, Any] = row.answer
        return members

    def publish(self, row: DeliveryRow) -> None:
        """It is on disk: nothing that goes wrong from here on may deny it."""
        try:
            self._events.publish(
                events.WebhookDelivered(
                    user_id=row.user_id, strategy_id=row.strategy_id or 0, strategy=row.strategy,
                    delivery_id=row.id, result=row.result, message=row.answer.get("message", ""),
                )
            )  # fmt: skip
        except OpenAlgoError as error:
            log.error("a delivery could not be told", delivery=row.id, reason=error.message)


def lane_of(order: Place | Smart) -> str:
    """Which pace an order keeps."""
    return "smart" if isinstance(order, Smart) else "plain"
