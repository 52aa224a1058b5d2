"""The settings of this process as one frozen value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from broker.core.manifest import Stream
from utils.addresses import Network
from websocket_proxy.feed.watch.terms import WatchTerms

if TYPE_CHECKING:
    from utils.settings import Settings


class BackoffTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: first and longest delay, life that counts as recovery, waits after a refused or no login."""

    first: float = 1.0
    longest: float = 60.0
    recovered_after: float = 10.0
    refused: float = 60.0
    session_check: float = 30.0


class FeedOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of broker feeds. `sockets` and `symbols_per_socket` are capped by the broker's manifest.

    move_seconds: how long an instrument that changes sockets may take to tick at the new one. beat_seconds: how often
    the clock is looked at.
    """

    symbols_per_socket: int = 1000
    sockets: int = 3
    idle_seconds: float = 15.0
    move_seconds: float = 5.0
    beat_seconds: float = 0.5
    backoff: BackoffTerms = BackoffTerms()
    watch: WatchTerms = WatchTerms()


def stream_capacity(terms: Stream, options: FeedOptions) -> int:
    """Instruments one account can serve. The settings bound sockets only; a local source has none."""
    if terms.transport == "local":
        return terms.instruments_per_socket * terms.sockets
    per_socket = min(terms.instruments_per_socket, options.symbols_per_socket)
    return per_socket * min(terms.sockets, options.sockets)


Role = Literal["all", "feed", "proxy", "forwarder"]


class ProxyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the client side. Times in seconds unless the name says otherwise.

    role: which parts run in this process; bus_host and the ports are where a feed or forwarder binds, and where
    a proxy of its own process connects. upstream: address, port and ingress port of the feed behind a forwarder.
    key_file: the keys of the bus, needed when one of its addresses is off loopback.
    strangers_per_address: sockets that have not authenticated yet; a burst of handshakes may exceed it by a few.
    clients_per_key, subscriptions_per_key: per API key, or per user for browsers. backlog: messages that wait
    for a slow client before ticks are merged. origins: browser origins admitted besides clients that send none.
    own_proxies: our own reverse proxies, whose X-Forwarded-For tells the client's address.
    """

    role: Role = "all"
    host: str = "127.0.0.1"
    port: int = 8765
    bus_host: str = "127.0.0.1"
    bus_port: int = 5555
    ingress_port: int = 5556
    upstream: tuple[str, int, int] | None = None
    key_file: Path | None = None
    auth_grace: float = 15.0
    ping_interval: float = 20.0
    ping_timeout: float = 20.0
    backlog: int = 1024
    max_clients: int = 1000
    strangers_per_address: int = 64
    clients_per_key: int = 20
    subscriptions_per_key: int = 3000
    throttle_ms: int = 0
    back_pressure: float = 30.0
    origins: tuple[str, ...] = ()
    own_proxies: tuple[Network, ...] = ()
    stats_file: Path | None = None
    stats_interval: float = 10.0
    feed: FeedOptions = FeedOptions()


def proxy_options(settings: Settings) -> ProxyOptions:
    """The process's options out of the house's settings."""
    cors = settings.cors_allowed_origins if settings.cors_enabled else ()
    per_socket = settings.max_symbols_per_websocket
    sockets = settings.max_websocket_connections if settings.enable_connection_pooling else 1
    return ProxyOptions(
        role=settings.websocket_role,
        host=settings.websocket_host,
        port=settings.websocket_port,
        bus_host=settings.zmq_host,
        bus_port=settings.zmq_port,
        ingress_port=settings.zmq_ingress_port,
        upstream=(settings.zmq_upstream_host, settings.zmq_upstream_port, settings.zmq_upstream_port + 1)
        if settings.zmq_upstream_host
        else None,
        key_file=settings.bus_keys,
        auth_grace=settings.ws_auth_grace_seconds,
        ping_interval=settings.ws_ping_interval,
        ping_timeout=settings.ws_ping_timeout,
        backlog=settings.ws_max_queue,
        max_clients=settings.ws_max_clients,
        clients_per_key=settings.ws_max_clients_per_key,
        subscriptions_per_key=3 * per_socket * sockets,
        throttle_ms=settings.ws_throttle_ms,
        origins=(settings.host_server, *_own_origins(settings.flask_port), *cors),
        own_proxies=settings.trusted_proxies if settings.trust_proxy_headers else (),
        stats_file=_stats_file(settings),
        feed=FeedOptions(
            symbols_per_socket=per_socket,
            sockets=sockets,
            watch=WatchTerms(mute=settings.ws_stale_tick_warn_seconds),
        ),
    )


def _stats_file(settings: Settings) -> Path:
    """One file per process: parts that run apart add their role, proxies their port."""
    path = settings.ws_stats_path
    if settings.websocket_role == "all":
        return path
    port = f"-{settings.websocket_port}" if settings.websocket_role == "proxy" else ""
    return path.with_name(f"{path.stem}.{settings.websocket_role}{port}{path.suffix}")


def _own_origins(port: int) -> tuple[str, ...]:
    """The app as a browser on this machine may spell it."""
    return f"http://127.0.0.1:{port}", f"http://localhost:{port}"
