"""The two ceremonies of WebAuthn over the kept library: questions for the browser, and what its answers prove.

An answer that proves nothing, for whatever reason, is None: who sends it learns no more.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from utils import json

NAME = "OpenAlgo"
TIMEOUT_MS = 120_000
# What the library may raise over bytes that a stranger made.
UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OverflowError, RecursionError, struct.error,
)  # fmt: skip


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where passkeys of this installation belong."""

    rp_id: str
    origin: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new credential; id and public key in base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    is_synced: bool


class Ceremonies:
    """Stateless. The library is loaded with the first use: most starts need no passkey."""

    def creation(
        self, place: Place, username: str, handle: bytes, known: Sequence[str]
    ) -> tuple[str, dict[str, Any]]:
        """(challenge, options) of an enrolment. known: credentials that a device must not make again."""
        import webauthn
        from webauthn.helpers import bytes_to_base64url, structs

        options = webauthn.generate_registration_options(
            rp_id=place.rp_id, rp_name=NAME, user_id=handle, user_name=username, timeout=TIMEOUT_MS,
            attestation=structs.AttestationConveyancePreference.NONE,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(item)) for item in known
            ],
        )  # fmt: skip
        return bytes_to_base64url(options.challenge), json.decode(webauthn.options_to_json(options).encode())

    def created(self, place: Place, challenge: str, credential: dict[str, Any]) -> Made | None:
        """What an enrolment made, None when it proves nothing."""
        import webauthn
        from webauthn.helpers import bytes_to_base64url, structs
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = webauthn.verify_registration_response(
                credential=credential, expected_challenge=webauthn.base64url_to_bytes(challenge),
                expected_rp_id=place.rp_id, expected_origin=place.origin, require_user_verification=True,
            )  # fmt: skip
        except (WebAuthnException, *UNREADABLE):
            return None
        return Made(
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
            is_synced=made.credential_device_type is structs.CredentialDeviceType.MULTI_DEVICE,
        )  # fmt: skip

    def request(self, place: Place) -> tuple[str, dict[str, Any]]:
        """(challenge, options) of a sign-in with any passkey of the place."""
        import webauthn
        from webauthn.helpers import bytes_to_base64url, structs

        options = webauthn.generate_authentication_options(
            rp_id=place.rp_id, timeout=TIMEOUT_MS,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )  # fmt: skip
        return bytes_to_base64url(options.challenge), json.decode(webauthn.options_to_json(options).encode())

    def shown(
        self, place: Place, challenge: str, credential: dict[str, Any], public_key: str, handle: bytes
    ) -> int | None:
        """The device's count with a valid answer, None otherwise. Whether it moved on is for who knows the last one."""
        import webauthn
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from webauthn.helpers import parse_authentication_credential_json
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            parsed = parse_authentication_credential_json(credential)
            if parsed.response.user_handle not in (None, b"", handle):
                return None
            proven = webauthn.verify_authentication_response(
                credential=parsed, expected_challenge=webauthn.base64url_to_bytes(challenge),
                expected_rp_id=place.rp_id, expected_origin=place.origin,
                credential_public_key=webauthn.base64url_to_bytes(public_key),
                credential_current_sign_count=0, require_user_verification=True,
            )  # fmt: skip
        except (WebAuthnException, InvalidSignature, UnsupportedAlgorithm, *UNREADABLE):
            return None
        return proven.new_sign_count


ceremonies = Ceremonies()
