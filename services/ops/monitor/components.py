"""Every component of the house with its state and the reason for it.

pass  it works     warn  it works, and somebody should look     fail  it does not work
off   nobody needs it now, or it is switched off     unknown  it has not said yet how it is
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

import msgspec

from database.history import HistoryStore
from database.stores import Store
from domain.errors import Unavailable
from domain.feed import FeedState
from services.accounts.broker_sessions import AccountView
from services.ops.monitor.machine import Figures
from services.ops.monitor.rounds import Rounds

PASS, WARN, FAIL, OFF, UNKNOWN = "pass", "warn", "fail", "off", "unknown"
MIB = 1024 * 1024
STREAMING_STALE_SECONDS = 30.0
DISK_WARN_SHARE, DISK_FAIL_SHARE = 0.10, 0.02
DISK_WARN_BYTES, DISK_FAIL_BYTES = 1024 * MIB, 200 * MIB
QUEUE_WARN, QUEUE_FAIL = 0.5, 0.9
_FEEDS = {
    "live": PASS, "dialing": WARN, "authenticating": WARN, "stale": FAIL, "rollover": WARN, "no_session": OFF,
    "stopped": OFF,
}  # fmt: skip


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one component. name: unique, stable. figures: numbers that a page shows beside it; the
    ending of a name says the unit (`_bytes`, `_seconds`), other names count.
    """

    name: str
    kind: str
    state: str
    reason: str = ""
    figures: dict[str, float] = {}


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """A bounded queue: its name, policy, size and what is in it. lost: what the policy gave up since the start."""

    name: str
    policy: str
    size: int
    waiting: int
    lost: int


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """(warn, fail) by figure: megabytes, descriptors, threads."""

    memory: tuple[int, int]
    descriptors: tuple[int, int]
    threads: tuple[int, int]


def store_finding(store: Store) -> Finding:
    """Whether a database answers a read, and how large its file is."""
    figures: dict[str, float] = {}
    if store.is_sqlite:
        for name, suffix in (("file_bytes", ""), ("log_bytes", "-wal")):
            size = _size(f"{store.engine.url.database}{suffix}")
            if size is not None:
                figures[name] = size
    try:
        store.ping()
    except Unavailable as error:
        return Finding(
            name=f"store {store.name}", kind="store", state=FAIL, reason=error.message, figures=figures
        )
    return Finding(name=f"store {store.name}", kind="store", state=PASS, figures=figures)


def history_finding(history: HistoryStore) -> Finding:
    """Whether the file of candles answers; it is opened with the first candle that is kept, and owned from then on."""
    size = _size(str(history.path))
    figures = {} if size is None else {"file_bytes": float(size)}
    state, reason = OFF, "Nothing has been kept yet" if size is None else "Not opened since the start"
    if history.is_open:
        reason = history.trouble()
        state = FAIL if reason else PASS
    return Finding(name="store history", kind="store", state=state, reason=reason, figures=figures)


def streaming_finding(processes: Sequence[dict[str, object]], is_connected: bool) -> Finding:
    """The streaming process: is the app on its bus, and does it write its figures; one without figures is unknown."""
    ages = [age for row in processes if isinstance(age := row.get("age_seconds"), int | float)]
    figures = {"age_seconds": float(min(ages))} if ages else {}
    if not is_connected:
        reason = "The app is not connected to the streaming process"
        return Finding(name="streaming", kind="proxy", state=FAIL, reason=reason, figures=figures)
    if not ages:
        reason = "It has not written any figures yet"
        return Finding(name="streaming", kind="proxy", state=UNKNOWN, reason=reason)
    if min(ages) > STREAMING_STALE_SECONDS:
        reason = f"Its figures are {min(ages):.0f} seconds old"
        return Finding(name="streaming", kind="proxy", state=WARN, reason=reason, figures=figures)
    return Finding(name="streaming", kind="proxy", state=PASS, figures=figures)


def feed_findings(feeds: Iterable[FeedState], label: Callable[[int], str]) -> list[Finding]:
    """Each market-data feed. A state that is not known is never well."""
    return [
        Finding(
            name=f"feed {feed.broker} {label(feed.account_id)}".strip(), kind="feed",
            state=FAIL if feed.alarm else _FEEDS.get(feed.state, WARN),
            reason=feed.alarm or feed.reason or ("" if feed.state == "live" else feed.state),
        )
        for feed in feeds
    ]  # fmt: skip


