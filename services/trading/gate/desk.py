"""Limits and kill switches as their owners see and change them: nobody touches another's scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from database.risk.limits import ChangeRow
from domain.errors import InvalidInput, NotAllowed, NotFound
from services.accounts.principal import Principal
from services.trading import risk
from services.trading.gate.policy import InForce, RiskPolicy
from services.trading.risk import scopes as named


class OwnAccount(Protocol):
    """What is shown of a broker account."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def label(self) -> str:
        """Its owner's name for it."""


class ScopeName(msgspec.Struct, frozen=True, kw_only=True):
    """A scope as its owner names it: kind, and the account, the strategy or the key; without a number the first key."""

    kind: str
    account_id: int | None = None
    strategy: str = ""
    key_id: int | None = None


class ScopeView(msgspec.Struct, frozen=True, kw_only=True):
    """One scope: what it is called, its own limits, and the reason of its kill switch, None when that is released."""

    name: ScopeName
    scope: str
    label: str
    in_force: InForce
    switched: str | None
    may_change: bool


class RiskDesk:
    """Use cases of the risk page. accounts: a user's broker accounts; keys: number and name of a user's API keys."""

    def __init__(
        self, policy: RiskPolicy, accounts: Callable[[int], Sequence[OwnAccount]],
        keys: Callable[[int], Mapping[int, str]],
    ) -> None:  # fmt: skip
        self._policy = policy
        self._accounts = accounts
        self._keys = keys

    def overview(self, caller: Principal) -> list[ScopeView]:
        """Everybody's scope, the user's accounts and keys, and the strategies for which anything is set."""
        found = [self._view(ScopeName(kind="all"), named.ALL, "Everything", caller.is_admin)]
        for account in self._accounts(caller.user_id):
            name = ScopeName(kind="account", account_id=account.id)
            found.append(self._view(name, named.account(account.id), account.label, True))
        for key_id, label in self._keys(caller.user_id).items():
            name = ScopeName(kind="key", key_id=key_id)
            found.append(self._view(name, named.key(key_id), label, True))
        for strategy in self._strategies(caller.user_id):
            name = ScopeName(kind="strategy", strategy=strategy)
            found.append(self._view(name, named.strategy(caller.user_id, strategy), strategy, True))
        return found

    def put(
        self, caller: Principal, name: ScopeName, limits: risk.Limits, version: int, reason: str
    ) -> ScopeView:
        """Set a scope's limits. Raises NotAllowed, NotFound, InvalidInput, and Conflict for an old version."""
        scope = self._own(caller, name)
        self._policy.put(scope, limits, version, reason, caller)
        return self._view(name, scope, name.strategy or name.kind, True)

    def switch(self, caller: Principal, name: ScopeName, engaged: bool, reason: str) -> ScopeView:
        """Engage or release a kill switch. Raises NotAllowed, NotFound, InvalidInput."""
        scope = self._own(caller, name)
        self._policy.switch(scope, engaged, reason, caller)
        return self._view(name, scope, name.strategy or name.kind, True)

    def changes(self, caller: Principal, limit: int, before: int | None) -> list[ChangeRow]:
        """The record, newest first."""
        return self._policy.changes(caller.user_id, limit, before)

    def _strategies(self, user_id: int) -> list[str]:
        scopes = {item.scope for item in self._policy.in_force()} | set(self._policy.switches())
        parts = (named.parts(scope) for scope in scopes)
        return sorted(name for kind, owner, name in parts if kind == "strategy" and owner == str(user_id))

    def _view(self, name: ScopeName, scope: str, label: str, may_change: bool) -> ScopeView:
        return ScopeView(
            name=name, scope=scope, label=label, in_force=self._policy.show(scope),
            switched=self._policy.switches().get(scope), may_change=may_change,
        )  # fmt: skip

    def _own_key(self, caller: Principal, key_id: int | None) -> int:
        keys = self._keys(caller.user_id)
        if not keys:
            raise NotFound("There is no API key yet")
        if key_id is not None and key_id not in keys:
            raise NotFound("There is no such API key", code="UNKNOWN_KEY")
        return key_id if key_id is not None else next(iter(keys))

    def _own(self, caller: Principal, name: ScopeName) -> str:
        match name.kind:
            case "all":
                if not caller.is_admin:
                    raise NotAllowed("Only an administrator may change what binds everybody")
                return named.ALL
            case "account":
                if name.account_id not in [account.id for account in self._accounts(caller.user_id)]:
                    raise NotFound("There is no such account", code="UNKNOWN_ACCOUNT")
                return named.account(name.account_id or 0)
            case "key":
                return named.key(self._own_key(caller, name.key_id))
            case "strategy" if name.strategy.strip():
                return named.strategy(caller.user_id, name.strategy)
        text = "must be all, account, strategy or key, with the account or the strategy that it is about"
        raise InvalidInput(f"kind: {text}", errors={"kind": [text]})
