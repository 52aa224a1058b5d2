"""Samples that come with their own parse compared with ours, and what frames as data cannot say."""

from __future__ import annotations

import datetime as dt
import json
import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.contracts import check
from broker.core.roles import Control
from broker.families import hsm
from domain.errors import BadVendorData, SessionDead, UnmappedValue
from domain.market import Mode, Tick

ORDER_WORDS = {
    "orderid": "order_id", "action": "side", "pricetype": "price_type", "order_status": "status",
    "filled_quantity": "filled_quantity", "pending_quantity": "pending_quantity", "quantity": "quantity",
    "symbol": "symbol", "exchange": "exchange", "product": "product", "average_price": "average_price",
}  # fmt: skip


def bench_of(kit: Any, tmp_path: Path) -> Any:
    return kit.Bench("fyers", kit.ScriptedTransport([]), tmp_path)


def parsed(kit: Any, name: str) -> Any:
    return json.loads(kit.sample("fyers", name))


def hex_of(kit: Any, name: str) -> bytes:
    return bytes.fromhex(kit.sample("fyers", name).decode())


def shown(row: Any, names: dict[str, str], told: dict[str, Any]) -> dict[str, Any]:
    """Our row under the sample's names, amounts as numbers, a missing amount as the sample's zero."""
    found = {name: getattr(row, ours) for name, ours in names.items() if name in told}
    texts = {name: str(value) for name, value in found.items() if isinstance(value, str)}
    amounts = {name: float(value or 0) for name, value in found.items() if name not in texts}
    return {**texts, **amounts}


def test_the_sample_books_read_as_their_own_parse_says(kit: Any, tmp_path: Path) -> None:
    books = (
        ("constructed_order_book", lambda plugin: plugin.orders.order_book, ORDER_WORDS),
        ("constructed_positions", lambda plugin: plugin.portfolio.positions, {
            name: name for name in ("symbol", "exchange", "product", "quantity", "average_price", "ltp", "pnl")}),
    )  # fmt: skip
    for name, role, words in books:
        bench = kit.Bench(
            "fyers",
            kit.ScriptedTransport([kit.response_of("fyers", {"json": {"$sample": f"{name}.json"}})]),
            tmp_path,
        )
        told = parsed(kit, f"{name}.parsed.json")
        for row, facts in zip(role(bench.plugin)(bench.session), told, strict=True):
            wanted = {key: facts[key] for key in words if key in facts}
            assert shown(row, words, facts) == wanted


def test_the_sample_order_update_reads_as_its_own_parse_says(kit: Any, tmp_path: Path) -> None:
    codec = bench_of(kit, tmp_path).plugin.order_codec()
    (event,) = codec.decode(kit.sample("fyers", "constructed_order_update.json").decode())
    facts = parsed(kit, "constructed_order_update.parsed.json")
    assert shown(event.row, ORDER_WORDS, facts) == facts


def test_the_sample_contracts_read_as_their_own_parse_says(kit: Any, tmp_path: Path) -> None:
    """Apart from the names of derivatives (ours is the root) and crude oil, whose lot only the JSON edition tells."""
    source = bench_of(kit, tmp_path).plugin.contracts
    found = {row.symbol: row for row in source.parse([kit.sample("fyers", "master_rows.csv")])}
    for facts in parsed(kit, "master_rows.parsed.json"):
        row = found.get(facts["symbol"])
        assert (row is None) == (facts["exchange"] == "MCX")
        if row is None:
            continue
        assert (row.broker_symbol, row.exchange, row.token) == (
            facts["brsymbol"], facts["exchange"], facts["token"],
        )  # fmt: skip
        assert row.instrument_type == facts["instrumenttype"]
        assert float(row.strike or 0) == facts.get("strike", 0)
        assert row.lot_size == facts.get("lotsize", 1)
        assert float(row.tick_size) == facts.get("tick_size", 0.05)
        expiry = "" if row.expiry is None else f"{row.expiry:%d-%b-%y}".upper()
        assert expiry == facts["expiry"]


