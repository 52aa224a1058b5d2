"""Secrets at rest: keyed digests for look-up and envelope encryption for what must be read again.

One root (API_KEY_PEPPER) and a salt per installation (FERNET_SALT) give, through HKDF with a purpose label, a key per
column family. A sealed value reads

    oa1.<key id>.<data key, encrypted under the purpose's key>.<text, encrypted under the data key>

Rotation: a new FERNET_SALT with the old one kept as a previous salt opens old values; `reseal` renews them. Digests
hang on the root alone, so they survive it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from utils import json, redaction

_VERSION = "oa1"


class SealBroken(Exception):
    """A sealed value cannot be opened: another key, or damaged text. Never shows the value."""


class Vault:
    """Seals, opens and digests. `salts` holds the current salt first, then earlier ones."""

    def __init__(self, root: str, salts: Sequence[str]) -> None:
        if len(root) < 32:
            raise ValueError("the root secret needs at least 32 characters")
        self._root = root.encode()
        self._derived: dict[tuple[str, str], bytes] = {}
        self._salts = {self._key_id(salt): salt for salt in reversed(salts or [""])}
        self._current = self._key_id(salts[0] if salts else "")

    def seal(self, purpose: str, text: str) -> str:
        """Encrypt text for one purpose."""
        _remember(text)
        data_key = Fernet.generate_key()
        wrapped = self._fernet(self._current, purpose).encrypt(data_key)
        payload = Fernet(data_key).encrypt(text.encode())
        return f"{_VERSION}.{self._current}.{wrapped.decode()}.{payload.decode()}"

    def open(self, purpose: str, sealed: str) -> str:
        """The text of a sealed value. Raises SealBroken."""
        data_key, payload = self._unwrap(purpose, sealed)
        try:
            text = Fernet(data_key).decrypt(payload).decode()
        except (InvalidToken, ValueError):
            raise SealBroken(f"a sealed {purpose} is damaged") from None
        _remember(text)
        return text

    def is_current(self, sealed: str) -> bool:
        """Whether the value is sealed under the current salt."""
        return sealed.split(".", 2)[1:2] == [self._current]

    def reseal(self, purpose: str, sealed: str) -> str:
        """The same text under the current salt; only the data key is encrypted anew. Raises SealBroken."""
        data_key, payload = self._unwrap(purpose, sealed)
        wrapped = self._fernet(self._current, purpose).encrypt(data_key)
        return f"{_VERSION}.{self._current}.{wrapped.decode()}.{payload.decode()}"

    def digest(self, purpose: str, text: str) -> str:
        """Keyed HMAC-SHA256 of text, 64 hexadecimal digits."""
        return hmac.new(self._derive("", f"digest|{purpose}"), text.encode(), hashlib.sha256).hexdigest()

    def _unwrap(self, purpose: str, sealed: str) -> tuple[bytes, bytes]:
        parts = sealed.split(".")
        if len(parts) != 4 or parts[0] != _VERSION:
            raise SealBroken(f"a sealed {purpose} has an unknown format")
        if parts[1] not in self._salts:
            raise SealBroken(f"a sealed {purpose} was made with another FERNET_SALT or API_KEY_PEPPER")
        try:
            return self._fernet(parts[1], purpose).decrypt(parts[2].encode()), parts[3].encode()
        except InvalidToken:
            raise SealBroken(f"a sealed {purpose} is damaged") from None

    def _fernet(self, key_id: str, purpose: str) -> Fernet:
        return Fernet(urlsafe_b64encode(self._derive(self._salts[key_id], f"seal|{purpose}")))

    def _key_id(self, salt: str) -> str:
        return self._derive(salt, "key id").hex()[:8]

    def _derive(self, salt: str, label: str) -> bytes:
        key = self._derived.get((salt, label))
        if key is None:
            expand = HKDF(SHA256(), 32, bytes.fromhex(salt) or None, f"openalgo|{label}".encode())
            key = self._derived[salt, label] = expand.derive(self._root)
        return key


def _remember(text: str) -> None:
    """Whatever is sealed or opened here is masked in everything that is written down: it, or the values it holds."""
    if text.startswith(("{", "[")):
        try:
            held = json.decode(text.encode())
        except ValueError:
            held = None
        if isinstance(held, dict):
            redaction.remember(*(value for value in held.values() if isinstance(value, str)))
            return
    redaction.remember(text)
