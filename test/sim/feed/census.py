"""What a process holds: descriptors, threads, tasks and memory."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from dataclasses import dataclass
from typing import Self

import psutil

BLOCKS_A_SEQUENCE, RSS_BYTES = 1500, 24 * 1024 * 1024


@dataclass(frozen=True)
class Census:
    """blocks: memory blocks of the interpreter that are in use. rss: resident bytes."""

    descriptors: int
    threads: int
    tasks: int
    blocks: int
    rss: int

    @classmethod
    def take(cls) -> Self:
        """Count now, after a full collection."""
        for _ in range(3):
            gc.collect()
        process = psutil.Process()
        threads = threading.active_count()
        tasks = len(asyncio.all_tasks())
        return cls(process.num_fds(), threads, tasks, sys.getallocatedblocks(), process.memory_info().rss)

    def leaks_since(self, start: Self, sequences: int) -> list[str]:
        """What is more than at the start. Memory may waver by a constant and must not grow with every sequence."""
        found = [
            f"{name}: {getattr(start, name)} before, {getattr(self, name)} after"
            for name in ("descriptors", "threads", "tasks")
            if getattr(self, name) != getattr(start, name)
        ]
        if self.blocks - start.blocks > 15 * BLOCKS_A_SEQUENCE + 25 * sequences:
            found.append(f"memory: {self.blocks - start.blocks} blocks more after {sequences} sequences")
        if self.rss - start.rss > RSS_BYTES:
            found.append(f"memory: {(self.rss - start.rss) >> 20} MiB more after {sequences} sequences")
        return found
