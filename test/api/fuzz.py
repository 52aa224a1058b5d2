"""Throws mutated requests at every REST route and checks that every answer is a proper envelope.

    python test/api/fuzz.py --calls 20000 --seed 7

A finding is a 5xx, a redirect, HTML, an envelope without a text message, or a success whose body is no JSON object.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STATUSES = ("success", "partial", "error")
sys.path.insert(0, str(HERE.parents[1]))

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 10, 1.5, -0.0, 1e308, 10**30, 2**63, "", " ", "0", "-1", "1e5", "1e999999999", "NaN",
    "Infinity", "0x10", "１２", "1_000", "x", "x" * 5000, "\x00", "\u202e", "😀", "\ud800", "'; DROP TABLE users; --",
    "../../etc/passwd", "%s%n", "{{7*7}}", "<script>", [], [[]], ["x"] * 600, {}, {"a": {"b": []}}, "NSE", "nfo",
    "NSE_INDEX", "RELIANCE", "NIFTY", "BUY", "sell", "MIS", "CNC", "NRML", "MARKET", "LIMIT", "SL", "SL-M", "D", "5m",
    "1M", "2026-11-02", "2026-02-30", "9999-12-31", "0001-01-01", "futures", "api", "db", "ATM", "otm3",
    "CE", "NFO", "MCX", "29DEC26", "15:30",
]  # fmt: skip


class Fuzzer:
    """Seeded, so that a finding can be repeated."""

    def __init__(self, client: Any, key: str, routes: dict[str, dict[str, Any]], seed: int) -> None:
        self.client = client
        self.key = key
        self.routes = routes
        self.random = random.Random(seed)
        self.statuses: dict[int, int] = {}

    def body(self, good: dict[str, Any]) -> dict[str, Any]:
        """A good body with up to three fields replaced, dropped, renamed or added."""
        body = json.loads(json.dumps(good))
        body["apikey"] = self.key
        for _ in range(self.random.randint(0, 3)):
            name = self.random.choice(
                [*body, "extra", "client_order_id", "price", "trigger_price", "strategy"]
            )
            match self.random.randint(0, 3):
                case 0:
                    body.pop(name, None)
                case 1:
                    body[name.upper()] = body.pop(name, None)
                case _:
                    body[name] = self.random.choice(VALUES)
        return body

    def raw(self, body: dict[str, Any]) -> bytes:
        """The body as bytes, now and then damaged."""
        text = json.dumps(body)
        chance = self.random.random()
        if chance < 0.03:
            return text[: self.random.randint(0, len(text))].encode()
        if chance < 0.06:
            return self.random.randbytes(self.random.randint(0, 200))
        if chance < 0.08:
            return text.replace("1", "NaN", 1).encode()
        return text.encode()

    def call(self) -> str | None:
        """One request; answers what is wrong with its answer."""
        route = self.random.choice(list(self.routes))
        raw = self.raw(self.body(self.routes[route]))
        method = self.random.choices(["POST", "GET", "PUT"], [20, 1, 1])[0]
        kind = self.random.choice(["application/json", "text/plain", ""])
        answer = self.client.open(f"/api/v1/{route}", method=method, data=raw, content_type=kind)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        fault = self.judge(answer)
        if fault is None:
            return None
        return f"{fault}: {method} {route} {raw[:400]!r} -> {answer.status_code} {answer.data[:300]!r}"

    @staticmethod
    def judge(answer: Any) -> str | None:
        """What is wrong, None when nothing is."""
        if answer.status_code >= 500 or 300 <= answer.status_code < 400:
            return "status"
        if answer.content_type != "application/json":
            return "content type"
        try:
            body = json.loads(answer.data)
        except ValueError:
            return "not JSON"
        if not isinstance(body, dict) or body.get("status") not in STATUSES:
            return "envelope"
        if body["status"] == "error" and not (isinstance(body.get("message"), str) and body["message"]):
            return "message"
        return None

    def run(self, calls: int) -> list[str]:
        """Findings of so many calls, at most twenty."""
        findings: list[str] = []
        for _ in range(calls):
            finding = self.call()
            if finding:
                findings.append(finding)
                if len(findings) >= 20:
                    break
        return findings


def load(name: str) -> Any:
    """A module beside this file; the folder is no package."""
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", HERE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Exit code of a run from the shell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    harness, routes = load("conftest"), load("test_api_bad_input").ROUTES
    with tempfile.TemporaryDirectory() as folder:
        app, services = harness.start_app(Path(folder), [])
        try:
            fuzzer = Fuzzer(app.test_client(), services.api_keys.rotate(1), routes, arguments.seed)
            findings = fuzzer.run(arguments.calls)
        finally:
            services.close()
    print(f"{sum(fuzzer.statuses.values())} calls, statuses {dict(sorted(fuzzer.statuses.items()))}")
    print("\n".join(findings) or "no findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
