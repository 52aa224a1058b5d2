"""The security record: what happened to a user's credentials, when, and from where."""

from __future__ import annotations

import datetime as dt

from database.signin.records import EventRecord, SecurityEvents
from database.stores import Store, Unit
from services.accounts.users import Device
from utils.clock import Clock

# Stable words; the desk says them in the reader's language.
KINDS = (
    "signed_in", "sign_in_failed", "code_failed", "recovery_code_used", "code_reused",
    "totp_enabled", "totp_disabled", "totp_reset_by_operator", "recovery_codes_renewed",
    "password_changed", "password_reset_asked", "password_reset_link", "password_reset_by_mail",
    "password_reset_by_code", "profile_changed", "sessions_ended", "session_ended", "mail_changed", "unlocked",
    "key_created", "key_changed", "key_rotated", "key_revoked",
    "passkey_added", "passkey_removed", "passkey_suspended",
    "user_created", "user_invited", "user_disabled", "user_enabled", "made_admin", "made_user",
    "password_reset_by_admin", "totp_reset_by_admin", "unlocked_by_admin",
)  # fmt: skip
SHOWN = 100
OPERATOR = Device(ip_address="", name="operator's command line")


class SecurityRecord:
    """Notes and shows."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def note(self, user_id: int, kind: str, device: Device, detail: str | None = None) -> None:
        """One entry in a unit of its own."""
        with self._store.unit() as unit:
            self.note_within(unit, user_id, kind, device, detail)

    def note_within(
        self, unit: Unit, user_id: int, kind: str, device: Device, detail: str | None = None
    ) -> None:
        """One entry that stands or falls with a unit of work."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind of security event {kind!r}")
        SecurityEvents(unit).add(
            user_id, kind, ip_address=device.ip_address, device=device.name, now=self._clock.now(),
            detail=detail,
        )  # fmt: skip

    def of_user(self, user_id: int) -> list[EventRecord]:
        """The latest entries, newest first."""
        with self._store.reading() as unit:
            return SecurityEvents(unit).of_user(user_id, SHOWN)

    def forget_before(self, instant: dt.datetime) -> None:
        """Remove older entries."""
        with self._store.unit() as unit:
            SecurityEvents(unit).remove_before(instant)
