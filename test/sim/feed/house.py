"""The house around a feed: keys, broker accounts with their logins, the Zerodha plug-in and a small contract master."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from broker.core.budget import Budgets
from broker.core.http import Transport
from broker.core.manifest import Manifest, RateClass, Stream
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.roles import Plugin, Session
from domain.errors import NotAuthenticated, NotFound, SessionDead
from domain.instruments import Instrument, InstrumentKey
from services.accounts.principal import Principal
from utils.clock import Clock
from utils.ids import SystemIds

BROKER = "zerodha"
KEY = "a" * 64
FIRST, SECOND = 7, 8
APPS = {FIRST: ("key7", "secret7", "AB0007"), SECOND: ("key8", "secret8", "AB0008")}


class House:
    """Gate, sessions and brokers of the streaming process. `logins` is what the accounts' stores would hold."""

    def __init__(self, plugin: Plugin, instruments: Sequence[Instrument], clock: Clock) -> None:
        self._plugin = plugin
        self._clock = clock
        self.rows = {row.key: row for row in instruments}
        self.logins: dict[int, Session] = {}
        self.latest: list[int] = []

    def log_in(self, account_id: int, request_token: str) -> Session:
        """Trade a request token in, as the callback of the login page does; blocks for one REST call."""
        key, secret, _ = APPS[account_id]
        session = self._plugin.auth.complete(
            account_id, {"api_key": key, "api_secret": secret}, {"request_token": request_token}
        )
        self.logins[account_id] = session
        self.latest = [account_id, *(each for each in self.latest if each != account_id)]
        return session

    def verify(self, api_key: str, address: str) -> Principal:
        if api_key != KEY:
            raise NotAuthenticated("Invalid openalgo apikey")
        return Principal(
            user_id=1, username="ada", account_id=FIRST, broker=BROKER, source="api", key_id=1,
        )  # fmt: skip

    def is_banned(self, address: str) -> bool:
        return False

    def redeem(self, ticket: str) -> Principal:
        raise NotAuthenticated("There are no tickets here")

    def refresh(self, principal: Principal, api_key: str, address: str) -> Principal:
        return self.verify(api_key, address)

    def forget_caller(self, user_id: int) -> None: ...

    def session(self, account_id: int) -> Session:
        session = self.logins.get(account_id)
        if session is None:
            raise SessionDead("The account is not connected to its broker")
        if session.expires_at is not None and session.expires_at <= self._clock.now():
            raise SessionDead("The broker session has expired")
        return session

    def accounts(self, broker: str) -> Sequence[int]:
        rest = [account_id for account_id in APPS if account_id not in self.latest]
        return sorted([*self.latest, *rest], key=lambda account_id: account_id not in self.logins)

    def broker_of(self, account_id: int) -> str | None:
        return BROKER if account_id in APPS else None

    def forget(self, account_id: int) -> None: ...

    def plugin(self, broker_id: str) -> Plugin:
        if broker_id != BROKER:
            raise NotFound(f"There is no broker {broker_id!r}")
        return self._plugin

    def manifests(self) -> Mapping[str, Manifest]:
        return {BROKER: self._plugin.manifest}

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def forget_instruments(self, broker_id: str) -> None: ...


class _NoLookup:
    """A plug-in's view of a contract master that no book needs here."""

    def by_key(self, key: InstrumentKey) -> None: ...

    def by_token(self, broker_exchange: str, token: str) -> None: ...

    def by_broker_symbol(self, broker_exchange: str, symbol: str) -> None: ...


def kite_plugin(
    transport: Transport, hosts: Mapping[str, str], clock: Clock, data_dir: Path, **terms: Any
) -> Plugin:
    """The Zerodha plug-in without a budget of calls; `terms` replace what its manifest says about the stream."""
    registry = load_plugins((PLUGIN_FOLDER,))
    manifest = registry.manifests()[BROKER]
    plugin = registry.build(BROKER, ContextParts(
        transport=transport, instruments=_NoLookup(), clock=clock, ids=SystemIds(), data_dir=data_dir, hosts=hosts,
        budgets=Budgets({name: RateClass(per_second=1e6) for name in manifest.limits.rates}, clock),
    ))  # fmt: skip
    assert isinstance(manifest.stream, Stream)
    stream = msgspec.structs.replace(manifest.stream, **terms)
    return msgspec.structs.replace(plugin, manifest=msgspec.structs.replace(manifest, stream=stream))


def contracts(plugin: Plugin, listing: Any, names: Sequence[str]) -> list[Instrument]:
    """The plug-in's own reading of the vendor's file, for these `EXCHANGE:TRADINGSYMBOL`."""
    tokens = {str(listing.by_name(*name.split(":", 1)).token) for name in names}
    head, *lines = listing.csv().splitlines(keepends=True)
    wanted = [line for line in lines if line.split(b",", 1)[0].decode() in tokens]
    return list(plugin.contracts.parse([head + b"".join(wanted)]))
