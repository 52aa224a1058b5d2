"""The app in this process, with a Zerodha account at the Kite twin in another."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from services.market.index import InstrumentIndex
from utils.clock import Clock

HERE = Path(__file__).resolve().parent
BROWSER = "browser-of-the-test"


def load(name: str, path: Path) -> Any:
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


harness = load("gtt_harness", HERE.parent / "conftest.py")


def settings(twin: Any) -> dict[str, str]:
    """Where the app finds the twin."""
    return {
        "BROKER_ZERODHA_REST_URL": twin.url, "BROKER_ZERODHA_LOGIN_URL": twin.url, "BROKER_ZERODHA_WS_URL": twin.ws_url,
    }  # fmt: skip


def set_up(folder: Path, twin: Any, contracts: list[Any], **changes: str) -> tuple[Any, Any]:
    """An app with one user whose active account is at the twin; `contracts` is filled once."""
    app, services = harness.open_app(folder, [], **settings(twin), **changes)
    user = services.users.set_up("tester", "tester@example.com", harness.PASSWORD, None)
    credentials = {"api_key": twin.api_key, "api_secret": twin.api_secret}
    account = services.accounts.create(user.id, "zerodha", "Kite", credentials)
    step = services.logins.begin(
        user.id, account.id, {}, callback_url="http://127.0.0.1:5000/zerodha/callback", browser=BROWSER,
        device=harness.DEVICE,
    )  # fmt: skip
    page = requests.get(step.redirect_url, allow_redirects=False, timeout=5)
    answers = dict(parse_qsl(urlsplit(page.headers["Location"]).query))
    services.logins.complete_redirect(
        user.id, "zerodha", answers, callback_url="", browser=BROWSER, device=harness.DEVICE
    )
    services.accounts.activate(user.id, account.id)
    if not contracts:
        source = services.brokers.plugin("zerodha").contracts
        rows = source.parse(source.fetch(services.accounts.session(account.id)))
        contracts += [row for row in rows if row.exchange == "NSE" and row.symbol in ("TATAPOWER", "SBIN")]
    services.instruments.serve("zerodha", InstrumentIndex(contracts))
    return app, services


def open_again(folder: Path, twin: Any, contracts: list[Any], clock: Clock | None = None) -> tuple[Any, Any]:
    """The same app on the same folder, as it was left."""
    app, services = harness.open_app(folder, contracts, clock, **settings(twin))
    services.instruments.serve("zerodha", InstrumentIndex(contracts))
    return app, services
