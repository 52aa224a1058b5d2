"""Starts the twin and the app in a temporary folder, connects a Zerodha account to the twin, yields an API key."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Bench-Mark-1!"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Browser:
    """Session client of the UI API: cookie jar and CSRF token."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.csrf = ""

    def call(self, method: str, path: str, body: object = None) -> dict:
        """`data` of the envelope; remembers a fresh CSRF token."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        request.add_header("X-CSRFToken", self.csrf)
        with self.opener.open(request, timeout=60) as answer:
            raw = answer.read()
        result = json.loads(raw)["data"] if raw.startswith(b"{") else {}
        if isinstance(result, dict) and result.get("csrf_token"):
            self.csrf = result["csrf_token"]
        return result


def resident_mb(pid: int) -> float:
    """Resident set of one process, MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """All child processes, recursively."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):  # the thread has just ended
            continue
        for child in children:
            found += [int(child), *descendants(int(child))]
    return found


class RunningApp:
    """Context manager: twin + app + connected account."""

    def __init__(self, contracts: int = 100_000, extra: dict[str, str] | None = None) -> None:
        self.contracts = contracts
        self.extra = extra or {}
        self.host = "127.0.0.1"

    def __enter__(self) -> RunningApp:
        self.folder = Path(tempfile.mkdtemp(prefix="openalgo-perf-"))
        self.port, self.ws_port, self.twin_port = free_port(), free_port(), free_port()
        zmq_port = free_port()
        self.twin = subprocess.Popen(
            [sys.executable, str(ROOT / "test/perf/instant_kite.py"), "--port", str(self.twin_port),
             "--contracts", str(self.contracts)], stdout=subprocess.PIPE)  # fmt: skip
        assert self.twin.stdout is not None
        self.twin.stdout.readline()
        self.environment = os.environ | {
            "OPENALGO_DATA_DIR": str(self.folder), "FLASK_PORT": str(self.port),
            "HOST_SERVER": f"http://127.0.0.1:{self.port}", "WEBSOCKET_PORT": str(self.ws_port),
            "WEBSOCKET_URL": f"ws://127.0.0.1:{self.ws_port}", "ZMQ_PORT": str(zmq_port),
            "ZMQ_INGRESS_PORT": str(free_port()), "BROKER_ZERODHA_REST_URL": f"http://127.0.0.1:{self.twin_port}",
            "ORDER_RATE_LIMIT": "1000000 per second", "API_RATE_LIMIT": "1000000 per second",
            "BROKER_ZERODHA_RATE_LIMITS": "off", "RISK_ORDERS_PER_SECOND": "1000000",
        } | self.extra  # fmt: skip
        self.log = (self.folder / "app.out").open("wb")
        begun = time.perf_counter()
        self.app = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            cwd=ROOT,
        )
        try:
            self.wait_ready()
            self.cold_start = time.perf_counter() - begun
            self.connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_ready(self) -> None:
        """Until the first 200."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ui/api/bootstrap", timeout=5):
                    return
            except OSError:
                if self.app.poll() is not None:
                    raise SystemExit((self.folder / "app.out").read_text()[-3000:]) from None
                time.sleep(0.02)
        raise SystemExit("the app did not become ready")

    def connect(self) -> None:
        """First user, Zerodha account on the twin, contracts loaded, API key."""
        self.browser = browser = Browser(f"http://127.0.0.1:{self.port}")
        browser.call("GET", "/ui/api/bootstrap")
        browser.call(
            "POST", "/ui/api/setup", {"username": "perf", "email": "p@example.com", "password": PASSWORD}
        )
        account = browser.call("POST", "/ui/api/accounts", {
            "broker": "zerodha", "label": "Perf", "credentials": {"api_key": "k", "api_secret": "s"}})  # fmt: skip
        step = browser.call("POST", f"/ui/api/accounts/{account['id']}/connect", {})
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(step["redirect_url"]).query)
        state = query.get("state") or urllib.parse.parse_qs(query.get("redirect_params", [""])[0]).get(
            "state", [""]
        )
        callback = urllib.parse.urlencode({"request_token": "rt", "status": "success", "state": state[0]})
        browser.opener.open(f"{browser.base}/zerodha/callback?{callback}", timeout=60).read()
        deadline = time.monotonic() + 60
        while browser.call("GET", "/ui/api/contracts").get("status") != "success":
            if time.monotonic() > deadline:
                raise SystemExit("contracts did not load")
            time.sleep(0.1)
        self.api_key = browser.call("POST", "/ui/api/apikey")["api_key"]

    def cpu_seconds(self) -> float:
        """User and system time of all processes of the app."""
        return sum(map(cpu_seconds, [self.app.pid, *descendants(self.app.pid)]))

    def memory(self) -> str:
        """Resident megabytes of each process of the app."""
        return ", ".join(
            f"{Path(f'/proc/{pid}/cmdline').read_bytes().split(bytes(1))[1:3]} {resident_mb(pid):.0f} MB"
            for pid in [self.app.pid, *descendants(self.app.pid)]
        )

    def __exit__(self, *_: object) -> None:
        self.app.send_signal(signal.SIGINT)
        self.app.wait(timeout=10)
        self.twin.terminate()
        self.twin.wait(timeout=5)
        shutil.rmtree(self.folder, ignore_errors=True)
