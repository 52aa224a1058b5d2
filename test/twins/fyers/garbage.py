"""What the HSM socket must never send, beside the kit's kinds.

layout       a truncated snapshot, a count above the entries, an entry of an unknown kind, a scale of zero
truncated    a data frame that ends inside its entry
count_high   more entries announced than there are
unknown      an entry, and a frame, of a kind that nobody has
stranger     updates of a topic id that was never told
"""

import struct

from test.twins.fyers.frames import DATA, data, framed
from test.twins.kit.stream import garbage

_STRANGER = b"U\xfe\xfe" + struct.pack(">B3i", 3, 81260, 5, 6)
_CUT = b"S\xfd\xfd" + bytes((14,)) + b"sf|nse_cm|3045" + struct.pack(">B2i", 21, 1, 2)
_NO_SCALE = _CUT[:18] + struct.pack(">Bi", 1, 5) + bytes(5) + bytes(3)
LAYOUT = (
    data(1, [_CUT]),
    framed(DATA, struct.pack(">IH", 1, 9)),
    data(1, [b"X\0\0\0"]),
    data(1, [_NO_SCALE]),
)
MAKERS = {
    "layout": lambda dice: LAYOUT,
    "truncated": lambda dice: [data(1, [_CUT[: dice.randrange(1, len(_CUT))]])],
    "count_high": lambda dice: [framed(DATA, struct.pack(">IH", 1, dice.randrange(2, 0xFFFF)) + _STRANGER)],
    "unknown": lambda dice: [
        data(1, [bytes((dice.randrange(1, 60),)) + dice.randbytes(9)]),
        framed(99, b"\0"),
    ],
    "stranger": lambda dice: [data(1, [_STRANGER])],
    **garbage.MAKERS,
}
