"""What the generator sends and the readers therefore expect: a number, a sequence and a time make a tick.

Tick `n` of a run belongs to instrument `n % count` and is its number `n // count`; every field follows from those two,
so a reader recomputes what it should have got. A run's ticks are due at `begin + (n - first) / rate` on the machine's
monotonic clock, whether or not anybody keeps up (open loop): lateness of the generator counts as latency.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

QUOTE = struct.Struct(">HIiIiIIIiiii")
"""Packet length, then Kite's 44-byte quote packet."""
FULL = struct.Struct(">HIiIiIIIiiiiIIIII120s")
"""Packet length, then Kite's 184-byte full packet."""
_BOOK = struct.Struct(">IiHH")
COUNT = struct.Struct(">H")
WORDS = {"quote": 2, "full": 3}


def symbol(number: int) -> str:
    """Name of an instrument."""
    return f"S{number:05d}"


def token(number: int) -> int:
    """Kite's token of an NSE instrument."""
    return (number + 1) * 256 + 1


def base(number: int) -> int:
    """An instrument's opening price, paise; every instrument has its own."""
    return 1_000_000 + number * 1_009


def price(number: int, seq: int) -> int:
    """Last price of a tick, paise."""
    return base(number) + seq * 37 % 997


def quote(number: int, seq: int) -> bytes:
    """The tick as Kite's wire has it."""
    opened = base(number)
    return QUOTE.pack(
        44, token(number), price(number, seq), 1 + seq % 1_000, opened + 500, seq, number + 1, seq * 3 + 1,
        opened, opened + 1_000, opened - 1_000, opened + 7,
    )  # fmt: skip


def full(number: int, seq: int) -> bytes:
    """The same with times and a book of five levels a side."""
    last = price(number, seq)
    levels = [(100 + level, last - 5 * (level + 1), 2 + level, 0) for level in range(5)]
    levels += [(200 + level, last + 5 * (level + 1), 3 + level, 0) for level in range(5)]
    book = b"".join(_BOOK.pack(*level) for level in levels)
    opened = base(number)
    return FULL.pack(
        184, token(number), last, 1 + seq % 1_000, opened + 500, seq, number + 1, seq * 3 + 1,
        opened, opened + 1_000, opened - 1_000, opened + 7, 1_700_000_000, 0, 0, 0, 1_700_000_001, book,
    )  # fmt: skip


def frame(packets: Sequence[bytes]) -> bytes:
    """Packets as one binary WebSocket frame of a server."""
    body = COUNT.pack(len(packets)) + b"".join(packets)
    size = len(body)
    if size < 126:
        return bytes((0x82, size)) + body
    if size < 65_536:
        return b"\x82\x7e" + size.to_bytes(2, "big") + body
    return b"\x82\x7f" + size.to_bytes(8, "big") + body


def faults(message: dict[str, Any]) -> list[str]:
    """What of a market_data message is not what the generator sent for that instrument and sequence."""
    data = message["data"]
    number, seq = int(message["symbol"][1:]), data["volume"]
    opened = base(number)
    expected: dict[str, Any] = {
        "ltp": price(number, seq) / 100, "open": opened / 100, "high": (opened + 1_000) / 100,
        "low": (opened - 1_000) / 100, "close": (opened + 7) / 100,
    }  # fmt: skip
    if message["mode"] == 2:
        expected |= {
            "average_price": (opened + 500) / 100, "last_quantity": 1 + seq % 1_000,
            "total_buy_quantity": number + 1, "total_sell_quantity": seq * 3 + 1,
            "change": round((price(number, seq) - opened - 7) / 100, 2),
        }  # fmt: skip
    if message["mode"] == 3:
        best = data["depth"]["buy"][0], data["depth"]["sell"][0]
        if [level["price"] for level in best] != [round(expected["ltp"] + step, 2) for step in (-0.05, 0.05)]:
            expected["depth"] = None
    found = [name for name, value in expected.items() if data.get(name) != value]
    return (
        found + ["exchange"] * (message["exchange"] != "NSE") + ["type"] * (message["type"] != "market_data")
    )
