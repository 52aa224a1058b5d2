"""Hashes that play the part of chance: equal inputs give equal numbers on every machine and in every process."""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array

_MASK = (1 << 64) - 1
_GAUSS_SCALE = 1.7320508075688772 / 65536.0


def mix(*words: int) -> int:
    """64 well-mixed bits of a sequence of integers (splitmix64 finaliser, chained)."""
    state = 0
    for word in words:
        state = (state ^ (word & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def text_code(text: str) -> int:
    """64 bits of a name, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def unit(bits: int) -> float:
    """A number in [0, 1)."""
    return (bits >> 11) / 9007199254740992.0


def gauss(bits: int) -> float:
    """A number of mean 0, variance 1 and bound 3.47: the sum of four uniform lanes (no libm, so bit-exact)."""
    lanes = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (lanes - 131070) * _GAUSS_SCALE


def noise_bytes(count: int, seed: int, code: int, index: int) -> bytes:
    """`count` bytes; a shorter request is a prefix of a longer one."""
    key = struct.pack("<QQQ", seed & _MASK, code & _MASK, index & _MASK)
    return hashlib.shake_128(key).digest(count)


def signed_words(raw: bytes) -> array[int]:
    """The bytes as little-endian signed 16-bit integers."""
    words = array("h")
    words.frombytes(raw)
    if sys.byteorder == "big":
        words.byteswap()
    return words
