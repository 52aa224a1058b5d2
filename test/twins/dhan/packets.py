"""Packets of Dhan's live feed, little-endian, as the vendor's documents lay them out."""

import struct

from domain.market import Mode
from test.twins.dhan.listing import NUMBERS

TICKER, QUOTE, INTEREST, CLOSE, FULL, ENDED = 2, 4, 5, 6, 8, 50
INDIAN_SECONDS = 19_800


def _packet(code, listed, payload):
    segment, number = listed.token
    return struct.pack("<BHBi", code, 8 + len(payload), NUMBERS[segment], int(number)) + payload


def traded_at(quote):
    """Seconds of the Indian wall clock, as Dhan's own client takes them; 0 for no trade yet."""
    return quote.last_trade_at_ms // 1000 + INDIAN_SECONDS if quote.last_trade_at_ms else 0


def close(listed, quote):
    """Previous close, in a packet of its own."""
    return _packet(CLOSE, listed, struct.pack("<fI", quote.prev_close or 0, 0))


def packets(tick, listed, mode):
    """What tells a tick at a mode; indices are told by tickers only."""
    quote = tick.quote
    if mode is Mode.LTP or listed.instrument.exchange.is_index:
        return _packet(TICKER, listed, struct.pack("<fI", quote.ltp, traded_at(quote)))
    head = struct.pack(
        "<fHIfIII", quote.ltp, (quote.last_quantity or 0) & 0xFFFF, traded_at(quote), quote.average_price or 0,
        *(value or 0 for value in (quote.volume, quote.total_sell_quantity, quote.total_buy_quantity)),
    )  # fmt: skip
    day = struct.pack("<ffff", quote.open or 0, 0, quote.high or 0, quote.low or 0)
    if mode is Mode.QUOTE:
        interest = _packet(INTEREST, listed, struct.pack("<I", quote.oi or 0))
        return _packet(QUOTE, listed, head + day) + interest
    return _packet(FULL, listed, head + struct.pack("<III", quote.oi or 0, 0, 0) + day + _levels(tick))


def _levels(tick):
    rows = b""
    for place in range(5):
        bid = tick.bids[place] if place < len(tick.bids) else None
        ask = tick.asks[place] if place < len(tick.asks) else None
        rows += struct.pack(
            "<IIHHff", bid.quantity if bid else 0, ask.quantity if ask else 0, (bid.orders or 1) if bid else 0,
            (ask.orders or 1) if ask else 0, bid.price if bid else 0, ask.price if ask else 0,
        )  # fmt: skip
    return rows


def ended(reason):
    """The packet before a disconnect."""
    return struct.pack("<BHBiH", ENDED, 10, 0, 0, reason)
