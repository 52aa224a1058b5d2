"""What holds for every request: id, client address, size, form tokens, inbound limits, headers, cross-origin rules."""

from __future__ import annotations

import flask
import flask_limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from limits import RateLimitItem, parse_many

from blueprints.guards.request_ids import HEADER as REQUEST_ID
from domain.errors import Throttled
from services.trading import broker_time
from utils.ids import secret_hex
from utils.redaction import MASK
from utils.settings import Settings, reveal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# Callers here prove themselves by key, secret path or signature, never by cookie.
WITHOUT_FORM_TOKEN = ("/api/v1/", "/postback/", "/strategy/webhook/", "/chartink/webhook/", "/flow/webhook/")
# It changes nothing: it seals what a vendor posted and sends the browser on.
EXEMPT_VIEW = "accounts.return_posted_post"
UI_LIMIT = "60 per second; 1800 per minute"
STATIC_LIMIT = "300 per second"
CONNECT_LIMIT = "20 per minute"
CONTRACTS_LIMIT = "6 per minute"
CODE_LIMIT = "10 per minute; 60 per hour"
CREDENTIALS_LIMIT = "20 per minute"
PAGE_ERROR_LIMIT = "10 per minute; 60 per hour"
# The last part of these paths is a secret.
SECRET_PATHS = ("/strategy/webhook/", "/chartink/webhook/", "/flow/webhook/")


