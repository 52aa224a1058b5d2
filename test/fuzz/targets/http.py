"""The web edges whole: what a stranger or a client sends to the running app, as body, header, cookie or query.

One app serves all of them; it is started by the first input and ended with the process.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from domain.instruments import Exchange
from domain.orders import Product
from services.automation.signatures import HEADER
from test.fuzz.target import Sample, Target
from test.fuzz.targets.edges import PLACE
from test.fuzz.targets.signin import CREATED, SHOWN
from test.fuzz.targets.webhooks import BODIES, GOOD
from test.security.house import DEAD_END, Browser, harness

ENDLESS = "100000000 per minute"
LIMITS = (
    "LOGIN_RATE_LIMIT_MIN", "LOGIN_RATE_LIMIT_HOUR", "RESET_RATE_LIMIT", "API_RATE_LIMIT", "ORDER_RATE_LIMIT",
    "WEBHOOK_RATE_LIMIT", "STRATEGY_RATE_LIMIT",
)  # fmt: skip


class House:
    """The app, its administrator's browser and key, and two strategies of which one is signed."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-app-"))
        limits = dict.fromkeys(LIMITS, ENDLESS)
        parts = harness()
        self.app, self.services = parts.start_app(
            folder, [], BROKER_ZERODHA_REST_URL=DEAD_END, BROKER_ZERODHA_WS_URL="ws://127.0.0.1:9", **limits
        )
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(self.services.close)
        self.app.extensions["openalgo_limits"].spend = lambda *_: None
        self.services.installation.set_analyze_mode(True)
        self.key = self.services.api_keys.rotate(1)
        self.stranger = self.app.test_client()
        self.browser = Browser(self.app)
        signed_in = self.browser.send(
            "POST", "/ui/api/login", {"username": "tester", "password": parts.PASSWORD}
        )
        assert signed_in.status_code == 200, signed_in.get_json()
        self.webhooks = [self._strategy(name) for name in ("open", "signed")]
        self.services.automation.signatures.require(1, 2)

    def _strategy(self, name: str) -> str:
        desk = self.services.automation.strategies
        fields = {"platform": "python", "trading_mode": "BOTH", "is_intraday": False, "name": name}
        row, webhook = desk.create(1, fields)
        mapping = {"symbol": "SBIN", "exchange": Exchange.NSE, "quantity": 1, "product_type": Product.MIS}
        desk.add_mappings(1, row.id, [mapping])
        return str(webhook)


@cache
def house() -> House:
    """Started once."""
    return House()


def judged(answer: Any) -> None:
    """Every answer is decided: no 5xx, and JSON unless it sends a browser on."""
    told = answer.get_data()[:300]
    # 503 is the word for a queue that is full.
    assert answer.status_code < 500 or answer.status_code == 503, f"HTTP {answer.status_code} {told!r}"
    if answer.status_code != 303:
        json.loads(answer.get_data())


def text(data: bytes) -> str:
    """What a header can carry at all: the server refuses line breaks before the app is asked."""
    return data.decode("latin-1").translate({10: None, 13: None, 0: None})


def posted(path: Callable[[House], str]) -> Callable[[bytes, Any], Any]:
    """The bytes as the body of a stranger's post."""

    def send(data: bytes, _: Any) -> None:
        judged(house().stranger.post(path(house()), data=data, content_type="application/json"))

    return send


def written(data: bytes, about: tuple[str, str]) -> None:
    """The bytes as the body of a signed-in browser's write."""
    method, path = about
    browser = house().browser
    headers = {"X-CSRFToken": browser.token}
    judged(
        browser.http.open(path, method=method, data=data, headers=headers, content_type="application/json")
    )


def keyed(data: bytes, route: str) -> None:
    """The bytes as the body of a call with a right key."""
    headers = {"X-API-KEY": house().key}
    judged(
        house().stranger.post(f"/api/v1/{route}", data=data, headers=headers, content_type="application/json")
    )


def queried(data: bytes, route: str) -> None:
    """The bytes as the query of a read with a right key."""
    query = text(data).encode("ascii", "replace").decode().replace("#", "")
    answer = house().stranger.get(f"/api/v1/{route}?{query}", headers={"X-API-KEY": house().key})
    assert answer.status_code < 500, f"HTTP {answer.status_code} {answer.get_data()[:300]!r}"


def in_header(data: bytes, name: str) -> None:
    """The bytes as one header of a request that everybody may make."""
    path = f"/strategy/webhook/{house().webhooks[1]}" if name == HEADER else "/api/v1/funds"
    judged(house().stranger.post(path, data=BODIES[0], headers={name: text(data)}))


def cookie(data: bytes, _: Any) -> None:
    """The bytes as the cookies of a browser that asks who it is."""
    client = house().app.test_client(use_cookies=False)
    judged(client.get("/ui/api/bootstrap", headers={"Cookie": text(data)}))