def ticks_of(codec: Any, *frames: bytes) -> list[Tick]:
    return [event for frame in frames for event in codec.decode(frame) if isinstance(event, Tick)]


def test_the_sample_snapshots_read_as_their_own_parse_says(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    codec = bench.plugin.stream()
    codec.subscribe([(bench.instrument("NSE:SBIN"), Mode.DEPTH)])
    touch, depth = (hex_of(kit, f"constructed_hsm_{kind}_snapshot.hex") for kind in ("sf", "dp"))
    (first, both) = ticks_of(codec, touch, depth)
    facts, levels = (parsed(kit, f"constructed_hsm_{kind}_snapshot.parsed.json") for kind in ("sf", "dp"))
    quote = first.quote
    assert first.mode is Mode.QUOTE
    assert {
        "ltp": quote.ltp, "volume": quote.volume, "bid_size": quote.bid_qty, "ask_size": quote.ask_qty,
        "bid_price": quote.bid, "ask_price": quote.ask, "last_traded_qty": quote.last_quantity,
        "tot_buy_qty": quote.total_buy_quantity, "tot_sell_qty": quote.total_sell_quantity,
        "avg_trade_price": quote.average_price, "oi": quote.oi, "low": quote.low, "high": quote.high,
        "open": quote.open, "prev_close": quote.prev_close, "last_traded_time": (quote.last_trade_at_ms or 0) // 1000,
        "exch_feed_time": (quote.exchange_at_ms or 0) // 1000, "message_number": 1, "topic": "sf|nse_cm|3045",
        "symbol": "NSE:SBIN-EQ",
    } == facts  # fmt: skip
    assert both.mode is Mode.DEPTH
    for side, told in ((both.bids, levels["bids"]), (both.asks, levels["asks"])):
        assert [{"price": x.price, "quantity": x.quantity, "orders": x.orders} for x in side] == told


def test_our_frames_are_those_of_the_vendors_client(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    given = parsed(kit, "constructed_hsm_client_frames.json")
    frames = {frame["name"]: bytes.fromhex(frame["hex"]) for frame in given["frames"]}
    tokens = {
        "access_token": "x" * given["given"]["access_token_length"],
        "hsm_key": given["given"]["hsm_key"],
    }
    codec = bench.plugin.stream()
    opening = codec.opening(msgspec.structs.replace(bench.session, tokens=tokens))
    assert opening == [frames["authenticate"], frames["full mode, channel 11"]]
    share, index = bench.instrument("NSE:SBIN"), bench.instrument("NSE_INDEX:NIFTY")
    wants = [(share, Mode.DEPTH), (index, Mode.QUOTE)]
    assert codec.subscribe(wants) == [frames["subscribe sf"]]
    assert hsm.acknowledgement(7) == frames["ack message 7"]
    assert codec.heartbeat() == frames["ping"]


def test_a_message_of_the_server_reads_as_its_own_parse_says(kit: Any, tmp_path: Path) -> None:
    facts = parsed(kit, "constructed_hsm_custom_message.parsed.json")
    (event,) = (
        bench_of(kit, tmp_path).plugin.stream().decode(hex_of(kit, "constructed_hsm_custom_message.hex"))
    )
    assert event == Control(kind="error", detail=f"{facts['code']}: {facts['message']}")


def empty_data(number: int) -> bytes:
    return struct.pack(">HBIH", 7, hsm.DATA, number, 0)


def test_data_frames_are_acknowledged_as_often_as_the_login_asked(kit: Any, tmp_path: Path) -> None:
    codec = bench_of(kit, tmp_path).plugin.stream()
    assert codec.decode(empty_data(4)) == []
    codec.decode(hex_of(kit, "constructed_hsm_auth_ok.hex"))
    replies = [event.reply for number in range(5, 12) for event in codec.decode(empty_data(number))]
    assert replies == [hsm.acknowledgement(6), hsm.acknowledgement(9)]


def topics_in(frame: Any) -> tuple[int, list[str]]:
    """Kind and topics of a subscription frame."""
    (block, _) = (value for _, value in hsm.answer_fields(frame))
    names, at = [], 2
    while at < len(block):
        names.append(block[at + 1 : at + 1 + block[at]].decode())
        at += 1 + block[at]
    assert len(names) == int.from_bytes(block[:2], "big")
    return frame[2], names


def test_a_poorer_mode_drops_the_depth_and_its_levels(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    share, codec = bench.instrument("NSE:SBIN"), bench.plugin.stream()
    touch, depth = (hex_of(kit, f"constructed_hsm_{kind}_snapshot.hex") for kind in ("sf", "dp"))
    codec.subscribe([(share, Mode.DEPTH)])
    assert ticks_of(codec, touch, depth)[-1].mode is Mode.DEPTH
    frames = [topics_in(frame) for frame in codec.subscribe([(share, Mode.LTP)])]
    assert frames == [(hsm.UNSUBSCRIBE, ["dp|nse_cm|3045"]), (hsm.SUBSCRIBE, ["sf|nse_cm|3045"])]
    (tick,) = ticks_of(codec, touch)
    assert (tick.mode, tick.bids) == (Mode.QUOTE, ())
    assert ticks_of(codec, depth) == []


def test_asking_again_asks_for_everything(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    codec, wants = bench.plugin.stream(), [(bench.instrument("NSE:SBIN"), Mode.DEPTH)]
    assert codec.subscribe(wants) == codec.subscribe(wants)


def test_after_unsubscribing_nothing_ticks(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    share, codec = bench.instrument("NSE:SBIN"), bench.plugin.stream()
    codec.subscribe([(share, Mode.QUOTE)])
    codec.unsubscribe([share])
    assert codec.unsubscribe([share]) == []
    assert ticks_of(codec, hex_of(kit, "constructed_hsm_sf_snapshot.hex")) == []


def test_a_session_without_the_streams_key_is_dead_for_the_stream(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path)
    session = msgspec.structs.replace(bench.session, tokens={"access_token": "x"})
    with pytest.raises(SessionDead, match="log in again"):
        bench.plugin.stream().opening(session)


def test_a_bad_option_makes_the_plugin_broken_not_the_quantity_wrong(kit: Any, tmp_path: Path) -> None:
    for option, value in (("counted_in_lots", "MCX NYSE"), ("gtt_offset_percent", "0")):
        with pytest.raises(Exception, match="broken"):
            kit.Bench("fyers", kit.ScriptedTransport([]), tmp_path, settings={option: value})
    bench_of(kit, tmp_path)


CRUDE = {
    "fyToken": "1120260921565899", "symbolDetails": "CRUDEOIL 21 Sep 26 FUT", "exInstType": 30, "minLotSize": 1,
    "qtyMultiplier": 100, "tickSize": 1.0, "expiryDate": "1790013600", "symTicker": "MCX:CRUDEOIL26SEPFUT",
    "exchange": 11, "segment": 20, "underSym": "CRUDEOIL", "strikePrice": -1.0, "optType": "XX",
}  # fmt: skip
NEEDED = ("fyToken", "minLotSize", "qtyMultiplier", "tickSize", "expiryDate", "exchange", "segment")
ODD = (None, "", "nan", -1, 0, "many", [], {}, True)


def test_a_damaged_row_of_the_json_edition_is_refused(kit: Any, tmp_path: Path) -> None:
    """P5: the edition whose rows tell the size of a lot."""
    source = bench_of(kit, tmp_path).plugin.contracts

    def load(row: dict[str, Any]) -> list[Any]:
        rows = source.parse([json.dumps(row).encode() + b"\n"])
        return check(rows, None, dt.date(2026, 9, 10)).instruments

    (good,) = load(CRUDE)
    assert (good.lot_size, good.symbol) == (100, "CRUDEOIL21SEP26FUT")
    for name in NEEDED:
        without = {key: item for key, item in CRUDE.items() if key != name}
        for row in (without, *({**CRUDE, name: odd} for odd in ODD)):
            with pytest.raises((BadVendorData, UnmappedValue)):
                load(row)
