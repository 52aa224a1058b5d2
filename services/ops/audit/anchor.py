"""The anchor: number and digest of the last row, in a file beside the stores, sealed with a key that they do not hold.

It never moves backwards and never onto a trail that it does not fit, so what was cut off stays visible.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.ops.audit.chain import Anchor, Digest

NAME = "audit-anchor.json"


class AnchorBroken(Exception):
    """The file is there and cannot be trusted."""


class _File(msgspec.Struct, frozen=True):
    seq: int
    digest: str
    seal: str


class AnchorFile:
    """One file, replaced as a whole."""

    def __init__(self, folder: Path, digest: Digest) -> None:
        self.path = folder / NAME
        self._digest = digest

    def read(self) -> Anchor | None:
        """What was anchored; None before the first time. Raises AnchorBroken."""
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=_File)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise AnchorBroken(f"The anchor cannot be read: {type(error).__name__}") from None
        if found.seal != self._seal(found.seq, found.digest):
            raise AnchorBroken("The anchor was not written by this installation")
        return Anchor(seq=found.seq, digest=found.digest)

    def write(self, anchor: Anchor) -> None:
        """Replace what was anchored. Raises OSError."""
        body = _File(anchor.seq, anchor.digest, self._seal(anchor.seq, anchor.digest))
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        spare = self.path.with_suffix(".tmp")
        spare.touch(mode=0o600)
        spare.write_bytes(msgspec.json.encode(body))
        spare.replace(self.path)

    def _seal(self, seq: int, digest: str) -> str:
        return self._digest(f"anchor|{seq}|{digest}")
