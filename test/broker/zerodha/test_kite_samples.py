"""Samples that come with their own parse, compared with ours, and the vendor's published parser as second opinion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kiteconnect import KiteTicker as VendorTicker

from domain.market import Tick


def ticks_of(kit: Any, tmp_path: Path, frame: bytes) -> list[Tick]:
    codec = kit.Bench("zerodha", kit.ScriptedTransport([]), tmp_path).plugin.stream()
    return [event for event in codec.decode(frame) if isinstance(event, Tick)]


def framed(*packets: bytes) -> bytes:
    return len(packets).to_bytes(2, "big") + b"".join(len(p).to_bytes(2, "big") + p for p in packets)


def test_the_published_quote_packet_reads_as_published(kit: Any, tmp_path: Path) -> None:
    packet = bytes.fromhex(kit.sample("zerodha", "ticker_quote.packet.hex").decode().strip())
    expected = json.loads(kit.sample("zerodha", "ticker_quote.parsed.json"))
    (tick,) = ticks_of(kit, tmp_path, framed(packet))
    quote = tick.quote
    assert tick.token == str(expected["instrument_token"])
    assert (quote.ltp, quote.last_quantity, quote.average_price, quote.volume) == (
        expected["last_price"], expected["last_quantity"], expected["average_price"], expected["volume"],
    )  # fmt: skip
    assert {"open": quote.open, "high": quote.high, "low": quote.low, "close": quote.prev_close} == expected[
        "ohlc"
    ]


def test_the_constructed_currency_frame_reads_as_constructed(kit: Any, tmp_path: Path) -> None:
    frame = bytes.fromhex(kit.sample("zerodha", "constructed_cds_quote_plus_ltp_frame.hex").decode().strip())
    expected = json.loads(kit.sample("zerodha", "constructed_cds_quote_plus_ltp_frame.parsed.json"))
    names = {"ltq": "last_quantity", "close": "prev_close"}
    for tick, facts in zip(ticks_of(kit, tmp_path, frame), expected, strict=True):
        assert tick.token == str(facts.pop("token"))
        facts.pop("mode")
        assert {name: getattr(tick.quote, names.get(name, name)) for name in facts} == facts


PRICE = st.integers(0, 2**31 - 1)
TOKENS = st.tuples(st.integers(1, 2**22), st.sampled_from([1, 2, 3, 4, 5, 6, 7, 12])).map(
    lambda t: t[0] << 8 | t[1]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=TOKENS, numbers=st.lists(PRICE, min_size=45, max_size=45), size=st.sampled_from([8, 44, 184]))
def test_any_packet_reads_as_the_vendors_own_parser_reads_it(
    kit: Any, tmp_path: Path, token: int, numbers: list[int], size: int
) -> None:
    packet = (token.to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in numbers))[:size]
    (theirs,) = VendorTicker("key", "token")._parse_binary(framed(packet))
    (tick,) = ticks_of(kit, tmp_path, framed(packet))
    assert tick.quote.ltp == theirs["last_price"]
    if size >= 44:
        assert tick.quote.volume == theirs["volume_traded"]
        assert (tick.quote.open or 0, tick.quote.prev_close or 0) == (
            theirs["ohlc"]["open"],
            theirs["ohlc"]["close"],
        )
    if size == 184:
        assert tick.quote.oi == theirs["oi"]
        for ours, side in ((tick.bids, "buy"), (tick.asks, "sell")):
            real = [level for level in theirs["depth"][side] if level["quantity"]]
            assert [(level.price, level.quantity, level.orders) for level in ours] == [
                (level["price"], level["quantity"], level["orders"]) for level in real
            ]


def test_a_bad_protection_option_makes_the_plugin_broken_not_the_order_unprotected(
    kit: Any, tmp_path: Path
) -> None:
    bad = {
        "market_protection": ("-2", "150", "NaN", "auto", ""),
        "gtt_offset_percent": ("-1", "0", "100", "NaN", "auto", ""),
    }
    for option, values in bad.items():
        for value in values:
            with pytest.raises(Exception, match="broken"):
                kit.Bench("zerodha", kit.ScriptedTransport([]), tmp_path, settings={option: value})
    kit.Bench("zerodha", kit.ScriptedTransport([]), tmp_path)
