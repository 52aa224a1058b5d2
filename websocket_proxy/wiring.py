"""The process's view of the house, over the services that the composition root builds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.errors import NotAuthenticated, OpenAlgoError
from domain.instruments import Instrument, InstrumentKey
from services.accounts.keys.access import Need
from services.accounts.keys.guesses import guess_of
from services.accounts.principal import Principal
from utils.logging import get_logger

if TYPE_CHECKING:
    from services.container import ProxyServices

log = get_logger(__name__)


class HouseGate:
    """Gate over API keys and tickets."""

    def __init__(self, services: ProxyServices) -> None:
        self._keys = services.api_keys
        self._tickets = services.tickets
        self._callers = services.callers
        self._bans = services.ban_list
        self._wrong = services.wrong_keys
        self._vault = services.vault

    def is_banned(self, address: str) -> bool:
        return self._bans.is_banned(address)

    def verify(self, api_key: str, address: str) -> Principal:
        if self._bans.is_banned(address):
            raise NotAuthenticated("This address is banned", code="BANNED")
        try:
            return self._keys.admit(api_key, Need.DATA, address)
        except NotAuthenticated as error:
            guess = guess_of(api_key, error, self._vault)
            if guess is not None:
                self._note(address, guess)
            raise

    def _note(self, address: str, digest: str) -> None:
        """A store that does not answer must not turn a refusal into an error."""
        try:
            self._wrong.note(address, digest)
        except OpenAlgoError:
            log.exception("A wrong key could not be counted")

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
