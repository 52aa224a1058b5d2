"""Secrets that can be guessed, are used twice, or do not open what the stores hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from services.accounts.api_keys import PURPOSE as API_KEY
from services.accounts.broker_sessions import CREDENTIALS, TOKENS
from services.accounts.crypto import SealBroken
from services.accounts.signin.factors import PURPOSE as TOTP
from services.automation.signatures import PURPOSE as SIGNING
from services.notify.mail_desk import PURPOSE as MAIL
from services.ops.care.inventory import vault_of
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from utils.settings import reveal

# Where sealed values are kept, by the purpose they are sealed for.
_SEALED = {
    CREDENTIALS: "SELECT credentials_sealed FROM broker_accounts",
    TOKENS: "SELECT tokens_sealed FROM broker_sessions WHERE tokens_sealed IS NOT NULL",
    API_KEY: "SELECT key_sealed FROM api_keys WHERE key_sealed IS NOT NULL",
    TOTP: "SELECT secret_sealed FROM second_factors",
    MAIL: "SELECT password_sealed FROM mail_settings WHERE password_sealed IS NOT NULL",
    SIGNING: "SELECT signing_sealed FROM strategies WHERE signing_sealed IS NOT NULL",
}
LEAST_DISTINCT = 10


@check(
    "secrets.weak",
    Severity.CRITICAL,
    "Put 64 random hexadecimal digits in its place; a new API_KEY_PEPPER ends every password and key",
)
def weak(patient: Patient) -> Iterator[str]:
    """Long enough, yet guessable: few different characters, or one piece again and again."""
    settings = patient.settings
    if settings is None:
        return
    for name, secret in (("APP_KEY", settings.app_key), ("API_KEY_PEPPER", settings.api_key_pepper)):
        text = reveal(secret)
        if len(Counter(text)) < LEAST_DISTINCT or text in (text + text)[1:-1]:
            yield f"{name} repeats itself and can be guessed"


@check("secrets.same", Severity.WARNING, "Give APP_KEY a value of its own")
def same(patient: Patient) -> Iterator[str]:
    """One leak would be two."""
    settings = patient.settings
    if settings and reveal(settings.app_key) == reveal(settings.api_key_pepper):
        yield "APP_KEY and API_KEY_PEPPER are the same"


@check(
    "secrets.salt-missing",
    Severity.WARNING,
    "Move FERNET_SALT from a backup back into .env; a fresh installation writes one",
)
def salt_missing(patient: Patient) -> Iterator[str]:
    """Keys are derived without a salt of this installation."""
    if patient.settings and not patient.settings.fernet_salt:
        yield "FERNET_SALT is empty"


@check("secrets.previous-salt", Severity.INFO, "Remove FERNET_SALT_PREVIOUS once everything is sealed anew")
def previous_salt(patient: Patient) -> Iterator[str]:
    """A rotation that was not finished."""
    if patient.settings and patient.settings.fernet_salt_previous:
        yield "FERNET_SALT_PREVIOUS is still set"


@check(
    "secrets.key-missing",
    Severity.CRITICAL,
    "Put API_KEY_PEPPER and FERNET_SALT of before back into .env, or connect the accounts anew",
)
def key_missing(patient: Patient) -> Iterator[str]:
    """Stored credentials that nobody can read any more."""
    if patient.settings is None:
        return
    vault = vault_of(patient.settings)
    for purpose, query in _SEALED.items():
        broken = 0
        for (sealed,) in patient.rows("main", query):
            try:
                vault.open(purpose, sealed)
            except SealBroken:
                broken += 1
        if broken:
            yield f"{broken} sealed values ({purpose}) cannot be opened with these settings"
