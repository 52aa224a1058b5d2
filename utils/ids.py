"""The one source of ids and random secrets; injected so that tests can repeat a run."""

from __future__ import annotations

import random
import secrets
import zlib
from typing import Protocol

from utils.concurrency import Lock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIGN_OF_BYTE = (_ALPHABET * 8).encode()
_BLOCK = 8192


class IdSource(Protocol):
    """Unique ids."""

    def unique(self) -> str:
        """26 upper-case base-32 characters, 130 random bits."""

    def order_tag(self) -> str:
        """18 alphanumerics that mark one order intent in a broker's book (brokers allow up to 20)."""


class SystemIds:
    """Ids from the operating system's random source, drawn in blocks: a system call per id would cost more."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._signs = ""
        self._at = 0

    def unique(self) -> str:
        return self._take(26)

    def order_tag(self) -> str:
        return "OA" + self._take(16)

    def _take(self, count: int) -> str:
        """Fresh signs of the alphabet, five random bits each; every sign is given out once."""
        with self._lock:
            if self._at + count > len(self._signs):
                self._signs = secrets.token_bytes(_BLOCK).translate(_SIGN_OF_BYTE).decode()
                self._at = 0
            self._at += count
            return self._signs[self._at - count : self._at]


class SeededIds:
    """Repeatable ids for simulations; never for secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatability is the point here

    def unique(self) -> str:
        return "".join(self._random.choice(_ALPHABET) for _ in range(26))

    def order_tag(self) -> str:
        return "OA" + "".join(self._random.choice(_ALPHABET) for _ in range(16))


def chance(ids: IdSource) -> float:
    """A number within [0, 1), as even as the ids are."""
    return zlib.crc32(ids.unique().encode()) / 2**32


def secret_hex(byte_count: int = 32) -> str:
    """Lower-case hex of `byte_count` random bytes."""
    return secrets.token_hex(byte_count)
