"""The process's view of the house, over the services that the composition root builds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.errors import NotAuthenticated
from domain.instruments import Instrument, InstrumentKey
from services.accounts.keys.access import Need
from services.accounts.principal import Principal

if TYPE_CHECKING:
    from services.container import ProxyServices


class HouseGate:
    """Gate over API keys and tickets."""

    def __init__(self, services: ProxyServices) -> None:
        self._keys = services.api_keys
        self._tickets = services.tickets
        self._callers = services.callers
        self._bans = services.ban_list

    def verify(self, api_key: str, address: str) -> Principal:
        if self._bans.is_banned(address):
            raise NotAuthenticated("This address is banned", code="BANNED")
        return self._keys.admit(api_key, Need.DATA, address)

    def redeem(self, ticket: str) -> Principal:
        return self._tickets.redeem(ticket)

    def forget_caller(self, user_id: int) -> None:
        self._keys.forget(user_id)
        self._callers.forget(user_id)

    def refresh(self, principal: Principal, api_key: str, address: str) -> Principal:
        self.forget_caller(principal.user_id)
        if api_key:
            return self.verify(api_key, address)
        return self._tickets.renew(principal)


class HouseSessions:
    """Sessions over the stored broker accounts."""

    def __init__(self, services: ProxyServices) -> None:
        self._accounts = services.accounts

    def session(self, account_id: int) -> Session:
        return self._accounts.session(account_id)

    def accounts(self, broker: str) -> Sequence[int]:
        return [view.id for view in self._accounts.of_broker(broker)]

    def broker_of(self, account_id: int) -> str | None:
        return self._accounts.broker_of(account_id)

    def forget(self, account_id: int) -> None:
        self._accounts.forget(account_id)


class HouseBrokers:
    """Brokers over the plug-in host and the contract masters."""

    def __init__(self, services: ProxyServices) -> None:
        self._services = services

    def plugin(self, broker_id: str) -> Plugin:
        return self._services.brokers.plugin(broker_id)

    def manifests(self) -> Mapping[str, Manifest]:
        return self._services.brokers.manifests()

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        return self._services.lookup(broker_id).by_keys(keys)

    def forget_instruments(self, broker_id: str) -> None:
        self._services.lookup(broker_id).forget()
