import datetime as dt
import threading
from types import SimpleNamespace

import msgspec
import pytest

from broker.core.roles import Session
from database.contracts import Contracts
from domain.errors import BadVendorData, Conflict, InvalidInput, SessionDead, Unavailable, UnknownInstrument
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from services.events import ContractsChanged, Events, SessionChanged
from services.market.calendar import Calendar
from services.market.contracts import ContractMaster
from services.market.freezes import QuantityFreezes, parse
from services.market.instruments import Instruments

KEY = InstrumentKey(Exchange.NSE, "TATAPOWER")


class Vendor:
    """A vendor's contract file as JSON lines, and how it fails."""

    def __init__(self, rows):
        self.rows = rows
        self.error = None
        self.fetches = 0
        self.gate = None

    def fetch(self, session):
        self.fetches += 1
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.error:
            raise self.error
        yield from (msgspec.json.encode(row) + b"\n" for row in self.rows)

    def parse(self, chunks):
        for line in b"".join(chunks).splitlines():
            yield msgspec.json.decode(line, type=Instrument)


class House:
    """The loader's neighbours: one broker, one account."""

    def __init__(self, vendor, clock):
        self.state = "valid"
        exchanges = (Exchange.NSE, Exchange.NFO)
        self.made = SimpleNamespace(
            contracts=vendor, local_ticks=None, manifest=SimpleNamespace(exchanges=exchanges)
        )
        self._session = Session(
            account_id=7, broker="kite", broker_user_id="AB", credentials={}, tokens={}, issued_at=clock.now(),
            expires_at=None,
        )  # fmt: skip

    def plugin(self, broker_id):
        return self.made

    def manifests(self):
        return {"kite": self.made.manifest}

    def session(self, account_id):
        if self.state != "valid":
            raise SessionDead("log in again")
        return self._session

    def find(self, account_id):
        return SimpleNamespace(id=account_id, broker="kite", state=self.state)

    def of_broker(self, broker):
        return [self.find(7)]


@pytest.fixture
def vendor(universe):
    return Vendor(universe)


@pytest.fixture
def desk(stores, clock, vendor, tmp_path):
    failures = []
    events = Events(lambda name, error: failures.append((name, error)))
    house = House(vendor, clock)
    calendar = Calendar()
    instruments = Instruments(stores.main, clock, calendar)
    master = ContractMaster(stores.main, house, house, instruments, calendar, events, clock, folder=tmp_path)
    seen = []
    events.subscribe(ContractsChanged, seen.append)
    yield SimpleNamespace(
        master=master, instruments=instruments, house=house, events=events, seen=seen, failures=failures
    )
    master.close()
    assert master.wait("kite", 10)
    events.close()
    assert not list(tmp_path.glob("contracts-*"))


def load(desk):
    return desk.master.load("kite", desk.house.session(7))


def test_a_first_load_makes_instruments_resolvable(desk, universe):
    assert desk.master.status("kite").status == "none"
    with pytest.raises(Unavailable):
        desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWER")
    status = load(desk)
    assert (status.status, status.total, status.is_ready) == ("success", len(universe), True)
    assert status.counts[Exchange.NFO] > 100
    assert desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWER") == universe[0]


def test_a_failing_load_keeps_what_is_served_and_tells_its_age(desk, vendor, clock, universe):
    load(desk)
    clock.advance(7200)
    vendor.error = Unavailable("The vendor does not answer")
    with pytest.raises(Unavailable):
        load(desk)
    status = desk.master.status("kite")
    assert (status.status, status.is_ready, status.total) == ("error", True, len(universe))
    assert status.message == (
        f"The vendor does not answer. The {len(universe)} contracts of 2.0 hours ago stay in service"
    )
    assert status.age_seconds == 7200
    assert desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWER") == universe[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: [*rows, rows[0]],
        lambda rows: rows[: len(rows) // 4],
        lambda rows: [],
        lambda rows: [msgspec.structs.replace(rows[0], lot_size=0), *rows[1:]],
        lambda rows: [msgspec.structs.replace(rows[0], token=rows[1].token), *rows[1:]],
    ],
    ids=["duplicate", "most rows gone", "empty", "lot of zero", "token twice"],
)
def test_a_spoilt_file_never_replaces_a_good_one(desk, vendor, clock, universe, spoil):
    load(desk)
    clock.advance(86_400)
    vendor.rows = spoil(universe)
    with pytest.raises(BadVendorData):
        load(desk)
    assert desk.master.status("kite").total == len(universe)
    assert desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWER") == universe[0]


