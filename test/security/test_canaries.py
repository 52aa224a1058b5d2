"""Secrets planted wherever one can be, driven through every way in; none of them may stand in anything that is written
down or answered: console, log files, error rows, every table of every store, every answer and its headers.

Each way is proven to be looked at by a marker that is no secret and must be found there.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from services.automation.signatures import HEADER, sign
from services.container import build_app_services
from test.security.house import PASSWORD, harness, plant
from utils.clock import epoch_ms
from utils.logging import configure_logging, get_logger
from utils.settings import load_settings

MARKER = "marker-7f3e1d"
# What strangers and users type where a secret belongs, right or not.
TYPED = {
    name: f"canary-typed-{name}-55d1"
    for name in ("password", "new_password", "apikey", "token", "secret", "totp", "request_token", "checksum")
}


@pytest.fixture
def written(env_file: Path) -> Iterator[io.StringIO]:
    """Console of a process that logs everything, to files as well."""
    console = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    with env_file.open("a") as file:
        file.write("LOG_TO_FILE=True\nLOG_LEVEL=DEBUG\nLOGIN_RATE_LIMIT_MIN=500 per minute\n")
    configure_logging(load_settings(env_file, {}), "app", console)
    yield console
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in before:
            handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


class Drive:
    """One client whose every answer is kept."""

    def __init__(self, app: Any) -> None:
        self.http = app.test_client()
        self.token = ""
        self.answers: list[str] = []

    def send(self, method: str, path: str, *, shows: bool = False, **options: Any) -> Any:
        """One call; with `shows` its answer is the one that shows a secret on purpose."""
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        answer = self.http.open(path, method=method, headers=headers, buffered=True, **options)
        text = answer.get_data(as_text=True)
        data = (answer.get_json(silent=True) or {}).get("data")
        if isinstance(data, dict) and "csrf_token" in data:
            self.token = data["csrf_token"]
            text = text.replace(self.token, "")
        if not shows:
            cookies = [value for name, value in answer.headers if name == "Set-Cookie"]
            self.answers.append(text + str([item for item in answer.headers if item[1] not in cookies]))
        return answer


def test_no_secret_stands_in_anything_that_is_written_down_or_answered(
    env_file: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build_app_services(load_settings(env_file, {}))
    services.passwords._hasher = harness().CHEAP_HASHER
    services.contracts._start = lambda *_: False
    secrets = plant(services) | {f"typed {name}": text for name, text in TYPED.items()}
    app = create_app(services)
    services.start()
    drive = Drive(app)
    try:
        sign_in(drive, secrets)
        desk(drive, secrets)
        rest(drive, secrets)
        webhooks(drive, secrets, services)
        break_things(drive, secrets, services, monkeypatch)
    finally:
        secrets |= {f"cookie {number}": cookie.value for number, cookie in enumerate(cookies_of(drive))}
        services.close()
    logging.shutdown()
    secrets |= {"APP_KEY": "canary-app-key-" + "a" * 32, "API_KEY_PEPPER": "canary-pepper-" + "b" * 32}
    places = everything(env_file.parent, written, drive)
    for place in ("console", "app.log", "errors.jsonl", "logs.db", "answers"):
        assert any(MARKER in text for name, text in places.items() if name.endswith(place)), place
    found = {
        (name, place)
        for name, secret in secrets.items()
        for place, text in places.items()
        if secret in text or secret.upper() in text
    }
    assert found == set()


def sign_in(drive: Drive, secrets: dict[str, str]) -> None:
    """Wrong and right passwords and codes, a forgotten password, and a new browser."""
    drive.send("GET", "/ui/api/bootstrap")
    for body in (
        {"username": "ada", "password": TYPED["password"]},
        {"username": TYPED["password"], "password": MARKER},
        {"username": "ada", "password": TYPED["password"], "token": TYPED["token"]},
    ):
        drive.send("POST", "/ui/api/login", json=body)
    drive.send("POST", "/ui/api/login", data=f'{{"username":"ada","password":"{TYPED["password"]}"')
    drive.send("GET", f"/{MARKER}?apikey={TYPED['apikey']}&token={TYPED['token']}")
    drive.send("POST", "/ui/api/reset", json={"email": "ada@example.com"})
    drive.send("POST", "/ui/api/reset/link", json={"token": TYPED["token"], "new_password": PASSWORD})
    drive.send("POST", "/ui/api/login", json={"username": "ada", "password": PASSWORD})
    drive.send("POST", "/ui/api/login/code", json={"code": TYPED["totp"]})
    done = drive.send("POST", "/ui/api/login/recovery", json={"code": secrets["recovery code 0"]})
    assert done.status_code == 200, done.get_json()


def desk(drive: Drive, secrets: dict[str, str]) -> None:
    """What a signed-in user sees and changes."""
    for path in ("accounts", "apikey", "mail", "totp", "sessions", "security-events", "strategies", "brokers", "funds",
                 "orders", "positions", "health/streaming", "preferences", "security/bans"):  # fmt: skip
        drive.send("GET", f"/ui/api/{path}")
    drive.send(
        "POST",
        "/ui/api/password",
        json={"old_password": TYPED["password"], "new_password": TYPED["new_password"]},
    )
    drive.send("POST", "/ui/api/apikey/reveal", json={"password": TYPED["password"]})
    shown = drive.send("POST", "/ui/api/apikey/reveal", shows=True, json={"password": PASSWORD})
    assert secrets["API key"] in shown.get_data(as_text=True)
    drive.send("POST", "/ui/api/mail/test")
    drive.send(
        "PUT", "/ui/api/accounts/1", json={"credentials": {"api_secret": TYPED["secret"], MARKER: "x"}}
    )
    drive.send("GET", f"/zerodha/callback?status=success&request_token={TYPED['request_token']}")
    drive.send("GET", "/ui/api/strategies/1/deliveries")


def rest(drive: Drive, secrets: dict[str, str]) -> None:
    """The key in each of its places, wrong keys, bad bodies, and a broker that cannot be reached."""
    key = secrets["API key"]
    order = {
        "apikey": key, "strategy": MARKER, "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": "1",
        "product": "MIS", "pricetype": "MARKET", "price": "0",
    }  # fmt: skip
    for route in ("funds", "orderbook", "positionbook", "quotes", "ping"):
        drive.send("POST", f"/api/v1/{route}", json={"apikey": key, "symbol": "SBIN", "exchange": "NSE"})
        drive.send("POST", f"/api/v1/{route}", json={"apikey": TYPED["apikey"]})
    drive.send("POST", "/api/v1/placeorder", json=order)
    drive.send(
        "POST", "/api/v1/placeorder", json=order | {"token": TYPED["token"], "password": TYPED["password"]}
    )
    drive.send("POST", "/api/v1/placeorder", json=order | {"quantity": key, "product": TYPED["secret"]})
    drive.send("POST", "/api/v1/placeorder", data=json.dumps(order)[:-1])
    drive.send("POST", "/api/v1/funds", json={}, headers={"X-API-KEY": key})
    drive.send("GET", f"/api/v1/instruments?apikey={key}&exchange=NSE")
    drive.send("GET", f"/api/v1/ticker/NSE:SBIN?apikey={key}&interval=D&from=2026-01-01&to=2026-01-02")
    drive.send("GET", f"/api/v1/nothing?apikey={key}")


def webhooks(drive: Drive, secrets: dict[str, str], services: Any) -> None:
    """Signed, unsigned, forged and unreadable messages, with secrets of senders in their bodies."""
    path = f"/strategy/webhook/{secrets['webhook id']}"
    body = json.dumps(
        {"symbol": MARKER, "action": "buy", "apikey": TYPED["apikey"], "passphrase": TYPED["password"],
         "nested": {"secret": TYPED["secret"]}}
    ).encode()  # fmt: skip
    seconds = epoch_ms(services.clock.now()) // 1000
    drive.send("POST", path, data=body)
    drive.send("POST", path, data=body, headers={HEADER: sign(TYPED["secret"], body, seconds, "n" * 20)})
    drive.send(
        "POST", path, data=body, headers={HEADER: sign(secrets["signing secret"], body, seconds, "m" * 20)}
    )
    unreadable = b'{"password":"' + TYPED["password"].encode() + b'"'
    drive.send(
        "POST", path, data=unreadable,
        headers={HEADER: sign(secrets["signing secret"], unreadable, seconds, "o" * 20)},
    )  # fmt: skip
    drive.send("POST", "/strategy/webhook/" + secrets["webhook id"][:-1] + "0", data=body)
    drive.send("GET", path)
    drive.send(
        "POST", "/postback/zerodha", json={"order_id": "1", "checksum": TYPED["checksum"], "status": "OPEN"}
    )
    drive.send("GET", "/ui/api/strategies/1/deliveries")


def break_things(
    drive: Drive, secrets: dict[str, str], services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defects whose exceptions say everything they know, in the middle of a sentence."""
    known = ("broker application secret", "broker token", "mail password", "API key", "authenticator secret",
             "signing secret", "webhook id")  # fmt: skip

    def explode(*_: Any, **__: Any) -> Any:
        told = " then ".join(secrets[name] for name in known)
        raise RuntimeError(f"{MARKER}: got {told} and password={TYPED['password']}")

    mine = {"apikey": secrets["API key"]}
    places: list[tuple[Any, str, Callable[[], Any]]] = [
        (services.portfolio, "funds", lambda: drive.send("POST", "/api/v1/funds", json=mine)),
        (services.accounts, "list", lambda: drive.send("GET", "/ui/api/accounts")),
        (services.automation.strategies, "by_webhook",
         lambda: drive.send("POST", f"/strategy/webhook/{secrets['webhook id']}", json={})),
        (services.trading.sources.postbacks, "receive", lambda: drive.send("POST", "/postback/zerodha", json={})),
    ]  # fmt: skip
    for owner, name, call in places:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, explode)
            assert call().status_code == 500, name
    get_logger("background").error(
        "Work failed", session=services.accounts.session(1), tokens=secrets["broker token"]
    )
    logging.getLogger("urllib3").error("GET https://host/?access_token=%s %s", TYPED["token"], MARKER)
    drive.answers.append(MARKER)


def cookies_of(drive: Drive) -> list[Any]:
    """Every cookie of the browser."""
    return list(drive.http._cookies.values())


def everything(folder: Path, written: io.StringIO, drive: Drive) -> dict[str, str]:
    """Text of every file but the settings, of the console and of all answers, by name."""
    places = {"console": written.getvalue(), "answers": "\n".join(drive.answers)}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != ".env":
            places[str(path.relative_to(folder))] = path.read_bytes().decode("utf-8", "replace")
    return places
