"""People: first set-up, password check, password change. Every attempt is recorded."""

from __future__ import annotations

import datetime as dt
import re

import msgspec
from sqlalchemy.exc import IntegrityError

from database import identity
from database.identity import LoginAttempts, UserRecord
from database.preferences import InstallationSettings
from database.stores import Store
from domain.errors import Conflict, InvalidInput, NotAuthenticated
from services.accounts.installation import Installation
from services.accounts.passwords import Passwords, check_password_rule
from utils.clock import Clock

_USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,80}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,10}")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sign-in comes from: client address and User-Agent."""

    ip_address: str
    name: str


class Users:
    """Use cases on users."""

    def __init__(self, store: Store, passwords: Passwords, installation: Installation, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._installation = installation
        self._clock = clock

    def set_up(
        self,
        username: str,
        email: str,
        password: str,
        setup_token: str | None,
        *,
        came_from_here: bool = True,
    ) -> UserRecord:
        """Create the first user, an administrator. Raises Conflict when one exists, NotAllowed, InvalidInput.

        `came_from_here`: the request came straight from this machine.
        """
        if not self._installation.needs_setup():
            raise Conflict("OpenAlgo is already set up", code="ALREADY_SET_UP")
        self._installation.check_setup_token(setup_token, came_from_here=came_from_here)
        _check_names(username, email)
        check_password_rule(password, username)
        hashed = self._passwords.hash(password)
        now = self._clock.now()
        with self._store.unit() as unit:
            unit.exclusive("first user")
            users = identity.Users(unit)
            if users.count():
                raise Conflict("OpenAlgo is already set up", code="ALREADY_SET_UP")
            user = users.add(username=username, email=email, password_hash=hashed, is_admin=True, now=now)
            InstallationSettings(unit).set_setup_token(None, now)
        return user

    def add(self, username: str, email: str, password: str, *, is_admin: bool = False) -> UserRecord:
        """A further user. Raises InvalidInput, or Conflict when the name or e-mail is taken."""
        _check_names(username, email)
        check_password_rule(password, username)
        hashed = self._passwords.hash(password)
        try:
            with self._store.unit() as unit:
                return identity.Users(unit).add(
                    username=username, email=email, password_hash=hashed, is_admin=is_admin,
                    now=self._clock.now(),
                )  # fmt: skip
        except IntegrityError:
            raise Conflict("This username or e-mail is taken", code="USER_EXISTS") from None

    def sign_in(self, username: str, password: str, device: Device) -> UserRecord:
        """The user whose password this is. Raises NotAuthenticated, with the same work and words for all causes."""
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(username)
        user, stored = found or (None, None)
        if not self._passwords.verify(stored, password):
            user = None
        outdated = user is not None and stored is not None and self._passwords.is_outdated(stored)
        rehashed = self._passwords.hash(password) if outdated else None
        now = self._clock.now()
        with self._store.unit() as unit:
            LoginAttempts(unit).add(
                username=username, ip_address=device.ip_address, device=device.name, login_type="password",
                status="success" if user else "failed", now=now,
                failure_reason=None if user else "wrong username or password",
            )  # fmt: skip
            if user and rehashed:
                identity.Users(unit).set_password(user.id, rehashed, None)
        if user is None:
            raise NotAuthenticated("Invalid credentials", code="INVALID_CREDENTIALS")
        return user

    def check_password(self, user_id: int, password: str) -> None:
        """Raise NotAuthenticated unless this is the user's password."""
        user = self.get(user_id)
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(user.username) if user else None
        if not self._passwords.verify(found[1] if found else None, password):
            raise NotAuthenticated("The password is wrong", code="INVALID_CREDENTIALS")

    def change_password(self, user_id: int, old: str, new: str) -> None:
        """Replace the password. Raises NotAuthenticated, InvalidInput. Ending the sessions is the caller's part."""
        user = self.get(user_id)
        self.check_password(user_id, old)
        check_password_rule(new, user.username if user else "")
        hashed = self._passwords.hash(new)
        with self._store.unit() as unit:
            identity.Users(unit).set_password(user_id, hashed, self._clock.now())

    def forget_attempts_before(self, instant: dt.datetime) -> int:
        """Remove records of older sign-in attempts; how many."""
        with self._store.unit() as unit:
            return LoginAttempts(unit).remove_before(instant)

    def get(self, user_id: int) -> UserRecord | None:
        """By id."""
        with self._store.reading() as unit:
            return identity.Users(unit).get(user_id)


def _check_names(username: str, email: str) -> None:
    errors = {}
    if _USERNAME.fullmatch(username) is None:
        errors["username"] = ["must be 3 to 80 letters, digits, dots, dashes or underscores"]
    if _EMAIL.fullmatch(email) is None:
        errors["email"] = ["is not an e-mail address"]
    if errors:
        name, complaints = next(iter(errors.items()))
        raise InvalidInput(f"The {name} {complaints[0]}", errors=errors)
