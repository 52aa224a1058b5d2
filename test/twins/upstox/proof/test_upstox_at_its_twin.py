"""The plug-in and the feed's dialler at the Upstox twin: what the day cannot ask, because only Upstox has it."""

import asyncio
import json
from decimal import Decimal

import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from broker.core.roles import Control
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.gtt import GttLeg, GttStatus, GttTerms, PlaceGtt, TriggerType
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode, Tick
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side
from services.market.index import InstrumentIndex
from test.broker.day.house import House
from test.twins.kit.vendor import vendors
from test.twins.upstox.proof.conftest import code_of
from websocket_proxy.feed.sockets.dialing import dial
from websocket_proxy.feed.wire import Ended

SHARE = InstrumentKey(Exchange.NSE, "RELIANCE")


@pytest.fixture(scope="module")
def _with_contracts(_running, listed, tmp_path_factory):
    found = House(vendors()["upstox"], _running, tmp_path_factory.mktemp("house"))
    found.index = InstrumentIndex(list(found.plugin().contracts.parse([json.dumps(listed).encode()])))
    yield found
    found.close()


@pytest.fixture
def house(twin, _with_contracts):
    """The plug-in with contracts of today, logged in anew."""
    _with_contracts.log_in()
    _with_contracts.alarms.clear()
    return _with_contracts


def order(house, **changes):
    terms = {
        "symbol": SHARE.symbol, "exchange": SHARE.exchange, "side": Side.BUY, "quantity": 1,
        "price_type": PriceType.MARKET, "product": Product.MIS, **changes,
    }  # fmt: skip
    return PlaceOrder(terms=OrderTerms(**terms), instrument=house.by_key(SHARE), tag="OAPROOF1")


def test_the_redirect_brings_the_socket_to_an_address_of_one_use_and_the_token_stays_behind(house, twin):
    session, plugin = house.session(1), house.plugin()
    before = twin.state()["tokens_seen"]

    async def ticks_of(codec):
        async with await dial(codec.dial(session), 5) as socket:
            for frame in codec.subscribe([(house.by_key(SHARE), Mode.DEPTH)]):
                await socket.send(frame)
            events = []
            while sum(isinstance(event, Tick) for event in events) < 3:
                events += codec.decode(await socket.recv())
            return events

    for _ in range(2):
        events = asyncio.run(ticks_of(plugin.stream()))
        assert not [event for event in events if isinstance(event, Control)], (
            "the greeting says nothing of prices"
        )
        ticks = [event for event in events if isinstance(event, Tick)]
        assert {tick.mode for tick in ticks} == {Mode.DEPTH}
        assert all(tick.quote.ltp > 0 and len(tick.bids) == 5 for tick in ticks)
    assert twin.state()["tokens_seen"] == before


def test_a_key_that_upstox_lost_is_asked_for_like_a_new_one(house, twin):
    plugin, share = house.plugin(), house.by_key(SHARE)

    async def twice():
        codec = plugin.stream()
        async with await dial(codec.dial(house.session(1)), 5) as socket:
            for _ in range(2):
                for frame in codec.subscribe([(share, Mode.DEPTH)]):
                    await socket.send(frame)
                events = []
                while not any(isinstance(event, Tick) for event in events):
                    events += codec.decode(await socket.recv())
                assert not [event for event in events if isinstance(event, Control)]
                await asyncio.to_thread(twin.disturb, action="forget")

    asyncio.run(asyncio.wait_for(twice(), 20))


