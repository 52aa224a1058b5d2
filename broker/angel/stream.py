"""Angel One's two sockets: SmartStream with prices, and one that brings order updates only."""

from __future__ import annotations

from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import OrdersOnly, parse_object
from broker.core.tables import an_object
from broker.families.smartapi.feed import SmartStream
from domain.errors import BadVendorData

PLACES = {"NSE": 1, "NFO": 2, "BSE": 3, "BFO": 4, "MCX": 5, "NCDEX": 7, "CDS": 13}
CONNECTED, CHANGED = "AB00", "AB04"
# Codes of order updates as words of the order book; an unknown code is an unknown status.
WORDS = {
    "AB01": "open", "AB02": "cancelled", "AB03": "rejected", "AB05": "complete",
    "AB06": "after market order req received", "AB07": "cancelled after market order",
    "AB08": "modify after market order req received", "AB09": "open pending", "AB10": "trigger pending",
    "AB11": "modify pending"}  # fmt: skip


def dial(url: str, session: Session) -> Dial:
    """Both sockets want the same headers."""
    headers = {
        "Authorization": f"Bearer {session.tokens['jwt']}", "x-api-key": session.credentials["api_key"],
        "x-client-code": session.broker_user_id, "x-feed-token": session.tokens["feed"]}  # fmt: skip
    return Dial(url=url, headers=headers)


class AngelStream(SmartStream):
    """Codec of the price socket."""

    def __init__(self, context: PluginContext) -> None:
        super().__init__(context, PLACES, "CDS")
        self._url = context.hosts["ws"]

    def dial(self, session: Session) -> Dial:
        return dial(self._url, session)


class OrderFeed(OrdersOnly):
    """Codec of the order socket: it speaks for the whole account and is asked for nothing."""

    def dial(self, session: Session) -> Dial:
        return dial(self._url, session)

    def heartbeat(self) -> str:
        """Answered with "pong"."""
        return "ping"

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Order updates and notices."""
        if frame in ("pong", b"pong"):
            return [Control(kind="heartbeat")]
        message = parse_object(frame)
        code, said = message.get("order-status"), str(message.get("error-message") or "")[:200]
        if code == CONNECTED:
            return [Control(kind="ack")]
        if str(message.get("status-code")) != "200":
            return [Control(kind="error", detail=f"{message.get('status-code')} {said}"[:200])]
        if not isinstance(code, str):
            raise BadVendorData("angel order update: no order-status")
        row = dict(an_object(message.get("orderData")))
        told = row.get("orderstatus") or row.get("status") or "modified"
        row["orderstatus"] = told if code == CHANGED else WORDS.get(code, code)
        return self.changed(row)
