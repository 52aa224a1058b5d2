"""People: the first set-up, further users, and how one is found. Coming in is services.accounts.signin."""

from __future__ import annotations

import datetime as dt
import re

import msgspec
from sqlalchemy.exc import IntegrityError

from database import identity
from database.identity import LoginAttempts, UserRecord
from database.preferences import InstallationSettings
from database.stores import Store
from domain.errors import Conflict, InvalidInput
from services.accounts.installation import Installation
from services.accounts.passwords import Passwords, check_password_rule
from utils.clock import Clock

_USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,80}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,10}")


# A name that nobody has may be a password in the wrong field: it is not written down.
NOBODY = "(unknown)"


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
        check_names(username, email)
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
        check_names(username, email)
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

    def forget_attempts_before(self, instant: dt.datetime) -> int:
        """Remove records of older sign-in attempts; how many."""
        with self._store.unit() as unit:
            return LoginAttempts(unit).remove_before(instant)

    def get(self, user_id: int) -> UserRecord | None:
        """By id."""
        with self._store.reading() as unit:
            return identity.Users(unit).get(user_id)

    def shown_name(self, typed: object) -> str:
        """What was typed as a name, as it may be written down: NOBODY unless somebody has it; empty for nothing."""
        if not isinstance(typed, str) or not typed:
            return ""
        user = self.find(typed)
        return user.username if user is not None else NOBODY

    def find(self, username: str) -> UserRecord | None:
        """By name in any letter case."""
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(username)
        return found[0] if found else None


def check_names(username: str, email: str) -> None:
    """Raise InvalidInput unless both may serve for a user."""
    errors = {}
    if _USERNAME.fullmatch(username) is None:
        errors["username"] = ["must be 3 to 80 letters, digits, dots, dashes or underscores"]
    if not email.isprintable() or _EMAIL.fullmatch(email) is None:
        errors["email"] = ["is not an e-mail address"]
    if errors:
        name, complaints = next(iter(errors.items()))
        raise InvalidInput(f"The {name} {complaints[0]}", errors=errors)
