"""Passwords: the rule, and Argon2id over a peppered digest. Hashing takes 64 MiB, so few run at once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import argon2
import msgspec

from domain.errors import InvalidInput, Unavailable
from services.accounts.crypto import Vault
from utils import limits
from utils.concurrency import BoundedSemaphore

SHORTEST, LONGEST = 8, 128
SIGNS = "!@#$%^&*"
AT_ONCE = 2
PATIENCE_SECONDS = 5.0

_WORDS_FILE = Path(__file__).with_name("common_words.txt")
_PASSWORDS_FILE = Path(__file__).with_name("common_passwords.txt")
_LEET = {"@": "a", "4": "a", "3": "e", "0": "o", "$": "s", "5": "s", "!": "i", "1": "i", "7": "t"}
# Rows of a keyboard walked down and up again; they satisfy every rule of signs.
_WALKS = ("1qaz", "2wsx", "zaq1", "xsw2", "q1w2", "1q2w")


class RulePart(msgspec.Struct, frozen=True, kw_only=True):
    """One demand. `id` is stable; `text` goes after "The password"."""

    id: str
    text: str


class PasswordRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a password must have."""

    shortest: int
    longest: int
    signs: str
    parts: tuple[RulePart, ...]


_PARTS = {
    "length": f"must have {SHORTEST} to {LONGEST} characters",
    "case": "needs an upper-case and a lower-case letter",
    "digit": "needs a digit",
    "sign": f"needs one of {SIGNS}",
    "common": "is one of the most common passwords",
    "username": "must not contain the username",
}


def password_rule() -> PasswordRule:
    """The rule as data, for whoever wants to say it before the server does."""
    parts = tuple(RulePart(id=name, text=text) for name, text in _PARTS.items())
    return PasswordRule(shortest=SHORTEST, longest=LONGEST, signs=SIGNS, parts=parts)


def check_password_rule(password: str, username: str) -> None:
    """Raise InvalidInput naming everything the password lacks."""
    fits = {
        "length": SHORTEST <= len(password) <= LONGEST,
        "case": any(sign.isupper() for sign in password) and any(sign.islower() for sign in password),
        "digit": any(sign.isdigit() for sign in password),
        "sign": any(sign in SIGNS for sign in password),
        "common": not is_common(password),
        "username": len(username) < 4 or username.casefold() not in password.casefold(),
    }
    complaints = [_PARTS[name] for name, well in fits.items() if not well]
    if complaints:
        raise InvalidInput(f"The password {'; '.join(complaints)}", errors={"password": complaints})


def is_common(password: str) -> bool:
    """Whether it is one of the most used, or a well-known word dressed up with digits, signs and letter case."""
    plain = password.casefold()
    if not common_passwords().isdisjoint((plain, plain.strip(SIGNS + "._-#+?= "))):
        return True
    bare = plain.strip("0123456789" + SIGNS + "._-#+?= ")
    dressed = {bare, plain, *(text.rstrip("0123456789" + SIGNS) for text in (bare, plain))}
    written_out = {"".join(_LEET.get(sign, sign) for sign in text) for text in dressed}
    if any(word in _common_words() for word in dressed | written_out):
        return True
    return len(plain) <= 12 and plain.startswith(_WALKS)


@functools.cache
def common_passwords() -> frozenset[str]:
    """The 3,000 most used passwords that are long enough, in lower case; read when the first one is chosen."""
    lines = _PASSWORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.casefold() for line in lines if line and not line.startswith("# "))


@functools.cache
def _common_words() -> frozenset[str]:
    lines = _WORDS_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line.isalpha())


class Passwords:
    """Hashes and verifies. Unknown users cost the same work as known ones."""

    def __init__(self, vault: Vault, hasher: argon2.PasswordHasher | None = None) -> None:
        self._vault = vault
        self._hasher = hasher or argon2.PasswordHasher()
        self._turns = BoundedSemaphore(AT_ONCE)
        limits.watch(
            self, name="password hashes at once", kind="pool", bound=AT_ONCE, policy="wait",
            size=lambda own: AT_ONCE - own._turns._value,  # noqa: SLF001 - a semaphore tells nobody else
        )  # fmt: skip
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
