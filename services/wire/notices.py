"""Events in the frames that browsers hear: event type -> (Socket.IO event, data). Shapes: orders sheet, section 11."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from domain.feed import OrderMessage
from services import events
from services.wire.triggers.exits import position_exit
from utils import json

Frame = tuple[str, dict[str, Any]]


def order_update(message: OrderMessage, seq: int) -> dict[str, Any]:
    """The `order_update` frame: fields of the WebSocket contract."""
    return {"type": "order_update", **msgspec.structs.asdict(message), "seq": seq}


def plain(data: dict[str, Any]) -> dict[str, Any]:
    """Instants and decimals as JSON shows them."""
    shown: dict[str, Any] = json.decode(json.encode(data))
    return shown


def _placed(event: events.OrderPlaced) -> Frame:
    """`batch_order`: one of several orders of a call, which is announced as a whole when it ends."""
    return "order_event", {
        "symbol": event.symbol, "action": event.action, "orderid": event.order_id, "exchange": event.exchange,
        "price_type": event.price_type, "product_type": event.product, "quantity": event.quantity,
        "source": event.source, "mode": event.mode, "batch_order": event.batch, "is_last_order": not event.batch,
    }  # fmt: skip


def _completed(event: events.PlanCompleted) -> Frame:
    """The end of a call of several orders; `successful` and `failed` count its legs."""
    tally = f"{event.done}/{event.total} {'legs' if event.kind == 'multiorder' else 'orders'}"
    words: dict[str, Any]
    if event.kind == "basket":
        words = {
            "symbol": event.strategy, "action": tally, "orderid": f"basket_{event.total}", "exchange": "MULTI",
            "price_type": "BASKET", "product_type": "BASKET",
        }  # fmt: skip
    elif event.kind == "multiorder":
        words = {
            "symbol": event.symbol, "action": event.strategy, "orderid": tally, "exchange": event.exchange,
            "price_type": "MULTI", "product_type": "OPTIONS", "multiorder_summary": True,
            "successful_legs": event.done, "failed_legs": event.total - event.done,
        }  # fmt: skip
    else:
        words = {
            "symbol": event.symbol, "action": event.action, "orderid": tally, "exchange": event.exchange,
            "price_type": event.price_type, "product_type": event.product,
        }  # fmt: skip
    return "order_event", {
        **words, "mode": event.mode, "batch_order": True, "is_last_order": True,
        "successful": event.done, "failed": event.total - event.done, "orderids": list(event.order_ids),
    }  # fmt: skip


def _gtt_moved(event: events.GttMoved) -> Frame:
    return "gtt_event", {
        "event": event.event, "symbol": event.symbol, "exchange": event.exchange, "trigger_id": event.trigger_id,
        "triggered_order_id": event.order_id, "mode": event.mode, "held_by": event.held_by,
        "strategy": event.strategy, "code": event.code, "message": event.message,
    }  # fmt: skip


def _modified(event: events.OrderModified) -> Frame:
    return "modify_order_event", {"status": "success", "orderid": event.order_id, "mode": event.mode}


def _cancelled(event: events.OrderCancelled) -> Frame:
    return "cancel_order_event", {"status": "success", "orderid": event.order_id, "mode": event.mode}


def _all_cancelled(event: events.OrdersCancelled) -> Frame:
    return "cancel_order_event", {
        "status": "success" if not event.failed else "partial",
        "orderid": f"{event.cancelled} orders canceled", "mode": event.mode, "batch_order": True,
        "is_last_order": True, "canceled_count": event.cancelled, "failed_count": event.failed,
    }  # fmt: skip


def _closed(event: events.PositionsClosed) -> Frame:
    return "close_position_event", {
        "status": "success" if not event.failed else "partial", "message": event.message, "mode": event.mode,
        "closed": event.closed, "failed": event.failed,
    }  # fmt: skip


def _not_needed(event: events.NoOrderNeeded) -> Frame:
    return "order_notification", {
        "symbol": event.symbol, "exchange": event.exchange, "status": "info", "message": event.message,
        "mode": event.mode,
    }  # fmt: skip


def _filled(event: events.OrderFilled) -> Frame:
    return "order_filled", plain(
        {
            "orderid": event.order_id, "symbol": event.symbol, "exchange": event.exchange, "action": event.action,
            "quantity": event.quantity, "price": event.price, "filled_quantity": event.filled,
            "average_price": event.average_price, "complete": event.complete, "strategy": event.strategy,
            "mode": event.mode,
        }
    )  # fmt: skip


def _refused(event: events.RiskRefused) -> Frame:
    return "order_notification", {
        "symbol": event.symbol, "operation": event.operation, "status": "error", "code": event.code,
        "message": event.message, "mode": event.mode,
    }  # fmt: skip


def _unprotected(event: events.ProtectionAlarm) -> Frame:
    """An exit that nothing follows any more; whoever looks at the desk must see it."""
    return "order_notification", {
        "symbol": event.symbol, "exchange": event.exchange, "action": event.action, "orderid": event.order_id,
        "operation": "protection", "status": "error", "code": f"PROTECTION_{event.state.upper()}",
        "message": event.message, "mode": event.mode,
    }  # fmt: skip


def _waiting(event: events.PendingOrderCreated) -> Frame:
    return "pending_order_created", {
        "pending_order_id": event.pending_order_id, "user_id": event.user_id, "api_type": event.api_type,
        "message": event.message,
    }  # fmt: skip


def risk_changed(event: events.RiskChanged) -> Frame:
    """`engaged` belongs to a kill switch and is null for limits."""
    return "risk_changed", {
        "scope": event.scope, "kind": event.kind, "engaged": event.engaged, "reason": event.reason,
        "by": event.username,
    }  # fmt: skip


def _decided(event: events.PendingOrderResolved) -> Frame:
    return "pending_order_updated", {
        "action": event.action, "order_id": event.pending_order_id, "user_id": event.user_id,
    }  # fmt: skip


def _drifted(event: events.DriftFound) -> Frame:
    return "drift_found", {
        "kind": event.kind, "symbol": event.symbol, "exchange": event.exchange, "orderid": event.order_id,
        "tag": event.tag, "mode": event.mode, "message": event.message,
    }  # fmt: skip


def _exit_moved(event: events.PositionExitChanged) -> Frame:
    return "position_exit", position_exit(event.exit)


def _exit_failed(event: events.PositionExitAlarm) -> Frame:
    """`order_notification` as for any order that could not be sent, with what it leaves open."""
    held = event.exit
    text = f"An exit of {held.symbol} could not be sent: {event.message}. The position is still open"
    return "order_notification", {
        "symbol": held.symbol, "exchange": held.exchange.value, "operation": "exit", "status": "error",
        "code": event.code, "message": text, "mode": held.mode, "exit_id": held.exit_id, "tries": event.tries,
        "retry_seconds": event.retry_seconds,
    }  # fmt: skip


def _account_closed(event: events.AccountClosed) -> Frame:
    """What ended with a removed account; positions and orders at the broker are left as they are."""
    listed = ", ".join(f"{count} {words}" for words, count in event.ended.items())
    return "order_notification", {
        "symbol": "", "operation": "account", "status": "error" if event.ended else "success",
        "code": "ACCOUNT_REMOVED", "ended": dict(event.ended),
        "message": f"{event.label} was removed; ended with it: {listed or 'nothing'}",
    }  # fmt: skip


def _feed_alarm(event: events.FeedAlarm) -> Frame:
    return "feed_alarm", {"broker": event.broker, "message": event.message, "over": event.is_over}


def _lists_changed(event: events.WatchlistsChanged) -> Frame:
    return "watchlists_changed", {"version": event.version}


def _preference_changed(event: events.PreferenceChanged) -> Frame:
    return "preference_changed", {"area": event.area, "key": event.key, "version": event.version}


# Events of one user that need nothing but their own words; whoever adds one adds a row.
FRAMES: Mapping[type[events.Event], Callable[[Any], Frame]] = {
    events.OrderPlaced: _placed,
    events.DriftFound: _drifted,
    events.PlanCompleted: _completed,
    events.OrderModified: _modified,
    events.OrderCancelled: _cancelled,
    events.OrdersCancelled: _all_cancelled,
    events.PositionsClosed: _closed,
    events.NoOrderNeeded: _not_needed,
    events.OrderFilled: _filled,
    events.RiskRefused: _refused,
    events.ProtectionAlarm: _unprotected,
    events.GttMoved: _gtt_moved,
    events.PositionExitChanged: _exit_moved,
    events.PositionExitAlarm: _exit_failed,
    events.PendingOrderCreated: _waiting,
    events.PendingOrderResolved: _decided,
    events.AccountClosed: _account_closed,
    events.FeedAlarm: _feed_alarm,
    events.WatchlistsChanged: _lists_changed,
    events.PreferenceChanged: _preference_changed,
}
