"""The sign-in room: its parts, built once."""

from __future__ import annotations

import datetime as dt

from database.stores import Store
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.passwords import Passwords
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.changes import Changes
from services.accounts.signin.doors import Doors
from services.accounts.signin.entry import SignIn
from services.accounts.signin.factors import Factors
from services.accounts.signin.passkeys import Passkeys
from services.accounts.signin.people import People
from services.accounts.signin.resets import Resets
from services.accounts.web_sessions import WebSessions
from services.events import Events
from services.notify.mail_desk import MailDesk
from services.notify.outbox import Outbox
from utils.clock import Clock


class SignInRoom:
    """Everything about coming in and about the credentials one comes in with."""

    def __init__(
        self, store: Store, vault: Vault, passwords: Passwords, callers: Callers, web_sessions: WebSessions,
        mail: MailDesk, outbox: Outbox, events: Events, clock: Clock, *, url: str,
    ) -> None:  # fmt: skip
        self.record = SecurityRecord(store, clock)
        self.doors = Doors(store, vault, clock)
        self.factors = Factors(store, vault, self.doors, self.record, clock)
        self.entry = SignIn(store, passwords, self.factors, self.doors, self.record, clock)
        self.changes = Changes(store, passwords, callers, self.doors, self.record, clock)
        self.resets = Resets(
            store, vault, self.changes, self.factors, self.doors, self.record, web_sessions, mail, outbox,
            clock, url=url,
        )  # fmt: skip
        self.people = People(
            store,
            passwords,
            callers,
            self.doors,
            self.factors,
            self.resets,
            web_sessions,
            self.record,
            events,
            clock,
        )
        self.passkeys = Passkeys(store, vault, self.entry, self.doors, self.record, clock, url=url)
        self.end_sessions = web_sessions.revoke_all

    def sweep(self, keep_from: dt.datetime) -> None:
        """Housekeeping, about hourly."""
        self.factors.sweep()
        self.doors.sweep()
        self.resets.sweep()
        self.passkeys.sweep()
        self.record.forget_before(keep_from)
