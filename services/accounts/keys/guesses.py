"""Which refusals of a key are guesses: a text that is none. The right key of a disabled user bans nobody."""

from __future__ import annotations

from typing import Protocol

from domain.errors import NotAuthenticated

CODE = "INVALID_API_KEY"
SHOWN = 12


class Digests(Protocol):
    """The part of the vault that is needed."""

    def digest(self, purpose: str, text: str) -> str:
        """Keyed digest of a text."""


def guess_of(key: str, error: NotAuthenticated, vault: Digests) -> str | None:
    """What tells this guess from others without saying it; None when the key was refused for another reason."""
    if error.code != CODE:
        return None
    return vault.digest("wrong key", key.encode(errors="replace").decode())[:SHOWN]
