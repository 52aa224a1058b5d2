"""Ticks as XTS's binary records: an envelope, then a payload whose sizes are 32 or 64 bits wide."""

import struct
import zlib
from dataclasses import dataclass

from test.twins.xts.shapes import LEVELS, change
from test.twins.xts.words import seconds_1980

HEAD = struct.Struct("<HHHQQihiQ")
ENVELOPE = struct.Struct("<bHhihhH")
OPEN_INTEREST = struct.Struct("<hihQb")
VERSION = 4


@dataclass(frozen=True)
class Layout:
    """The two structures that differ: a depth row, and the touchline behind its two rows."""

    row: struct.Struct
    line: struct.Struct


LAYOUTS = {
    "narrow": Layout(struct.Struct("<idiH"), struct.Struct("<QdiIIIdQddddddHHhh")),
    "wide": Layout(struct.Struct("<qdiH"), struct.Struct("<QdqqqqdQddddddHHhh")),
}


def payload(layout, code, listed, depth):
    """1501, 1502 or 1510 of an instrument."""
    quote, lot = depth.quote, listed.lot
    head = HEAD.pack(code, VERSION, 0, 0, 1, 0, listed.number, listed.id, seconds_1980(quote.exchange_at_ms))
    if code == 1510:
        return head + OPEN_INTEREST.pack(1, (quote.oi or 0) // lot, 1, 0, 0) + struct.pack("<i", 0)
    sides = [_rows(layout, levels, lot) for levels in (depth.bids, depth.asks)]
    line = b"".join(rows[0] for rows in sides) + _line(layout, quote, lot)
    if code == 1501:
        return head + line
    return head + b"".join(struct.pack("<i", LEVELS) + b"".join(rows) for rows in sides) + line


def _rows(layout, levels, lot):
    rows = [
        layout.row.pack(each.quantity // lot, each.price, each.orders or 1, 0) for each in levels[:LEVELS]
    ]
    return rows + [layout.row.pack(0, 0.0, 0, 0)] * (LEVELS - len(rows))


def _line(layout, quote, lot):
    counts = (quote.last_quantity, quote.total_buy_quantity, quote.total_sell_quantity, quote.volume)
    prices = (quote.open, quote.high, quote.low, quote.prev_close)
    return layout.line.pack(
        seconds_1980(quote.exchange_at_ms), quote.ltp, *((each or 0) // lot for each in counts),
        quote.average_price or 0.0, seconds_1980(quote.last_trade_at_ms), change(quote),
        *(each or 0.0 for each in prices), 0.0, 0, 0, 1, 1,
    )  # fmt: skip


def record(code, listed, body, *, compressed):
    """A payload in its envelope, plain or as raw DEFLATE."""
    head = ENVELOPE.pack(compressed, code, listed.number, listed.id, 1, 1, len(body))
    if not compressed:
        return head + body
    squeezer = zlib.compressobj(wbits=-15)
    small = squeezer.compress(body) + squeezer.flush()
    return head + struct.pack("<H", len(small)) + small
