"""What clients of the streaming process send, and what its own bus carries."""

from __future__ import annotations

from typing import Any

import msgspec

from blueprints.realtime.orders import Asked
from domain.feed import MarketData, OrderMessage, pack, parse_market_topic, unpack
from test.fuzz.target import Sample, Target
from utils import json
from websocket_proxy.proxy.protocol import ProtocolError, parse

FRAMES = (
    b'{"action":"authenticate","api_key":"k"}', b'{"type":"auth","ticket":"t1.x.y"}', b"ping",
    b'{"action":"subscribe","symbols":[{"symbol":"SBIN","exchange":"NSE","mode":2}],"mode":"Quote","depth":5,"request_id":1}',
    b'{"action":"unsubscribe","symbol":"SBIN","exchange":"NSE","mode":1}',
    b'{"action":"subscribe_orders","after":3,"account_id":1,"order_mode":"live"}',
    b'{"action":"ping","timestamp":1,"_pingId":"a"}', b'{"action":"get_broker_info"}',
)  # fmt: skip

TICK = MarketData(
    exchange="NSE", symbol="SBIN", mode=2, ltp=812.5, received_at_ms=1_764_576_000_000, volume=3
)
ORDER = OrderMessage(
    user_id="asha", mode="live", broker="zerodha", orderid="1", symbol="SBIN", exchange="NSE", action="BUY", quantity=1,
    price=812.5, trigger_price=0, pricetype="LIMIT", product="MIS", order_status="open", filled_quantity=0,
    pending_quantity=1, average_price=0, rejection_reason="", strategy="s", timestamp=1, account_id=1, prev_seq=0,
)  # fmt: skip


def client_frame(data: bytes, _: Any) -> Any:
    """As the session hands it on; the parts of a request must be writable again, since some are echoed."""
    request = parse(data)
    json.encode(msgspec.to_builtins(request))
    return request


def socket_io(data: bytes, _: Any) -> Any:
    """The one event of the desk's socket that carries data."""
    return msgspec.convert(json.decode(data), Asked)


def topic(data: bytes, _: Any) -> Any:
    return parse_market_topic(data)


def targets() -> list[Target]:
    """Frames of clients, and frames of the bus."""
    return [
        Target(
            name="websocket.client", read=client_frame, refuses=(ProtocolError,),
            samples=[Sample(frame) for frame in FRAMES], parses=("websocket_proxy.proxy.protocol", "utils.json"),
        ),
        Target(
            name="websocket.desk", read=socket_io, refuses=(msgspec.ValidationError, ValueError),
            samples=[Sample(b'{"after":1,"account_id":2,"mode":"live"}')], parses=("blueprints.realtime.orders",),
        ),
        Target(
            name="bus.topic", read=topic, refuses=(ValueError,), samples=[Sample(b"md|zerodha|NSE|SBIN|2|")],
            parses=("domain.feed",),
        ),
        Target(
            name="bus.frame", read=lambda data, kind: str(unpack(data, kind)), refuses=(ValueError,),
            samples=[Sample(pack(1, TICK), MarketData), Sample(pack(2, ORDER), OrderMessage)],
            parses=("domain.feed",),
        ),
    ]  # fmt: skip
