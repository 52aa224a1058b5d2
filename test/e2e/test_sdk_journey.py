"""The published SDK, unmodified, against the demo."""

from __future__ import annotations

import datetime as dt
import queue
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from e2e_program import ROOT, Program, eventually
from openalgo import api

IST = dt.timezone(dt.timedelta(hours=5, minutes=30))
SYMBOLS = ("RELIANCE", "SBIN")


@pytest.fixture(scope="module")
def client(demo: Program) -> Iterator[Any]:
    sdk = api(api_key=demo.said("API key"), host=demo.url, ws_url=demo.websocket_url)
    yield sdk
    sdk.closeposition(strategy="journey")


def ok(answer: Any) -> Any:
    assert isinstance(answer, dict), answer
    assert answer.get("status") == "success", answer
    return answer


def status_of(client: Any, order_id: str) -> dict[str, Any]:
    data: dict[str, Any] = ok(client.orderstatus(order_id=order_id, strategy="journey"))["data"]
    return data


def reaches(client: Any, order_id: str, status: str) -> dict[str, Any]:
    eventually(
        lambda: status_of(client, order_id)["order_status"] == status,
        10,
        f"order {order_id} becomes {status}",
    )
    return status_of(client, order_id)


def test_a_limit_order_is_placed_found_modified_and_cancelled(client: Any) -> None:
    ltp = ok(client.quotes(symbol="SBIN", exchange="NSE"))["data"]["ltp"]
    far = round(ltp * 0.95, 0)
    terms = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS", "price_type": "LIMIT"}
    order_id = ok(client.placeorder(strategy="journey", quantity=5, price=far, **terms))["orderid"]
    found = reaches(client, order_id, "open")
    assert (found["symbol"], found["action"], int(found["quantity"])) == ("SBIN", "BUY", 5)
    assert float(found["price"]) == far
    ok(client.modifyorder(order_id=order_id, strategy="journey", quantity=7, price=far - 1, **terms))
    eventually(lambda: int(status_of(client, order_id)["quantity"]) == 7, 10, "the change shows")
    assert float(status_of(client, order_id)["price"]) == far - 1
    ok(client.cancelorder(order_id=order_id, strategy="journey"))
    reaches(client, order_id, "cancelled")


def test_a_market_order_makes_a_position_that_close_flattens(client: Any) -> None:
    answer = client.placeorder(
        strategy="journey", symbol="RELIANCE", exchange="NSE", action="BUY", quantity=3, product="MIS"
    )
    done = reaches(client, ok(answer)["orderid"], "complete")
    assert float(done["average_price"]) > 0

    def held() -> int:
        rows = ok(client.positionbook())["data"]
        return sum(
            int(row["quantity"]) for row in rows if (row["symbol"], row["product"]) == ("RELIANCE", "MIS")
        )

    eventually(lambda: held() == 3, 10, "the position shows")
    ok(client.closeposition(strategy="journey"))
    eventually(lambda: held() == 0, 10, "the position is flat")
    orders = ok(client.orderbook())["data"]["orders"]
    assert any(row["symbol"] == "RELIANCE" and row["action"] == "SELL" for row in orders)


def test_quotes_depth_and_history_agree(client: Any) -> None:
    quote = ok(client.quotes(symbol="RELIANCE", exchange="NSE"))["data"]
    depth = ok(client.depth(symbol="RELIANCE", exchange="NSE"))["data"]
    assert quote["low"] <= quote["ltp"] <= quote["high"]
    assert len(depth["bids"]) == len(depth["asks"]) == 5
    assert depth["bids"][0]["price"] < depth["asks"][0]["price"]
    today = dt.datetime.now(IST).date()
    bars = client.history(
        symbol="RELIANCE", exchange="NSE", interval="5m",
        start_date=str(today - dt.timedelta(days=5)), end_date=str(today),
    )  # fmt: skip
    assert isinstance(bars, pd.DataFrame), bars
    assert {"open", "high", "low", "close", "volume"} <= set(bars.columns)
    assert len(bars) > 50 and bars.index.is_monotonic_increasing
    assert ((bars["low"] <= bars["close"]) & (bars["close"] <= bars["high"])).all()


@pytest.mark.parametrize(("kind", "mode"), [("ltp", 1), ("quote", 2), ("depth", 3)])
def test_two_ticks_a_symbol_arrive_within_ten_seconds(demo: Program, kind: str, mode: int) -> None:
    sdk = api(api_key=demo.said("API key"), host=demo.url, ws_url=demo.websocket_url)
    ticks: queue.Queue[dict[str, Any]] = queue.Queue()
    wanted = [{"exchange": "NSE", "symbol": symbol} for symbol in SYMBOLS]
    assert sdk.connect()
    try:
        subscribe: Callable[..., bool] = getattr(sdk, f"subscribe_{kind}")
        assert subscribe(wanted, on_data_received=ticks.put)
        seen: Counter[str] = Counter()

        def enough() -> bool:
            while not ticks.empty():
                tick = ticks.get()
                assert tick["mode"] == mode
                seen[tick["symbol"]] += 1
            return all(seen[symbol] >= 2 for symbol in SYMBOLS)

        eventually(enough, 10, f"two {kind} ticks for each of {SYMBOLS}, got {seen}")
    finally:
        sdk.disconnect()


def run_script(text: str, demo: Program, tmp_path: Path) -> str:
    script = tmp_path / "pasted.py"
    script.write_text(text)
    environ = {
        "OPENALGO_API_KEY": demo.said("API key"),
        "OPENALGO_HOST": demo.url,
        "OPENALGO_WEBSOCKET": demo.websocket_url,
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    answer = subprocess.run(
        [sys.executable, str(script)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_lines_of_the_readme_place_an_order_and_print_three_ticks(demo: Program, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len(block.splitlines()) <= 10
    text = block.replace("<your API key>", demo.said("API key"))
    text = text.replace("http://127.0.0.1:5000", demo.url).replace("ws://127.0.0.1:8765", demo.websocket_url)
    printed = run_script(text, demo, tmp_path).splitlines()
    assert "'orderid'" in printed[0]
    assert sum("'ltp'" in line for line in printed) == 3


def test_the_example_strategy_runs_as_it_is(demo: Program, tmp_path: Path) -> None:
    text = (ROOT / "strategies" / "examples" / "first_order.py").read_text()
    assert run_script(text, demo, tmp_path).count("'ltp'") == 3
