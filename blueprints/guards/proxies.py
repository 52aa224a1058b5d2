"""Whose word about a client's address counts: that of the listed reverse proxies, and of nobody else.

X-Forwarded-For is read from the right: addresses of listed proxies are skipped, the first other one is the client. What
stands left of it was written by the client, and is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
LONGEST_HEADER = 2_000
# In the environment of a request that a listed proxy handed over.
THROUGH_PROXY = "openalgo.through_proxy"


class TrustedProxies:
    """WSGI middleware: REMOTE_ADDR, HTTP_HOST and the scheme as the listed proxies report them."""

    def __init__(self, app: Callable[..., Any], proxies: Sequence[Network]) -> None:
        self._app = app
        self._proxies = tuple(proxies)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve one request; without a listed peer it passes as it is."""
        peer = environ.get("REMOTE_ADDR", "")
        if is_listed(peer, self._proxies):
            environ[THROUGH_PROXY] = True
            hops = environ.get("HTTP_X_FORWARDED_FOR", "")[-LONGEST_HEADER:]
            environ["REMOTE_ADDR"] = client_address(peer, hops.split(","), self._proxies)
            host = environ.get("HTTP_X_FORWARDED_HOST", "").rsplit(",", 1)[-1].strip()
            if host:
                environ["HTTP_HOST"] = host
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rsplit(",", 1)[-1].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)


def client_address(peer: str, hops: Iterable[str], proxies: Sequence[Network]) -> str:
    """The right-most address that is no listed proxy's; an unreadable hop ends the chain at the proxy behind it."""
    found = peer
    for hop in reversed([part.strip() for part in hops if part.strip()]):
        address = _bare(hop)
        if address is None:
            break
        found = address
        if not is_listed(address, proxies):
            break
    return found


def is_listed(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)


def _bare(hop: str) -> str | None:
    """The address of a hop, without the port and brackets that some proxies add; None when it is none."""
    if hop.startswith("["):
        hop = hop[1:].split("]", 1)[0]
    elif hop.count(":") == 1:
        hop = hop.split(":", 1)[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return None
