"""The administrator's room: who may come in, as what, and how somebody who is locked out comes back.

An administrator never learns what would let them in as somebody else: a link to a first password is handed over only
where there is nothing to see yet, every later one goes to the user's own mailbox.
"""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy.exc import IntegrityError

from database import identity
from database.identity import UserRecord
from database.signin.factors import PendingSignIns, SecondFactors
from database.signin.records import PasswordResets
from database.stores import Store, Unit
from domain.errors import Conflict, NotFound
from services.accounts.callers import Callers
from services.accounts.passwords import Passwords
from services.accounts.principal import Principal
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.doors import Doors
from services.accounts.signin.factors import Factors
from services.accounts.signin.resets import Resets
from services.accounts.users import Device, check_names
from services.accounts.web_sessions import WebSessions
from services.events import ApiKeyChanged, Events
from utils.clock import Clock
from utils.ids import secret_hex

MOST_USERS = 200


class UserLine(msgspec.Struct, frozen=True, kw_only=True):
    """A user as an administrator sees one. is_invited: no password was chosen yet."""

    id: int
    username: str
    email: str
    is_admin: bool
    is_disabled: bool
    is_invited: bool
    second_step: bool
    created_at: dt.datetime
    last_seen_at: dt.datetime | None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """How a link went: by mail, or handed to the administrator."""

    mailed: bool
    link: str | None = None


