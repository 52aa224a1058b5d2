"""What the desk keeps, over real stores and a small contract master."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from database.identity import Users
from database.stores import Stores
from domain.instruments import Exchange, Instrument, InstrumentType
from services.accounts.principal import Principal
from services.desk.preferences import ChartPreferences, Documents
from services.desk.watchlists import WatchlistDesk
from services.events import Event, Events, PreferenceChanged, WatchlistsChanged
from services.market.calendar import Calendar
from services.market.index import InstrumentIndex
from services.market.instruments import Instruments
from test.stores import open_stores
from utils.clock import IST, ManualClock

MORNING = dt.datetime(2026, 11, 20, 9, 20, tzinfo=IST)
BROKER = "kite"


def instrument(symbol: str, exchange: Exchange = Exchange.NSE, expiry: dt.date | None = None) -> Instrument:
    kind = InstrumentType.EQ if expiry is None else InstrumentType.FUT
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=symbol, broker_exchange=exchange.value,
        token=str(abs(hash(symbol))), name=symbol[:5], instrument_type=kind, lot_size=1, tick_size=Decimal("0.05"),
        expiry=expiry,
    )  # fmt: skip


class DeskHouse:
    """Documents, chart values and watch lists of users 1 (ada) and 2 (bob)."""

    def __init__(self, stores: Stores) -> None:
        self.clock = ManualClock(MORNING)
        self.told: list[Event] = []
        self.events = Events(lambda _name, error: self.failed.append(error))
        self.failed: list[Exception] = []
        self.events.subscribe(
            (WatchlistsChanged, PreferenceChanged), self.told.append, queue=100, name="test"
        )
        self.instruments = Instruments(stores.main, self.clock, Calendar())
        self.documents = Documents(stores.main, self.events, self.clock)
        self.chart = ChartPreferences(stores.main, self.events, self.clock)
        self.watchlists = WatchlistDesk(stores.main, self.instruments, self.events, self.clock)
        with stores.main.unit() as unit:
            for name in ("ada", "bob"):
                Users(unit).add(
                    username=name, email=f"{name}@example.com", password_hash="x", is_admin=False, now=MORNING
                )

    def serve(self, *listed: Instrument) -> None:
        """Let the broker's contract master hold these instruments only."""
        self.instruments.serve(BROKER, InstrumentIndex(list(listed)))

    def caller(self, user_id: int = 1, broker: str | None = BROKER) -> Principal:
        """A signed-in user."""
        return Principal(
            user_id=user_id,
            username="ada",
            is_admin=False,
            account_id=1 if broker else None,
            broker=broker,
            source="ui",
        )

    def close(self) -> list[Event]:
        """Everything that was told."""
        self.events.close()
        assert self.failed == []
        return self.told


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def house(stores: Stores) -> Iterator[DeskHouse]:
    made = DeskHouse(stores)
    yield made
    made.close()
