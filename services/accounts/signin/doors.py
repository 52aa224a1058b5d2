"""Locks against guessing: every door counts its wrong tries and shuts for longer with each one beyond the free ones.

A try is counted before it is judged, so that a hundred at once get no further than a hundred in a row; whoever was
right gives it back. Names that nobody has are counted like others: a locked door says nothing about who lives there.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from collections.abc import Sequence

import msgspec

from database.identity import LoginAttempts
from database.signin.records import LockRecord, SignInLocks
from database.stores import Store, Unit
from domain.errors import NotAuthenticated, Throttled
from services.accounts.crypto import Vault
from utils.clock import Clock

KNOWN_DAYS = 30


class SignInLocked(Throttled):
    """Too many wrong tries; `retry_after` says when the next one is judged."""

    code = "SIGN_IN_LOCKED"


class WrongCredentials(NotAuthenticated):
    """A wrong try. `retry_after` is set when it was the one that shut the door."""

    code = "INVALID_CREDENTIALS"

    def __init__(self, message: str, retry_after: float | None) -> None:
        if retry_after is not None:
            message = f"{message}. Too many wrong attempts: try again in {in_words(retry_after)}"
        super().__init__(message)
        self.retry_after = retry_after


class Door(msgspec.Struct, frozen=True):
    """What is guessed at: `kind` as in database.models.signin, `subject` a digest or an address."""

    kind: str
    subject: str


class _Patience(msgspec.Struct, frozen=True, kw_only=True):
    """`free` wrong tries, then waits in seconds that double from `first` to `longest`; forgotten after `memory`."""

    free: int
    first: float
    longest: float
    memory: float

    def wait(self, failures: int) -> float:
        if failures < self.free:
            return 0.0
        return min(self.first * 2.0 ** min(failures - self.free, 32), self.longest)


PATIENCE = {
    "password": _Patience(free=5, first=60, longest=900, memory=86_400),
    "code": _Patience(free=5, first=900, longest=3600, memory=86_400),
    "address": _Patience(free=20, first=60, longest=900, memory=3600),
}
LONGEST_MEMORY = max(patience.memory for patience in PATIENCE.values())


class Doors:
    """Counts tries and keeps doors shut."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def of_name(self, username: str, address: str) -> tuple[Door, Door]:
        """The doors of a password: the name's and the address's.

        An address from which the name came in lately has a door of its own, so that strangers who guess at a
        trader's password shut themselves out and not the trader.
        """
        name = username.casefold()
        since = self._clock.now() - dt.timedelta(days=KNOWN_DAYS)
        with self._store.reading() as unit:
            if LoginAttempts(unit).came_in(name, address, since):
                name = f"{name}|{address}"
        return Door("password", self._vault.digest("sign-in name", name)), self.of_address(address)

    def of_code(self, user_id: int) -> Door:
        """The door of a user's codes."""
        return Door("code", self._vault.digest("sign-in code", str(user_id)))

    def of_reset(self, username: str) -> Door:
        """The door of a reset by codes, for names of users and of nobody."""
        return Door("code", self._vault.digest("sign-in reset", username.casefold()))

    def open_all(self, user_id: int, username: str) -> bool:
        """The operator's door: open everything that wrong tries have shut for this user, and every address."""
        name, opened = username.casefold(), False
        with self._store.unit() as unit:
            locks = SignInLocks(unit)
            known = [f"{name}|{address}" for address in LoginAttempts(unit).addresses_of(name)]
            for subject in (name, *known):
                opened |= locks.remove("password", self._vault.digest("sign-in name", subject))
            for door in (self.of_code(user_id), self.of_reset(name)):
                opened |= locks.remove(door.kind, door.subject)
            opened |= locks.remove_of("address")
        return opened

    def of_address(self, address: str) -> Door:
        """The door of everything from one address; of a /64 where somebody owns one."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return Door("address", address or "unknown")
        if parsed.version == 6:
            return Door("address", str(ipaddress.ip_network((parsed, 64), strict=False)))
        return Door("address", address)

    def knock(self, doors: Sequence[Door]) -> None:
        """Count one try at each door. Raises SignInLocked, counting nothing, when one of them is shut."""
        now = self._clock.now()
        with self._store.unit() as unit:
            unit.exclusive("sign-in locks")
            locks = SignInLocks(unit)
            found = [self._fresh(locks, door, now) for door in doors]
            waits = [
                (lock.locked_until - now).total_seconds() for lock in found if lock and lock.locked_until
            ]
            if waits and max(waits) > 0:
                longest = max(waits)
                raise SignInLocked(
                    f"Too many wrong attempts. Try again in {in_words(longest)}", retry_after=longest
                )
            for door, lock in zip(doors, found, strict=True):
                failures = (lock.failures if lock else 0) + 1
                locks.put(door.kind, door.subject, self._lock(door, failures, now))

    def passed(self, doors: Sequence[Door]) -> None:
        """The try was right: names and codes begin anew, an address gets this one try back."""
        with self._store.unit() as unit:
            self.pass_within(unit, doors)

    def pass_within(self, unit: Unit, doors: Sequence[Door]) -> None:
        """The same inside a unit of work."""
        locks = SignInLocks(unit)
        for door in doors:
            if door.kind == "address":
                self._give_back(locks, door)
            else:
                locks.remove(door.kind, door.subject)

    def undecided(self, doors: Sequence[Door]) -> None:
        """The try could not be judged: it is given back."""
        with self._store.unit() as unit:
            for door in doors:
                self._give_back(SignInLocks(unit), door)

    def wait_of(self, doors: Sequence[Door]) -> float | None:
        """Seconds until all of the doors are open, None when they are."""
        now = self._clock.now()
        with self._store.reading() as unit:
            found = [SignInLocks(unit).get(door.kind, door.subject) for door in doors]
        waits = [(lock.locked_until - now).total_seconds() for lock in found if lock and lock.locked_until]
        return max(waits) if waits and max(waits) > 0 else None

    def sweep(self) -> None:
        """Forget old tries."""
        with self._store.unit() as unit:
            SignInLocks(unit).remove_before(self._clock.now() - dt.timedelta(seconds=LONGEST_MEMORY))

    def _fresh(self, locks: SignInLocks, door: Door, now: dt.datetime) -> LockRecord | None:
        lock = locks.get(door.kind, door.subject)
        if lock is None or (now - lock.failed_at).total_seconds() >= PATIENCE[door.kind].memory:
            return None
        return lock

    def _lock(self, door: Door, failures: int, now: dt.datetime) -> LockRecord:
        wait = PATIENCE[door.kind].wait(failures)
        until = now + dt.timedelta(seconds=wait) if wait else None
        return LockRecord(failures=failures, failed_at=now, locked_until=until)

    def _give_back(self, locks: SignInLocks, door: Door) -> None:
        lock = locks.get(door.kind, door.subject)
        if lock is None or lock.failures <= 1:
            locks.remove(door.kind, door.subject)
            return
        fewer = LockRecord(failures=lock.failures - 1, failed_at=lock.failed_at, locked_until=None)
        locks.put(door.kind, door.subject, fewer)


def in_words(seconds: float) -> str:
    """A wait as people say it, rounded up."""
    whole = max(1, math.ceil(seconds))
    if whole < 60:
        return f"{whole} second{'s' if whole != 1 else ''}"
    minutes = math.ceil(whole / 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
