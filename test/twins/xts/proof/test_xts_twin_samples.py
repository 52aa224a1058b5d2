"""The twin against the captured and documented payloads of the family."""

import json
from pathlib import Path

import pytest

from domain.market import Depth, DepthLevel, Quote
from test.twins.xts.packets import LAYOUTS, payload, record
from test.twins.xts.proof.wire import read

SAMPLES = Path(__file__).resolve().parents[3] / "broker" / "_family_xts" / "samples"
SHARE = {"exchangeSegment": 1, "exchangeInstrumentID": 1}
ORDER = {
    "exchangeSegment": "NSECM", "exchangeInstrumentID": 1, "productType": "MIS", "orderType": "MARKET",
    "orderSide": "BUY", "timeInForce": "DAY", "disclosedQuantity": 0, "orderQuantity": 5, "limitPrice": 0,
    "stopPrice": 0, "orderUniqueIdentifier": "tag1",
}  # fmt: skip


def sample(name):
    return json.loads((SAMPLES / name).read_text())


def test_a_master_needs_no_token_and_has_no_header(client):
    client.tokens.clear()
    text = client.result("POST", "instruments/master", {"exchangeSegmentList": ["NSEFO"]})
    lines = text.split("\n")
    counts = {line.split("|")[2]: line.count("|") + 1 for line in lines}
    assert (counts["1"], counts["2"]) == (21, 23)
    samples = (SAMPLES / "master_NSEFO.txt").read_text().splitlines()
    assert {line.count("|") for line in samples if line.split("|")[2] == "1"} == {20}


def test_rows_have_the_fields_of_the_documented_ones(client):
    client.result("POST", "/interactive/orders", ORDER)
    books = {
        "orderbook.json": client.result("GET", "/interactive/orders"),
        "constructed_trades.json": client.result("GET", "/interactive/orders/trades"),
    }
    for name, rows in books.items():
        assert sample(name)["result"][0].keys() <= rows[0].keys(), name
    rows = client.result("GET", "/interactive/portfolio/positions", dayOrNet="NetWise")["positionList"]
    assert rows[0].keys() == sample("constructed_positions.json")["result"]["positionList"][0].keys()
    client.twin.grant("NSE", "INFY", 3, "1400")
    (held,) = client.result("GET", "/interactive/portfolio/holdings")["RMSHoldings"]["Holdings"].values()
    (known,) = sample("constructed_holdings.json")["result"]["RMSHoldings"]["Holdings"].values()
    assert held.keys() == known.keys()
    (row,) = client.result("GET", "/interactive/user/balance")["BalanceList"]
    known = sample("balance.json")["result"]["BalanceList"][0]["limitObject"]["RMSSubLimits"]
    assert row["limitObject"]["RMSSubLimits"].keys() == known.keys()
    client.result("POST", "/interactive/orders", {**ORDER, "orderSide": "SELL"})


@pytest.mark.parametrize(
    ("code", "token", "name"),
    [
        (1501, 1, "event_1501_full_flat.json"), (1501, 2, "event_1501_full_nested.json"),
        (1502, 1, "event_1502_full_nfo.json"), (1512, 1, "event_1512_full_v4.json"),
    ],
)  # fmt: skip
def test_quotes_have_the_fields_of_captured_ones(client, code, token, name):
    body = {
        "instruments": [{**SHARE, "exchangeInstrumentID": token}], "xtsMessageCode": code, "publishFormat": "JSON"
    }  # fmt: skip
    (text,) = client.result("POST", "instruments/quotes", body)["listQuotes"]
    told, known = json.loads(text), sample(name)
    assert told.keys() == known.keys()
    assert told.get("Touchline", {}).keys() == known.get("Touchline", {}).keys()


def test_bars_are_stamped_with_their_last_second_as_if_india_were_utc(client):
    query = {
        **SHARE,
        "startTime": "Nov 02 2026 091500",
        "endTime": "Nov 02 2026 101500",
        "compressionValue": 300,
    }
    result = client.result("GET", "instruments/ohlc", **query)
    first = result["dataReponse"].split(",")[0].split("|")
    assert len(first) == len(
        sample("constructed_ohlc_60m.json")["result"]["dataReponse"].split(",")[0].split("|")
    )
    assert int(first[0]) % 300 == 299
    assert client.call("GET", "instruments/ohlc", **{**query, "compressionValue": 86400}).status_code == 400


class Named:
    number, id, lot = 1, 2885, 1


@pytest.mark.parametrize(
    ("name", "code", "layout"),
    [
        ("constructed_binary_1501_narrow_plain", 1501, "narrow"),
        ("constructed_binary_1502_wide_compressed", 1502, "wide"),
    ],
)  # fmt: skip
def test_a_record_has_its_values_where_the_documented_one_has_them(name, code, layout):
    (known,) = json.loads((SAMPLES / f"{name}.parsed.json").read_text())["records"]
    (documented,) = read(bytes.fromhex((SAMPLES / f"{name}.hex").read_text()))
    book = known.get("depth") or {
        "buy": [{"price": known["bid"], "quantity": known["bid_qty"], "orders": 3}],
        "sell": [{"price": known["ask"], "quantity": known["ask_qty"], "orders": 3}],
    }
    bids, asks = (
        tuple(DepthLevel(row["price"], row["quantity"], row["orders"]) for row in book[side])
        for side in ("buy", "sell")
    )
    quote = Quote(
        ltp=known["ltp"], open=known["open"], high=known["high"], low=known["low"], prev_close=known["close"],
        volume=known["volume"], average_price=known["average_price"], last_quantity=known["ltq"],
        total_buy_quantity=known["total_buy_quantity"], total_sell_quantity=known["total_sell_quantity"],
        last_trade_at_ms=known["last_trade_time"] * 1000, exchange_at_ms=known["exchange_timestamp"] * 1000,
    )  # fmt: skip
    body = payload(LAYOUTS[layout], code, Named, Depth(quote=quote, bids=bids, asks=asks))
    assert len(body) == len(documented[1])
    where = {"narrow": (40, 58, 76, 84, 92, 96, 100, 104, 108, 116, 132, 140, 148, 156)}.get(
        layout, (268, 290, 312, 320, 328, 336, 344, 352, 360, 368, 384, 392, 400, 408)
    )
    for start in where:
        assert body[start : start + 4] == documented[1][start : start + 4], start
    ((_, unpacked, _),) = read(record(code, Named, body, compressed=True))
    assert unpacked == body
