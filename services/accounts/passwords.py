"""Passwords: the rule, and Argon2id over a peppered digest. Hashing takes 64 MiB, so few run at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import argon2

from domain.errors import InvalidInput, Unavailable
from services.accounts.crypto import Vault
from utils.concurrency import BoundedSemaphore

LONGEST = 128
SIGNS = "!@#$%^&*"
AT_ONCE = 2
PATIENCE_SECONDS = 5.0

# The passwords that satisfy the character rule and still head every list of guesses.
_COMMON = frozenset(
    {
        "password1!", "password@1", "password@123", "password123!", "passw0rd!", "p@ssw0rd", "p@ssword1", "pa$$w0rd",
        "p@$$w0rd", "welcome1!", "welcome@1", "welcome@123", "welcome123!", "admin@123", "admin123!", "admin@1234",
        "qwerty1!", "qwerty@123", "qwerty123!", "abc@1234", "abcd@1234", "abcd1234!", "india@123", "india@1234",
        "test@123", "test@1234", "test123!", "letmein1!", "changeme1!", "changeme@123", "openalgo@123",
        "openalgo123!", "trading@123", "zerodha@123", "nifty@123", "1qaz!qaz", "1qaz@wsx", "zaq1@wsx", "summer@123",
        "secret@123", "iloveyou1!", "monkey@123", "dragon@123", "master@123", "krishna@123", "ganesh@123",
    }
)  # fmt: skip


def check_password_rule(password: str, username: str) -> None:
    """Raise InvalidInput naming everything the password lacks."""
    complaints = []
    if not 8 <= len(password) <= LONGEST:
        complaints.append(f"must have 8 to {LONGEST} characters")
    if not any(sign.isupper() for sign in password) or not any(sign.islower() for sign in password):
        complaints.append("needs an upper-case and a lower-case letter")
    if not any(sign.isdigit() for sign in password):
        complaints.append("needs a digit")
    if not any(sign in SIGNS for sign in password):
        complaints.append(f"needs one of {SIGNS}")
    if password.casefold() in _COMMON:
        complaints.append("is one of the most common passwords")
    if len(username) >= 4 and username.casefold() in password.casefold():
        complaints.append("must not contain the username")
    if complaints:
        raise InvalidInput(f"The password {'; '.join(complaints)}", errors={"password": complaints})


class Passwords:
    """Hashes and verifies. Unknown users cost the same work as known ones."""

    def __init__(self, vault: Vault, hasher: argon2.PasswordHasher | None = None) -> None:
        self._vault = vault
        self._hasher = hasher or argon2.PasswordHasher()
        self._turns = BoundedSemaphore(AT_ONCE)
        self._decoy: str | None = None

    def hash(self, password: str) -> str:
        """Argon2id hash of a password or key."""
        with self._turn():
            return self._hasher.hash(self._peppered(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; None stands for an unknown user and answers False after the same work."""
        if len(password) > 4 * LONGEST:
            return False
        if self._decoy is None:
            self._decoy = self.hash("decoy")
        with self._turn():
            try:
                self._hasher.verify(stored or self._decoy, self._peppered(password))
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other cost parameters."""
        return self._hasher.check_needs_rehash(stored)

    def _peppered(self, password: str) -> str:
        return self._vault.digest("password", password)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the few places in which hashing may run."""
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable("Too many sign-ins at once, try again", code="BUSY")
        try:
            yield
        finally:
            self._turns.release()
