"""What this process asks of the house. Calls may touch a store, so they run off the event loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.instruments import Instrument, InstrumentKey
from domain.streams.orders import Gap, Placed, Scope, Sent
from services.accounts.principal import Principal


class Gate(Protocol):
    """Who a client is."""

    def is_banned(self, address: str) -> bool:
        """Whether an address is not to be served at all."""

    def verify(self, api_key: str, address: str) -> Principal:
        """The key's owner, who comes from this address. Raises NotAuthenticated, NotAllowed."""

    def redeem(self, ticket: str) -> Principal:
        """The browser behind a single-use ticket. Raises NotAuthenticated."""

    def refresh(self, principal: Principal, api_key: str, address: str) -> Principal:
        """The same caller with the account active now; `api_key` is empty for browsers.

        Raises NotAuthenticated or NotAllowed when the key no longer opens anything or the user is gone.
        """

    def forget_caller(self, user_id: int) -> None:
        """Drop what is cached of a user and their keys. Touches no store."""


class Sessions(Protocol):
    """Broker logins. Nothing in this process keeps one longer than a connection."""

    def session(self, account_id: int) -> Session:
        """The account's session as stored now. Raises SessionDead."""

    def accounts(self, broker: str) -> Sequence[int]:
        """Accounts of a broker, those with a usable session first, the latest login before older ones."""

    def broker_of(self, account_id: int) -> str | None:
        """The broker of an account, None when it no longer exists."""

    def forget(self, account_id: int) -> None:
        """Drop what is cached of an account."""


class Brokers(Protocol):
    """Plug-ins and their contract masters."""

    def plugin(self, broker_id: str) -> Plugin:
        """The built plug-in. Raises NotFound or NotSupported."""

    def manifests(self) -> Mapping[str, Manifest]:
        """Every loadable broker by id."""

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        """Those of the named instruments that are in the broker's contract master."""

    def forget_instruments(self, broker_id: str) -> None:
        """Drop cached contract rows of a broker."""


class OrderReader(Protocol):
    """Reads the order stream of a scope forward from a number."""

    at: int

    def next(self, limit: int) -> list[Sent]:
        """Up to `limit` more changes, in order; empty at the end. Raises domain.streams.orders.Gap."""


class OrderHistory(Protocol):
    """The order stream as it is stored."""

    def reader(self, scope: Scope, after: int) -> OrderReader:
        """A reader of what is behind a number. Touches no store."""

    def head(self, user_id: int) -> int:
        """The user's highest number, 0 without any."""

    def after(self, user_id: int, seq: int, limit: int) -> list[Sent]:
        """Up to `limit` changes of a user behind a number, whether or not something is missing."""

    def newest_place(self) -> int:
        """The place of the newest change of all users."""

    def tail(self, place: int, limit: int) -> list[Placed]:
        """Up to `limit` changes of all users behind a place, oldest first."""


class NoOrderHistory:
    """A process without a store: nothing is kept, so nothing can be resumed."""

    at = 0

    def reader(self, scope: Scope, after: int) -> OrderReader:
        return self

    def next(self, limit: int) -> list[Sent]:
        raise Gap(0)

    def head(self, user_id: int) -> int:
        return 0

    def after(self, user_id: int, seq: int, limit: int) -> list[Sent]:
        return []

    def newest_place(self) -> int:
        return 0

    def tail(self, place: int, limit: int) -> list[Placed]:
        return []
