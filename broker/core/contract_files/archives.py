"""Packed vendor files, read within bounds: a packed kilobyte may stand for gigabytes."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from domain.errors import BadVendorData

UNPACKED_LIMIT = 256 * 1024 * 1024
_CHUNK = 64 * 1024


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
    # RuntimeError: an encrypted file; NotImplementedError: a method of packing that nobody documents.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise BadVendorData(f"The archive cannot be read ({type(error).__name__})") from None
