"""Measures the option chain: volatilities and Greeks of 200 legs, and the whole answer over HTTP from warm quotes.

python test/perf/options.py [requests]

The computation is measured in CPU time of its thread. HTTP goes over one connection to the app over the practice
exchange, which runs in other threads of this process; its CPU time is that of client and server together. The
first requests, which ask for the quotes and load numpy, are not counted.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from werkzeug.serving import WSGIRequestHandler, make_server

from domain.instruments import Exchange, InstrumentType, compact_expiry
from domain.options import Premium
from services.options import pricing
from services.options.valuation import Leg, value
from utils.concurrency import start_thread

ROOT = Path(__file__).parents[2]
LEGS = 200


def quantiles(samples: list[float]) -> str:
    samples.sort()
    p50, p99 = (samples[min(len(samples) - 1, int(len(samples) * share))] * 1000 for share in (0.5, 0.99))
    return f"p50 {p50:.2f}  p99 {p99:.2f}  max {samples[-1] * 1000:.2f} ms"


def cpu(work, rounds: int) -> str:
    for _ in range(20):
        work()
    samples = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        samples.append(time.thread_time() - start)
    return quantiles(samples)


def computation(rounds: int) -> None:
    """A month's NIFTY chain with a smile, prices on the tick."""
    forward, years = 26_500.0, 30 / 365
    strike = np.repeat(forward + 50.0 * np.arange(-50, 50), 2)
    is_call = np.tile([True, False], LEGS // 2)
    smile = 0.13 + 0.9 * (np.log(strike / forward)) ** 2
    prices = np.maximum(
        np.round(pricing.price(forward, strike, smile, years, 0.0, is_call) / 0.05) * 0.05, 0.05
    )

    def arrays() -> None:
        found = pricing.implied_volatility(prices, forward, strike, years, 0.0, is_call)
        pricing.greeks(forward, strike, found.volatility, years, 0.0, is_call)

    legs = [
        Leg(float(k), bool(call), Premium(float(each), "mid"), forward, years, 0.0)
        for k, call, each in zip(strike, is_call, prices, strict=True)
    ]
    print(f"{LEGS} legs, volatility and Greeks, arrays   {cpu(arrays, rounds)} CPU")
    print(f"{LEGS} legs, volatility and Greeks, domain   {cpu(lambda: value(legs), rounds)} CPU")


class Quiet(WSGIRequestHandler):
    """One connection for many requests, no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Nothing."""


def over_http(rounds: int) -> None:
    spec = importlib.util.spec_from_file_location("api_harness", ROOT / "test" / "api" / "conftest.py")
    assert spec and spec.loader
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    with tempfile.TemporaryDirectory() as folder:
        app, services = harness.start_app(Path(folder), [])
        # Quotes stay warm for the whole run: what is measured is ours, not the practice exchange's price function.
        services.option_chains._board._warm_seconds = 3600.0
        selection(services, rounds)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        thread = start_thread(server.serve_forever, "server")
        try:
            days = services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")
            asked = {
                "apikey": services.api_keys.rotate(1), "underlying": "NIFTY", "exchange": "NSE_INDEX",
                "expiry_date": compact_expiry(days[-1]), "strike_count": LEGS // 4,
            }  # fmt: skip
            for with_greeks in (False, True):
                body = json.dumps(asked | {"with_greeks": with_greeks})
                run(server.port, body, rounds, "with Greeks" if with_greeks else "quotes only")
        finally:
            server.shutdown()
            thread.join(5)
            services.close()


def selection(services, rounds: int) -> None:
    """One contract by its offset, its underlying's quote warm."""
    user = services.users.get(1)
    caller = services.api_keys.verify(services.api_keys.rotate(user.id))
    day = services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")[0]

    def resolve() -> None:
        services.option_selection.resolve_option(
            caller, underlying="NIFTY", exchange=Exchange.NSE_INDEX, expiry=day, offset="OTM5",
            option_type=InstrumentType.CE,
        )  # fmt: skip

    total = sum(segment.count for segment in services.instruments.index("simulator").segments.values())
    print(f"contract by offset out of {total}, warm quote      {cpu(resolve, rounds)} CPU")


def run(port: int, body: str, rounds: int, name: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    samples, spent, legs = [], [], 0
    for at in range(rounds + 20):
        start, begun = time.perf_counter(), time.process_time()
        connection.request("POST", "/api/v1/optionchain", body, {"Content-Type": "application/json"})
        raw = connection.getresponse().read()
        if at >= 20:
            samples.append(time.perf_counter() - start)
            spent.append(time.process_time() - begun)
        elif at == 0:
            rows = json.loads(raw)["chain"]
            legs = sum(row[side] is not None for row in rows for side in ("ce", "pe"))
    connection.close()
    print(f"HTTP chain of {legs} legs, {name:<11}           {quantiles(samples)}, {quantiles(spent)} CPU")


if __name__ == "__main__":
    asked_rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    computation(asked_rounds)
    over_http(asked_rounds)
