"""Samples that come with their own parse, and what the cases of Upstox cannot say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broker.core.contracts import check
from domain.errors import BadVendorData
from domain.market import Mode, Tick
from utils.clock import ist


def test_the_full_feed_reads_as_it_was_constructed(kit: Any, tmp_path: Path) -> None:
    expected = json.loads(kit.sample("upstox", "constructed_feed_full_d5.parsed.json"))
    frame = bytes.fromhex(kit.sample("upstox", "constructed_feed_full_d5.hex").decode().strip())
    codec = kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path).plugin.stream()
    (tick,) = codec.decode(frame)
    assert isinstance(tick, Tick)
    assert tick.token == expected.pop("token")
    for ours, side in ((tick.bids, "bids"), (tick.asks, "asks")):
        assert [{"price": level.price, "quantity": level.quantity} for level in ours] == expected.pop(side)
    names = {"ltq": "last_quantity", "ltt": "last_trade_at_ms"}
    assert {name: getattr(tick.quote, names.get(name, name)) for name in expected} == expected


def test_messages_are_json_in_binary_frames_and_a_key_in_another_mode_changes_it(
    kit: Any, tmp_path: Path
) -> None:
    bench = kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path)
    share, codec = bench.instrument("NSE:NHPC"), bench.plugin.stream()
    frames = [
        *codec.subscribe([(share, Mode.LTP)]),
        *codec.subscribe([(share, Mode.DEPTH)]),
        *codec.subscribe([(share, Mode.DEPTH)]),
        *codec.unsubscribe([share]),
        *codec.subscribe([(share, Mode.LTP)]),
    ]
    assert all(isinstance(frame, bytes) for frame in frames)
    messages = [json.loads(frame) for frame in frames]
    assert [(message["method"], message["data"].get("mode")) for message in messages] == [
        ("sub", "ltpc"), ("change_mode", "full"), ("sub", "full"), ("unsub", None), ("sub", "ltpc"),
    ]  # fmt: skip
    assert len({message["guid"] for message in messages}) == 5


def test_a_price_is_forgotten_with_the_interest_in_it(kit: Any, tmp_path: Path) -> None:
    """What another subscription told long ago is no price of now."""
    bench = kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path)
    contract, codec = bench.instrument("NFO:NIFTY08APR2522500CE"), bench.plugin.stream()
    frame = bytes.fromhex(kit.sample("upstox", "constructed_feed_full_d5.hex").decode().strip())
    codec.subscribe([(contract, Mode.DEPTH)])
    assert len(codec.decode(frame)) == 1
    codec.unsubscribe([contract])
    codec.subscribe([(contract, Mode.DEPTH)])
    without_price = bytes.fromhex("12110a0c4e53455f464f7c35313833341201" + "00")
    with pytest.raises(BadVendorData):
        codec.decode(without_price)
    assert codec.decode(bytes.fromhex("12100a0c4e53455f464f7c35313833341200")) == []


def test_the_option_call_and_the_master_mean_one_contract(kit: Any, tmp_path: Path) -> None:
    """`expiry` is a date in the one and milliseconds in the other: the Indian day of both is the same."""
    (option,) = json.loads(kit.sample("upstox", "option_contracts.json"))["data"]
    bench = kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path, "2024-02-01T08:40:00+05:30")
    rows = bench.plugin.contracts.parse([kit.sample("upstox", "constructed_master.json")])
    found = {row.token: row for row in check(rows, None, ist(bench.clock.now()).date()).instruments}
    contract = found[option["instrument_key"]]
    assert contract.expiry is not None and contract.expiry.isoformat() == option["expiry"]
    assert (contract.lot_size, contract.strike, contract.name) == (
        option["lot_size"], option["strike_price"], option["underlying_symbol"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("market_protection", value) for value in ("-2", "26", "NaN", "auto", "")),
        *(("lot_counted_exchanges", value) for value in ("MCX;CDS", "LSE")),
    ],
)
def test_a_bad_option_makes_the_plugin_broken_not_the_order_another_one(
    kit: Any, tmp_path: Path, option: str, value: str
) -> None:
    with pytest.raises(Exception, match="broken"):
        kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path, settings={option: value})
    kit.Bench("upstox", kit.ScriptedTransport([]), tmp_path)
