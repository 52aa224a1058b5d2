"""What a socket of XTS must never send, beside the kit's kinds.

packet           an unknown Engine.IO packet type
event            events that are no array, have no name, or whose payload is no JSON
stranger         a whole tick of an instrument that nobody asked for
cut              a binary event whose record ends early
orphan           binary bytes without the event that announces them
text             also ticks without their price
"""

from test.twins.kit.stream import garbage
from test.twins.xts.engineio import BINARY_MARK, binary_event, event

STRANGER = {
    "MessageCode": 1512, "MessageVersion": 4, "ExchangeSegment": 1, "ExchangeInstrumentID": 99999999,
    "LastTradedPrice": 1.0, "LastTradedQunatity": 1, "LastUpdateTime": 1420633479, "Close": 1.0,
}  # fmt: skip
MAKERS = {
    "packet": lambda dice: ["9", "7hello"],
    "event": lambda dice: ["42{}", "42[]", '42["1512-json-full","no json"]', '42["1512-json-full"'],
    "stranger": lambda dice: [event("1512-json-full", STRANGER)],
    "cut": lambda dice: binary_event("xts-binary-packet", dice.randbytes(dice.randrange(1, 60))),
    "orphan": lambda dice: [BINARY_MARK + dice.randbytes(40)],
    **garbage.MAKERS,
    "text": lambda dice: ("no json", '42["1512-json-full","{}"]', '42["1512-json-partial","t:1_1"]'),
}
