"""Secrets at rest: keyed digests for look-up and envelope encryption for what must be read again.

One root (API_KEY_PEPPER) and a salt per installation (FERNET_SALT) give, through HKDF with a purpose label, a key per
column family. A sealed value reads

    oa2.<key id>.<data key, encrypted under the purpose's key>.<text, encrypted under the data key>

Both are AES-256-GCM, a drawn nonce in front, bound to version, key id and purpose. Values that begin with `oa1` were
made by Fernet (AES-128-CBC with HMAC-SHA256): they open, and are renewed by the next rotation.

Rotation: a new FERNET_SALT with the old one kept as a previous salt opens old values; `reseal` renews them. Digests
hang on the root alone, so they survive it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from utils import json, redaction
from utils.ids import secret_hex

_VERSION, _EARLIER = "oa2", "oa1"
_NONCE_BYTES, _KEY_BYTES = 12, 32


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
        bound = f"{_VERSION}.{self._current}.{purpose}".encode()
        data_key = bytes.fromhex(secret_hex(_KEY_BYTES))
        wrapped = _encrypt(self._derive(self._salts[self._current], f"gcm|{purpose}"), data_key, bound)
        return f"{_VERSION}.{self._current}.{wrapped}.{_encrypt(data_key, text.encode(), bound)}"

    def open(self, purpose: str, sealed: str) -> str:
        """The text of a sealed value. Raises SealBroken."""
        parts = sealed.split(".")
        if len(parts) != 4 or parts[0] not in (_VERSION, _EARLIER):
            raise SealBroken(f"a sealed {purpose} has an unknown format")
        if parts[1] not in self._salts:
            raise SealBroken(f"a sealed {purpose} was made with another FERNET_SALT or API_KEY_PEPPER")
        read = self._open if parts[0] == _VERSION else self._open_earlier
        try:
            text = read(purpose, *parts[1:]).decode()
        except (InvalidTag, InvalidToken, ValueError):
            raise SealBroken(f"a sealed {purpose} is damaged") from None
        _remember(text)
        return text

    def is_current(self, sealed: str) -> bool:
        """Whether the value is sealed as new ones are: under the current salt, and by the current version."""
        return sealed.split(".", 2)[:2] == [_VERSION, self._current]

    def reseal(self, purpose: str, sealed: str) -> str:
        """The same text as new ones are sealed. Raises SealBroken."""
        return self.seal(purpose, self.open(purpose, sealed))

    def digest(self, purpose: str, text: str) -> str:
        """Keyed HMAC-SHA256 of text, 64 hexadecimal digits."""
        return hmac.new(self._derive("", f"digest|{purpose}"), text.encode(), hashlib.sha256).hexdigest()

    def _open(self, purpose: str, key_id: str, wrapped: str, payload: str) -> bytes:
        bound = f"{_VERSION}.{key_id}.{purpose}".encode()
        data_key = _decrypt(self._derive(self._salts[key_id], f"gcm|{purpose}"), wrapped, bound)
        return _decrypt(data_key, payload, bound)

    def _open_earlier(self, purpose: str, key_id: str, wrapped: str, payload: str) -> bytes:
        key = Fernet(urlsafe_b64encode(self._derive(self._salts[key_id], f"seal|{purpose}")))
        return Fernet(key.decrypt(wrapped.encode())).decrypt(payload.encode())

    def _key_id(self, salt: str) -> str:
        return self._derive(salt, "key id").hex()[:8]

    def _derive(self, salt: str, label: str) -> bytes:
        key = self._derived.get((salt, label))
        if key is None:
            expand = HKDF(SHA256(), 32, bytes.fromhex(salt) or None, f"openalgo|{label}".encode())
            key = self._derived[salt, label] = expand.derive(self._root)
        return key


def _encrypt(key: bytes, text: bytes, bound: bytes) -> str:
    nonce = bytes.fromhex(secret_hex(_NONCE_BYTES))
    return urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, text, bound)).decode()


def _decrypt(key: bytes, sealed: str, bound: bytes) -> bytes:
    """Raises InvalidTag, or ValueError for what is no Base64 or too short."""
    raw = b64decode(sealed, altchars=b"-_", validate=True)
    return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound)


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
