"""Ticks as SmartStream's binary packets, one per frame, little-endian."""

import struct

from domain.market import Mode

PLACES = {"NSE": 1, "NFO": 2, "BSE": 3, "BFO": 4, "MCX": 5, "CDS": 13}
BUY, SELL = 1, 0
LEVELS = 5


def packet(tick, listed, number):
    """The packet of a tick. number: of the packet in its connection."""
    quote = tick.quote

    def price(value):
        return round((value or 0) * listed.scale)

    def prices(*values):
        return struct.pack(f"<{len(values)}q", *map(price, values))

    body = struct.pack(
        "<BB25sqqq", int(tick.mode), PLACES[listed.exchange], listed.number.encode(), number,
        quote.exchange_at_ms or 0, price(quote.ltp),
    )  # fmt: skip
    if tick.mode is Mode.LTP:
        return body
    body += struct.pack("<q", quote.last_quantity or 0) + prices(quote.average_price)
    body += struct.pack(
        "<qdd", quote.volume or 0, quote.total_buy_quantity or 0, quote.total_sell_quantity or 0
    )
    body += prices(quote.open, quote.high, quote.low, quote.prev_close)
    if tick.mode is Mode.QUOTE:
        return body
    body += struct.pack("<qqq", (quote.last_trade_at_ms or 0) // 1000, quote.oi or 0, 0)
    for flag, side in ((BUY, tick.bids), (SELL, tick.asks)):
        levels = [(flag, level.quantity, price(level.price), level.orders or 1) for level in side[:LEVELS]]
        for level in levels + [(flag, 0, 0, 0)] * (LEVELS - len(levels)):
            body += struct.pack("<HqqH", *level)
    return body + prices(quote.upper_circuit, quote.lower_circuit, 0, 0)
