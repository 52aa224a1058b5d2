"""What SmartStream must never send, beside the kit's kinds.

truncated   a packet cut short
longer      a packet with bytes too many
mode        a packet of a mode that does not exist
place       a packet of an exchange type that does not exist
stranger    a whole packet of an instrument that nobody asked for
flag        a depth entry of no side
text        also an order that is none
"""

import struct

from test.twins.kit.stream import garbage

_HEAD = struct.pack("<BB25sqqq", 1, 1, b"99999999", 1, 0, 12345)
_SNAP = b"\x03" + _HEAD[1:] + bytes(96) + struct.pack("<HqqH", 7, 1, 100, 1) * 10 + bytes(32)
TEXTS = ("no json", "[]", "null", '{"order-status":"AB01","status-code":"200","orderData":{"orderid":1}}')
MAKERS = {
    "truncated": lambda dice: [_HEAD[: dice.randrange(1, 51)]],
    "longer": lambda dice: [_HEAD + dice.randbytes(dice.randrange(1, 60))],
    "mode": lambda dice: [bytes([dice.randrange(5, 255)]) + _HEAD[1:]],
    "place": lambda dice: [_HEAD[:1] + bytes([dice.randrange(14, 255)]) + _HEAD[2:]],
    "stranger": lambda dice: [_HEAD],
    "flag": lambda dice: [_SNAP],
    **garbage.MAKERS,
    "text": lambda dice: TEXTS,
}
KINDS = tuple(MAKERS)
