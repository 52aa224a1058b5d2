"""The one source of ids and random secrets; injected so that tests can repeat a run."""

from __future__ import annotations

import random
import secrets
from typing import Protocol

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIGN_OF_BYTE = (_ALPHABET * 8).encode()


class IdSource(Protocol):
    """Unique ids."""

    def unique(self) -> str:
        """26 upper-case base-32 characters, 130 random bits."""

    def order_tag(self) -> str:
        """18 alphanumerics that mark one order intent in a broker's book (brokers allow up to 20)."""


class SystemIds:
    """Ids from the operating system's random source."""

    def unique(self) -> str:
        return _random_signs(26)

    def order_tag(self) -> str:
        return "OA" + _random_signs(16)


def _random_signs(count: int) -> str:
    """Signs of the alphabet from one call of the system's random source, five random bits each."""
    return secrets.token_bytes(count).translate(_SIGN_OF_BYTE).decode()


class SeededIds:
    """Repeatable ids for simulations; never for secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatability is the point here

    def unique(self) -> str:
        return "".join(self._random.choice(_ALPHABET) for _ in range(26))

    def order_tag(self) -> str:
        return "OA" + "".join(self._random.choice(_ALPHABET) for _ in range(16))


def secret_hex(byte_count: int = 32) -> str:
    """Lower-case hex of `byte_count` random bytes."""
    return secrets.token_hex(byte_count)