def test_the_same_file_is_confirmed_without_a_new_generation(desk, stores, vendor, clock):
    load(desk)
    before = desk.master.status("kite")
    with stores.main.reading() as unit:
        generation = Contracts(unit).generation("kite")
    clock.advance(600)
    load(desk)
    after = desk.master.status("kite")
    with stores.main.reading() as unit:
        assert Contracts(unit).generation("kite") == generation
    assert after.loaded_at - before.loaded_at == dt.timedelta(seconds=600)
    assert after.status == "success"


def test_a_second_load_of_a_broker_waits_its_turn(desk, vendor):
    vendor.gate = threading.Event()
    desk.master.refresh("kite", 7)
    assert desk.master.status("kite").status == "downloading"
    with pytest.raises(Conflict):
        desk.master.refresh("kite", 7)
    with pytest.raises(Conflict):
        load(desk)
    vendor.gate.set()
    assert desk.master.wait("kite", 10)
    assert desk.master.status("kite").status == "success"
    assert vendor.fetches == 1


def test_the_old_contracts_serve_while_a_newer_file_loads(desk, vendor, clock, universe):
    load(desk)
    vendor.gate = threading.Event()
    clock.advance(86_400)
    desk.master.refresh("kite", 7)
    assert desk.master.status("kite").is_ready
    assert desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWER") == universe[0]
    vendor.gate.set()
    assert desk.master.wait("kite", 10)


def test_a_download_that_died_with_its_process_is_shown_as_an_error_and_can_be_repeated(desk, stores, clock):
    with stores.main.unit() as unit:
        Contracts(unit).note("kite", "downloading", "…", clock.now())
    assert desk.master.status("kite").status == "downloading"
    with pytest.raises(Conflict):
        load(desk)
    clock.advance(151)
    assert desk.master.status("kite").status == "error"
    assert load(desk).status == "success"


@pytest.mark.parametrize(
    ("loaded", "now", "download"),
    [
        ("2026-11-23T02:29:00", "2026-11-23T02:31:00", True),
        ("2026-11-23T02:31:00", "2026-11-23T12:00:00", False),
        ("2026-11-23T12:00:00", "2026-11-23T18:31:00", True),
        ("2026-11-22T12:00:00", "2026-11-23T01:00:00", True),
    ],
    ids=["before the cut-off", "after the cut-off", "Indian midnight passed", "yesterday"],
)
def test_a_login_downloads_unless_todays_file_was_fetched_after_the_cutoff(
    desk, clock, loaded, now, download
):
    clock.jump(dt.datetime.fromisoformat(loaded).replace(tzinfo=dt.UTC))
    load(desk)
    clock.jump(dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
    assert desk.master.freshness("kite").should_download is download
    assert desk.master.ensure_fresh("kite", 7) is download


def test_a_login_event_loads_in_the_background(desk, vendor):
    desk.events.publish(SessionChanged(account_id=7, state="valid", reason="login"))
    deadline = threading.Event()
    for _ in range(500):
        if desk.master.status("kite").status == "success":
            break
        deadline.wait(0.02)
    assert desk.master.status("kite").status == "success"
    assert not desk.failures


def test_the_sweep_fetches_once_after_the_cutoff_of_a_trading_day(desk, vendor, clock):
    clock.jump(dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC))
    load(desk)
    desk.master.sweep()
    assert vendor.fetches == 1
    clock.jump(dt.datetime(2026, 11, 23, 2, 41, tzinfo=dt.UTC))
    for _ in range(2):
        desk.master.sweep()
        assert desk.master.wait("kite", 10)
    assert vendor.fetches == 2


@pytest.mark.parametrize("reason", ["no session", "holiday"])
def test_the_sweep_leaves_vendors_alone_without_a_reason(desk, vendor, clock, reason):
    load(desk)
    clock.jump(dt.datetime(2026, 12, 25 if reason == "holiday" else 24, 4, 0, tzinfo=dt.UTC))
    desk.house.state = "expired" if reason == "no session" else "valid"
    desk.master.sweep()
    assert desk.master.wait("kite", 10)
    assert vendor.fetches == 1


