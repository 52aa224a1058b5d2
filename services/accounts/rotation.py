"""Renew everything sealed after FERNET_SALT was changed (the old value stays in FERNET_SALT_PREVIOUS meanwhile).

Small transactions, one value of them at a time: a run that is killed has renewed some values, the others still open
under the previous salt, and the next run goes on.
"""

from __future__ import annotations

import msgspec

from database.housekeeping.sealed import SealedValues, sealed_columns
from database.stores import Store
from services.accounts.api_keys import PURPOSE as API_KEY
from services.accounts.broker_sessions import CREDENTIALS, TOKENS
from services.accounts.crypto import SealBroken, Vault
from services.accounts.signin.factors import PURPOSE as TOTP
from services.automation.signatures import PURPOSE as SIGNING
from services.notify.mail_desk import PURPOSE as MAIL

PAGE = 50
PURPOSES = {
    "api_keys.key_sealed": API_KEY,
    "broker_accounts.credentials_sealed": CREDENTIALS,
    "broker_sessions.tokens_sealed": TOKENS,
    "mail_settings.password_sealed": MAIL,
    "second_factors.secret_sealed": TOTP,
    "strategies.signing_sealed": SIGNING,
}


class Rotation(msgspec.Struct, kw_only=True):
    """How many values were renewed, how many were current already, and where one cannot be opened (`table.column`)."""

    renewed: int = 0
    current: int = 0
    unreadable: list[str] = []


def reseal_all(store: Store, vault: Vault, page: int = PAGE) -> Rotation:
    """Bring every sealed value under the current salt. Values that cannot be opened stay as they are, and are told.

    Raises KeyError for a sealed column whose purpose nobody stated: better no rotation than half a one.
    """
    done = Rotation()
    purposes = {name: PURPOSES[name] for name in sealed_columns()}
    for name, purpose in purposes.items():
        after = None
        while True:
            with store.unit(durable=True) as unit:
                rows = SealedValues(unit)
                values = rows.page(name, after, page)
                for value in values:
                    if vault.is_current(value.text):
                        done.current += 1
                        continue
                    try:
                        renewed = vault.reseal(purpose, value.text)
                    except SealBroken:
                        done.unreadable.append(name)
                        continue
                    done.renewed += rows.swap(name, value, renewed)
            if len(values) < page:
                break
            after = values[-1].key
    return done
