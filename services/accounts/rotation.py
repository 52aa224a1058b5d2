"""Renew everything sealed after FERNET_SALT was changed (the old value stays in FERNET_SALT_PREVIOUS meanwhile)."""

from __future__ import annotations

import msgspec

from database import accounts, identity
from database.stores import Store
from services.accounts.api_keys import PURPOSE as API_KEY
from services.accounts.broker_sessions import CREDENTIALS, TOKENS
from services.accounts.crypto import Vault


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """How many values were renewed, and how many were current already."""

    renewed: int
    current: int


def reseal_all(store: Store, vault: Vault) -> Rotation:
    """Bring every sealed value under the current salt, in one transaction. Raises SealBroken, changing nothing."""
    renewed = current = 0
    with store.unit() as unit:
        keys, owned, sessions = identity.ApiKeys(unit), accounts.Accounts(unit), accounts.BrokerSessions(unit)
        for key in keys.all():
            if vault.is_current(key.sealed):
                current += 1
                continue
            keys.reseal(key.id, vault.reseal(API_KEY, key.sealed))
            renewed += 1
        for account in owned.all():
            if vault.is_current(account.credentials_sealed):
                current += 1
                continue
            owned.reseal(account.id, vault.reseal(CREDENTIALS, account.credentials_sealed))
            renewed += 1
        for session in sessions.valid():
            if session.tokens_sealed is None or vault.is_current(session.tokens_sealed):
                current += 1
                continue
            sessions.reseal(session.account_id, vault.reseal(TOKENS, session.tokens_sealed))
            renewed += 1
    return Rotation(renewed=renewed, current=current)
