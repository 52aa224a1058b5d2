"""Only listed proxies are believed, and only the right-most address that is not theirs."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from blueprints.guards.proxies import TrustedProxies

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("2001:db8::/48"))


def seen(peer: str, **headers: str) -> dict[str, Any]:
    """What the app is told."""
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "HTTP_HOST": "desk", "wsgi.url_scheme": "http"}
    environ |= {f"HTTP_{name.upper()}": text for name, text in headers.items()}
    TrustedProxies(lambda environ, _start: environ, PROXIES)(environ, None)
    return environ


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("127.0.0.1", "10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("127.0.0.1", "203.0.113.9, nonsense, 10.1.1.1", "10.1.1.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db9::1]:443", "2001:db9::1"),
        ("2001:db8::1", "2001:db9::7", "2001:db9::7"),
        ("::ffff:10.3.3.3", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9," * 5_000, "203.0.113.9"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_listed_proxys(
    peer: str, chain: str, client: str
) -> None:
    assert seen(peer, x_forwarded_for=chain)["REMOTE_ADDR"] == client


def test_host_and_scheme_count_from_listed_proxies_only() -> None:
    told = {"x_forwarded_proto": "https", "x_forwarded_host": "evil.example, desk.example.com"}
    environ = seen("10.0.0.7", **told)
    assert (environ["HTTP_HOST"], environ["wsgi.url_scheme"]) == ("desk.example.com", "https")
    environ = seen("203.0.113.9", **told)
    assert (environ["HTTP_HOST"], environ["wsgi.url_scheme"]) == ("desk", "http")
    assert seen("10.0.0.7", x_forwarded_proto="gopher")["wsgi.url_scheme"] == "http"
