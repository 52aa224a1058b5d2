"""A running program with a connected broker account and an API key: what a client's script needs to know."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import requests
from e2e_program import Program, end, eventually, ports_environ, start_program

from broker.core.registry import PLUGIN_FOLDER, load_plugins
from broker.core.roles import LoginStep
from test.twins.kit.vendor import Vendor, vendors
from test.twins.kite.process import KiteProcess

LOAD_SECONDS = 60.0
PASSWORD = "End-To-End-1!"
TERMINAL = ("terminalkey", "terminalsecret")  # the user's other application, whose logins do not end ours


class Desk:
    """The web desk's own API, called as its pages call it: cookies and form token."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._browser = requests.Session()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """`data` of the answer's envelope."""
        answer = self._browser.request(method, f"{self._url}/ui/api{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        data = answer.json()["data"]
        if isinstance(data, dict) and data.get("csrf_token"):
            self._browser.headers["X-CSRFToken"] = data["csrf_token"]
        return data

    @property
    def cookie(self) -> str:
        """The browser's cookies as a header value."""
        return "; ".join(f"{row.name}={row.value}" for row in self._browser.cookies)

    def set_up(self) -> None:
        """Create the first user and sign in."""
        self.call("GET", "/bootstrap")
        self.call(
            "POST", "/setup", {"username": "trader", "email": "trader@example.com", "password": PASSWORD}
        )

    def add_account(self, broker: str, credentials: dict[str, str]) -> int:
        """A new account, not connected yet."""
        draft = {"broker": broker, "label": f"Journey at {broker}", "credentials": credentials}
        row = self.call("POST", "/accounts", draft)
        return int(row["id"])

    def log_in(self, account_id: int, answers: dict[str, str] | None = None) -> None:
        """With the answers of a form, or through the vendor's page and back, as a browser goes."""
        step = self.call("POST", f"/accounts/{account_id}/connect", answers or {})
        if "redirect_url" in step:
            page = self._browser.get(step["redirect_url"], timeout=30)
            assert "connected=" in page.url, page.url

    def account(self, account_id: int) -> dict[str, Any]:
        """The account as the broker page shows it."""
        (row,) = [row for row in self.call("GET", "/accounts") if row["id"] == account_id]
        found: dict[str, Any] = row
        return found

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()


@dataclass
class Gateway:
    """A program, a key to it, and the broker behind it."""

    program: Program
    api_key: str
    broker: str

    def supports(self, operation: str) -> bool:
        """Whether the broker has an operation."""
        return load_plugins((PLUGIN_FOLDER,)).manifests()[self.broker].supports(operation)

    @property
    def url(self) -> str:
        return self.program.url

    @property
    def websocket_url(self) -> str:
        return self.program.websocket_url


