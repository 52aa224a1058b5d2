"""Wrong keys shown to a process that does not ban, counted for the one that does.

They are summed up in the store, a row for each address, under a kind of their own; whoever bans takes the rows out and
counts them like its own (`BanDesk.flush`). What is not written yet waits in memory, up to MOST_WAITING addresses:
beyond that further addresses are not counted, which a limit of sockets for each address makes dear to reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from database.bans.rows import Watches, WatchRecord
from database.stores import Store
from services.bans import rules
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock

KIND = "socket_key"
MOST_WAITING = 1_000
WRITE_SECONDS = 2.0


class WrongKeys:
    """Of one process. trusted: networks of own proxies, never counted, like loopback."""

    def __init__(self, store: Store, clock: Clock, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._store = store
        self._clock = clock
        self._trusted = tuple(trusted)
        self._lock = Lock()
        self._waiting: dict[str, WatchRecord] = {}
        limits.watch(
            self, name="wrong keys to count", kind="queue", bound=MOST_WAITING, policy="drop_newest",
            size=lambda own: len(own._waiting),  # noqa: SLF001 - its own
        )  # fmt: skip
        self._written_at = float("-inf")

    def note(self, address: str, digest: str) -> None:
        """A key that is none was shown; `digest` tells it from others without saying it. May write to the store."""
        key = rules.ban_key(address)
        if key is None or rules.is_exempt(key, self._trusted):
            return
        now = self._clock.now()
        with self._lock:
            known = self._waiting.get(key)
            if known is None:
                if len(self._waiting) >= MOST_WAITING:
                    return
                known = self._waiting[key] = WatchRecord(
                    address=key, kind=KIND, count=0, first_at=now, last_at=now, seen=[]
                )
            known.count += 1
            known.last_at = now
            if digest not in known.seen:
                known.seen = [*known.seen, digest][-rules.SEEN[rules.WRONG_KEY] :]
            if self._clock.monotonic() - self._written_at < WRITE_SECONDS:
                return
            self._written_at = self._clock.monotonic()
            waiting, self._waiting = list(self._waiting.values()), {}
        self._write(waiting)

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting, self._waiting = list(self._waiting.values()), {}
        if waiting:
            self._write(waiting)

    def _write(self, waiting: list[WatchRecord]) -> None:
        with self._store.unit() as unit:
            unit.exclusive("wrong keys")
            Watches(unit).add(waiting, rules.SEEN[rules.WRONG_KEY])


def taken(store: Store) -> list[WatchRecord]:
    """What other processes counted since the last time; nobody gets it twice."""
    with store.reading() as unit:
        if not Watches(unit).any_of(KIND):
            return []
    with store.unit() as unit:
        unit.exclusive("wrong keys")
        return Watches(unit).take(KIND)