def broker_findings(accounts: Iterable[AccountView], failing: Callable[[str], bool]) -> list[Finding]:
    """Each account's broker: does the session live, did the last call get an answer."""
    found = []
    for account in accounts:
        state, reason = PASS, ""
        if account.state in ("none", "revoked"):
            state, reason = OFF, account.reason or "not connected"
        elif account.state != "valid":
            state, reason = FAIL, account.reason or f"The session is {account.state}"
        elif failing(account.broker):
            state, reason = FAIL, "The last call got no answer"
        name = f"broker {account.broker} {account.label}"
        found.append(Finding(name=name, kind="broker", state=state, reason=reason))
    return found


def scheduler_finding(rounds: Rounds) -> Finding:
    """Whether repeated work repeats."""
    every, late = rounds.all(), rounds.late()
    figures = {"rounds": float(len(every)), "late": float(len(late))}
    if late:
        names = ", ".join(row.name for row in late)
        return Finding(
            name="scheduler", kind="scheduler", state=FAIL, reason=f"Late: {names}", figures=figures
        )
    failed = [row for row in every if row.error]
    if failed:
        names = ", ".join(f"{row.name} ({row.error})" for row in failed)
        reason = f"The last round failed: {names}"
        return Finding(name="scheduler", kind="scheduler", state=WARN, reason=reason, figures=figures)
    return Finding(name="scheduler", kind="scheduler", state=PASS, figures=figures)


def queue_finding(queues: Sequence[Depth]) -> Finding:
    """The fullest queue decides; what a policy gave up earlier is shown and is no trouble by itself."""
    fullest = max(queues, key=lambda queue: queue.waiting / queue.size, default=None)
    figures = {
        "waiting": float(sum(queue.waiting for queue in queues)),
        "lost": float(sum(queue.lost for queue in queues)),
    }
    share = 0.0 if fullest is None else fullest.waiting / fullest.size
    if fullest is None or share < QUEUE_WARN:
        return Finding(name="queues", kind="queue", state=PASS, figures=figures)
    reason = f"{fullest.name} holds {fullest.waiting} of {fullest.size} ({fullest.policy})"
    state = FAIL if share >= QUEUE_FAIL else WARN
    return Finding(name="queues", kind="queue", state=state, reason=reason, figures=figures)


def audit_finding(trouble: str) -> Finding:
    """Whether the audit trail fits its anchor."""
    return Finding(name="audit trail", kind="audit", state=FAIL if trouble else PASS, reason=trouble)


def machine_findings(figures: Figures, thresholds: Thresholds) -> list[Finding]:
    """Disk, memory, descriptors and threads of this process."""
    free, share = figures.disk_free, figures.disk_free / max(1, figures.disk_total)
    state = PASS
    if free < DISK_FAIL_BYTES or share < DISK_FAIL_SHARE:
        state = FAIL
    elif free < DISK_WARN_BYTES or share < DISK_WARN_SHARE:
        state = WARN
    reason = "" if state == PASS else f"{free // MIB} MB free ({share:.0%})"
    disk = {"free_bytes": float(free), "total_bytes": float(figures.disk_total)}
    found = [Finding(name="disk", kind="disk", state=state, reason=reason, figures=disk)]
    memory = None if figures.memory is None else figures.memory // MIB
    resident = {} if figures.memory is None else {"resident_bytes": float(figures.memory)}
    found.append(_against("memory", memory, thresholds.memory, resident))
    for name, value, bounds, counted in (
        ("descriptors", figures.descriptors, thresholds.descriptors, "open"),
        ("threads", figures.threads, thresholds.threads, "running"),
    ):
        found.append(_against(name, value, bounds, {} if value is None else {counted: float(value)}))
    return found


def _against(name: str, value: int | None, bounds: tuple[int, int], figures: dict[str, float]) -> Finding:
    """One of the machine's figures (megabytes, or a count) against its thresholds."""
    if value is None:
        return Finding(name=name, kind=name, state=OFF, reason="This system does not tell")
    warn, fail = bounds
    state = FAIL if value >= fail else WARN if value >= warn else PASS
    unit = " MB" if name == "memory" else ""
    reason = "" if state == PASS else f"{value}{unit}, more than {fail if state == FAIL else warn}{unit}"
    return Finding(name=name, kind=name, state=state, reason=reason, figures=figures)


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
