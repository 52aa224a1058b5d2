"""What Kite's ticker must never send, beside the kit's kinds.

layout           the four classics: a packet cut short (twice), a count without packets, an unknown length
truncated        the first half of a frame
count_high       a count above the packets that follow
count_low        a count below them
unknown_length   a packet of a length that no mode has
stranger         a whole packet of an instrument that nobody asked for
text             also an order that is none
"""

import struct

from test.twins.kit.stream import garbage
from test.twins.kite.packets import frame_of

STRANGER = 99_999_999 * 256 + 9 & 0xFFFFFFFF
LAYOUT = (b"\x00\x02\x00\x08\x01", b"\xff\xff", b"\x00\x01\x00\x05hello", b"\x00\x01\x00\xb8" + bytes(20))
TEXTS = ("no json", "[]", "null", '{"type":"order","data":{"order_id":1}}', '{"type":', '{"type":"order"}')
_PACKET = struct.pack(">Ii", STRANGER, 12345)
MAKERS = {
    "layout": lambda dice: LAYOUT,
    "truncated": lambda dice: [frame_of([_PACKET, bytes(184)])[: dice.randrange(3, 190)]],
    "count_high": lambda dice: [struct.pack(">H", dice.randrange(2, 0xFFFF)) + frame_of([_PACKET])[2:]],
    "count_low": lambda dice: [b"\x00\x01" + frame_of([_PACKET, _PACKET])[2:]],
    "unknown_length": lambda dice: [frame_of([dice.randbytes(dice.choice((1, 7, 9, 45, 183, 185)))])],
    "stranger": lambda dice: [frame_of([_PACKET])],
    **garbage.MAKERS,
    "text": lambda dice: TEXTS,
}
KINDS = tuple(MAKERS)
