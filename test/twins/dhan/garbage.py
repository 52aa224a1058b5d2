"""What Dhan's feed must never send, beside the kit's kinds.

layout       a packet cut short, a length of 0, a length beyond the frame
truncated    the first part of a packet
stranger     a whole packet of an instrument that nobody asked for
unknown      a packet of a kind nobody knows, and one of an unknown segment
"""

import struct

from test.twins.kit.stream import garbage

_TICKER = struct.pack("<BHBifI", 2, 16, 1, 99_999_999, 12.5, 0)
MAKERS = {
    "layout": lambda dice: (_TICKER[:9], b"\x02\x00\x00" + _TICKER[3:], b"\x08\xff\xff" + _TICKER[3:]),
    "truncated": lambda dice: [_TICKER[: dice.randrange(1, 15)]],
    "stranger": lambda dice: [_TICKER],
    "unknown": lambda dice: [b"\x63" + _TICKER[1:], _TICKER[:3] + b"\x06" + _TICKER[4:]],
    **garbage.MAKERS,
}
KINDS = tuple(MAKERS)