def test_a_code_opens_one_socket_only(house, twin):
    where = house.plugin().stream().dial(house.session(1))
    head = requests.get(
        where.url.replace("ws://", "http://"), allow_redirects=False, timeout=5,
        headers={**where.headers, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="},
    )  # fmt: skip
    assert head.status_code == 302

    async def twice():
        async with connect(head.headers["Location"]):
            pass
        with pytest.raises(InvalidStatus) as refused:
            await connect(head.headers["Location"])
        return refused.value.response.status_code

    assert asyncio.run(twice()) == 401


@pytest.mark.parametrize("role", ["stream", "order_codec"])
def test_a_dead_token_is_a_refused_login_of_the_socket(house, twin, role):
    session = house.session(1)
    twin.kill_tokens()
    with pytest.raises(Ended) as ended:
        asyncio.run(dial(getattr(house.plugin(), role)().dial(session), 5))
    assert ended.value.refused
    assert session.tokens["access_token"] not in ended.value.reason


def test_a_code_of_the_login_page_is_good_once_and_for_its_own_address(house, twin):
    auth = house.plugin().auth
    answers = {**code_of(twin), "callback_url": "http://127.0.0.1:5000/another/callback"}
    with pytest.raises(Refused, match="redirect_uri"):
        auth.complete(1, twin.credentials, answers)
    with pytest.raises(Refused, match="Invalid Auth code"):
        auth.complete(1, twin.credentials, answers)


def test_a_fired_gtt_shows_the_order_that_it_sent(house, twin):
    session, gtt = house.session(1), house.plugin().gtt
    share = house.by_key(SHARE)
    last = Decimal(str(house.plugin().market.quotes(session, [share])[SHARE].ltp))
    terms = GttTerms(
        trigger_type=TriggerType.SINGLE, symbol=SHARE.symbol, exchange=SHARE.exchange, side=Side.BUY, quantity=2,
        price_type=PriceType.MARKET, product=Product.CNC, target=GttLeg(trigger_price=last + 5),
    )  # fmt: skip
    name = gtt.place(session, PlaceGtt(terms=terms, instrument=share, last_price=last))
    (kept,) = [row for row in twin.state()["gtts"][twin.user] if row["gtt_order_id"] == name]
    assert [rule["trigger_type"] for rule in kept["rules"]] == ["ABOVE"]
    fired = twin.control("POST", "/twin/gtts", {"id": name})
    (row,) = [row for row in gtt.book(session) if row.trigger_id == name]
    assert (row.status, row.legs[0].order_id) == (GttStatus.TRIGGERED, fired["order_id"])
    book = {row.order_id: row for row in house.plugin().orders.order_book(session)}
    assert book[fired["order_id"]].quantity == 2


def test_a_gtt_made_elsewhere_with_exits_is_left_out_aloud(house, twin):
    session = house.session(1)
    entry = {"strategy": "ENTRY", "trigger_type": "ABOVE", "trigger_price": 9000}
    body = {
        "type": "MULTIPLE", "quantity": 1, "product": "D", "instrument_token": house.by_key(SHARE).token,
        "transaction_type": "BUY",
        "rules": [entry, {"strategy": "TARGET", "trigger_type": "IMMEDIATE", "trigger_price": 9500}],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {session.tokens['access_token']}"}
    told = requests.post(f"{twin.url}/v3/order/gtt/place", json=body, headers=headers, timeout=5).json()
    (name,) = told["data"]["gtt_order_ids"]
    assert name not in [row.trigger_id for row in house.plugin().gtt.book(session)]
    assert any(name in detail for _, detail in house.alarms)


def test_where_protection_is_demanded_market_orders_have_it(house, twin):
    twin.rule(demands_protection=True)
    session, orders = house.session(1), house.plugin().orders
    order_id = orders.place(session, order(house))
    assert order_id in {row.order_id for row in orders.order_book(session)}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, OutcomeUnknown),
        ({"kind": "status", "status": 429, "error_type": "UDAPI10005"}, Throttled),
        ({"kind": "status", "status": 401, "error_type": "UDAPI100050"}, SessionDead),
        ({"kind": "html", "status": 502}, OutcomeUnknown),
        ({"kind": "garbled"}, OutcomeUnknown),
        ({"kind": "drop_after"}, OutcomeUnknown),
    ],
)
def test_a_placing_that_fails_is_told_on_the_right_trunk(house, twin, fault, error):
    twin.fault(path="/v3/order/place", method="POST", **fault)
    with pytest.raises(error):
        house.plugin().orders.place(house.session(1), order(house))


def test_a_position_of_today_has_the_average_of_its_side(house, twin):
    session, plugin = house.session(1), house.plugin()
    plugin.orders.place(session, order(house))
    (row,) = [
        row
        for row in plugin.portfolio.positions(session)
        if (row.symbol, row.product) == (SHARE.symbol, "MIS")
    ]
    assert row.average_price is not None and row.average_price > 0
    assert row.realized_pnl is not None
