"""Settings that cannot be used, contradict each other or weaken what stands."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from services.accounts.installation import LOOPBACK
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from utils.settings import parse_rates

EXCHANGE_ORDERS_PER_SECOND = 10


@check(
    "settings.invalid", Severity.CRITICAL,
    "Correct the named lines in .env; docs/settings.md lists every name with its values",
)  # fmt: skip
def invalid(patient: Patient) -> Iterator[str]:
    """The program does not start with these."""
    if patient.env_file.exists() or "DATABASE_URL" not in patient.problems:
        yield from (f"{name}: {problem}" for name, problem in patient.problems.items())


@check("settings.missing", Severity.INFO, "Start app.py once: it writes .env with fresh secrets")
def missing(patient: Patient) -> Iterator[str]:
    """Before the first start."""
    if not patient.env_file.exists():
        yield f"{patient.env_file} does not exist"


@check("settings.without-effect", Severity.WARNING, "Remove the line, or correct the name")
def without_effect(patient: Patient) -> Iterator[str]:
    """Names that nobody reads."""
    yield from patient.settings.warnings if patient.settings else ()


@check("settings.debug", Severity.WARNING, "Set FLASK_DEBUG=False")
def debug(patient: Patient) -> Iterator[str]:
    """Debug pages show code and values."""
    if patient.settings and patient.settings.flask_debug:
        yield "FLASK_DEBUG is on"


@check("settings.csrf-off", Severity.CRITICAL, "Set CSRF_ENABLED=TRUE")
def csrf_off(patient: Patient) -> Iterator[str]:
    """Any web page could trade in a signed-in browser."""
    if patient.settings and not patient.settings.csrf_enabled:
        yield "CSRF_ENABLED is off: other web pages can send orders from a signed-in browser"


@check("settings.csp-off", Severity.WARNING, "Set CSP_ENABLED=TRUE and CSP_REPORT_ONLY=FALSE")
def csp_off(patient: Patient) -> Iterator[str]:
    """The browser runs whatever gets into a page."""
    if patient.settings and (not patient.settings.csp_enabled or patient.settings.csp_report_only):
        yield "no Content-Security-Policy is enforced"


@check(
    "settings.csp-weak", Severity.WARNING, "Take 'unsafe-inline', 'unsafe-eval' and * out of CSP_SCRIPT_SRC"
)
def csp_weak(patient: Patient) -> Iterator[str]:
    """A policy that allows everything."""
    if patient.settings:
        for word in ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"):
            if word in patient.settings.csp_script_src.split():
                yield f"CSP_SCRIPT_SRC allows {word}"


@check(
    "settings.cors-plain",
    Severity.WARNING,
    "Name https origins in CORS_ALLOWED_ORIGINS, or set CORS_ENABLED=FALSE",
)
def cors_plain(patient: Patient) -> Iterator[str]:
    """Whoever can change such a page on its way can call with its rights."""
    settings = patient.settings
    for origin in settings.cors_allowed_origins if settings and settings.cors_enabled else ():
        url = urlsplit(origin)
        if url.scheme != "https" and url.hostname not in LOOPBACK:
            yield f"CORS_ALLOWED_ORIGINS holds {origin}"


@check(
    "settings.endless-sessions",
    Severity.WARNING,
    "Set DISABLE_SESSION_EXPIRY=FALSE unless only crypto is traded",
)
def endless_sessions(patient: Patient) -> Iterator[str]:
    """Sign-ins that live for a year."""
    if patient.settings and patient.settings.disable_session_expiry:
        yield "DISABLE_SESSION_EXPIRY keeps browsers signed in for 365 days"


@check(
    "settings.order-rate",
    Severity.WARNING,
    "Keep ORDER_RATE_LIMIT and RISK_ORDERS_PER_SECOND at the exchanges' threshold or below",
)
def order_rate(patient: Patient) -> Iterator[str]:
    """More than ten orders a second need a registered algorithm."""
    settings = patient.settings
    if settings is None:
        return
    per_second = max(rate.calls / rate.seconds for rate in parse_rates(settings.order_rate_limit))
    if per_second > EXCHANGE_ORDERS_PER_SECOND:
        yield f"ORDER_RATE_LIMIT allows {per_second:.0f} orders a second, the exchanges' threshold is 10"
    if settings.risk_orders_per_second > EXCHANGE_ORDERS_PER_SECOND:
        yield f"RISK_ORDERS_PER_SECOND is {settings.risk_orders_per_second}, the exchanges' threshold is 10"


@check("settings.login-rate", Severity.WARNING, "Keep LOGIN_RATE_LIMIT_MIN at 5 to 20 per minute")
def login_rate(patient: Patient) -> Iterator[str]:
    """Passwords could be guessed quickly."""
    if patient.settings is None:
        return
    per_minute = max(
        rate.calls * 60 / rate.seconds for rate in parse_rates(patient.settings.login_rate_limit_min)
    )
    if per_minute > 60:
        yield f"LOGIN_RATE_LIMIT_MIN allows {per_minute:.0f} tries a minute"


@check("settings.url-port", Severity.WARNING, "Make HOST_SERVER and FLASK_PORT agree, or remove HOST_SERVER")
def url_port(patient: Patient) -> Iterator[str]:
    """Links that lead to another program."""
    settings = patient.settings
    if settings is None:
        return
    url = urlsplit(str(settings.host_server))
    if url.scheme == "http" and url.hostname in LOOPBACK and (url.port or 80) != settings.flask_port:
        yield f"HOST_SERVER says port {url.port or 80}, the app listens on {settings.flask_port}"


@check("settings.feed-url", Severity.CRITICAL, "Set WEBSOCKET_URL to wss://<your host>/ws")
def feed_url(patient: Patient) -> Iterator[str]:
    """Browsers refuse an open socket on a page that came encrypted."""
    settings = patient.settings
    if (
        settings
        and str(settings.host_server).startswith("https:")
        and settings.websocket_url.startswith("ws:")
    ):
        yield "HOST_SERVER is https and WEBSOCKET_URL is ws: browsers get no live prices"


@check(
    "cookies.dropped",
    Severity.CRITICAL,
    "Use https in HOST_SERVER, or a SESSION_COOKIE_NAME without that prefix",
)
def cookies_dropped(patient: Patient) -> Iterator[str]:
    """Nobody stays signed in: the browser throws such a cookie away when it comes without TLS."""
    settings = patient.settings
    if settings is None or str(settings.host_server).startswith("https:"):
        return
    if settings.session_cookie_name.startswith(("__Host-", "__Secure-")):
        yield f"SESSION_COOKIE_NAME {settings.session_cookie_name} is kept by browsers only over https"


@check("settings.eventlet", Severity.INFO, "Use OPENALGO_ASYNC_MODE=threading unless you know why not")
def eventlet(patient: Patient) -> Iterator[str]:
    """An alternative that is retiring."""
    if patient.settings and patient.settings.openalgo_async_mode == "eventlet":
        yield "OPENALGO_ASYNC_MODE is eventlet, whose library only gets corrections"


@check("settings.log-level", Severity.INFO, "Set LOG_LEVEL=INFO when done with looking")
def log_level(patient: Patient) -> Iterator[str]:
    """Everything is written."""
    if patient.settings and patient.settings.log_level == "DEBUG":
        yield "LOG_LEVEL is DEBUG: logs grow quickly"
