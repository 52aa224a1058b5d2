"""Makes Principals: a user and the broker account that is active for them right now."""

from __future__ import annotations

import msgspec

from database import accounts, identity
from database.stores import Store
from domain.errors import NotAuthenticated
from services.accounts.principal import Principal, Source
from utils.clock import Clock
from utils.ttl_cache import TtlCache

CACHE_SECONDS = 1.0
# Sources behind which somebody asks now.
ASKING = ("api", "ui", "webhook")


class _Caller(msgspec.Struct, frozen=True):
    username: str
    is_admin: bool
    account_id: int | None
    broker: str | None
    is_disabled: bool


class Callers:
    """Resolves users to Principals; what it knows is at most a second old."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._cache: TtlCache[int, _Caller] = TtlCache(4096, CACHE_SECONDS, clock, name="callers")

    def principal(
        self, user_id: int, source: Source, key_id: int | None = None,
        web_session_id: int | None = None,
    ) -> Principal:  # fmt: skip
        """The caller as of now. Raises NotAuthenticated when the user is gone, or disabled and asks for something.

        What a disabled user has set up (exits, GTTs, orders on their way to a price) is followed through.
        """
        found = self._cache.get_or_load(user_id, lambda: self._load(user_id))
        if found.is_disabled and source in ASKING:
            raise NotAuthenticated("This account is disabled, ask an administrator", code="USER_DISABLED")
        return Principal(
            user_id=user_id, username=found.username, account_id=found.account_id, broker=found.broker,
            source=source, key_id=key_id, is_admin=found.is_admin, web_session_id=web_session_id,
        )  # fmt: skip

    def forget(self, user_id: int) -> None:
        """Something about the user or their accounts changed."""
        self._cache.forget(user_id)

    def _load(self, user_id: int) -> _Caller:
        with self._store.reading() as unit:
            user = identity.Users(unit).get(user_id)
            account = accounts.Accounts(unit).active_of(user_id)
        if user is None:
            raise NotAuthenticated("The user no longer exists")
        return _Caller(
            user.username, user.is_admin, account.id if account else None, account.broker if account else None,
            user.disabled_at is not None,
        )  # fmt: skip
