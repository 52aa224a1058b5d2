"""What a contract master is like, when it is due, and whom the loader asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from database.contracts import LoadStatus
from domain.instruments import Exchange

HEARTBEAT_SECONDS = 150
UTC_ZONE = ZoneInfo("UTC")


class AccountState(Protocol):
    """What the loader needs to know of an account."""

    @property
    def id(self) -> int: ...
    @property
    def broker(self) -> str: ...
    @property
    def state(self) -> str: ...


class Accounts(Protocol):
    """Where sessions come from."""

    def session(self, account_id: int) -> Session:
        """The account's session. Raises SessionDead."""

    def find(self, account_id: int) -> AccountState:
        """The account. Raises NotFound."""

    def of_broker(self, broker: str) -> Sequence[AccountState]:
        """Accounts of a broker, those with a usable session first."""


class Brokers(Protocol):
    """Where plug-ins come from."""

    def plugin(self, broker_id: str) -> Plugin:
        """The plug-in. Raises NotFound."""

    def manifests(self) -> Mapping[str, Manifest]:
        """Brokers offered, by id."""


class Cutoffs(msgspec.Struct, frozen=True):
    """When the day's file is out: Indian time for exchanges, UTC for crypto."""

    exchange: dt.time = dt.time(8)
    crypto: dt.time = dt.time(0)


class Freshness(msgspec.Struct, frozen=True):
    """Whether a login should download, and why."""

    should_download: bool
    reason: str
    cutoff_time: str
    cutoff_timezone: str


class MasterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A broker's contract master. status: none, pending, downloading, success or error.

    is_ready: instruments can be resolved, also while a newer file loads or failed to. age_seconds: of what is served.
    """

    broker: str
    status: str
    message: str
    is_ready: bool
    total: int
    counts: Mapping[Exchange, int]
    updated_at: dt.datetime | None
    loaded_at: dt.datetime | None
    age_seconds: float | None
    duration_ms: int | None
    sha256: str | None
    warnings: tuple[str, ...]


def judge(downloaded_at: dt.datetime | None, now: dt.datetime, zone: ZoneInfo, cutoff: dt.time) -> Freshness:
    """Whether a login at `now` should download, given the last successful download."""
    today = now.astimezone(zone).date()
    loaded = downloaded_at.astimezone(zone) if downloaded_at else None
    if loaded is None:
        answer, reason = True, "Never downloaded"
    elif loaded.date() != today:
        answer, reason = True, f"Last downloaded on {loaded:%Y-%m-%d}"
    elif loaded.time() < cutoff:
        answer, reason = True, f"Downloaded at {loaded:%H:%M}, before the cut-off"
    else:
        answer, reason = False, f"Downloaded today at {loaded:%H:%M}"
    return Freshness(answer, reason, f"{cutoff:%H:%M}", zone.key)


def is_alive(found: LoadStatus, now: dt.datetime) -> bool:
    """Whether some process showed within the last 150 s that it is loading."""
    beat = found.heartbeat_at
    return beat is not None and (now - beat).total_seconds() < HEARTBEAT_SECONDS


def master_status(
    broker: str, found: LoadStatus | None, now: dt.datetime, *, is_running: bool
) -> MasterStatus:
    """The stored status as it is to be shown; a download that nobody runs any more is an error."""
    if found is None:
        return MasterStatus(
            broker=broker, status="none", message="No contract master was loaded yet", is_ready=False, total=0,
            counts={}, updated_at=None, loaded_at=None, age_seconds=None, duration_ms=None, sha256=None, warnings=(),
        )  # fmt: skip
    status, message = found.status, found.message
    if status == "downloading" and not is_running:
        status, message = "error", "The last download was interrupted"
    age = (now - found.downloaded_at).total_seconds() if found.downloaded_at else None
    return MasterStatus(
        broker=broker, status=status, message=message, is_ready=found.generation is not None, total=found.total,
        counts=found.counts, updated_at=found.updated_at, loaded_at=found.downloaded_at, age_seconds=age,
        duration_ms=found.duration_ms, sha256=found.sha256, warnings=found.warnings,
    )  # fmt: skip
