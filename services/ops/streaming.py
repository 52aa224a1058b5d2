"""What the streaming processes of this machine count, as they last wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from utils.clock import Clock, epoch_ms


class StreamingFigures:
    """Reads the statistics files: the one at `path` and those of parts that run apart, beside it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def all(self) -> list[dict[str, Any]]:
        """Each process's pid, age_seconds, and `proxy`, `feed`, `bus` or `forwarder` as far as it runs them.

        A process that ends takes its file along; one that was killed leaves it to grow old. A file that cannot be
        read is left out.
        """
        now = epoch_ms(self._clock.now())
        found = []
        for file in sorted(self._path.parent.glob(f"{self._path.stem}*{self._path.suffix}")):
            try:
                figures = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
                age = max(0, now - figures.pop("at_ms")) / 1000
            except (OSError, msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError):
                continue
            found.append({**figures, "age_seconds": age})
        return found