class InboundLimits:
    """Moving windows by limit class and caller.

    spend("order", "key:17") counts one call and raises Throttled when a window is full. Classes are `ui`, `static`,
    `login` and every `<class>_rate_limit` or `<class>_limit` of the settings.
    """

    def __init__(self, limiter: flask_limiter.Limiter, classes: dict[str, str]) -> None:
        self._limiter = limiter
        self._windows: dict[str, list[RateLimitItem]] = {
            name: parse_many(text) for name, text in classes.items()
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """Known limit classes."""
        return tuple(self._windows)

    def spend(self, name: str, caller: str) -> None:
        """Count one call of a caller. Raises Throttled with the seconds to wait."""
        for window in self._windows[name]:
            if not self._limiter.limiter.hit(window, name, caller):
                reset = self._limiter.limiter.get_window_stats(window, name, caller).reset_time
                wait = max(1.0, reset - flask.current_app.extensions["openalgo"].clock.now().timestamp())
                raise Throttled(f"Rate limit of {window} exceeded, try again later", retry_after=wait)


def limit_classes(settings: Settings) -> dict[str, str]:
    """Text of every limit class."""
    classes = {
        "ui": UI_LIMIT, "static": STATIC_LIMIT, "connect": CONNECT_LIMIT, "contracts": CONTRACTS_LIMIT,
        "code": CODE_LIMIT, "credentials": CREDENTIALS_LIMIT, "page_error": PAGE_ERROR_LIMIT,
    }  # fmt: skip
    for field in type(settings).model_fields:
        if field.endswith(("_rate_limit", "_limit")) and isinstance(getattr(settings, field), str):
            classes[field.removesuffix("_limit").removesuffix("_rate")] = getattr(settings, field)
    classes["login"] = f"{settings.login_rate_limit_min}; {settings.login_rate_limit_hour}"
    return classes


def install_security(app: flask.Flask, settings: Settings, storage_uri: str = "memory://") -> None:
    """Everything of this module, in the order in which requests meet it."""
    app.secret_key = reveal(settings.app_key)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_request_bytes
    app.url_map.strict_slashes = False
    limiter = flask_limiter.Limiter(
        get_remote_address, app=app, storage_uri=storage_uri, strategy="moving-window", default_limits=[]
    )
    _take_off_hooks(app, limiter)
    app.extensions["openalgo_limits"] = InboundLimits(limiter, limit_classes(settings))
    _install_csrf(app, settings)
    headers = fixed_headers(settings)
    policy = content_policy(settings)
    policy_name = "Content-Security-Policy" + ("-Report-Only" if settings.csp_report_only else "")

    def finish(response: flask.Response) -> flask.Response:
        # Asking the header list once: each miss of its own look-up costs an exception, on every request.
        present = {name.lower() for name, _ in response.headers}
        for name, value in headers.items():
            if name.lower() not in present:
                response.headers.add(name, value)
        if "cache-control" not in present:
            response.headers.add("Cache-Control", "no-store")
        if policy and policy_name.lower() not in present:
            response.headers.add(policy_name, policy.replace("{nonce}", _nonce_source()))
        response.headers[REQUEST_ID] = flask.g.get("request_id", "")
        return response

    app.after_request(finish)
    if settings.cors_enabled:
        _install_cors(app, settings)


def _take_off_hooks(app: flask.Flask, limiter: flask_limiter.Limiter) -> None:
    """Routes spend their own limits; the extension's look at every request would be a tenth of an order's time."""
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        for scope, functions in hooks.items():
            hooks[scope] = [item for item in functions if getattr(item, "__self__", None) is not limiter]


def install_traffic(app: flask.Flask) -> None:
    """Note every finished request in the traffic log."""

    def begin() -> None:
        flask.g.began = app.extensions["openalgo"].clock.monotonic()
        broker_time.start()

    def note(response: flask.Response) -> flask.Response:
        services, request = app.extensions["openalgo"], flask.request
        user = flask.g.get("_login_user")
        now = services.clock.monotonic()
        services.traffic.note(
            client_ip=request.remote_addr or "", method=request.method, path=shown_path(request.path),
            route=request.url_rule.rule if request.url_rule is not None else None,
            status=response.status_code, seconds=now - flask.g.get("began", now),
            host=request.host, request_id=flask.g.get("request_id", ""),
            user_id=user.principal.user_id if user is not None and user.is_authenticated else None,
        )  # fmt: skip
        return response

    app.before_request(begin)
    app.after_request(note)


def shown_path(path: str) -> str:
    """A path as it may be written down."""
    secret = next((start for start in SECRET_PATHS if path.startswith(start)), None)
    return path if secret is None else f"{secret}{MASK}"


def script_nonce() -> str:
    """A nonce for this request's page, allowed by its Content-Security-Policy."""
    if "script_nonce" not in flask.g:
        flask.g.script_nonce = secret_hex(16)
    nonce: str = flask.g.script_nonce
    return nonce


def fixed_headers(settings: Settings) -> dict[str, str]:
    """Headers that every answer carries."""
    headers = {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "X-XSS-Protection": "1; mode=block",
        "Referrer-Policy": settings.referrer_policy,
        "Permissions-Policy": settings.permissions_policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.host_server.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def content_policy(settings: Settings) -> str:
    """The Content-Security-Policy with `{nonce}` where a page's nonce goes; empty when switched off."""
    if not settings.csp_enabled:
        return ""
    sources = {
        "default-src": settings.csp_default_src,
        "script-src": settings.csp_script_src + "{nonce}",
        "style-src": settings.csp_style_src,
        "img-src": settings.csp_img_src,
        "connect-src": f"{settings.csp_connect_src} {settings.websocket_url}",
        "font-src": settings.csp_font_src,
        "object-src": settings.csp_object_src,
        "media-src": settings.csp_media_src,
        "frame-src": settings.csp_frame_src,
        "child-src": settings.csp_child_src,
        "form-action": settings.csp_form_action,
        "frame-ancestors": settings.csp_frame_ancestors,
        "base-uri": settings.csp_base_uri,
        "report-uri": settings.csp_report_uri,
        "report-to": settings.csp_report_to,
    }
    parts = [f"{name} {value}" for name, value in sources.items() if value]
    if settings.csp_upgrade_insecure_requests:
        parts.append("upgrade-insecure-requests")
    return "; ".join(parts)


def _nonce_source() -> str:
    nonce = flask.g.get("script_nonce")
    return f" 'nonce-{nonce}'" if nonce else ""


def _install_csrf(app: flask.Flask, settings: Settings) -> None:
    """Form tokens on every write that a cookie could authenticate."""
    app.config["WTF_CSRF_ENABLED"] = settings.csrf_enabled
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = settings.csrf_time_limit
    app.config["WTF_CSRF_SSL_STRICT"] = False
    protection = CSRFProtect(app)

    def check() -> None:
        exempt = flask.request.path.startswith(WITHOUT_FORM_TOKEN) or flask.request.endpoint == EXEMPT_VIEW
        if settings.csrf_enabled and flask.request.method not in SAFE_METHODS and not exempt:
            protection.protect()

    app.before_request(check)


def _install_cors(app: flask.Flask, settings: Settings) -> None:
    """Cross-origin answers under /api/, for the listed origins only."""
    allowed = {*settings.cors_allowed_headers, "X-API-KEY"}

    def preflight() -> flask.Response | None:
        asks = "Access-Control-Request-Method" in flask.request.headers
        if flask.request.method != "OPTIONS" or not asks or not flask.request.path.startswith("/api/"):
            return None
        return flask.Response(status=204)

    def permit(response: flask.Response) -> flask.Response:
        origin = flask.request.headers.get("Origin")
        if not flask.request.path.startswith("/api/") or origin not in settings.cors_allowed_origins:
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers.add("Vary", "Origin")
        if settings.cors_allow_credentials:
            response.headers["Access-Control-Allow-Credentials"] = "true"
        if settings.cors_exposed_headers:
            response.headers["Access-Control-Expose-Headers"] = ", ".join(settings.cors_exposed_headers)
        if flask.request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ", ".join(settings.cors_allowed_methods)
            response.headers["Access-Control-Allow-Headers"] = ", ".join(sorted(allowed))
            response.headers["Access-Control-Max-Age"] = str(settings.cors_max_age)
        return response

    app.before_request(preflight)
    app.after_request(permit)
