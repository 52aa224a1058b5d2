"""Time-based one-time codes (RFC 6238: SHA-1, six digits, 30 s), as every authenticator app makes them."""

from __future__ import annotations

import datetime as dt
import hmac

import pyotp

STEP_SECONDS = 30
DRIFT_STEPS = 1
DIGITS = 6
ISSUER = "OpenAlgo"


def new_secret() -> str:
    """A fresh secret of 160 bits, base 32."""
    return pyotp.random_base32()


def uri_of(secret: str, username: str) -> str:
    """What a QR code carries into the authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: dt.datetime, after: int) -> int | None:
    """The time step whose code this is, None when it is none of the three around `now` or not later than `after`.

    All three are compared whatever comes first, each in constant time.
    """
    current = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        fits = hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())
        if fits and step > after and found is None:
            found = step
    return found


def is_code(text: str) -> bool:
    """Whether the text has the form of a code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()
