"""Our own Angel One plug-in and its feed against the twin: what the trading day does not try."""

import asyncio
from decimal import Decimal

import pytest

from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled, Unavailable
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from domain.orders import OrderStatus, OrderTerms, PlaceOrder, PriceType, Product, Side
from test.broker.day.house import House, with_live_feed
from test.twins.angel.day import VENDORS
from test.twins.angel.garbage import KINDS
from test.twins.angel.rest import SECURE

SHARE, SECOND = (InstrumentKey(Exchange.NSE, name) for name in ("RELIANCE", "SBIN"))
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")
PLACE = f"{SECURE}/order/v1/placeOrder"


@pytest.fixture(scope="module")
def _house(_angel_process, tmp_path_factory):
    made = House(VENDORS[0], _angel_process, tmp_path_factory.mktemp("plugin"))
    made.log_in()
    made.load_contracts()
    yield made
    made.close()


@pytest.fixture
def house(_house, twin):
    """Logged in anew, its market open."""
    _house.log_in()
    return _house


def order(house, quantity=3):
    """A limit order that no price of today reaches."""
    row = house.by_key(SECOND)
    price = Decimal(int(house.plugin().market.quotes(house.session(1), [row])[SECOND].ltp * 0.95))
    terms = OrderTerms(
        symbol=row.symbol, exchange=row.exchange, side=Side.BUY, quantity=quantity, price_type=PriceType.LIMIT,
        product=Product.MIS, price=price,
    )  # fmt: skip
    return PlaceOrder(terms=terms, instrument=row, tag="OATWIN1")


def place(house, command):
    return house.plugin().orders.place(house.session(1), command)


def count(twin):
    return len(twin.state()["book"][twin.user])


def test_an_order_that_meets_a_dead_token_is_placed_once_under_a_refreshed_one(house, twin):
    command, before = order(house), count(twin)
    twin.control("POST", "/twin/jwts", {})
    assert place(house, command)
    assert count(twin) == before + 1


def test_without_a_refresh_token_the_session_is_dead_and_nothing_is_placed(house, twin):
    command, before = order(house), count(twin)
    twin.kill_tokens()
    with pytest.raises(SessionDead):
        place(house, command)
    assert count(twin) == before


@pytest.mark.parametrize(
    ("fault", "error", "is_placed"),
    [
        ({"kind": "status", "status": 200, "error_type": "AB1004", "message": "x"}, OutcomeUnknown, False),
        ({"kind": "status", "status": 200, "error_type": "AB9999", "message": "x"}, OutcomeUnknown, False),
        ({"kind": "status", "status": 200, "error_type": "AB4036", "message": "x"}, Refused, False),
        ({"kind": "html", "status": 502}, OutcomeUnknown, False),
        ({"kind": "garbled"}, OutcomeUnknown, True),
        ({"kind": "reset"}, OutcomeUnknown, False),
        ({"kind": "drop_after"}, OutcomeUnknown, True),
    ],
)
def test_what_the_vendor_may_have_taken_is_never_called_a_refusal(house, twin, fault, error, is_placed):
    command, before = order(house), count(twin)
    twin.fault(path=PLACE, method="POST", **fault)
    with pytest.raises(error) as caught:
        place(house, command)
    assert type(caught.value) is error
    assert count(twin) == before + is_placed


def test_a_rate_limit_is_no_dead_session(house, twin):
    twin.rule(rates=True)
    book = house.plugin().orders.order_book
    book(house.session(1))
    with pytest.raises(Throttled, match="exceeding access rate"):
        book(house.session(1))
    twin.clear_rules()
    house.plugin().auth.check(house.session(1))


def test_a_read_that_fails_for_a_while_is_tried_again_and_then_unavailable(house, twin):
    path = f"{SECURE}/order/v1/getTradeBook"
    fault = {"kind": "status", "path": path, "status": 200, "error_type": "AB1004", "message": "x"}
    twin.fault(times=2, **fault)
    house.plugin().orders.trade_book(house.session(1))
    twin.fault(times=3, **fault)
    with pytest.raises(Unavailable):
        house.plugin().orders.trade_book(house.session(1))


@pytest.fixture
def run(house, twin):
    """Run a scenario with a live feed."""

    wants = [(SHARE, Mode.DEPTH), (SECOND, Mode.LTP), (NIFTY, Mode.QUOTE)]
    return lambda scenario: with_live_feed(house, wants, scenario)


def test_garbage_of_every_kind_costs_no_more_than_the_socket_it_came_on(run, twin):
    async def scenario(feed):
        for kind in KINDS:
            await asyncio.to_thread(twin.disturb, action="garbage", kind=kind)
            await feed.ticks_anew()

    run(scenario)


def test_order_updates_come_again_after_their_socket_was_cut(run, house, twin):
    async def scenario(feed):
        await asyncio.to_thread(twin.disturb, action="drop", how="reset")
        await feed.ticks_anew()
        command = await asyncio.to_thread(order, house)
        await feed.until(lambda: len(twin.state()["stream"]) == 2)
        order_id = await asyncio.to_thread(place, house, command)
        await feed.until(lambda: any(each.row.order_id == order_id for each in feed.orders))
        row = next(each.row for each in feed.orders if each.row.order_id == order_id)
        assert (row.status, row.tag, row.symbol) == (OrderStatus.OPEN, "OATWIN1", "SBIN")
        assert row.vendor["variety"] == "NORMAL"

    run(scenario)
