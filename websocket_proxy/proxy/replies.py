"""What the server says, message by message, with the names and omissions clients depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from broker.core.manifest import Manifest
from domain.feed import FeedState, OrderMessage
from domain.market import Mode
from services.accounts.principal import Principal
from utils.json import encode
from websocket_proxy.proxy.frames import MAX_FRAME
from websocket_proxy.proxy.protocol import Ping, RequestId

MAX_ITEMS = 150
_ENVELOPE = 1100


def error(code: str, message: str, request_id: RequestId = None) -> dict[str, Any]:
    """An error carries no `type`: one add-in tells errors by that."""
    return _with_id({"status": "error", "code": code, "message": message}, request_id)


def authenticated(principal: Principal, manifest: Manifest | None) -> dict[str, Any]:
    """The login was accepted; must stay below 1024 bytes and contain the word success."""
    streams = bool(manifest and manifest.stream)
    return {
        "type": "auth",
        "status": "success",
        "message": "Authentication successful",
        "broker": principal.broker or "",
        "user_id": principal.username,
        "supported_features": {"ltp": streams, "quote": streams, "depth": streams},
    }


def item_done(symbol: str, exchange: str, mode: Mode, broker: str) -> dict[str, Any]:
    """One instrument served; the label is text here and an integer in ticks, so both forms are given."""
    return {
        "symbol": symbol,
        "exchange": exchange,
        "status": "success",
        "mode": mode.label,
        "mode_code": mode.value,
        "broker": broker,
    }


def item_failed(symbol: str, exchange: str, mode: Mode | None, message: str) -> dict[str, Any]:
    """One instrument not served."""
    item: dict[str, Any] = {"symbol": symbol, "exchange": exchange, "status": "error"}
    if mode is not None:
        item.update(mode=mode.label, mode_code=mode.value)
    item["message"] = message
    return item


def subscribed(items: Sequence[dict[str, Any]], broker: str, request_id: RequestId) -> list[dict[str, Any]]:
    """Acknowledgement(s) of a subscribe; `partial` as soon as one item failed, even when all did."""
    good = all(item["status"] == "success" for item in items)
    base = {
        "type": "subscribe",
        "status": "success" if good else "partial",
        "message": "Subscription processing complete",
        "broker": broker,
    }
    pages = _pages(items)
    return [
        _numbered({**base, "subscriptions": page}, index, len(pages), request_id)
        for index, page in enumerate(pages, 1)
    ]


def unsubscribed(items: Sequence[dict[str, Any]], broker: str, request_id: RequestId) -> list[dict[str, Any]]:
    """Acknowledgement(s) of unsubscribe and unsubscribe_all."""
    failures = sum(item["status"] == "error" for item in items)
    status = "success" if not failures else "error" if failures == len(items) else "partial"
    base = {
        "type": "unsubscribe",
        "status": status,
        "message": "Unsubscription processing complete",
        "broker": broker,
    }
    pages = _pages(items)
    return [
        _numbered(
            {
                **base,
                "successful": [item for item in page if item["status"] == "success"],
                "failed": [item for item in page if item["status"] == "error"],
            },
            index, len(pages), request_id,
        )
        for index, page in enumerate(pages, 1)
    ]  # fmt: skip


def orders_channel(verb: str, request_id: RequestId) -> dict[str, Any]:
    """Acknowledgement of subscribe_orders and unsubscribe_orders."""
    begun = verb == "subscribe_orders"
    text = "Subscribed to order updates" if begun else "Unsubscribed from order updates"
    return _with_id({"type": verb, "status": "success", "message": text}, request_id)


def order_update(body: OrderMessage, seq: int) -> dict[str, Any]:
    """One order change; prices are numbers of at most four decimals."""
    message: dict[str, Any] = {"type": "order_update", **msgspec.structs.asdict(body), "seq": seq}
    for name in ("price", "trigger_price", "average_price"):
        message[name] = round(message[name], 4)
    return message


def order_gap(head: int) -> dict[str, Any]:
    """Updates before this number are lost for a client that resumed: only the order book tells where things stand."""
    text = "Order updates are missing: read the order book"
    return {"type": "order_gap", "status": "error", "code": "ORDER_GAP", "message": text, "seq": head}


def broker_info(
    principal: Principal, adapter_status: str, feed: FeedState | None, request_id: RequestId
) -> dict[str, Any]:
    """The client's broker and how its feed is doing; `feed_since` in epoch milliseconds."""
    message: dict[str, Any] = {
        "type": "broker_info",
        "status": "success",
        "broker": principal.broker or "",
        "adapter_status": adapter_status,
        "user_id": principal.username,
        "feed_state": feed.state if feed else "stopped",
        "feed_reason": feed.reason if feed else "no subscription yet",
    }
    if feed is not None and feed.since_ms:
        message["feed_since"] = feed.since_ms
    return _with_id(message, request_id)


def supported_brokers(brokers: Sequence[str], request_id: RequestId) -> dict[str, Any]:
    """All loadable brokers."""
    message = {
        "type": "supported_brokers",
        "status": "success",
        "brokers": list(brokers),
        "count": len(brokers),
    }
    return _with_id(message, request_id)


def pong(ping: Ping, now_ms: int) -> dict[str, Any]:
    """The answer to a ping."""
    message: dict[str, Any] = {"type": "pong", "status": "success", "server_timestamp": now_ms}
    if ping.timestamp is not None:
        message["client_timestamp"] = ping.timestamp
    if ping.ping_id is not None:
        message["_pingId"] = ping.ping_id
    return message


def _with_id(message: dict[str, Any], request_id: RequestId) -> dict[str, Any]:
    if request_id is not None:
        message["request_id"] = request_id
    return message


def _numbered(message: dict[str, Any], part: int, parts: int, request_id: RequestId) -> dict[str, Any]:
    if parts > 1:
        message.update(part=part, parts=parts)
    return _with_id(message, request_id)


def _pages(items: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Split so that no page has more than MAX_ITEMS items or makes a frame too long."""
    pages: list[list[dict[str, Any]]] = [[]]
    size = _ENVELOPE
    for item in items:
        length = len(encode(item)) + 1
        if pages[-1] and (len(pages[-1]) >= MAX_ITEMS or size + length > MAX_FRAME):
            pages.append([])
            size = _ENVELOPE
        pages[-1].append(item)
        size += length
    return pages
