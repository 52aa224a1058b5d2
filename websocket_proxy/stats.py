"""Figures of this process, written for the app's health page to read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from utils import limits
from utils.clock import Clock, epoch_ms
from utils.json import encode
from utils.logging import get_logger

log = get_logger(__name__)


class StatsFile:
    """Writes the figures at a fixed rhythm, atomically; the file goes when the process ends."""

    def __init__(
        self, path: Path, seconds: float, figures: Callable[[], dict[str, Any]], clock: Clock
    ) -> None:
        self._path = path
        self._seconds = seconds
        self._figures = figures
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin inside a running loop."""
        self._task = asyncio.create_task(self._run(), name="stats-file")

    async def stop(self) -> None:
        """End and remove the file: an absent file says that no proxy runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _run(self) -> None:
        while True:
            now = epoch_ms(self._clock.now())
            content = encode({"pid": os.getpid(), "at_ms": now, "limits": limits.census(), **self._figures()})
            try:
                await asyncio.to_thread(self._write, content)
            except OSError as error:
                log.warning("The statistics file cannot be written", reason=type(error).__name__)
            await asyncio.sleep(self._seconds)

    def _write(self, content: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        spare = self._path.with_suffix(".new")
        spare.write_bytes(content)
        spare.replace(self._path)
