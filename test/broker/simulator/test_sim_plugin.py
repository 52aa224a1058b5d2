"""The practice exchange seen through the broker roles, as the host builds it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from broker.core.contracts import check
from broker.core.registry import ContextParts, PluginBroken, Registry, load_plugins
from broker.core.roles import Plugin, Session
from domain.errors import BadVendorData, SessionDead
from domain.instruments import Instrument
from domain.market import Interval, Mode, Tick
from domain.orders import CancelOrder, ModifyOrder, OrderStatus, OrderTerms, PlaceOrder
from utils.clock import IST, ManualClock
from utils.ids import SeededIds

Terms = Callable[..., OrderTerms]


class Nothing:
    """The simulator asks neither a transport nor the contract master for anything."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the practice exchange used {name}")


def parts(clock: ManualClock, folder: Path, **settings: str) -> ContextParts:
    return ContextParts(
        transport=Nothing(), instruments=Nothing(), clock=clock, ids=SeededIds(1), data_dir=folder, settings=settings
    )  # fmt: skip


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_plugins()


@pytest.fixture
def plugin(registry: Registry, clock: ManualClock, tmp_path: Path) -> Iterator[Plugin]:
    built = registry.build("simulator", parts(clock, tmp_path))
    yield built
    assert built.close is not None
    built.close()


@pytest.fixture
def session(plugin: Plugin) -> Session:
    assert plugin.auth.begin({}, "", "").kind == "instant"
    return plugin.auth.complete(7, {}, {})


@pytest.fixture
def rows(plugin: Plugin, session: Session) -> dict[str, Instrument]:
    return {str(row.key): row for row in plugin.contracts.parse(plugin.contracts.fetch(session))}


def test_every_role_of_the_manifest_is_filled(plugin: Plugin) -> None:
    assert plugin.manifest.auth.kind == "instant" and plugin.manifest.auth.rollover is None
    assert plugin.manifest.practice
    assert plugin.local_ticks is not None and plugin.stream is None
    assert plugin.order_stream is not None and plugin.margin is not None
    assert set(plugin.manifest.limits.history) == set(Interval)
    absent = [name for name, how in plugin.manifest.capabilities.items() if how == "absent"]
    assert absent == ["gtt"]


def test_sessions_are_per_account_and_do_not_end(plugin: Plugin, session: Session) -> None:
    other = plugin.auth.complete(8, {}, {})

    assert session.expires_at is None and session.broker_user_id != other.broker_user_id
    plugin.auth.check(session)
    plugin.auth.logout(session)
    foreign = Session(
        account_id=1, broker="zerodha", broker_user_id="AB1234", credentials={}, tokens={},
        issued_at=session.issued_at, expires_at=None,
    )  # fmt: skip
    with pytest.raises(SessionDead):
        plugin.auth.check(foreign)


def test_the_contract_file_passes_the_gates_and_reads_back_whole(
    plugin: Plugin, session: Session, rows: dict[str, Instrument]
) -> None:
    checked = check(rows.values(), None, dt.date(2026, 11, 23))

    assert len(checked.instruments) >= 10_000
    assert rows["NSE:M&M"].name == "Mahindra & Mahindra"
    assert rows["CDS:USDINR29DEC26FUT"].tick_size == Decimal("0.0025")


def test_a_contract_file_survives_being_cut_anywhere(plugin: Plugin, session: Session) -> None:
    whole = b"".join(plugin.contracts.fetch(session))[:20_000].rpartition(b"\n")[0]

    pieces = [whole[place : place + 777] for place in range(0, len(whole), 777)]
    assert list(plugin.contracts.parse(pieces)) == list(plugin.contracts.parse([whole]))


@pytest.mark.parametrize("text", [b"", b"<html>", b"exchange\tsymbol\n", b"{}\n"])
def test_another_file_is_not_taken_for_contracts(plugin: Plugin, text: bytes) -> None:
    with pytest.raises(BadVendorData):
        list(plugin.contracts.parse([text]))


def test_an_unreadable_contract_line_is_an_error(plugin: Plugin, session: Session) -> None:
    head = next(iter(plugin.contracts.fetch(session))).split(b"\n")[:2]

    for wrong in (
        head[1].replace(b"NSE", b"XXX"),
        head[1] + b"\tmore",
        b"NSE\tSBIN",
        head[1].replace(b"0.05", b"x"),
    ):
        with pytest.raises(BadVendorData, match="Unreadable"):
            list(plugin.contracts.parse([head[0] + b"\n" + wrong + b"\n"]))


def test_an_order_goes_all_the_way(
    plugin: Plugin, session: Session, rows: dict[str, Instrument], terms: Terms
) -> None:
    sbin = rows["NSE:SBIN"]
    updates = []
    assert plugin.order_stream is not None
    stop = plugin.order_stream.listen(session, updates.append)
    quote = plugin.market.quotes(session, [sbin])[sbin.key]
    price = Decimal(str(round(quote.ltp * 0.95)))
    resting = terms("NSE:SBIN", "BUY", 5, "LIMIT", price=price)

    order_id = plugin.orders.place(session, PlaceOrder(terms=resting, instrument=sbin, tag="OA1"))
    [row] = plugin.orders.order_book(session)
    assert (row.order_id, row.status, row.tag) == (order_id, OrderStatus.OPEN, "OA1")
    wider = terms("NSE:SBIN", "BUY", 6, "LIMIT", price=price)
    plugin.orders.modify(session, ModifyOrder(order_id=order_id, terms=wider, instrument=sbin, row=row))
    plugin.orders.cancel(session, CancelOrder(order_id=order_id, row=row))
    market = terms("NSE:SBIN", "BUY", 5)
    plugin.orders.place(session, PlaceOrder(terms=market, instrument=sbin, tag="OA2"))
    stop()

    assert [row.status.value for row in plugin.orders.order_book(session)] == ["cancelled", "complete"]
    assert [update.row.status.value for update in updates] == ["open", "open", "cancelled", "complete"]
    assert len(plugin.orders.trade_book(session)) == 1
    assert [row.quantity for row in plugin.portfolio.positions(session)] == [5]
    assert plugin.portfolio.holdings(session) == []
    assert plugin.portfolio.funds(session).utilised > 0
    assert plugin.margin is not None
    assert plugin.margin.estimate(session, [(sbin, market)]).total > 0


