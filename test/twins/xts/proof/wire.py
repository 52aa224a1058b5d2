"""What a client reads of binary frames, by the documented envelope."""

import struct
import zlib


def read(frame):
    """(code, payload, compressed) of every record, by the documented envelope."""
    at = 0
    while at < len(frame):
        packing, code, _, _, _, _, size = struct.unpack_from("<bHhihhH", frame, at)
        at += 15
        if packing:
            (small,) = struct.unpack_from("<H", frame, at)
            body, at = zlib.decompress(frame[at + 2 : at + 2 + small], -15), at + 2 + small
        else:
            body, at = frame[at : at + size], at + size
        yield code, body, packing
