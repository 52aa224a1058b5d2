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
from utils.clock import Clock


class SignInRoom:
    """Everything about coming in and about the credentials one comes in with."""

    def __init__(
        self, store: Store, vault: Vault, passwords: Passwords, callers: Callers, clock: Clock
    ) -> None:
        self.record = SecurityRecord(store, clock)
        self.doors = Doors(store, vault, clock)
        self.factors = Factors(store, vault, self.doors, self.record, clock)
        self.entry = SignIn(store, passwords, self.factors, self.doors, self.record, clock)
        self.changes = Changes(store, passwords, callers, self.doors, self.record, clock)

    def sweep(self, keep_from: dt.datetime) -> None:
        """Housekeeping, about hourly."""
        self.factors.sweep()
        self.doors.sweep()
        self.record.forget_before(keep_from)
