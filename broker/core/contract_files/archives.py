"""Packed vendor files, read within bounds: a packed kilobyte may stand for gigabytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from domain.errors import BadVendorData

UNPACKED_LIMIT = 256 * 1024 * 1024
_CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"


def unzipped(content: bytes, limit: int = UNPACKED_LIMIT) -> Iterator[bytes]:
    """The only file of a ZIP archive, in chunks; what its directory claims of sizes is not believed.

    Raises BadVendorData for another number of files, a damaged archive, and past `limit` bytes.
    """
    size = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise BadVendorData(f"The archive holds {len(members)} files instead of one")
            with archive.open(members[0]) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise BadVendorData(f"The archive unpacks to more than {limit} bytes")
                    yield chunk
    # RuntimeError: an encrypted file, or a method of packing that nobody documents. The rest: a damaged directory.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        struct.error,
    ) as error:
        raise BadVendorData(f"The archive cannot be read ({type(error).__name__})") from None


def gunzipped(chunks: Iterable[bytes], limit: int = UNPACKED_LIMIT) -> Iterator[bytes]:
    """What a gzip file of one member holds, in chunks; a file that is not packed comes as it is.

    Some transports have unpacked it on the way. Raises BadVendorData for a damaged or cut file, and past `limit` bytes.
    """
    size, source = 0, iter(chunks)
    head = b""
    while len(head) < len(_GZIP) and (chunk := next(source, b"")):
        head += chunk
    unpack = zlib.decompressobj(31) if head.startswith(_GZIP) else None
    for packed in chain([head], source):
        for part in [packed] if unpack is None else _inflated(unpack, packed):
            size += len(part)
            if size > limit:
                raise BadVendorData(f"The file unpacks to more than {limit} bytes")
            yield part
    if unpack is not None and (not unpack.eof or unpack.unused_data):
        raise BadVendorData("The packed file is cut short or followed by something else")


def _inflated(unpack: Any, packed: bytes) -> Iterator[bytes]:
    """Parts of bounded size: a small packed chunk may hold a thousand times its own."""
    while True:
        try:
            part = unpack.decompress(packed, _CHUNK)
        except zlib.error as error:
            raise BadVendorData(f"The packed file cannot be read ({type(error).__name__})") from None
        yield part
        packed = unpack.unconsumed_tail
        if not packed and len(part) < _CHUNK:
            return