@dataclass
class TwinGateway(Gateway):
    """A program whose active account is at a vendor's twin."""

    twin: Any
    twin_folder: Path
    desk: Desk
    account_id: int

    def kill(self) -> None:
        """SIGKILL to every process of the program at once."""
        rows = self.program.tree()
        for row in rows:
            with contextlib.suppress(psutil.NoSuchProcess):
                row.kill()
        self.program.process.wait(10)
        psutil.wait_procs(rows, timeout=10)
        end(self.program)

    def start_again(self) -> None:
        """The same program on the same data and ports."""
        self.program = start_program(environ=self.program.environ).expect_up()

    def intents(self) -> list[dict[str, Any]]:
        """The order journal as it is on disk, oldest first."""
        path = self.program.data_dir / "db" / "openalgo.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as store:
            store.row_factory = sqlite3.Row
            rows = store.execute("SELECT * FROM order_intents ORDER BY created_ms, rowid").fetchall()
        return [dict(row) for row in rows]

    def orders_at_broker(self, tag: str) -> list[dict[str, Any]]:
        """Every order that the vendor holds under a tag."""
        return [row for row in self.twin.state()["orders"][self.twin.user] if row["tag"] == tag]

    def order_at_terminal(self, form: dict[str, str]) -> str:
        """Place an order past our program, as the user does in the vendor's own application."""
        return str(self._at_terminal("POST", "/orders/regular", form)["order_id"])

    def cancel_at_terminal(self, order_id: str) -> None:
        """Withdraw an order the same way."""
        self._at_terminal("DELETE", f"/orders/regular/{order_id}")

    def _at_terminal(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        key, secret = TERMINAL
        query = {"v": "3", "api_key": key}
        page = requests.get(f"{self.twin.url}/connect/login", query, allow_redirects=False, timeout=10)
        token = parse_qs(urlsplit(page.headers["Location"]).query)["request_token"][0]
        proof = hashlib.sha256(f"{key}{token}{secret}".encode()).hexdigest()
        login = {"api_key": key, "request_token": token, "checksum": proof}
        session = requests.post(f"{self.twin.url}/session/token", login, timeout=10).json()["data"]
        headers = {"Authorization": f"token {key}:{session['access_token']}"}
        url = f"{self.twin.url}{path}"
        answer = requests.request(method, url, data=form, headers=headers, timeout=10).json()
        assert answer["status"] == "success", answer
        data: dict[str, Any] = answer["data"]
        return data

    def secrets(self) -> list[str]:
        """What must lie nowhere in the open."""
        tokens = json.loads((self.twin_folder / "tokens.json").read_text())
        return [self.api_key, self.twin.api_secret, tokens[self.twin.api_key]]

    def close(self) -> None:
        """End everything."""
        self.desk.close()
        end(self.program)
        self.twin.stop()


def connect_kite(folder: Path) -> TwinGateway:
    """A fresh program with a Zerodha account at the Kite twin, which has a second application of the same user."""
    apps = [("twinkey", "twinsecret"), TERMINAL]
    options = [word for key, secret in apps for word in ("--app", f"{key}:{secret}:AB1234")]
    return connect(
        vendors()["zerodha"], folder, lambda data_dir, url: KiteProcess(data_dir, *options, redirect_url=url)
    )


def connect_broker(broker: str, folder: Path) -> TwinGateway:
    """A fresh program with an account at any plug-in's twin, by the broker's id."""
    vendor = vendors()[broker]
    return connect(vendor, folder, lambda data_dir, url: vendor.start(data_dir, redirect_url=url))


def connect(vendor: Vendor, folder: Path, start_twin: Callable[[Path, str], Any]) -> TwinGateway:
    """A program whose account is logged in at the twin and active. start_twin: (data folder, callback) -> twin."""
    environ = ports_environ() | {"ORDER_RATE_LIMIT": "50 per second"}
    name = vendor.plugin.upper()
    twin = start_twin(folder / "twin", f"http://127.0.0.1:{environ['FLASK_PORT']}/{vendor.plugin}/callback")
    environ |= {"OPENALGO_DATA_DIR": str(folder / "data")}
    environ |= {f"BROKER_{name}_{host.upper()}_URL": url for host, url in vendor.hosts(twin).items()}
    environ |= {f"BROKER_{name}_{option.upper()}": value for option, value in vendor.options.items()}
    program = start_program(environ=environ).expect_up()
    desk = Desk(program.url)
    desk.set_up()
    account_id = desk.add_account(vendor.plugin, dict(twin.credentials))
    is_form = load_plugins((PLUGIN_FOLDER,)).manifests()[vendor.plugin].auth.kind == "form"
    desk.log_in(account_id, vendor.answers(twin, LoginStep(kind="form"), twin.credentials) if is_form else {})
    eventually(lambda: desk.call("GET", "/contracts")["is_ready"], LOAD_SECONDS, "the contracts are loaded")
    api_key = desk.call("POST", "/apikey")["api_key"]
    return TwinGateway(program, api_key, vendor.plugin, twin, folder / "twin", desk, account_id)
