"""The published Python client, unmodified, against a live server over the practice exchange."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from utils.clock import IST
from utils.concurrency import start_thread

openalgo = pytest.importorskip("openalgo", reason="the dependency group `clients` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def client(api) -> Iterator[Any]:
    server = make_server("127.0.0.1", 0, api.client.application, threaded=True)
    thread = start_thread(server.serve_forever, "sdk-server")
    yield openalgo.api(api_key=api.key, host=f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join(5)


def ok(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["status"] == "success", answer
    return answer


TICKET = {"strategy": "sdk", "symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", "product": "MIS"}


def test_orders_of_the_client(client) -> None:
    placed = ok(client.placeorder(**TICKET, price_type="MARKET", quantity=1))
    state = ok(client.orderstatus(order_id=placed["orderid"], strategy="sdk"))
    assert state["data"]["orderid"] == placed["orderid"]
    ltp = client.quotes(symbol="RELIANCE", exchange="NSE")["data"]["ltp"]
    price = str(round(ltp * 0.95))
    resting = ok(client.placeorder(**TICKET, price_type="LIMIT", quantity=1, price=price))["orderid"]
    ok(client.modifyorder(
        **TICKET, order_id=resting, price_type="LIMIT", quantity=2, price=price, disclosed_quantity="0",
        trigger_price="0",
    ))  # fmt: skip
    ok(client.cancelorder(order_id=resting, strategy="sdk"))
    again = ok(client.placeorder(**TICKET, price_type="LIMIT", quantity=1, price=price))["orderid"]
    assert again in ok(client.cancelallorder(strategy="sdk"))["canceled_orders"]
    position = ok(client.openposition(strategy="sdk", symbol="RELIANCE", exchange="NSE", product="MIS"))
    assert int(position["quantity"]) >= 1
    ok(client.closeposition(strategy="sdk"))
    assert (
        int(client.openposition(strategy="sdk", symbol="RELIANCE", exchange="NSE", product="MIS")["quantity"])
        == 0
    )


def test_books_and_account_of_the_client(client) -> None:
    for call in (client.orderbook, client.tradebook, client.positionbook, client.holdings, client.funds):
        ok(call())
    leg = {
        "symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", "quantity": "1", "product": "MIS",
        "pricetype": "MARKET", "price": "0",
    }  # fmt: skip
    ok(client.margin(positions=[leg]))
    assert ok(client.analyzerstatus())["data"]["mode"] == "live"


def test_market_data_of_the_client(client, api) -> None:
    ok(client.depth(symbol="RELIANCE", exchange="NSE"))
    ok(client.multiquotes(symbols=[{"symbol": "SBIN", "exchange": "NSE"}]))
    ok(client.symbol(symbol="RELIANCE", exchange="NSE"))
    ok(client.search(query="NIFTY FUT", exchange="NFO"))
    ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))
    ok(client.intervals())
    today = api.services.clock.now().astimezone(IST).date()
    span = {"start_date": str(today - dt.timedelta(days=7)), "end_date": str(today)}
    for interval in ("5m", "D"):
        frame = client.history(symbol="RELIANCE", exchange="NSE", interval=interval, **span)
        assert not isinstance(frame, dict), frame
        assert list(frame.columns) and len(frame) and frame.index.is_monotonic_increasing
    assert len(client.instruments(exchange="NSE"))
    ok(client.holidays(year=2026))
    ok(client.timings(date="2026-03-02"))


def test_options_of_the_client(client) -> None:
    days = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))["data"]
    day = days[1].replace("-", "")
    nifty = {"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": day}
    chosen = ok(client.optionsymbol(**nifty, offset="OTM2", option_type="CE", strike_int=50, strategy="sdk"))
    chain = ok(client.optionchain(**nifty, strike_count=5))
    assert chosen["symbol"] in {row["ce"]["symbol"] for row in chain["chain"]} and len(chain["chain"]) == 11
    greeks = ok(client.optiongreeks(symbol=chosen["symbol"], exchange="NFO", interest_rate=6.5))
    assert 0 < greeks["greeks"]["delta"] < 1 and greeks["implied_volatility"] > 0
    named = client.optiongreeks(
        symbol=chosen["symbol"], exchange="NFO", underlying_symbol="NIFTY", underlying_exchange="NSE_INDEX",
        expiry_time="15:30",
    )  # fmt: skip
    assert ok(named)["spot_price"] == pytest.approx(greeks["spot_price"], rel=0.01)
    synthetic = ok(client.syntheticfuture(**nifty))
    assert synthetic["synthetic_future_price"] == pytest.approx(synthetic["underlying_ltp"], rel=0.05)
    month = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="futures"))["data"][1]
    dated = client.optionchain(underlying=f"NIFTY{month.replace('-', '')}FUT", exchange="NFO", strike_count=2)
    assert len(ok(dated)["chain"]) == 5


def test_an_error_reaches_the_client_as_an_error(client) -> None:
    answer = client.placeorder(**{**TICKET, "symbol": "NOSUCH"}, price_type="MARKET", quantity=1)
    assert answer["status"] == "error" and "NOSUCH" in str(answer["message"])


def test_the_playground_writes_calls_that_the_client_has(api) -> None:
    model = Path(__file__).parents[2] / "frontend/src/features/playground/model"
    table = json.loads((model / "sdk-methods.json").read_text())
    description = api.client.get("/api/v1/swagger.json").get_json()
    for route, entry in table.items():
        taken = inspect.signature(getattr(openalgo.api, entry["method"])).parameters
        operation = next(iter(description["paths"][f"/api/v1/{route}"].values()))
        schema = operation["parameters"][0].get("schema")
        example = description["definitions"][schema["$ref"].rsplit("/", 1)[-1]]["example"] if schema else {}
        sent = {entry.get("rename", {}).get(name, name) for name in entry.get("only", example)}
        needed = {
            name for name, one in taken.items() if one.kind is one.KEYWORD_ONLY and one.default is one.empty
        }
        takes_any = any(one.kind is one.VAR_KEYWORD for one in taken.values())
        assert needed <= sent, (route, needed - sent)
        assert takes_any or sent <= taken.keys(), (route, sent - taken.keys())
        assert set(entry.get("rename", {}).values()) <= taken.keys(), route
