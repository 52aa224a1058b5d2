"""The ZeroMQ bus: the feed's end, a subscriber's end, a forwarder between machines, and who may connect."""

from websocket_proxy.bus.consumer import Consumer, LocalConsumer, Subscriber
from websocket_proxy.bus.feed import FeedBus
from websocket_proxy.bus.forwarder import Forwarder
from websocket_proxy.bus.keys import BusKeys, KeysMissing, load_keys, refuse_open_address
from websocket_proxy.bus.sockets import Context, close_context, open_context, tcp_endpoint

__all__ = [
    "BusKeys",
    "Consumer",
    "Context",
    "FeedBus",
    "Forwarder",
    "KeysMissing",
    "LocalConsumer",
    "Subscriber",
    "close_context",
    "load_keys",
    "open_context",
    "refuse_open_address",
    "tcp_endpoint",
]
