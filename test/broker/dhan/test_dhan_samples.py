"""Frames that come with their own parse, compared with ours, and subscriptions that change their mode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.market import Mode, Quote, Tick

NAMES = {
    "ltp": "ltp", "ltq": "last_quantity", "average_price": "average_price", "volume": "volume", "open": "open",
    "high": "high", "low": "low", "total_buy_quantity": "total_buy_quantity", "prev_close": "prev_close",
    "total_sell_quantity": "total_sell_quantity",
}  # fmt: skip


def codec_of(kit: Any, tmp_path: Path) -> Any:
    return kit.Bench("dhan", kit.ScriptedTransport([]), tmp_path).plugin.stream()


@pytest.mark.parametrize(("name", "first"), [("ticker_prevclose", True), ("quote_oi", False)])
def test_a_constructed_frame_reads_as_constructed(kit: Any, tmp_path: Path, name: str, first: bool) -> None:
    frame = bytes.fromhex(kit.sample("dhan", f"constructed_{name}.hex").decode().strip())
    packets = json.loads(kit.sample("dhan", f"constructed_{name}.parsed.json"))
    (tick,) = [event for event in codec_of(kit, tmp_path).decode(frame) if isinstance(event, Tick)]
    priced = next(packet for packet in packets if "ltp" in packet)
    told = {**packets[0], **priced} if first else priced
    assert tick.token == priced["token"]
    assert {name: getattr(tick.quote, ours) for name, ours in NAMES.items() if name in told} == {
        name: told[name] for name in NAMES if name in told
    }
    assert tick.quote.last_trade_at_ms == priced["ltt"] * 1000


def test_open_interest_of_its_own_packet_shows_in_the_next_quote(kit: Any, tmp_path: Path) -> None:
    codec = codec_of(kit, tmp_path)
    frame = bytes.fromhex(kit.sample("dhan", "constructed_quote_oi.hex").decode().strip())
    found: list[Quote] = [event.quote for _ in range(2) for event in codec.decode(frame)]
    assert [quote.oi for quote in found] == [None, 987654]


def test_a_richer_mode_is_asked_for_once_the_poorer_one_is_withdrawn(kit: Any, tmp_path: Path) -> None:
    bench = kit.Bench("dhan", kit.ScriptedTransport([]), tmp_path)
    share, index = bench.instrument("NSE:TCS"), bench.instrument("NSE_INDEX:NIFTY")
    codec = bench.plugin.stream()

    def codes(mode: Mode) -> list[int]:
        frames = [json.loads(frame) for frame in codec.subscribe([(share, mode), (index, mode)])]
        return [frame["RequestCode"] for frame in frames]

    assert codes(Mode.LTP) == [15]
    assert codes(Mode.DEPTH) == [16, 15, 21]
    assert codes(Mode.DEPTH) == [15, 21]
    withdrawn = [json.loads(frame)["RequestCode"] for frame in codec.unsubscribe([share, index])]
    assert withdrawn == [16, 22]
    assert codec.unsubscribe([share]) == []
