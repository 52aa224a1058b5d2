"""What a ticker must never send.

kind             what a client gets
layout           the four classics: a packet cut short (twice), a count without packets, an unknown length
truncated        the first half of a frame
count_high       a count above the packets that follow
count_low        a count below them
unknown_length   a packet of a length that no mode has
stranger         a whole packet of an instrument that nobody asked for
empty            a frame of no bytes
noise            random bytes
text             texts that are no JSON, no object, or an order that is none
utf8             a text frame that is not UTF-8: the client must end the connection
framing          bytes that are no WebSocket frame: the client must end the connection
huge             a frame of 5 MiB: a client with a limit must end the connection
"""

import struct

from kite_stream.packets import frame_of

HUGE_BYTES = 5 * 1024 * 1024
STRANGER = 99_999_999 * 256 + 9 & 0xFFFFFFFF
LAYOUT = (b"\x00\x02\x00\x08\x01", b"\xff\xff", b"\x00\x01\x00\x05hello", b"\x00\x01\x00\xb8" + bytes(20))
TEXTS = ("no json", "[]", "null", '{"type":"order","data":{"order_id":1}}', '{"type":', '{"type":"order"}')
_PACKET = struct.pack(">Ii", STRANGER, 12345)


class Raw(bytes):
    """Bytes for the wire as they are, past the WebSocket layer."""


def garbage(kind, dice):
    """Frames of a kind: bytes, texts or Raw. `dice` is a random.Random. Raises ValueError for an unknown kind."""
    try:
        return list(_MAKERS[kind](dice))
    except KeyError:
        raise ValueError(f"unknown garbage {kind!r}") from None


_MAKERS = {
    "layout": lambda dice: LAYOUT,
    "truncated": lambda dice: [frame_of([_PACKET, bytes(184)])[: dice.randrange(3, 190)]],
    "count_high": lambda dice: [struct.pack(">H", dice.randrange(2, 0xFFFF)) + frame_of([_PACKET])[2:]],
    "count_low": lambda dice: [b"\x00\x01" + frame_of([_PACKET, _PACKET])[2:]],
    "unknown_length": lambda dice: [frame_of([dice.randbytes(dice.choice((1, 7, 9, 45, 183, 185)))])],
    "stranger": lambda dice: [frame_of([_PACKET])],
    "empty": lambda dice: [b""],
    "noise": lambda dice: [b"\xff" + dice.randbytes(dice.randrange(1, 400))],
    "text": lambda dice: TEXTS,
    "utf8": lambda dice: [Raw(b"\x81\x02\xff\xfe")],
    "framing": lambda dice: [Raw(b"\xff\xff\xff\xff")],
    "huge": lambda dice: [bytes(HUGE_BYTES)],
}
KINDS = tuple(_MAKERS)
ENDING = ("utf8", "framing", "huge")
