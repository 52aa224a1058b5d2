"""A browser in front of the real app: real stores, real services, two tiny brokers, a clock that the test moves."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import argon2
import flask
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from blueprints.install import install
from services.container import AppServices, build_app_services
from test.stores import copy_stores
from utils.clock import IST, ManualClock
from utils.settings import load_settings

PLUGINS = Path(__file__).parent / "plugins"
MORNING = dt.datetime(2026, 11, 20, 9, 20, tzinfo=IST)
PASSWORD = "Correct-Horse9!"


class Browser:
    """What the desk does over HTTP: keeps the cookie, sends the form token on writes."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self.http = app.test_client()
        self.token = ""

    def get(self, path: str, **options: Any) -> Any:
        return self.http.get(path, buffered=True, **options)

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        answer = self.http.open(
            path, method=method, json=body if body is not None else {}, headers=headers, **options
        )
        fresh = (answer.get_json(silent=True) or {}).get("data")
        if isinstance(fresh, dict) and "csrf_token" in fresh:
            self.token = fresh["csrf_token"]
        return answer

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.write("POST", path, body, **options)

    def open_desk(self) -> dict[str, Any]:
        state: dict[str, Any] = self.get("/ui/api/bootstrap").get_json()["data"]
        self.token = state["csrf_token"]
        return state

    @property
    def cookie(self) -> str | None:
        found = self.http.get_cookie("session")
        return found.value if found else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def make_services(tmp_path: Path, clock: ManualClock) -> Iterator[Callable[..., AppServices]]:
    """Builds services on stores in the test's folder; passwords are hashed at the cheapest setting."""
    built: list[AppServices] = []

    def make(**changes: str) -> AppServices:
        (tmp_path / ".env").write_text("")
        values = {
            "APP_KEY": "a" * 64,
            "API_KEY_PEPPER": "b" * 64,
            "FERNET_SALT": "ab" * 16,
            "DATABASE_URL": "sqlite:///db/openalgo.db",
            "LOGIN_RATE_LIMIT_MIN": "50 per minute",
            "LOGIN_RATE_LIMIT_HOUR": "500 per hour",
        }
        copy_stores(tmp_path)
        services = build_app_services(
            load_settings(tmp_path / ".env", values | changes), clock, plugin_folders=(PLUGINS,)
        )
        services.passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        built.append(services)
        return services

    yield make
    for services in built:
        services.close()


@pytest.fixture
def services(make_services: Callable[..., AppServices]) -> AppServices:
    return make_services()


@pytest.fixture
def app(services: AppServices) -> flask.Flask:
    """The browser side alone."""
    return build_app(services)


def build_app(services: AppServices) -> flask.Flask:
    app = flask.Flask("openalgo", static_folder=None)
    install(app, services)
    return app


@pytest.fixture
def new_browser() -> Callable[[flask.Flask | AppServices], Browser]:
    """Opens the desk in another browser, of an app or of services that get an app of their own."""

    def make(target: flask.Flask | AppServices) -> Browser:
        browser = Browser(target if isinstance(target, flask.Flask) else build_app(target))
        browser.open_desk()
        return browser

    return make


@pytest.fixture
def browser(app: flask.Flask, new_browser: Callable[..., Browser]) -> Browser:
    """A browser that has opened the desk of a fresh installation."""
    return new_browser(app)


@pytest.fixture
def password() -> str:
    """The password of the first user."""
    return PASSWORD


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    """The same after the first set-up."""
    form = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert browser.post("/ui/api/setup", form).status_code == 200
    return browser


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        return None


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()
