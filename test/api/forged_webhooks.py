"""Forged and replayed webhooks against the running app: none may be accepted.

    python -m test.api.forged_webhooks --calls 100000 --seed 1

An app with signed strategies and a broker that posts order changes takes messages of a forger who knows the URLs, has
heard every genuine message, and knows the secret of a strategy of his own. Limits and bans are out of the way and the
clock stands, so that nothing else refuses. Accepted is what answers so, and what left anything in the stores.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from domain.instruments import Exchange
from domain.orders import Product
from services.automation.signatures import HEADER, sign
from test.security.house import DEAD_END, harness, plant
from utils.clock import SystemClock, epoch_ms

BODY = {"symbol": "SBIN", "action": "buy"}
HEX = "0123456789abcdef"


class Stopped(SystemClock):
    """A clock that stands, so that no replay is refused for its age alone."""

    def __init__(self) -> None:
        self._now = super().now()

    def now(self) -> dt.datetime:
        return self._now


class Forger:
    """What somebody sends who wants to trade for another."""

    def __init__(
        self,
        seed: int,
        now: int,
        webhooks: dict[str, str],
        secret: str,
        genuine: list[tuple[str, str, bytes]],
    ) -> None:
        self._draw = random.Random(seed)
        self._signed, self._other = webhooks["signed"], webhooks["other"]
        self._own_secret = secret
        self._genuine = genuine
        self._now = now
        self.kinds: dict[str, Callable[[], tuple[str, dict[str, str], bytes]]] = {
            "guessed id": lambda: (self._path("oaws_" + self._hex(64)), {}, self._body()),
            "id changed in one place": lambda: (self._path(self._changed(self._signed)), {}, self._body()),
            "id cut short": lambda: (
                self._path(self._signed[: self._draw.randrange(1, 69)]),
                {},
                self._body(),
            ),
            "id in capitals": lambda: (self._path(self._signed.upper()), {}, self._body()),
            "no signature": lambda: (self._path(self._signed), {}, self._body()),
            "signature drawn": lambda: self._with(f"t={self._now},n={self._hex(20)},v1={self._hex(64)}"),
            "own secret": lambda: self._with(sign(self._own_secret, self._body(), self._now, self._hex(20))),
            "replayed": self._replayed,
            "replayed at another strategy": lambda: (self._path(self._other), *self._heard()[1:]),
            "replayed with another body": lambda: (self._heard()[0], self._heard()[1], self._body()),
            "replayed with a new time": lambda: self._edited(
                r"t", str(self._now + self._draw.randrange(-200, 200))
            ),
            "replayed with a new nonce": lambda: self._edited("n", self._hex(20)),
            "header of noise": lambda: self._with(self._noise()),
            "header twice": lambda: self._with(f"{self._heard()[1][HEADER]}, {self._heard()[1][HEADER]}"),
            "broker's postback": self._postback,
        }

    def draw(self) -> tuple[str, str, dict[str, str], bytes]:
        """Kind, path, headers and body of one message."""
        kind = self._draw.choice(list(self.kinds))
        return kind, *self.kinds[kind]()

    def _hex(self, digits: int) -> str:
        return "".join(self._draw.choices(HEX, k=digits))

    def _path(self, webhook_id: str) -> str:
        return f"/{self._draw.choice(('strategy', 'chartink'))}/webhook/{webhook_id}"

    def _body(self) -> bytes:
        return json.dumps(BODY | {"alert_id": self._hex(8)}).encode()

    def _changed(self, text_: str) -> str:
        at = self._draw.randrange(5, len(text_))
        return text_[:at] + HEX[(HEX.index(text_[at]) + 1 + self._draw.randrange(15)) % 16] + text_[at + 1 :]

    def _with(self, header: str) -> tuple[str, dict[str, str], bytes]:
        return self._path(self._signed), {HEADER: header}, self._body()

    def _heard(self) -> tuple[str, dict[str, str], bytes]:
        path, header, body = self._draw.choice(self._genuine)
        return path, {HEADER: header}, body

    def _replayed(self) -> tuple[str, dict[str, str], bytes]:
        path, headers, body = self._heard()
        return self._draw.choice((path, path.replace("/strategy/", "/chartink/"))), headers, body

    def _edited(self, name: str, value: str) -> tuple[str, dict[str, str], bytes]:
        path, headers, body = self._heard()
        parts = dict(part.split("=", 1) for part in headers[HEADER].split(","))
        return (
            path,
            {HEADER: ",".join(f"{key}={item}" for key, item in (parts | {name: value}).items())},
            body,
        )

    def _noise(self) -> str:
        letters = "tnv1=,0123456789abcdefXYZ-_ ;"
        return "".join(self._draw.choices(letters, k=self._draw.randrange(0, 150)))

    def _postback(self) -> tuple[str, dict[str, str], bytes]:
        body = {
            "order_id": self._hex(12), "order_timestamp": "2026-11-30 10:00:00", "status": "COMPLETE",
            "checksum": self._hex(64), "tradingsymbol": "SBIN", "exchange": "NSE", "filled_quantity": 1,
        }  # fmt: skip
        broker = self._draw.choice(("zerodha", "dhan", "upstox", "fyers", "angel"))
        return f"/postback/{broker}", {}, json.dumps(body).encode()


def run(calls: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Send the forger's messages; how many of each kind, and what was accepted."""
    clock = Stopped()
    app, services = harness().open_app(
        folder, [], clock, WEBHOOK_RATE_LIMIT="100000000 per minute", BROKER_ZERODHA_REST_URL=DEAD_END,
        BROKER_ZERODHA_WS_URL="ws://127.0.0.1:9",
    )  # fmt: skip
    try:
        webhooks, genuine = _prepare(services)
        client = app.test_client()
        for path, header, body in genuine:
            answer = client.post(path, data=body, headers={HEADER: header})
            assert answer.status_code == 200, answer.get_data(as_text=True)
        forger = Forger(
            seed,
            epoch_ms(clock.now()) // 1000,
            webhooks,
            services.automation.signatures.require(1, 3),
            genuine,
        )
        before, sent, taken = _state(services), Counter[str](), []
        for _ in range(calls):
            kind, path, headers, body = forger.draw()
            answer = client.post(path, data=body, headers=headers)
            sent[kind] += 1
            if answer.status_code < 400 or answer.status_code >= 500:
                taken.append(f"{kind}: {answer.status_code} {answer.get_data(as_text=True)[:200]}")
        after = _state(services)
        taken += [f"{name}: {before[name]} -> {after[name]}" for name in after if after[name] != before[name]]
    finally:
        services.close()
    return sent, taken


