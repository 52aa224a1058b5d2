"""Ticks as Kite's binary packets, and packets as a frame."""

import struct

from domain.market import Mode

HEARTBEAT = b"\x00"


def frame_of(packets):
    """Count, then length and packet each."""
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(each)) + each for each in packets)


def packet(tick, listed):
    """The binary packet of a tick."""
    quote, lot = tick.quote, listed.lot

    def price(value):
        return round((value or 0) * listed.divisor)

    def units(value):
        return min((value or 0) // lot, 0xFFFFFFFF)

    def seconds(epoch_ms):
        return (epoch_ms or 0) // 1000

    head = struct.pack(">Ii", listed.token, price(quote.ltp))
    if tick.mode is Mode.LTP:
        return head
    day = (quote.open, quote.high, quote.low, quote.prev_close)
    if listed.instrument.exchange.is_index:
        opened, high, low, close = day
        body = head + struct.pack(
            ">5i", *map(price, (high, low, opened, close)), price((quote.ltp or 0) - (close or 0))
        )
        return body if tick.mode is Mode.QUOTE else body + struct.pack(">I", seconds(quote.exchange_at_ms))
    body = head + struct.pack(">Ii3I", units(quote.last_quantity), price(quote.average_price), *map(
        units, (quote.volume, quote.total_buy_quantity, quote.total_sell_quantity)
    )) + struct.pack(">4i", *map(price, day))  # fmt: skip
    if tick.mode is Mode.QUOTE:
        return body
    body += struct.pack(
        ">5I", seconds(quote.last_trade_at_ms), units(quote.oi), units(quote.oi), units(quote.oi),
        seconds(quote.exchange_at_ms),
    )  # fmt: skip
    for side in (tick.bids, tick.asks):
        levels = [(units(level.quantity), price(level.price), level.orders or 1) for level in side[:5]]
        for level in levels + [(0, 0, 0)] * (5 - len(levels)):
            body += struct.pack(">IiH2x", *level)
    return body