def callback(data: bytes, _: Any) -> None:
    """The bytes as what a vendor posts to the address of its log-in."""
    client = house().app.test_client(use_cookies=False)
    judged(client.post("/zerodha/callback", data=data, content_type="application/x-www-form-urlencoded"))


WRITES = {
    ("PUT", "/ui/api/preferences/documents/trading"): b'{"value":{"lots":2},"version":0}',
    ("PUT", "/ui/api/admin/freezes/NFO/NIFTY"): b'{"freeze_qty":1800}',
    ("POST", "/ui/api/admin/freezes"): b'{"exchange":"NFO","text":"SYMBOL,VOL_FRZ_QTY\\nNIFTY,1800\\n"}',
    ("POST", "/ui/api/bans"): b'{"address":"203.0.113.7","hours":24,"note":"guesses"}',
    ("POST", "/ui/api/strategies"): b'{"name":"x","platform":"python","trading_mode":"LONG","is_intraday":false}',
}  # fmt: skip
BOUND = ("blueprints.edge", "services.wire.fields", "services.desk.preferences", "blueprints.operator.admin")


def of_strangers() -> list[Target]:
    """What anybody may post."""
    return [
        Target(
            name="http.webhook", read=posted(lambda house: f"/strategy/webhook/{house.webhooks[0]}"), refuses=(),
            samples=[Sample(body) for body in BODIES], parses=("blueprints.automation.webhooks",),
        ),
        Target(
            name="http.postback", read=posted(lambda _: "/postback/zerodha"), refuses=(),
            samples=[Sample(b'{"order_id":"1","order_timestamp":"2026-11-30 10:00:00","checksum":"00"}')],
            parses=("blueprints.automation.postbacks",),
        ),
        Target(
            name="http.passkey", read=posted(lambda _: "/ui/api/login/passkey"), refuses=(),
            samples=[Sample(b'{"credential":' + CREATED + b"}"), Sample(b'{"credential":' + SHOWN + b"}")],
            parses=("services.accounts.signin.passkeys", "services.accounts.signin.doors"),
        ),
        Target(
            name="http.login", read=posted(lambda _: "/ui/api/login"), refuses=(),
            samples=[Sample(b'{"username":"nobody","password":"x"}')], parses=("services.accounts.users",),
        ),
    ]  # fmt: skip


def of_clients() -> list[Target]:
    """What comes with a session or a key, or beside the body."""
    rest = ("restx_api.edge", "restx_api.market", "restx_api.schemas.market", "restx_api.schemas.options")
    return [
        Target(
            name="http.write", read=written, refuses=(), parses=BOUND,
            samples=[Sample(body, about) for about, body in WRITES.items()],
        ),
        Target(
            name="http.rest", read=keyed, refuses=(), parses=(*rest, "services.trading.idempotency"),
            samples=[
                Sample(PLACE, "placeorder"), Sample(b'{"symbol":"SBIN","exchange":"NSE"}', "quotes"),
                Sample(
                    b'{"underlying":"NIFTY","exchange":"NSE_INDEX","expiry_date":"29DEC26","offset":"ATM","option_type":"CE"}',
                    "optionsymbol",
                ),
            ],
        ),
        Target(
            name="http.query", read=queried, refuses=(), samples=[Sample(b"exchange=NSE&format=json", "instruments")],
            parses=("restx_api.edge",),
        ),
        Target(
            name="http.cookie", read=cookie, refuses=(), samples=[Sample(b"session=" + b"a" * 64 + b"; x=y")],
            parses=("services.accounts.web_sessions", "blueprints.guards.web_session"), most=4000,
        ),
        Target(
            name="http.header", read=in_header, refuses=(), most=4000,
            samples=[
                Sample(GOOD, HEADER), Sample(b"203.0.113.7, 10.0.0.3", "X-Forwarded-For"),
                Sample(b"desk.example", "X-Forwarded-Host"), Sample(b"req-0123456789", "X-Request-ID"),
                Sample(b"k" * 64, "X-API-KEY"), Sample(b"alert-1", "X-Idempotency-Key"), Sample(b"bytes=0-1", "Range"),
            ],
            parses=("blueprints.guards.request_ids", "blueprints.guards.proxies"),
        ),
        Target(
            name="http.callback", read=callback, refuses=(), samples=[Sample(b"request_token=abc&status=success&a=1")],
            parses=("blueprints.accounts", "services.accounts.broker_logins"),
        ),
    ]  # fmt: skip


def targets() -> list[Target]:
    """By who sends and where it stands."""
    return [msgspec.structs.replace(target, prepare=house) for target in of_strangers() + of_clients()]
