"""What a stream must never send.

kind             what a client gets
empty            a frame of no bytes
noise            random bytes
text             texts that are no JSON or no object
utf8             a text frame that is not UTF-8: the client must end the connection
framing          bytes that are no WebSocket frame: the client must end the connection
huge             a frame of 5 MiB: a client with a limit must end the connection

A vendor adds what only its layout has: truncated frames, wrong counts, unknown lengths, strangers.
"""

HUGE_BYTES = 5 * 1024 * 1024
ENDING = ("utf8", "framing", "huge")


class Raw(bytes):
    """Bytes for the wire as they are, past the WebSocket layer."""


MAKERS = {
    "empty": lambda dice: [b""],
    "noise": lambda dice: [b"\xff" + dice.randbytes(dice.randrange(1, 400))],
    "text": lambda dice: ("no json", "[]", "null"),
    "utf8": lambda dice: [Raw(b"\x81\x02\xff\xfe")],
    "framing": lambda dice: [Raw(b"\xff\xff\xff\xff")],
    "huge": lambda dice: [bytes(HUGE_BYTES)],
}
"""Frames of each kind: bytes, texts or Raw; `dice` is a random.Random."""


def garbage(makers, kind, dice):
    """Frames of a kind. Raises ValueError for an unknown one."""
    try:
        return list(makers[kind](dice))
    except KeyError:
        raise ValueError(f"unknown garbage {kind!r}") from None
