"""Events in words for a phone: title and facts, never a key, never a price that is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from domain.orders import OrderStatus
from services import events
from services.trading.modes import AppMode
from services.wire.numbers import maybe_price


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one user. category: what a preference switches (`orders`, `fills`, `failures`, `approvals`).

    facts: label -> text, in the order to show. mode: live or analyze, empty for what is no order's business.
    """

    user_id: int
    category: str
    title: str
    mode: str
    facts: dict[str, str]

    def text(self) -> str:
        """Plain text; channels with a markup of their own escape it."""
        money = "LIVE: real order" if self.mode == AppMode.LIVE.value else "ANALYZE: no real order"
        head = [self.title, money] if self.mode else [self.title]
        return "\n".join([*head, *(f"{label}: {value}" for label, value in self.facts.items())])


def _alert(event: events.OrderAction, category: str, title: str, **facts: object) -> Alert:
    said = {"Strategy": event.strategy, **{name.replace("_", " "): value for name, value in facts.items()}}
    return Alert(
        user_id=event.user_id, category=category, title=title, mode=event.mode,
        facts={label: str(value) for label, value in said.items() if value not in (None, "")},
    )  # fmt: skip


def _placed(event: events.OrderPlaced) -> Alert | None:
    if event.batch:
        return None  # the call of which it is a part is told when it ends
    return _alert(
        event, "orders", "Order placed", Symbol=event.symbol, Action=event.action, Quantity=event.quantity,
        Price_type=event.price_type, Exchange=event.exchange, Product=event.product, Order_ID=event.order_id,
    )  # fmt: skip


def _completed(event: events.PlanCompleted) -> Alert:
    title = {"basket": "Basket order", "split": "Split order", "options": "Options order"}.get(
        event.kind, "Multi-leg options order"
    )
    return _alert(
        event, "orders" if event.done == event.total else "failures", f"{title} placed",
        Symbol=event.symbol, Total=event.total, Successful=event.done, Failed=event.total - event.done,
    )  # fmt: skip


def _modified(event: events.OrderModified) -> Alert | None:
    """A ladder changes its order every few seconds; how it ends is what matters."""
    if event.source == "ladder":
        return None
    return _alert(event, "orders", "Order modified", Order_ID=event.order_id)


def _cancelled(event: events.OrderCancelled) -> Alert:
    return _alert(event, "orders", "Order cancelled", Order_ID=event.order_id)


def _all_cancelled(event: events.OrdersCancelled) -> Alert:
    category = "failures" if event.failed else "orders"
    return _alert(event, category, "All orders cancelled", Cancelled=event.cancelled, Failed=event.failed)


def _closed(event: events.PositionsClosed) -> Alert:
    return _alert(event, "failures" if event.failed else "orders", "Positions closed", Outcome=event.message)


def _not_needed(event: events.NoOrderNeeded) -> Alert:
    return _alert(event, "orders", "No order needed", Symbol=event.symbol, Reason=event.message)


def _failed(event: events.OrderFailed) -> Alert:
    title = (
        f"Outcome of a {event.operation} is not known" if event.code == "OUTCOME_UNKNOWN" else "Order failed"
    )
    return _alert(
        event, "failures", title, Symbol=event.symbol, Exchange=event.exchange, Reason=event.message
    )


def _refused(event: events.RiskRefused) -> Alert:
    return _alert(event, "failures", "Order refused", Symbol=event.symbol, Reason=event.message)


def _unprotected(event: events.ProtectionAlarm) -> Alert:
    return _alert(
        event, "failures", "An order needs you", Symbol=event.symbol, Action=event.action, Asked=event.asked,
        Reason=event.message, Order_ID=event.order_id,
    )  # fmt: skip


def _resolved(event: events.OutcomeResolved) -> Alert:
    found = "is at the broker" if event.state == "acked" else "never reached the broker"
    return _alert(
        event, "failures", f"An order of unknown outcome {found}", Order_ID=event.order_id, Tag=event.tag
    )


def _filled(event: events.OrderFilled) -> Alert | None:
    if not event.complete:
        return None
    return _alert(
        event, "fills", "Order filled", Symbol=event.symbol, Action=event.action, Quantity=event.filled,
        Average_price=maybe_price(event.average_price), Order_ID=event.order_id,
    )  # fmt: skip


def _changed(event: events.OrderChanged) -> Alert | None:
    """Of all changes only the one that no answer has told: a broker's late rejection."""
    row = event.row
    if row.status is not OrderStatus.REJECTED:
        return None
    facts = {
        "Strategy": event.strategy, "Symbol": row.symbol, "Action": row.side.value, "Quantity": str(row.quantity),
        "Reason": row.rejection_reason or "", "Order ID": row.order_id,
    }  # fmt: skip
    return Alert(
        user_id=event.user_id, category="failures", title="Order rejected", mode=event.mode,
        facts={label: value for label, value in facts.items() if value},
    )  # fmt: skip


def _waiting(event: events.PendingOrderCreated) -> Alert:
    return Alert(
        user_id=event.user_id, category="approvals", title="An order waits for your approval",
        mode=AppMode.LIVE.value, facts={"Kind": event.api_type, "Number": str(event.pending_order_id)},
    )  # fmt: skip


def _exit_failed(event: events.PositionExitAlarm) -> Alert:
    held = event.exit
    facts = {
        "Strategy": held.strategy, "Symbol": held.symbol, "Reason": event.message,
        "Next try": f"in {event.retry_seconds:.0f} s",
    }  # fmt: skip
    return Alert(
        user_id=event.user_id, category="failures", title="An exit could not be sent: the position is open",
        mode=held.mode, facts={label: text for label, text in facts.items() if text},
    )  # fmt: skip


def _account_closed(event: events.AccountClosed) -> Alert | None:
    """Only when something ended with the account: positions at the broker are left as they are."""
    if not event.ended:
        return None
    ended = {words[:1].upper() + words[1:]: str(count) for words, count in event.ended.items()}
    facts = {"Account": f"{event.label} ({event.broker})", **ended}
    return Alert(
        user_id=event.user_id, category="failures", title="Ended with a removed account",
        mode=AppMode.LIVE.value, facts=facts,
    )  # fmt: skip


def _feed(event: events.FeedAlarm) -> Alert:
    title = "Market data is well again" if event.is_over else "Market data needs you"
    label = "It was" if event.is_over else "What"
    return Alert(
        user_id=event.user_id, category="failures", title=title, mode="",
        facts={"Broker": event.broker, label: event.message},
    )  # fmt: skip


ALERTS: Mapping[type[events.Event], Callable[[Any], Alert | None]] = {
    events.OrderPlaced: _placed,
    events.PlanCompleted: _completed,
    events.OrderModified: _modified,
    events.OrderCancelled: _cancelled,
    events.OrdersCancelled: _all_cancelled,
    events.PositionsClosed: _closed,
    events.NoOrderNeeded: _not_needed,
    events.OrderFailed: _failed,
    events.RiskRefused: _refused,
    events.ProtectionAlarm: _unprotected,
    events.OutcomeResolved: _resolved,
    events.OrderFilled: _filled,
    events.OrderChanged: _changed,
    events.PendingOrderCreated: _waiting,
    events.PositionExitAlarm: _exit_failed,
    events.AccountClosed: _account_closed,
    events.FeedAlarm: _feed,
}


def alert_of(event: events.Event) -> Alert | None:
    """The message of an event; None when it is worth none."""
    build = ALERTS.get(type(event))
    return None if build is None else build(event)
