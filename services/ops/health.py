"""Whether the process lives, and whether it can serve. Resource alarms are neither."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from database.stores import Stores
from domain.errors import Unavailable
from domain.feed import FeedState
from services.ops.launch.supervisor import STATE_FILE
from utils.clock import from_epoch
from utils.version import VERSION

SERVICE_ID = "openalgo"


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """A supervised process: state is running or restarting, at_ms when that was written (epoch milliseconds)."""

    pid: int | None
    state: str
    restarts: int
    at_ms: int


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A market-data feed: its state (domain.feed.FeedState) and since when, an instant in UTC."""

    broker: str
    state: str
    since: dt.datetime


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """checks: `pass`, or what is wrong, by store. processes: empty when this process was started by itself.

    feeds: those that run; a feed that is down makes nothing unready, orders need none.
    """

    ready: bool
    checks: dict[str, str]
    processes: dict[str, ProcessState]
    feeds: list[FeedHealth]


class Health:
    """Answers the probes. Reads a few bytes per call; keep the answers behind the public health limit."""

    def __init__(
        self, stores: Stores, data_dir: Path, feeds: Callable[[], Iterable[FeedState]] = tuple
    ) -> None:
        self._stores = stores
        self._feeds = feeds
        self._processes_path = data_dir / STATE_FILE

    def live(self) -> dict[str, Any]:
        """What the liveness probe shows; being asked and answering is the test."""
        return {
            "status": "pass",
            "version": VERSION,
            "serviceId": SERVICE_ID,
            "description": "OpenAlgo is running",
        }

    def ready(self) -> Readiness:
        """Whether every store answers. A restarting proxy is shown but does not stop the app from serving."""
        checks = {store.name: self._check(store.name) for store in self._stores}
        ready = all(text == "pass" for text in checks.values())
        return Readiness(ready=ready, checks=checks, processes=self.processes(), feeds=self.feeds())

    def feeds(self) -> list[FeedHealth]:
        """Every running market-data feed."""
        return [
            FeedHealth(broker=feed.broker, state=feed.state, since=from_epoch(feed.since_ms / 1000))
            for feed in self._feeds()
        ]

    def processes(self) -> dict[str, ProcessState]:
        """State of the processes that the launcher supervises, as it last wrote it."""
        try:
            raw = self._processes_path.read_bytes()
            found = msgspec.json.decode(raw, type=dict[str, ProcessState])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}
        return {name: row for name, row in found.items() if row.pid != os.getpid()}

    def _check(self, name: str) -> str:
        try:
            getattr(self._stores, name).ping()
        except Unavailable as error:
            return error.message
        return "pass"
