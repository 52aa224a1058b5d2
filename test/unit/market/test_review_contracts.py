"""One broker's trouble does not keep the others from their contracts."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec

from broker.core.roles import Session
from domain.errors import SessionDead
from domain.instruments import Exchange, Instrument
from services.events import Events
from services.market.calendar import Calendar
from services.market.contracts import ContractMaster
from services.market.instruments import Instruments

NOW = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)


class Vendor:
    """A vendor's contract file as JSON lines."""

    def __init__(self, rows: list[Instrument]) -> None:
        self.rows = rows

    def fetch(self, session: Session) -> Any:
        yield from (msgspec.json.encode(row) + b"\n" for row in self.rows)

    def parse(self, chunks: Any) -> Any:
        for line in b"".join(chunks).splitlines():
            yield msgspec.json.decode(line, type=Instrument)


class House:
    """Two brokers with an account each; the secrets of the first cannot be read any more."""

    def __init__(self, rows: list[Instrument]) -> None:
        manifest = SimpleNamespace(exchanges=(Exchange.NSE, Exchange.NFO))
        self._plugin = SimpleNamespace(contracts=Vendor(rows), local_ticks=None, manifest=manifest)

    def plugin(self, broker_id: str) -> Any:
        return self._plugin

    def manifests(self) -> Any:
        return {"alpha": self._plugin.manifest, "kite": self._plugin.manifest}

    def session(self, account_id: int) -> Session:
        if account_id == 6:
            raise SessionDead("The stored broker secrets cannot be read", code="SECRETS_UNREADABLE")
        return Session(
            account_id=7,
            broker="kite",
            broker_user_id="AB",
            credentials={},
            tokens={},
            issued_at=NOW,
            expires_at=None,
        )

    def of_broker(self, broker: str) -> Any:
        return [SimpleNamespace(id=6 if broker == "alpha" else 7, broker=broker, state="valid")]

    def find(self, account_id: int) -> Any:
        raise AssertionError


def test_a_session_that_cannot_be_opened_does_not_stop_the_sweep(stores, clock, universe, tmp_path) -> None:
    events, house, calendar = Events(lambda name, error: None), House(universe), Calendar()
    instruments = Instruments(stores.main, clock, calendar)
    given: Any = house
    master = ContractMaster(stores.main, given, given, instruments, calendar, events, clock, folder=tmp_path)
    master.sweep()
    assert master.wait("kite", 10)
    assert master.status("kite").status == "success"
    master.close()
    events.close()
