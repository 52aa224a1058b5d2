"""Whose word about a client's address counts: that of the listed reverse proxies, and of nobody else.

X-Forwarded-For is read from the right: addresses of listed proxies are skipped, the first other one is the client. What
stands left of it was written by the client, and is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from utils.addresses import Network, client_address, is_listed

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
