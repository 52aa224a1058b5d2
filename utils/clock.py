"""The one clock. UTC inside, India Standard Time at the edges; injected so that tests own time."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol
from zoneinfo import ZoneInfo

IST = ZoneInfo("Asia/Kolkata")
UTC = dt.UTC


class Clock(Protocol):
    """What every time-dependent component is given."""

    def now(self) -> dt.datetime:
        """Current instant, zone-aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never step back; for durations only."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: dt.datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at a zone-aware instant")
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> dt.datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move both readings forward."""
        self._now += dt.timedelta(seconds=seconds)
        self._elapsed += seconds

    def jump(self, instant: dt.datetime) -> None:
        """Set the wall clock only, as an operator or NTP would."""
        self._now = instant.astimezone(UTC)


def epoch_ms(instant: dt.datetime) -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return int(instant.timestamp() * 1000)


def from_epoch(seconds: float) -> dt.datetime:
    """Zone-aware UTC instant of epoch seconds."""
    return dt.datetime.fromtimestamp(seconds, UTC)


def ist(instant: dt.datetime) -> dt.datetime:
    """The same instant on the Indian wall clock."""
    return instant.astimezone(IST)


def ist_text(instant: dt.datetime | None) -> str:
    """YYYY-MM-DD HH:MM:SS on the Indian wall clock, empty text for None."""
    return ist(instant).strftime("%Y-%m-%d %H:%M:%S") if instant else ""


def next_daily(instant: dt.datetime, at: dt.time, zone: ZoneInfo = IST) -> dt.datetime:
    """First occurrence of wall-clock time `at` strictly after `instant`, as UTC."""
    local = instant.astimezone(zone)
    candidate = local.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
    if candidate <= local:
        candidate += dt.timedelta(days=1)
    return candidate.astimezone(UTC)
