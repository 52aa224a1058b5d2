"""A forgotten password: by a mailed link, by authenticator and recovery code together, or by the operator's link.

A link lives 10 minutes and works once; its token stands behind the `#`, which no browser sends and no log sees. Asking
for one is answered before anybody looks the address up.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from database import identity
from database.identity import UserRecord
from database.signin.records import PasswordResets
from database.stores import Store
from domain.errors import Conflict, NotFound
from services.accounts.crypto import Vault
from services.accounts.passwords import check_password_rule
from services.accounts.signin.audit import OPERATOR, SecurityRecord
from services.accounts.signin.changes import Changes
from services.accounts.signin.doors import Doors, WrongCredentials
from services.accounts.signin.factors import Factors
from services.accounts.users import Device
from services.accounts.web_sessions import WebSessions
from services.notify.mail_desk import MailDesk
from services.notify.outbox import Outbox
from utils.clock import Clock, ist_text
from utils.ids import secret_hex

LIFE_SECONDS = 600
# A second link so soon after the first would only help to flood a mailbox.
PAUSE_SECONDS = 120
INVITATION_SECONDS = 24 * 3600

_LINK = """Somebody, hopefully you, asked for a new password of {username} at {url}.

Open this link within 10 minutes to choose it:

{link}

If it was not you, do nothing: your password stays as it is. The request came from {address}.
"""
_BY_ADMIN = """An administrator of {url} sends you, {username}, a link to choose your password:

{link}

It is good for {life} and one use. Nobody else has seen it.
"""
_CHANGED = """The password of {username} at {url} was reset at {when} IST, from {address}. All browsers were signed out.

If it was not you, ask the operator of this installation to lock the account.
"""


class Resets:
    """Use cases of a forgotten password. url: the public address of the desk."""

    def __init__(
        self, store: Store, vault: Vault, changes: Changes, factors: Factors, doors: Doors,
        record: SecurityRecord, web_sessions: WebSessions, mail: MailDesk, outbox: Outbox, clock: Clock,
        *, url: str,
    ) -> None:  # fmt: skip
        self._store = store
        self._vault = vault
        self._changes = changes
        self._factors = factors
        self._doors = doors
        self._record = record
        self._web_sessions = web_sessions
        self._mail = mail
        self._outbox = outbox
        self._clock = clock
        self._url = url

    def by_mail(self) -> bool:
        """Whether a link can be mailed at all."""
        return self._mail.is_set()

    def ask(self, email: str, device: Device) -> None:
        """Mail a link if the address is somebody's; says nothing about it. Raises Conflict when no mail is set up."""
        if not self._mail.is_set():
            raise Conflict(
                "This installation sends no mail: ask its operator for a reset link", code="MAIL_NOT_SET_UP"
            )
        self._outbox.post(partial(self._mail_link, email, device))

    def link_for(self, username: str) -> str:
        """The operator's door: a link to hand over. Raises NotFound."""
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(username)
        if found is None:
            raise NotFound(f"There is no user {username}")
        return self._fresh_link(found[0], OPERATOR)

    def invitation(self, user: UserRecord) -> str:
        """A link to a first password."""
        return self._fresh_link(user, None, INVITATION_SECONDS)

    def link_by_admin(self, user: UserRecord) -> str:
        """A link that an administrator asked for and does not see."""
        return self._fresh_link(user, None, LIFE_SECONDS)

    def mail(self, user: UserRecord, link: str) -> None:
        """Send such a link to its user."""
        life = "a day" if user.invited_at is not None else "10 minutes"
        text = _BY_ADMIN.format(username=user.username, url=self._url, link=link, life=life)
        self._outbox.post(partial(self._mail.send, user.email, "Choose your OpenAlgo password", text))

    def whose(self, token: str) -> UserRecord:
        """The user of a live link. Raises NotFound."""
        with self._store.reading() as unit:
            user_id = PasswordResets(unit).user_of(self._digest(token), self._clock.now())
            user = identity.Users(unit).get(user_id) if user_id is not None else None
        if user is None or user.disabled_at is not None:
            raise _expired()
        return user

    def by_link(self, token: str, new: str, device: Device) -> int:
        """Set a new password and use the link up; how many browsers were signed out. Raises NotFound, InvalidInput."""
        user = self.whose(token)
        check_password_rule(new, user.username)
        with self._store.unit() as unit:
            if not PasswordResets(unit).spend(self._digest(token), self._clock.now()):
                raise _expired()
        return self._reset(user, new, device, "password_reset_by_mail")

    def by_code(self, username: str, code: str, recovery_code: str, new: str, device: Device) -> int:
        """The same against a code of the authenticator and a recovery code: a lost phone, or a found sheet of codes,
        must not be enough. Raises WrongCredentials, SignInLocked, InvalidInput.
        """
        check_password_rule(new, username)
        doors = (self._doors.of_reset(username), self._doors.of_address(device.ip_address))
        self._doors.knock(doors)
        with self._store.reading() as unit:
            found = identity.Users(unit).credentials(username)
        user = found[0] if found else None
        if not self._factors.spend_both(user.id if user else None, code, recovery_code) or user is None:
            if user is not None:
                self._record.note(user.id, "code_failed", device, "password reset")
            raise WrongCredentials(
                "Username, code or recovery code is wrong, or this user has no authenticator",
                self._doors.wait_of(doors),
            )
        self._doors.passed(doors)
        return self._reset(user, new, device, "password_reset_by_code")

    def sweep(self) -> None:
        """Forget old links."""
        with self._store.unit() as unit:
            PasswordResets(unit).remove_expired(self._clock.now())

    def _mail_link(self, email: str, device: Device) -> None:
        with self._store.reading() as unit:
            user = identity.Users(unit).by_email(email)
            newest = PasswordResets(unit).newest(user.id) if user else None
        if (
            user is None
            or user.disabled_at is not None
            or (newest and (self._clock.now() - newest).total_seconds() < PAUSE_SECONDS)
        ):
            return
        link = self._fresh_link(user, device)
        text = _LINK.format(username=user.username, url=self._url, link=link, address=device.ip_address)
        self._mail.send(user.email, "A new password for OpenAlgo", text)

    def _fresh_link(self, user: UserRecord, device: Device | None, seconds: int = LIFE_SECONDS) -> str:
        """device: who asked; None where the asking is on the record already."""
        token, now = secret_hex(32), self._clock.now()
        kind = "password_reset_link" if device is OPERATOR else "password_reset_asked"
        with self._store.unit() as unit:
            PasswordResets(unit).replace(
                user.id, self._digest(token), now, now + dt.timedelta(seconds=seconds)
            )
            if device is not None:
                self._record.note_within(unit, user.id, kind, device)
        return f"{self._url}/reset-password#{token}"

    def _reset(self, user: UserRecord, new: str, device: Device, kind: str) -> int:
        self._changes.set_password(user, new, device, kind)
        ended = self._web_sessions.revoke_all(user.id, "The password was reset")
        self._doors.passed(self._doors.of_name(user.username, device.ip_address)[:1])
        if self._mail.is_set():
            text = _CHANGED.format(
                username=user.username, url=self._url, when=ist_text(self._clock.now()),
                address=device.ip_address,
            )  # fmt: skip
            self._outbox.post(partial(self._mail.send, user.email, "Your OpenAlgo password was reset", text))
        return ended

    def _digest(self, token: str) -> str:
        return self._vault.digest("password reset", token)


def _expired() -> NotFound:
    return NotFound("The link has expired or was used before: ask for a new one", code="RESET_EXPIRED")
