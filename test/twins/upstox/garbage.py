"""What Upstox's feed must never send, beside the kit's kinds.

layout           a cut length, a length past the end, a field of another type, a group, a number without end
truncated        the first part of a frame
stranger         a whole feed of an instrument that nobody asked for
text             also an order that is none
"""

from test.twins.kit.stream import garbage
from test.twins.upstox import packets

LAYOUT = (
    b"\x12\x80", b"\x12\xff\xff\xff\xff\x0f" + b"x" * 9, b"\x10\x01", b"\x13\x08\x01\x14", b"\x08" + b"\xff" * 12,
)  # fmt: skip
_STRANGER = packets.response(
    packets.LIVE, {"NSE_EQ|INE999999999": packets.part(1, packets.double(1, 12.5))}, 1
)
TEXTS = ("no json", "[]", "null", '{"update_type":"order","order_id":1}', '{"update_type":')
MAKERS = {
    "layout": lambda dice: LAYOUT,
    "truncated": lambda dice: [_STRANGER[: dice.randrange(3, len(_STRANGER) - 1)]],
    "stranger": lambda dice: [_STRANGER],
    **garbage.MAKERS,
    "text": lambda dice: TEXTS,
}
KINDS = tuple(MAKERS)
