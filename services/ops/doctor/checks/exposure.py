"""Who can reach the program, and whom it believes; ports that it cannot have."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from services.accounts.installation import LOOPBACK
from services.ops.care.holding import is_held
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from services.ops.launch.checks import bind_problem, listeners

WIDE_V4, WIDE_V6 = 24, 64


@check(
    "exposure.plain-http",
    Severity.CRITICAL,
    "Put a TLS proxy in front and set HOST_SERVER=https://<your host>",
)
def plain_http(patient: Patient) -> Iterator[str]:
    """Passwords and keys cross the network readable."""
    if patient.settings is None:
        return
    url = urlsplit(str(patient.settings.host_server))
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        yield f"HOST_SERVER is {url.scheme}://{url.hostname}: passwords, keys and cookies cross the network readable"


@check(
    "exposure.listens-wide", Severity.WARNING,
    "Set FLASK_HOST_IP=127.0.0.1 and let a TLS proxy on this machine be the only way in",
)  # fmt: skip
def listens_wide(patient: Patient) -> Iterator[str]:
    """The app itself is on the network; inside a container that is how it is reached."""
    settings = patient.settings
    if settings and not patient.machine.in_container and settings.flask_host_ip not in LOOPBACK:
        yield f"the app listens on {settings.flask_host_ip}:{settings.flask_port}"


@check(
    "exposure.proxies-too-wide",
    Severity.CRITICAL,
    "List the addresses of your own proxies alone in TRUSTED_PROXIES",
)
def proxies_too_wide(patient: Patient) -> Iterator[str]:
    """Who can name an address of his choice has none that could be counted, limited or banned."""
    settings = patient.settings
    if settings is None or not settings.trust_proxy_headers:
        return
    for network in settings.trusted_proxies:
        if network.prefixlen < (WIDE_V4 if network.version == 4 else WIDE_V6):
            yield f"TRUSTED_PROXIES believes all of {network}"


@check(
    "exposure.proxy-unnamed",
    Severity.WARNING,
    "Set TRUST_PROXY_HEADERS=TRUE and list the proxy in TRUSTED_PROXIES",
)
def proxy_unnamed(patient: Patient) -> Iterator[str]:
    """All browsers share the proxy's address, and with it one lock."""
    settings = patient.settings
    if settings and str(settings.host_server).startswith("https:") and not settings.trust_proxy_headers:
        yield "HOST_SERVER is https, so a proxy stands in front, and TRUST_PROXY_HEADERS is off"


@check("exposure.bus-keys", Severity.CRITICAL, "Make them: python -m websocket_proxy.bus.keys keys")
def bus_keys(patient: Patient) -> Iterator[str]:
    """The named file is not there."""
    path = patient.settings.bus_keys if patient.settings else None
    if path is not None and not path.is_file():
        yield f"ZMQ_KEY_FILE names {patient.shown(path)}, which does not exist"


@check(
    "ports.busy", Severity.CRITICAL, "Stop the program that uses it, or give OpenAlgo another port in .env"
)
def ports_busy(patient: Patient) -> Iterator[str]:
    """Ours are busy while we run, of course."""
    yield from _ports(patient, wanted=(errno.EADDRINUSE,), words="is used by another program")


@check(
    "ports.refused", Severity.CRITICAL,
    "Use an address of this machine and a port above 1023 in .env",
)  # fmt: skip
def ports_refused(patient: Patient) -> Iterator[str]:
    """Not an address of this machine, or a port that needs rights."""
    yield from _ports(patient, wanted=None, words="cannot be listened on")


def _ports(patient: Patient, *, wanted: tuple[int, ...] | None, words: str) -> Iterator[str]:
    if patient.settings is None or is_held(patient.data_dir / "db" / ".lock"):
        return
    for name, (host, port) in listeners(patient.settings).items():
        reason = bind_problem(host, port)
        if reason is not None and ((reason in wanted) if wanted else reason != errno.EADDRINUSE):
            yield f"{host}:{port} ({name}) {words} ({os.strerror(reason)})"
