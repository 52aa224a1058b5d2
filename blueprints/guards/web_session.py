"""The browser's session as Flask sees it: a random cookie that names a row on the server, and nothing else.

`flask.session` is a BrowserSession. Before sign-in it has a cookie without a row, which is enough to bind a form
token; sign-in always moves to a new cookie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import flask
import flask_login
from flask.sessions import SessionInterface, SessionMixin

from domain.errors import NotAuthenticated
from services.accounts.principal import Principal
from services.accounts.users import Device
from services.accounts.web_sessions import WebSession, fresh_cookie, is_cookie
from utils.settings import Settings

if TYPE_CHECKING:
    from services.container import AppServices

CSRF_FIELD = "csrf_token"


class BrowserSession(dict[str, Any], SessionMixin):
    """One browser's session during one request."""

    def __init__(self, cookie: str | None) -> None:
        super().__init__()
        self.cookie = cookie
        self.must_send = False
        self.must_clear = False
        self._looked_up = False
        self._web_session: WebSession | None = None

    @property
    def web_session(self) -> WebSession | None:
        """The signed-in session behind the cookie, looked up once per request."""
        if not self._looked_up:
            self._looked_up = True
            if self.cookie is not None:
                self._web_session = _services().web_sessions.resolve(self.cookie)
        return self._web_session

    @property
    def principal(self) -> Principal | None:
        """The caller, None before sign-in."""
        if self.web_session is None:
            return None
        try:
            session = self.web_session
            return _services().callers.principal(session.user_id, "ui", web_session_id=session.id)
        except NotAuthenticated:
            return None

    @property
    def browser_key(self) -> str:
        """What ties a broker login to this browser."""
        return _services().web_sessions.key_of(self.cookie or "")

    def bind(self) -> None:
        """Make sure the browser has a cookie and that the form token hangs on it."""
        if self.cookie is None:
            self.cookie = fresh_cookie()
            self.must_send = True
        dict.__setitem__(self, CSRF_FIELD, _services().vault.digest("csrf", self.cookie))

    def sign_in(self, user_id: int, device: Device) -> None:
        """Move to a new, signed-in cookie; the old one is worth nothing afterwards."""
        new = _services().web_sessions.create(user_id, device, replaces=self.cookie)
        self._move(new.cookie, new.session)
        self.must_send = True

    def renew(self) -> None:
        """Move to a new cookie that is not signed in; what the old one was is over."""
        if self.web_session is not None:
            _services().web_sessions.revoke(self.web_session)
        self._move(fresh_cookie(), None)
        self.must_send = True

    def sign_out(self) -> None:
        """End the session on the server and in the browser."""
        if self.web_session is not None:
            _services().web_sessions.revoke(self.web_session)
        self._move(None, None)
        self.must_clear = True

    def _move(self, cookie: str | None, session: WebSession | None) -> None:
        self.cookie, self._web_session, self._looked_up = cookie, session, True
        dict.clear(self)
        flask.g.pop(CSRF_FIELD, None)
        flask.g.pop("_login_user", None)
        if cookie is not None:
            self.bind()


class BrowserSessions(SessionInterface):
    """Reads and writes the session cookie."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.host_server.startswith("https://")
        # Browsers take this name only with Secure, Path=/ and no Domain: no neighbour of the host can plant one.
        prefix = "__Host-" if self._secure else ""
        self.cookie_name = prefix + settings.session_cookie_name

    def open_session(self, app: flask.Flask, request: flask.Request) -> BrowserSession:
        """The session that the request's cookie names; nothing is looked up yet."""
        cookie = request.cookies.get(self.cookie_name)
        session = BrowserSession(cookie if cookie and is_cookie(cookie) else None)
        if session.cookie is not None:
            dict.__setitem__(session, CSRF_FIELD, _of(app).vault.digest("csrf", session.cookie))
        return session

    def save_session(self, app: flask.Flask, session: SessionMixin, response: flask.Response) -> None:
        """Send the cookie when it is new, clear it after sign-out, else leave it alone."""
        if not isinstance(session, BrowserSession):
            return
        if session.must_clear:
            response.delete_cookie(
                self.cookie_name, path="/", secure=self._secure, httponly=True, samesite="Lax"
            )
        elif session.must_send and session.cookie is not None:
            expires = session.web_session.expires_at if session.web_session else None
            response.set_cookie(
                self.cookie_name, session.cookie, path="/", secure=self._secure, httponly=True,
                samesite="Lax", expires=expires,
            )  # fmt: skip


class CurrentUser(flask_login.UserMixin):
    """What Flask-Login hands out as `current_user`."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal

    def get_id(self) -> str:
        """The user's id as text."""
        return str(self.principal.user_id)


def install_sessions(app: flask.Flask, settings: Settings) -> None:
    """Server-side sessions, with Flask-Login looking at them."""
    app.session_interface = BrowserSessions(settings)
    manager = flask_login.LoginManager()
    manager.session_protection = None
    manager.request_loader(_current_user)
    manager.init_app(app)


def browser() -> BrowserSession:
    """The session of the current request."""
    return cast("BrowserSession", flask.session)


def device() -> Device:
    """Where the current request comes from."""
    agent = flask.request.headers.get("User-Agent", "")[:255]
    return Device(ip_address=(flask.request.remote_addr or "")[:45], name=agent)


def _current_user(_request: flask.Request) -> CurrentUser | None:
    principal = browser().principal
    return CurrentUser(principal) if principal else None


def _services() -> AppServices:
    return _of(flask.current_app)


def _of(app: flask.Flask) -> AppServices:
    services: AppServices = app.extensions["openalgo"]
    return services
