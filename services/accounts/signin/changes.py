"""What a signed-in user changes about their own credentials, each time against the password."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from database import identity
from database.identity import UserRecord
from database.signin.factors import PendingSignIns
from database.signin.records import PasswordResets
from database.stores import Store
from domain.errors import Conflict, NotAuthenticated, NotFound, Unavailable
from services.accounts.callers import Callers
from services.accounts.passwords import Passwords, check_password_rule
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.doors import Doors, WrongCredentials
from services.accounts.users import Device, check_names
from utils.clock import Clock


class Changes:
    """Use cases of the account page. Ending browsers is the caller's part."""

    def __init__(
        self, store: Store, passwords: Passwords, callers: Callers, doors: Doors, record: SecurityRecord,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._passwords = passwords
        self._callers = callers
        self._doors = doors
        self._record = record
        self._clock = clock

    def check_password(self, user_id: int, password: str, device: Device) -> UserRecord:
        """The user, when this is their password. Raises WrongCredentials, SignInLocked like a sign-in."""
        with self._store.reading() as unit:
            user = identity.Users(unit).get(user_id)
            found = identity.Users(unit).credentials(user.username) if user else None
        if user is None or found is None:
            raise NotAuthenticated("The user no longer exists")
        doors = self._doors.of_name(user.username, device.ip_address)
        self._doors.knock(doors)
        try:
            fits = self._passwords.verify(found[1], password)
        except Unavailable:
            self._doors.undecided(doors)
            raise
        if not fits:
            self._record.note(user_id, "sign_in_failed", device, "password asked for in the desk")
            raise WrongCredentials("The password is wrong", self._doors.wait_of(doors))
        self._doors.passed(doors)
        return user

    def change_password(self, user_id: int, old: str, new: str, device: Device) -> None:
        """Replace the password. Raises WrongCredentials, SignInLocked, InvalidInput."""
        user = self.check_password(user_id, old, device)
        self.set_password(user, new, device, "password_changed")

    def set_password(self, user: UserRecord, new: str, device: Device, kind: str) -> None:
        """A new password, without a question. Reset links and half sign-ins of the user end. Raises InvalidInput."""
        check_password_rule(new, user.username)
        hashed = self._passwords.hash(new)
        with self._store.unit() as unit:
            identity.Users(unit).set_password(user.id, hashed, self._clock.now())
            PasswordResets(unit).remove_of_user(user.id)
            PendingSignIns(unit).remove_of_user(user.id)
            self._record.note_within(unit, user.id, kind, device)

    def rename(self, user_id: int, username: str, email: str, password: str, device: Device) -> UserRecord:
        """Another name or e-mail. Raises WrongCredentials, SignInLocked, InvalidInput, Conflict."""
        check_names(username, email)
        before = self.check_password(user_id, password, device)
        try:
            with self._store.unit() as unit:
                users = identity.Users(unit)
                users.rename(user_id, username, email)
                PasswordResets(unit).remove_of_user(user_id)
                self._record.note_within(
                    unit, user_id, "profile_changed", device,
                    f"{before.username}, {before.email} → {username}, {email.casefold()}",
                )  # fmt: skip
                after = users.get(user_id)
        except IntegrityError:
            raise Conflict("This username or e-mail is taken", code="USER_EXISTS") from None
        if after is None:
            raise NotFound("The user no longer exists")
        self._callers.forget(user_id)
        return after
