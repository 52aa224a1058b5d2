"""An app with a secret in every place that keeps one."""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from typing import Any

import pyotp

from broker.core.roles import Session
from services.accounts.users import Device
from services.notify.mail import MailServer

HOME = Device(ip_address="127.0.0.1", name="test")
PASSWORD = "Canary-Password9!-q7w8"
# Nobody listens there: every call of a broker fails, and says so in its own words.
DEAD_END = "http://127.0.0.1:9"


def harness() -> Any:
    """The functions that build apps for the API tests."""
    where = Path(__file__).resolve().parents[1] / "api" / "conftest.py"
    spec = importlib.util.spec_from_file_location("security_harness", where)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plant(services: Any) -> dict[str, str]:
    """A user with a broker account, tokens, key, second step, mail server and signed strategy; what was planted."""
    secrets = {
        "broker application secret": "canary-broker-secret-4f1a",
        "broker token": "canary-broker-token-77b2",
        "mail password": "canary-mail-password-19c3",
        "password": PASSWORD,
    }
    user = services.users.set_up("ada", "ada@example.com", PASSWORD, None)
    account = services.accounts.create(
        user.id, "zerodha", "Kite",
        {"api_key": "canarykite", "api_secret": secrets["broker application secret"]},
    )  # fmt: skip
    services.accounts.keep(
        Session(
            account_id=account.id, broker="zerodha", broker_user_id="AB1234",
            credentials={"api_key": "canarykite", "api_secret": secrets["broker application secret"]},
            tokens={"access_token": secrets["broker token"]}, issued_at=services.clock.now(),
            expires_at=services.clock.now() + dt.timedelta(hours=8),
        )
    )  # fmt: skip
    services.accounts.activate(user.id, account.id)
    services.mail.put(
        MailServer(
            server="127.0.0.1", port=9, security="none", username="mailer", password=secrets["mail password"],
            sender="desk@example.com", helo=None,
        )
    )  # fmt: skip
    secrets["API key"] = services.api_keys.rotate(user.id)
    enrolment = services.sign_in.factors.begin(user.id)
    secrets["authenticator secret"] = enrolment.secret
    code = pyotp.TOTP(enrolment.secret).at(services.clock.now())
    for number, text in enumerate(services.sign_in.factors.confirm(user.id, code, HOME)):
        secrets[f"recovery code {number}"] = text
    row, webhook_id = services.automation.strategies.create(
        user.id, {"name": "canary", "platform": "python", "trading_mode": "LONG", "is_intraday": False}
    )
    secrets["webhook id"] = webhook_id
    secrets["signing secret"] = services.automation.signatures.require(user.id, row.id)
    return secrets


class Browser:
    """A browser with its cookie and form token."""

    def __init__(self, app: Any) -> None:
        self.http = app.test_client()
        self.token = str(self.get("/ui/api/bootstrap").get_json()["data"]["csrf_token"])

    def get(self, path: str, **options: Any) -> Any:
        """One read."""
        return self.http.get(path, buffered=True, **options)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """One write, with the form token."""
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        answer = self.http.open(
            path, method=method, json=body or {}, headers=headers, buffered=True, **options
        )
        data = (answer.get_json(silent=True) or {}).get("data")
        if isinstance(data, dict) and "csrf_token" in data:
            self.token = data["csrf_token"]
        return answer

    @property
    def cookie(self) -> str:
        """The session cookie's value."""
        found = self.http.get_cookie("session")
        return found.value if found else ""


class Home:
    """The running app with ada, an administrator (user 1, key, practice account 1), and bob (user 2, key)."""

    def __init__(self, app: Any, services: Any, key: str, bobs_key: str) -> None:
        self.app = app
        self.services = services
        self.key = key
        self.bobs_key = bobs_key

    def browser(self, name: str = "tester", password: str = "Api-Test-1!") -> Browser:
        """Signed in."""
        browser = Browser(self.app)
        answer = browser.send("POST", "/ui/api/login", {"username": name, "password": password})
        assert answer.status_code == 200, answer.get_json()
        return browser

    def bob(self) -> Browser:
        """The other user, who may see nothing of the first."""
        return self.browser("bob", "Battery-Staple7!")

    def call(self, route: str, body: dict[str, Any] | None = None, **options: Any) -> Any:
        """One REST call with ada's key."""
        fields = {"apikey": self.key, **(body or {})}
        return self.app.test_client().post(f"/api/v1/{route}", json=fields, **options)

    def order(self, **changes: Any) -> Any:
        """A market order for one share, changed as told."""
        body = {
            "strategy": "security", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": "1",
            "product": "MIS", "pricetype": "MARKET",
        }  # fmt: skip
        return self.call("placeorder", body | changes)

    def book(self) -> list[Any]:
        """Every order at the practice exchange."""
        session = self.services.accounts.session(1)
        return list(self.services.brokers.plugin("simulator").orders.order_book(session))
