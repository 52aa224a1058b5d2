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
