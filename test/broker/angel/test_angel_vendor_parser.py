"""The vendor's published parser of SmartStream as a second opinion on ours."""

from __future__ import annotations

import importlib
import importlib.util
import struct
import warnings
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MISSING = [name for name in ("SmartApi", "logzero", "websocket") if importlib.util.find_spec(name) is None]


@pytest.fixture(scope="module")
def theirs() -> Any:
    """The parser without its client; the import asks a public site for an address, which no test may reach."""
    if MISSING:
        pytest.skip("the dependency group `clients` is not installed")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(requests, "get", refuse)
        module = importlib.import_module("SmartApi.smartWebSocketV2")
    return object.__new__(module.SmartWebSocketV2)


def refuse(*_arguments: Any, **_options: Any) -> Any:
    raise OSError("not from a test")


DAY_PRICES = (
    "open_price_of_the_day", "high_price_of_the_day", "low_price_of_the_day", "closed_price", "average_traded_price",
)  # fmt: skip
WORDS = st.integers(0, 2**40)
LEVEL = st.tuples(WORDS, WORDS, st.integers(0, 65535))
PLACES = st.sampled_from([1, 2, 3, 4, 5, 7])


def packet(
    mode: int, place: int, token: int, words: list[int], levels: list[tuple[int, int, int]], sides: list[int]
) -> bytes:
    """A packet of a mode from drawn numbers."""
    body = struct.pack("<BB25sqqq", mode, place, str(token).encode(), *words[:3])
    if mode > 1:
        body += struct.pack("<qqqddqqqq", *words[3:6], float(words[6]), float(words[7]), *words[8:12])
    if mode > 2:
        body += struct.pack("<qqq", *words[12:15])
        body += b"".join(
            struct.pack("<HqqH", side, *level) for side, level in zip(sides, levels, strict=True)
        )
        body += struct.pack("<qqqq", *words[15:19])
    return body


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mode=st.sampled_from([1, 2, 3]), place=PLACES, token=st.integers(1, 10**9),
    words=st.lists(WORDS, min_size=20, max_size=20), levels=st.lists(LEVEL, min_size=10, max_size=10),
    sides=st.permutations([0] * 5 + [1] * 5),
)  # fmt: skip
def test_any_packet_reads_as_the_vendors_own_parser_reads_it(
    kit: Any, theirs: Any, tmp_path: Path, mode: int, place: int, token: int, words: list[int],
    levels: list[tuple[int, int, int]], sides: list[int],
) -> None:  # fmt: skip
    body = packet(mode, place, token, words, levels, sides)
    parsed = theirs._parse_binary_data(body)
    (tick,) = kit.Bench("angel", kit.ScriptedTransport([]), tmp_path).plugin.stream().decode(body)
    quote = tick.quote
    assert (tick.token, int(tick.mode)) == (parsed["token"], parsed["subscription_mode"])
    assert quote.ltp == parsed["last_traded_price"] / 100
    assert (quote.exchange_at_ms or 0) == parsed["exchange_timestamp"]
    if mode > 1:
        prices = (quote.open, quote.high, quote.low, quote.prev_close, quote.average_price)
        names = (
            "open_price_of_the_day",
            "high_price_of_the_day",
            "low_price_of_the_day",
            "closed_price",
            "average_traded_price",
        )
        assert [price or 0 for price in prices] == [parsed[name] / 100 for name in names]
        assert (quote.volume, quote.total_buy_quantity, quote.total_sell_quantity, quote.last_quantity) == (
            parsed["volume_trade_for_the_day"], parsed["total_buy_quantity"], parsed["total_sell_quantity"],
            parsed["last_traded_quantity"],
        )  # fmt: skip
    if mode > 2:
        assert (quote.oi, (quote.last_trade_at_ms or 0) // 1000) == (
            parsed["open_interest"],
            parsed["last_traded_timestamp"],
        )
        assert (quote.upper_circuit or 0) == parsed["upper_circuit_limit"] / 100
        for ours, side in ((tick.bids, "best_5_buy_data"), (tick.asks, "best_5_sell_data")):
            real = [level for level in parsed[side] if level["quantity"]]
            assert [(level.price, level.quantity, level.orders) for level in ours] == [
                (level["price"] / 100, level["quantity"], level["no of orders"]) for level in real
            ]
