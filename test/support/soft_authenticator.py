"""A WebAuthn authenticator in software, with the freedom to lie: what a device, or somebody who is none, may send.

Structures: WebAuthn Level 3 §6.1 (authenticator data), §6.5.4 (attestation object), RFC 9052 (COSE keys).
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One credential. flags, origin, rp_id, count may be bent for one answer; `copy` is what a thief would have."""

    def __init__(
        self, origin: str, rp_id: str, credential_id: bytes = b"c" * 32, *, synced: bool = False
    ) -> None:
        self.origin = origin
        self.rp_id = rp_id
        self.credential_id = credential_id
        self.count = 0
        self.handle = b""
        self._synced = (BACKUP_ELIGIBLE | BACKED_UP) if synced else 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def copy(self) -> Authenticator:
        twin = Authenticator(self.origin, self.rp_id, self.credential_id)
        twin.count, twin.handle, twin._key, twin._synced = self.count, self.handle, self._key, self._synced
        return twin

    def create(
        self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, **bent: Any
    ) -> dict[str, Any]:
        """Answers navigator.credentials.create()."""
        self.handle = _bytes(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = (
            bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(key)
        )
        data = self._data(flags | ATTESTED, bent.get("rp_id", self.rp_id)) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], bent)
        response = {"clientDataJSON": b64(client), "attestationObject": b64(attestation)}
        return self._answer(response)

    def get(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, **bent: Any) -> dict[str, Any]:
        """Answers navigator.credentials.get()."""
        if bent.get("counts", True):
            self.count += 1
        data = self._data(flags, bent.get("rp_id", self.rp_id))
        client = self._client("webauthn.get", options["challenge"], bent)
        signed = data + hashlib.sha256(client).digest()
        signature = bent.get("key", self._key).sign(signed, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": b64(bent.get("handle", self.handle)),
        }  # fmt: skip
        return self._answer(response)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _data(self, flags: int, rp_id: str) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags | self._synced, self.count)

    def _client(self, kind: str, challenge: str, bent: dict[str, Any]) -> bytes:
        fields = {
            "type": bent.get("kind", kind), "challenge": bent.get("challenge", challenge),
            "origin": bent.get("origin", self.origin), "crossOrigin": False,
        }  # fmt: skip
        return json.dumps(fields).encode()


def _bytes(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
