"""Frames of the market-data feed, written field by field as the protobuf wire has them."""

import struct

INITIAL, LIVE, MARKET_INFO = 0, 1, 2
NORMAL_OPEN = 2


def varint(value):
    """A whole number; negative ones as 64 bits."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def whole(number, value):
    """A varint field; proto3 does not send zeros."""
    return varint(number << 3) + varint(value) if value else b""


def double(number, value):
    """A double field."""
    return varint(number << 3 | 1) + struct.pack("<d", value) if value else b""


def part(number, body):
    """A message, text or map entry."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def response(kind, feeds, at_ms):
    """A whole frame: {key: feed}."""
    entries = b"".join(part(2, part(1, key.encode()) + part(2, feed)) for key, feed in feeds.items())
    return whole(1, kind) + entries + whole(3, at_ms)


def market_info(segments, at_ms):
    """The greeting: every segment is open."""
    states = b"".join(part(1, part(1, each.encode()) + whole(2, NORMAL_OPEN)) for each in segments)
    return whole(1, MARKET_INFO) + whole(3, at_ms) + part(4, states)


def price(quote):
    """LTPC."""
    told = whole(2, quote.last_trade_at_ms) + whole(3, quote.last_quantity)
    return double(1, quote.ltp) + told + double(4, quote.prev_close)


def slim(tick):
    """Feed of mode ltpc."""
    return part(1, price(tick.quote))


def full(tick, listed, with_price):
    """Feed of mode full; an increment may leave the price out."""
    quote = tick.quote
    ltpc = part(1, price(quote)) if with_price else b""
    day = part(1, b"1d") + double(2, quote.open) + double(3, quote.high) + double(4, quote.low)
    minute = part(1, b"I1") + double(2, quote.ltp) + double(3, quote.ltp)
    bars = part(1, day + double(5, quote.ltp) + whole(6, quote.volume)) + part(1, minute)
    if listed.instrument.exchange.is_index:
        return part(2, part(2, ltpc + part(2, bars))) + whole(4, 1)
    greeks = double(1, 0.5) + double(2, -12.5)
    body = (
        ltpc + part(2, b"".join(part(1, level) for level in _levels(tick))) + part(3, greeks) + part(4, bars)
        + double(5, quote.average_price) + whole(6, quote.volume) + double(7, float(quote.oi or 0)) + double(8, 0.2)
        + double(9, float(quote.total_buy_quantity or 0)) + double(10, float(quote.total_sell_quantity or 0))
        + whole(16, 1)
    )  # fmt: skip
    return part(2, part(1, body)) + whole(4, 1)


def _levels(tick):
    for index in range(5):
        bid = tick.bids[index] if index < len(tick.bids) else None
        ask = tick.asks[index] if index < len(tick.asks) else None
        yield (
            (whole(1, bid.quantity) + double(2, bid.price) if bid else b"")
            + (whole(3, ask.quantity) + double(4, ask.price) if ask else b"")
        )  # fmt: skip