def test_the_sweep_backs_off_after_a_failure(desk, vendor, clock):
    vendor.error = Unavailable("down")
    for wait, fetches in ((0, 1), (30, 1), (31, 2), (60, 2), (61, 3)):
        clock.advance(wait)
        desk.master.sweep()
        assert desk.master.wait("kite", 10)
        assert vendor.fetches == fetches


def test_an_index_is_read_from_the_store_after_a_restart(desk, stores, clock, universe):
    load(desk)
    other = Instruments(stores.main, clock, Calendar())
    for row in universe:
        assert other.resolve("kite", row.exchange, row.symbol) == row
    assert other.lookup("kite").by_token("BFO", "100").symbol == "SENSEX31DEC26FUT"


def test_an_unknown_symbol_is_refused_with_near_ones(desk):
    load(desk)
    with pytest.raises(UnknownInstrument) as refusal:
        desk.instruments.resolve("kite", Exchange.NSE, "TATAPOWR")
    assert refusal.value.candidates[0] == "TATAPOWER"


def test_expiries_end_with_the_session_of_their_day(desk, clock):
    load(desk)
    december, january = dt.date(2026, 12, 29), dt.date(2027, 1, 26)
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFTY", "futures") == [december, january]
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFTY", "options") == [december]
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFT", "options") == []
    clock.jump(dt.datetime(2026, 12, 29, 10, 9, tzinfo=dt.UTC))
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFTY", "options") == [december]
    clock.jump(dt.datetime(2026, 12, 29, 10, 10, tzinfo=dt.UTC))
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFTY", "options") == []
    assert desk.instruments.expiries("kite", Exchange.NFO, "NIFTY", "futures") == [january]


def test_strikes_and_underlyings_of_an_exchange(desk):
    load(desk)
    december = dt.date(2026, 12, 29)
    strikes = desk.instruments.strikes("kite", Exchange.NFO, "RELIANCE", december, InstrumentType.CE)
    assert [int(strike) for strike in strikes] == list(range(1400, 2400, 50))
    assert desk.instruments.underlyings("kite", Exchange.NFO) == ["BANKNIFTY", "NIFTY", "RELIANCE", "VEDL"]
    assert desk.instruments.underlyings("kite", Exchange.BFO) == []
    assert desk.instruments.underlyings("kite", Exchange.BFO, with_futures=True) == ["SENSEX"]


def test_only_equities_with_derivatives_take_part_in_the_closing_auction(desk, universe):
    load(desk)
    by_symbol = {row.symbol: row for row in universe if row.exchange is Exchange.NSE}
    assert desk.instruments.in_closing_auction("kite", by_symbol["RELIANCE"])
    assert not desk.instruments.in_closing_auction("kite", by_symbol["TATAPOWER"])


def test_shipped_freezes_reach_instruments_and_edits_too(desk, stores):
    load(desk)
    freezes = QuantityFreezes(stores.main, desk.instruments)
    freezes.start()
    resolve = desk.instruments.resolve
    assert resolve("kite", Exchange.NFO, "NIFTY29DEC2626500CE").freeze_qty == 1800
    assert resolve("kite", Exchange.NFO, "VEDL29DEC26412.5CE").freeze_qty is None
    freezes.put(Exchange.NFO, "NIFTY", 1500)
    assert resolve("kite", Exchange.NFO, "NIFTY29DEC2626500CE").freeze_qty == 1500
    freezes.start()
    assert freezes.all()[(Exchange.NFO, "NIFTY")] == 1500
    assert freezes.upload(Exchange.NFO, "S.No.,SYMBOL    ,VOL_FRZ_QTY\n1, vedl ,99\n") == 1
    assert resolve("kite", Exchange.NFO, "NIFTY29DEC2626500CE").freeze_qty is None
    assert resolve("kite", Exchange.NFO, "VEDL29DEC26412.5CE").freeze_qty == 99


@pytest.mark.parametrize(
    "text", ["", "A,B\n1,2\n", "SYMBOL,VOL_FRZ_QTY\nX,0\n", "SYMBOL,VOL_FRZ_QTY\nX,1,2\n"]
)
def test_an_unreadable_freeze_file_is_refused(text):
    with pytest.raises(InvalidInput):
        parse(text)