def test_a_process_that_only_looks_never_opens_the_book(
    plugin: Plugin, session: Session, rows: dict[str, Instrument], clock: ManualClock, tmp_path: Path
) -> None:
    plugin.market.depth(session, rows["NSE:SBIN"])
    plugin.market.history(session, rows["NSE:SBIN"], Interval.M5, clock.now(), clock.now())
    assert plugin.local_ticks is not None
    source = plugin.local_ticks()
    source.subscribe([(rows["NSE:SBIN"], Mode.DEPTH)])
    assert source.due(clock.now())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"seed": "x"}, {"scale": "0"}, {"scale": "99"}, {"scale": ""}])
def test_wrong_options_are_named(
    registry: Registry, clock: ManualClock, tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(PluginBroken, match=next(iter(wrong))):
        registry.build("simulator", parts(clock, tmp_path, **wrong))


def test_app_and_feed_compute_the_same_prices(
    registry: Registry,
    plugin: Plugin,
    session: Session,
    rows: dict[str, Instrument],
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    feed = registry.build("simulator", parts(clock, tmp_path / "feed"))
    wants = list(rows.values())[::1500]
    assert feed.local_ticks is not None
    source = feed.local_ticks()
    source.subscribe([(row, Mode.QUOTE) for row in wants])
    quotes = plugin.market.quotes(session, wants)

    ticks = {(tick.broker_exchange, tick.token): tick.quote for tick in source.due(clock.now())}

    assert ticks == {(row.broker_exchange, row.token): quotes[row.key] for row in wants}


@pytest.fixture
def ticking(plugin: Plugin, clock: ManualClock) -> Callable[[float], list[list[Tick]]]:
    """Runs the source at its rhythm for some seconds."""
    assert plugin.local_ticks is not None
    source = plugin.local_ticks()

    def run(seconds: float) -> list[list[Tick]]:
        rounds = []
        for _ in range(int(seconds * 2)):
            rounds.append(source.due(clock.now()))
            clock.advance(0.5)
        return rounds

    run.source = source  # type: ignore[attr-defined]
    return run


def test_each_mode_carries_its_fields(ticking: Callable, rows: dict[str, Instrument]) -> None:
    names = ["NSE:SBIN", "NFO:NIFTY29DEC26FUT", "NSE:RELIANCE"]
    ticking.source.subscribe([(rows[name], mode) for name, mode in zip(names, Mode, strict=True)])

    ltp, quote, depth = ticking(0.5)[0]

    assert ltp.quote.volume is None and ltp.quote.ltp > 0 and ltp.quote.exchange_at_ms
    assert quote.quote.volume and quote.quote.oi and quote.bids == ()
    assert len(depth.bids) == len(depth.asks) == 5 and depth.bids[0].price < depth.asks[0].price


def test_everything_ticks_at_least_every_two_seconds_and_nothing_twice(
    ticking: Callable, rows: dict[str, Instrument]
) -> None:
    wants = list(rows.values())[::300]
    ticking.source.subscribe([(row, Mode.LTP) for row in wants])
    rounds = ticking(20)

    assert len(rounds[0]) == len(wants)
    for row in wants:
        beats = [
            n
            for n, ticks in enumerate(rounds)
            if any(t.token == row.token and t.broker_exchange == row.broker_exchange for t in ticks)
        ]
        assert max(later - sooner for sooner, later in itertools.pairwise(beats)) <= 4
    assert all(len({(t.broker_exchange, t.token) for t in ticks}) == len(ticks) for ticks in rounds)
    sbin = [ticks for ticks in rounds if any(t.token == rows["NSE_INDEX:NIFTY"].token for t in ticks)]
    assert len(rounds) == 40 and sbin is not None


def test_the_same_instant_ticks_once(
    ticking: Callable, rows: dict[str, Instrument], clock: ManualClock
) -> None:
    ticking.source.subscribe([(rows["NSE_INDEX:NIFTY"], Mode.LTP)])

    assert len(ticking.source.due(clock.now())) == 1
    assert ticking.source.due(clock.now()) == []


def test_unsubscribed_and_expired_instruments_are_silent(
    ticking: Callable, rows: dict[str, Instrument], clock: ManualClock
) -> None:
    future, nifty = rows["NFO:NIFTY24NOV26FUT"], rows["NSE_INDEX:NIFTY"]
    ticking.source.subscribe([(future, Mode.LTP), (nifty, Mode.LTP)])
    ticking.source.unsubscribe([nifty])
    clock.jump(dt.datetime(2026, 11, 24, 15, 29, 58, tzinfo=IST))

    rounds = ticking(10)

    assert {tick.token for ticks in rounds[:4] for tick in ticks} == {future.token}
    assert [ticks for ticks in rounds[4:] if ticks] == []
