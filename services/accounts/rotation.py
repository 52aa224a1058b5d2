"""Renew everything sealed after FERNET_SALT was changed (the old value stays in FERNET_SALT_PREVIOUS meanwhile)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from database import accounts, identity
from database.signin.factors import SecondFactors
from database.signin.records import MailServer
from database.stores import Store, Unit
from services.accounts.api_keys import PURPOSE as API_KEY
from services.accounts.broker_sessions import CREDENTIALS, TOKENS
from services.accounts.crypto import Vault
from services.accounts.signin.factors import PURPOSE as TOTP
from services.notify.mail_desk import PURPOSE as MAIL


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """How many values were renewed, and how many were current already."""

    renewed: int
    current: int


def reseal_all(store: Store, vault: Vault) -> Rotation:
    """Bring every sealed value under the current salt, in one transaction. Raises SealBroken, changing nothing."""
    renewed = current = 0
    with store.unit() as unit:
        for purpose, sealed, put in _sealed(unit):
            if vault.is_current(sealed):
                current += 1
                continue
            put(vault.reseal(purpose, sealed))
            renewed += 1
    return Rotation(renewed=renewed, current=current)


def _sealed(unit: Unit) -> list[tuple[str, str, Callable[[str], None]]]:
    """Purpose, sealed value and how a new one is put in its place, of everything that is sealed."""
    keys, owned, sessions = identity.ApiKeys(unit), accounts.Accounts(unit), accounts.BrokerSessions(unit)
    factors, mail = SecondFactors(unit), MailServer(unit)
    server = mail.get()
    mail_passwords = [server.password_sealed] if server and server.password_sealed else []
    return [
        *((API_KEY, key.sealed, partial(keys.reseal, key.id)) for key in keys.all()),
        *((CREDENTIALS, row.credentials_sealed, partial(owned.reseal, row.id)) for row in owned.all()),
        *(
            (TOKENS, row.tokens_sealed, partial(sessions.reseal, row.account_id))
            for row in sessions.valid()
            if row.tokens_sealed is not None
        ),
        *((TOTP, row.secret_sealed, partial(factors.reseal, row.user_id)) for row in factors.all()),
        *((MAIL, sealed, mail.reseal) for sealed in mail_passwords),
    ]