class People:
    """Use cases on users. Who asks is an administrator; the edge has checked that, and their password."""

    def __init__(
        self, store: Store, passwords: Passwords, callers: Callers, doors: Doors, factors: Factors,
        resets: Resets, web_sessions: WebSessions, record: SecurityRecord, events: Events, clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._passwords = passwords
        self._callers = callers
        self._doors = doors
        self._factors = factors
        self._resets = resets
        self._web_sessions = web_sessions
        self._record = record
        self._events = events
        self._clock = clock

    def list(self) -> list[UserLine]:
        """Everybody, by name; nothing that is secret."""
        with self._store.reading() as unit:
            users = identity.Users(unit).all()
            enabled = {
                factor.user_id for factor in SecondFactors(unit).all() if factor.confirmed_at is not None
            }
            seen = identity.WebSessions(unit).last_seen()
        return [
            UserLine(
                id=user.id, username=user.username, email=user.email, is_admin=user.is_admin,
                is_disabled=user.disabled_at is not None, is_invited=user.invited_at is not None,
                second_step=user.id in enabled, created_at=user.created_at, last_seen_at=seen.get(user.id),
            )
            for user in users
        ]  # fmt: skip

    def create(
        self, by: Principal, username: str, email: str, *, is_admin: bool, device: Device
    ) -> tuple[UserLine, Invitation]:
        """A user who chooses the password with a link, good for a day. Raises InvalidInput, Conflict."""
        check_names(username, email)
        nobody_knows = self._passwords.hash(secret_hex(32))
        try:
            with self._store.unit() as unit:
                unit.exclusive("users")
                users = identity.Users(unit)
                if users.count() >= MOST_USERS:
                    raise Conflict(f"At most {MOST_USERS} users", code="TOO_MANY_USERS")
                user = users.add(
                    username=username, email=email, password_hash=nobody_knows, is_admin=is_admin,
                    now=self._clock.now(), invited=True,
                )  # fmt: skip
                self._note(unit, user.id, "user_created", by, device)
        except IntegrityError:
            raise Conflict("This username or e-mail is taken", code="USER_EXISTS") from None
        return self._line(user.id), self.invite(by, user.id, device)

    def invite(self, by: Principal, user_id: int, device: Device) -> Invitation:
        """Another first link for somebody who never chose a password. Raises Conflict once they have."""
        user = self._user(user_id)
        if user.invited_at is None:
            raise Conflict(
                "This user has a password of their own; a link goes to their mailbox", code="NOT_INVITED"
            )
        self._refuse_disabled(user)
        link = self._resets.invitation(user)
        self._record.note(user.id, "user_invited", device, f"by {by.username}")
        return self._send(user, link, handed_over=True)

    def reset_password(self, by: Principal, user_id: int, device: Device) -> Invitation:
        """Mail a link to a new password. Raises Conflict where no mail goes: then the machine's operator helps."""
        user = self._user(user_id)
        self._refuse_disabled(user)
        if not self._resets.by_mail():
            raise Conflict(
                "This installation sends no mail: whoever runs it prints a link with"
                f" `app.py account reset-link {user.username}`",
                code="MAIL_NOT_SET_UP",
            )  # fmt: skip
        link = self._resets.link_by_admin(user)
        self._record.note(user.id, "password_reset_by_admin", device, f"by {by.username}")
        return self._send(user, link, handed_over=False)

    def reset_second_step(self, by: Principal, user_id: int, device: Device) -> bool:
        """Forget a lost authenticator; whether there was one. The user's browsers are signed out."""
        user = self._user(user_id)
        had = self._factors.reset(user.id, device, kind="totp_reset_by_admin", detail=f"by {by.username}")
        self._web_sessions.revoke_all(user.id, "The second step was reset by an administrator")
        return had

    def unlock(self, by: Principal, user_id: int, device: Device) -> bool:
        """Open the doors that wrong tries have shut; whether any was."""
        user = self._user(user_id)
        opened = self._doors.open_all(user.id, user.username)
        self._record.note(user.id, "unlocked_by_admin", device, f"by {by.username}")
        return opened

    def change(
        self, by: Principal, user_id: int, *, is_admin: bool, is_disabled: bool, device: Device
    ) -> UserLine:
        """Another role, or in or out. The last administrator who may come in stays both. Raises NotFound, Conflict."""
        now = self._clock.now()
        with self._store.unit() as unit:
            unit.exclusive("users")
            users = identity.Users(unit)
            user = next((row for row in users.all() if row.id == user_id), None)
            if user is None:
                raise _unknown()
            loses = user.is_admin and user.disabled_at is None and (is_disabled or not is_admin)
            if loses and users.admins() <= 1:
                raise Conflict("This is the last administrator: make another one first", code="LAST_ADMIN")
            disabled_at = (user.disabled_at or now) if is_disabled else None
            users.set_standing(user_id, is_admin=is_admin, disabled_at=disabled_at)
            if is_admin != user.is_admin:
                self._note(unit, user_id, "made_admin" if is_admin else "made_user", by, device)
            if is_disabled != (user.disabled_at is not None):
                self._note(unit, user_id, "user_disabled" if is_disabled else "user_enabled", by, device)
            if is_disabled:
                PasswordResets(unit).remove_of_user(user_id)
                PendingSignIns(unit).remove_of_user(user_id)
        self._callers.forget(user_id)
        if is_disabled:
            self._web_sessions.revoke_all(user_id, "Your account was disabled by an administrator")
        self._events.publish(ApiKeyChanged(user_id=user_id))
        return self._line(user_id)

    def _send(self, user: UserRecord, link: str, *, handed_over: bool) -> Invitation:
        if self._resets.by_mail():
            self._resets.mail(user, link)
            return Invitation(mailed=True)
        return Invitation(mailed=False, link=link if handed_over else None)

    def _note(self, unit: Unit, user_id: int, kind: str, by: Principal, device: Device) -> None:
        self._record.note_within(unit, user_id, kind, device, f"by {by.username}")

    def _line(self, user_id: int) -> UserLine:
        return next(line for line in self.list() if line.id == user_id)

    def _user(self, user_id: int) -> UserRecord:
        with self._store.reading() as unit:
            user = next((row for row in identity.Users(unit).all() if row.id == user_id), None)
        if user is None:
            raise _unknown()
        return user

    def _refuse_disabled(self, user: UserRecord) -> None:
        if user.disabled_at is not None:
            raise Conflict("This user is disabled", code="USER_DISABLED")


def _unknown() -> NotFound:
    return NotFound("There is no such user", code="UNKNOWN_USER")
