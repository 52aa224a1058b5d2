"""Samples that come with their own parse or their own order, compared with ours."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest

from broker.core.http import Response
from broker.core.layout import inflated
from broker.core.roles import Control
from broker.families.xts_prices import DEPTH, LARGEST_PAYLOAD, Epoch, records
from domain.errors import BadVendorData
from domain.market import Tick

MEMBER = "jainamxts"
PLACEHOLDER = '451-["xts-binary-packet",{"_placeholder":true,"num":0}]'
NAMES = {"close": "prev_close", "ltq": "last_quantity"}


def text(kit: Any, name: str) -> str:
    return str(kit.sample(MEMBER, name).decode()).strip()


def ticks_of(kit: Any, tmp_path: Path, *frames: str | bytes) -> list[Tick]:
    codec = kit.Bench(MEMBER, kit.ScriptedTransport([]), tmp_path).plugin.stream()
    return [event for frame in frames for event in codec.decode(frame) if isinstance(event, Tick)]


@pytest.mark.parametrize(
    "name", ["constructed_binary_1501_narrow_plain", "constructed_binary_1502_wide_compressed"]
)
def test_constructed_packets_read_as_constructed(kit: Any, tmp_path: Path, name: str) -> None:
    (tick,) = ticks_of(kit, tmp_path, PLACEHOLDER, b"\x04" + bytes.fromhex(text(kit, f"{name}.hex")))
    (told,) = json.loads(text(kit, f"{name}.parsed.json"))["records"]
    assert (tick.broker_exchange, tick.token) == ("NSECM", told.pop("token"))
    assert told.pop("exchange_segment") == 1
    times = {
        "last_trade_at_ms": told.pop("last_trade_time"),
        "exchange_at_ms": told.pop("exchange_timestamp"),
    }
    depth = told.pop("depth", {"buy": [], "sell": []})
    assert {name: getattr(tick.quote, NAMES.get(name, name)) for name in told} == told
    assert {name: getattr(tick.quote, name) // 1000 for name in times} == times
    for ours, theirs in ((tick.bids, depth["buy"]), (tick.asks, depth["sell"])):
        assert [
            {"quantity": row.quantity, "price": row.price, "orders": row.orders} for row in ours
        ] == theirs


def test_the_constructed_open_interest_shows_with_the_next_price(kit: Any, tmp_path: Path) -> None:
    packet = b"\x04" + bytes.fromhex(text(kit, "constructed_binary_1510_narrow_plain.hex"))
    (told,) = json.loads(text(kit, "constructed_binary_1510_narrow_plain.parsed.json"))["records"]
    (tick,) = ticks_of(kit, tmp_path, PLACEHOLDER, packet, '42["1501-json-partial","t:2_51601,ltp:25000"]')
    assert (tick.token, tick.quote.oi) == (told["token"], told["oi"])


def test_the_captured_session_is_answered_in_its_own_order(kit: Any, tmp_path: Path) -> None:
    codec = kit.Bench("iifl", kit.ScriptedTransport([]), tmp_path).plugin.stream()
    lines = text(kit, "engineio_session.txt").splitlines()[1:]
    pings = [line[2:] for line in lines if line.startswith("> ") and not line.startswith("> GET")]
    assert set(pings) == {codec.heartbeat()}
    events = [event for line in lines if line.startswith("< ") for event in codec.decode(line[2:])]
    told = [event.kind if isinstance(event, Control) else event.quote.ltp for event in events]
    assert told == ["ready", "heartbeat", "ack", 23740.2, "heartbeat"]


def test_the_callback_of_the_sample_gives_its_token(kit: Any, tmp_path: Path) -> None:
    name, _, session = text(kit, "constructed_session_redirect.txt").partition("=")
    answers = [
        Response(
            200, {}, json.dumps({"type": "success", "code": "", "description": "", "result": result}).encode()
        )
        for result in ({"token": "T", "userID": "U"}, {"token": "M", "userID": "MU"})
    ]
    transport = kit.ScriptedTransport(answers)
    bench = kit.Bench("compositedge", transport, tmp_path)
    opened = bench.plugin.auth.complete(1, bench.known["credentials"], {name: session})
    assert json.loads(transport.requests[0].body)["accessToken"] == "abc123"
    assert (opened.broker_user_id, opened.tokens["market_token"]) == ("U", "M")


def test_a_packed_record_never_unfolds_to_more_than_it_says() -> None:
    def packed(data: bytes) -> bytes:
        worker = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return worker.compress(data) + worker.flush()

    assert inflated(packed(bytes(432)), 432) == bytes(432)
    bomb = packed(bytes(10_000_000))
    assert len(bomb) < 20_000
    tracemalloc.start()
    for size in (432, 0xFFFF, LARGEST_PAYLOAD):
        assert inflated(bomb, size) == b""
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000
    assert inflated(packed(bytes(400)), 432) == b"" == inflated(b"\xff\xff", 432)


def test_a_frame_of_endless_empty_records_is_refused() -> None:
    with pytest.raises(BadVendorData, match="more than"):
        list(records((b"\x00" + DEPTH.to_bytes(2, "little") + bytes(12)) * 5000))


def test_a_segment_nobody_knows_makes_the_plugin_broken(kit: Any, tmp_path: Path) -> None:
    bad = {
        "epoch_1980": "NSECM,LSE", "lot_counted": "LSE", "order_updates": "perhaps", "instruments_per_socket": "many",
    }  # fmt: skip
    for option, value in bad.items():
        with pytest.raises(Exception, match="broken"):
            kit.Bench("iifl", kit.ScriptedTransport([]), tmp_path, settings={option: value})
    assert Epoch("").timed(1, {"exchange_at_ms": 5}) == {}
