"""Coming in: the password, then a code where the user has an authenticator. Every try is counted and recorded."""

from __future__ import annotations

import datetime as dt

import msgspec

from database import identity
from database.identity import LoginAttempts, UserRecord
from database.signin.factors import PendingSignIns
from database.stores import Store, Unit
from domain.errors import NotAllowed, NotAuthenticated, Unavailable
from services.accounts.passwords import Passwords
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.doors import Door, Doors, WrongCredentials
from services.accounts.signin.factors import Factors
from services.accounts.users import NOBODY, Device
from utils.clock import Clock

PENDING_SECONDS = 300


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A right password. needs_code: the browser is in only after a code."""

    user: UserRecord
    needs_code: bool


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser owes whose password was right."""

    expires_at: dt.datetime


class SignIn:
    """Use cases of coming in. `browser`: the stored form of the cookie of the browser that asks."""

    def __init__(
        self, store: Store, passwords: Passwords, factors: Factors, doors: Doors, record: SecurityRecord,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._passwords = passwords
        self._factors = factors
        self._doors = doors
        self._record = record
        self._clock = clock

    def password(self, username: str, password: str, device: Device) -> Entry:
        """The user whose password this is. Raises WrongCredentials, SignInLocked, NotAllowed for a disabled user.

        Work and words are the same for an unknown name and a wrong password, locked or not.
        """
        doors = self._doors.of_name(username, device.ip_address)
        self._doors.knock(doors)
        user = self._judge(username, password, device, doors)
        needs_code = self._factors.is_enabled(user.id)
        if not needs_code:
            with self._store.unit() as unit:
                self._came_in(unit, user, device)
        return Entry(user=user, needs_code=needs_code)

    def owe(self, browser: str, user_id: int) -> Owed:
        """The browser owes a code from now on."""
        now = self._clock.now()
        expires_at = now + dt.timedelta(seconds=PENDING_SECONDS)
        with self._store.unit() as unit:
            PendingSignIns(unit).put(browser, user_id, now, expires_at)
        return Owed(expires_at=expires_at)

    def owed(self, browser: str) -> Owed | None:
        """What the browser owes, None when its password was not right within the last minutes."""
        with self._store.reading() as unit:
            pending = PendingSignIns(unit).get(browser)
        if pending is None or pending.expires_at <= self._clock.now():
            return None
        return Owed(expires_at=pending.expires_at)

    def code(self, browser: str, code: str, device: Device, *, is_recovery: bool) -> UserRecord:
        """The user who owed this code. Raises WrongCredentials, SignInLocked, NotAuthenticated when it is too late."""
        with self._store.reading() as unit:
            pending = PendingSignIns(unit).get(browser)
            user = identity.Users(unit).get(pending.user_id) if pending else None
        if pending is None or user is None or pending.expires_at <= self._clock.now():
            raise NotAuthenticated("It took too long: enter your password again", code="SIGN_IN_AGAIN")
        check = self._factors.check_recovery if is_recovery else self._factors.check
        try:
            check(user.id, code, device)
        except WrongCredentials as error:
            self._failed(user.username, device, error.message)
            raise
        with self._store.unit() as unit:
            PendingSignIns(unit).remove(browser)
            self._came_in(unit, user, device, "recovery code" if is_recovery else "code")
        return user

    def forget(self, browser: str) -> None:
        """The browser starts over."""
        with self._store.unit() as unit:
            PendingSignIns(unit).remove(browser)

    def came_in(self, user: UserRecord, device: Device, by: str | None = None) -> None:
        """A user is in by another way: the first set-up, or a passkey."""
        with self._store.unit() as unit:
            self._came_in(unit, user, device, by)

    def _judge(self, username: str, password: str, device: Device, doors: tuple[Door, ...]) -> UserRecord:
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(username)
        user, stored = found or (None, None)
        try:
            fits = self._passwords.verify(stored, password)
        except Unavailable:
            self._doors.undecided(doors)
            raise
        if user is None or stored is None or not fits:
            name = user.username if user is not None else NOBODY
            self._failed(name, device, "wrong username or password", user)
            raise WrongCredentials("Invalid credentials", self._doors.wait_of(doors))
        rehashed = self._passwords.hash(password) if self._passwords.is_outdated(stored) else None
        with self._store.unit() as unit:
            self._doors.pass_within(unit, doors)
            if rehashed:
                identity.Users(unit).set_password(user.id, rehashed, None)
        if user.disabled_at is not None:
            raise NotAllowed("This account is disabled, ask an administrator", code="USER_DISABLED")
        return user

    def _failed(self, username: str, device: Device, reason: str, user: UserRecord | None = None) -> None:
        with self._store.unit() as unit:
            LoginAttempts(unit).add(
                username=username, ip_address=device.ip_address, device=device.name, login_type="password",
                status="failed", now=self._clock.now(), failure_reason=reason,
            )  # fmt: skip
            if user is not None:
                self._record.note_within(unit, user.id, "sign_in_failed", device)

    def _came_in(self, unit: Unit, user: UserRecord, device: Device, by: str | None = None) -> None:
        LoginAttempts(unit).add(
            username=user.username, ip_address=device.ip_address, device=device.name, login_type="password",
            status="success", now=self._clock.now(),
        )  # fmt: skip
        self._record.note_within(unit, user.id, "signed_in", device, by)
