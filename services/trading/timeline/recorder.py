"""Writes the story of every order: call traces, broker states, fills and settled outcomes, as rows only ever added."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from database.stores import Store
from database.writers import LogWriters, OrderEventRecord
from domain.errors import InvalidInput, NotAllowed
from domain.orders import OrderRow
from services.events import (
    DriftFound,
    Events,
    OrderChanged,
    OrderFilled,
    OrderTraced,
    OutcomeResolved,
    ProtectionAlarm,
    ProtectionEnded,
    RiskRefused,
)  # fmt: skip
from services.trading.timeline.story import plain_data, shown_step
from services.trading.timeline.told import Told, told_of
from services.trading.timeline.trace import Step
from services.trading.timeline.written import WrittenStates
from utils import limits
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

log = get_logger(__name__)
QUEUE = 50_000
ORDERS_KEPT = 20_000
# How the broker's word reached us -> the stage of the time line.
_FROM_ANSWER = "answer"


class Recorder:
    """Subscribes to what is told about orders. Nothing is lost: a full queue slows the producers down."""

    def __init__(self, writers: LogWriters, logs: Store, events: Events, clock: Clock) -> None:
        self._rows = writers.order_events
        self._written = WrittenStates(logs)
        self._events = events
        self._clock = clock
        self._seen: OrderedDict[tuple[int, str], Told] = OrderedDict()
        limits.watch(
            self._seen, name="orders told of", kind="cache", bound=ORDERS_KEPT, policy="drop_oldest", size=len,
        )  # fmt: skip

    def listen(self) -> None:
        """Begin."""
        handlers: dict[type[Any], Any] = {
            OrderTraced: self.traced, OrderChanged: self.changed, OutcomeResolved: self.resolved,
            ProtectionEnded: self.protection_ended, ProtectionAlarm: self.protection_ended,
            DriftFound: self.drifted,
        }  # fmt: skip
        self._events.subscribe(
            tuple(handlers), lambda event: handlers[type(event)](event), queue=QUEUE, policy="wait",
            name="order-time-line", gather_seconds=0.1,
        )  # fmt: skip

    def traced(self, event: OrderTraced) -> None:
        """One row for the call; one more per order when it sent several."""
        groups: dict[str | None, list[Step]] = {}
        for step in event.steps:
            groups.setdefault(step.tag, []).append(step)
        tags = [tag for tag in groups if tag is not None]
        self._tell_refusal(event)
        if len(tags) == 1:
            self._put(event, tags[0], list(event.steps))
            return
        for tag, steps in groups.items():
            self._put(event, tag, steps)

    def changed(self, event: OrderChanged) -> None:
        """One row per state that differs from the last one written, with what filled since."""
        row, key = event.row, (event.account_id, event.row.order_id)
        before = self._seen.pop(key, None)
        if before is None and event.source != _FROM_ANSWER:
            before = self._written.of(event)
        now = told_of(row)
        self._seen[key] = now
        if len(self._seen) > ORDERS_KEPT:
            self._written.add(*self._seen.popitem(last=False)[0])
        if before == now:
            return
        traded = _traded(before, row)
        self._rows.put(
            OrderEventRecord(
                at_ms=event.at_ms, user_id=event.user_id, account_id=event.account_id, request_id=None,
                tag=row.tag, order_id=row.order_id, kind="state", data=_facts(event, traded),
            )
        )  # fmt: skip
        if traded is not None and event.is_news and self._events.has_listeners(OrderFilled):
            self._events.publish(_filled(event, *traded))

    def resolved(self, event: OutcomeResolved) -> None:
        """Evidence settled an unknown outcome."""
        self._rows.put(
            OrderEventRecord(
                at_ms=epoch_ms(self._clock.now()), user_id=event.user_id, account_id=event.account_id,
                request_id=None, tag=event.tag, order_id=event.order_id, kind="resolved",
                data={"outcome": event.state, "mode": event.mode},
            )
        )  # fmt: skip

    def protection_ended(self, event: ProtectionEnded) -> None:
        """A ladder is over, one way or the other."""
        self._rows.put(
            OrderEventRecord(
                at_ms=event.at_ms, user_id=event.user_id, account_id=event.account_id, request_id=None,
                tag=event.tag, order_id=event.order_id, kind="protection",
                data={
                    "state": event.state, "asked": event.asked, "message": event.message, "alarm": event.alarm,
                },
            )
        )  # fmt: skip

    def drifted(self, event: DriftFound) -> None:
        """Nothing explains what the broker says of this order; differences of positions belong to no order."""
        if event.order_id is None and event.tag is None:
            return
        self._rows.put(
            OrderEventRecord(
                at_ms=epoch_ms(self._clock.now()), user_id=event.user_id, account_id=event.account_id,
                request_id=None, tag=event.tag, order_id=event.order_id, kind="drift",
                data={"what": event.kind, "mode": event.mode, "message": event.message},
            )
        )  # fmt: skip

    def _tell_refusal(self, event: OrderTraced) -> None:
        """A rule of ours said no. What the broker refused is told as OrderFailed by the write itself."""
        error = next((step.detail for step in event.steps if step.stage == "failed"), None)
        sent = any(step.stage == "admitted" for step in event.steps)
        if sent or not isinstance(error, InvalidInput | NotAllowed) or event.account_id is None:
            return
        mode = next((step.detail[0].value for step in event.steps if step.stage == "routed"), "")
        command = next(step.detail[0] for step in event.steps if step.stage in ("received", "resumed"))
        self._events.publish(
            RiskRefused(
                user_id=event.user_id, account_id=event.account_id, broker=event.broker, mode=mode,
                source=event.source, strategy=event.strategy, operation=event.operation,
                symbol=getattr(command, "symbol", None) or "", code=error.code, message=error.message,
            )
        )  # fmt: skip

    def _put(self, event: OrderTraced, tag: str | None, steps: list[Step]) -> None:
        entries = [
            {"ms": round((step.at - event.begun) * 1000, 3), **entry}
            for step in steps
            if step.stage != "read"
            for entry in _shown(step)
        ]
        order_id = next((step.order_id for step in reversed(steps) if step.order_id), None)
        self._rows.put(
            OrderEventRecord(
                at_ms=event.arrived_ms, user_id=event.user_id, account_id=event.account_id,
                request_id=event.request_id, tag=tag, order_id=order_id, kind="call",
                data={"operation": event.operation, "strategy": event.strategy, "steps": entries},
            )
        )  # fmt: skip


def _shown(step: Step) -> list[dict[str, Any]]:
    """A detail that cannot be put into words costs its own words only, never the story."""
    try:
        return shown_step(step)
    except Exception:
        log.exception("a step cannot be put into words", stage=step.stage)
        return [{"stage": step.stage}]


def _traded(before: Told | None, row: OrderRow) -> tuple[int, Any] | None:
    """(units, rupees per unit) since the last state; the price is None when the averages do not give one."""
    had = before.filled if before else 0
    units = (row.filled_quantity or 0) - had
    if units <= 0:
        return None
    if row.average_price is None:
        return units, None
    if had == 0:
        return units, row.average_price
    if before is None or before.average is None:
        return units, None
    spent = row.average_price * (had + units) - type(row.average_price)(before.average) * had
    return units, round(spent / units, 4)


def _facts(event: OrderChanged, traded: tuple[int, Any] | None) -> dict[str, Any]:
    row = event.row
    facts: dict[str, Any] = {
        "source": event.source, "mode": event.mode, "status": row.status.value, "quantity": row.quantity,
        "filled_quantity": row.filled_quantity or 0, "average_price": row.average_price, "price": row.price,
        "trigger_price": row.trigger_price, "rejection_reason": row.rejection_reason or None,
        "broker_time": row.updated_at, "final": row.status.is_terminal,
    }  # fmt: skip
    if traded is not None:
        facts["fill"] = plain_data({"quantity": traded[0], "price": traded[1]})
    shown: dict[str, Any] = plain_data(facts)
    return shown


def _filled(event: OrderChanged, units: int, price: Any) -> OrderFilled:
    row = event.row
    return OrderFilled(
        user_id=event.user_id, account_id=event.account_id, broker=event.broker, mode=event.mode,
        source=event.source, strategy=event.strategy, order_id=row.order_id, symbol=row.symbol,
        exchange=row.exchange.value, action=row.side.value, quantity=units, price=price,
        filled=row.filled_quantity or 0, average_price=row.average_price,
        complete=row.status.value == "complete",
    )  # fmt: skip