def _prepare(services: Any) -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
    """Strategies 1 and 2 signed, 3 the forger's own; and what is genuinely sent to the first."""
    plant(services)
    desk, made = services.automation.strategies, {}
    fields = {"platform": "python", "trading_mode": "LONG", "is_intraday": False}
    row, made["other"] = desk.create(1, fields | {"name": "other"})
    services.automation.signatures.require(1, row.id)
    desk.create(1, fields | {"name": "of the forger"})
    mapping = {"symbol": "SBIN", "exchange": Exchange.NSE, "quantity": 1, "product_type": Product.MIS}
    for number in (1, row.id):
        desk.add_mappings(1, number, [mapping])
    first = desk.rotate(1, 1)
    made["signed"] = first
    secret = services.automation.signatures.require(1, 1)
    now = epoch_ms(services.clock.now()) // 1000
    genuine = []
    for number in range(20):
        body = json.dumps(BODY | {"alert_id": f"genuine-{number}"}).encode()
        genuine.append(
            (f"/strategy/webhook/{first}", sign(secret, body, now, f"genuine-nonce-{number:04d}"), body)
        )
    return made, genuine


def _state(services: Any) -> dict[str, int]:
    """What an accepted message would leave behind."""
    counts = {
        "deliveries": "SELECT count(*) FROM webhook_deliveries", "orders": "SELECT count(*) FROM webhook_orders",
        "nonces": "SELECT count(*) FROM webhook_nonces",
    }  # fmt: skip
    with services.stores.main.reading() as unit:
        found = {name: int(unit.session.execute(text(sql)).scalar_one()) for name, sql in counts.items()}
    return found | {"order stream": services.order_replays.head(1)}


def main() -> int:
    """Run from the command line; 1 when anything was accepted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forged-") as folder:
        sent, taken = run(asked.calls, asked.seed, Path(folder))
    for kind, count in sorted(sent.items()):
        print(f"{count:>8}  {kind}")
    print(f"{sum(sent.values())} forged or replayed messages, {len(taken)} accepted")
    for line in taken[:20]:
        print(line)
    return 1 if taken else 0


if __name__ == "__main__":
    sys.exit(main())
