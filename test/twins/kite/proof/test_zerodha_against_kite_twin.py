"""Our own Zerodha plug-in over a real connection: login, contracts, orders, books, prices, ticks."""

import datetime as dt
import time
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import websockets.sync.client as ws

from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.transport import HttpxTransport
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.instruments import Exchange, InstrumentKey, InstrumentType
from domain.market import Interval, Mode, Tick
from domain.orders import (
    CancelOrder,
    ModifyOrder,
    OrderStatus,
    OrderTerms,
    PlaceOrder,
    PriceType,
    Product,
    Side,
)
from services.market.index import InstrumentIndex
from utils.clock import SystemClock, ist
from utils.ids import SystemIds

TATAPOWER = InstrumentKey(Exchange.NSE, "TATAPOWER")


class LateIndex:
    """A look-up whose contracts come after the plug-in was built."""

    index = None

    def by_key(self, key):
        return self.index.by_key(key)

    def by_token(self, exchange, token):
        return self.index.by_token(exchange, token)

    def by_broker_symbol(self, exchange, symbol):
        return self.index.by_broker_symbol(exchange, symbol)


@pytest.fixture
def lookup():
    return LateIndex()


@pytest.fixture
def plugin(kite_twin, lookup, tmp_path):
    clock = SystemClock()
    registry = load_plugins((PLUGIN_FOLDER,))
    transport = HttpxTransport(clock=clock)
    parts = ContextParts(
        transport=transport, instruments=lookup, clock=clock, ids=SystemIds(), data_dir=tmp_path,
        hosts={"rest": kite_twin.url, "login": kite_twin.url, "ws": kite_twin.ws_url}, settings={},
        budgets=Budgets(registry.manifests()["zerodha"].limits.rates, clock),
        alarm=lambda what, detail: pytest.fail(f"alarm: {what} {detail}"),
    )  # fmt: skip
    yield registry.build("zerodha", parts)
    transport.close()


@pytest.fixture
def session(plugin, kite_twin):
    credentials = {"api_key": kite_twin.api_key, "api_secret": kite_twin.api_secret}
    step = plugin.auth.begin(credentials, "http://127.0.0.1/callback", "mystate")
    page = requests.get(step.redirect_url, allow_redirects=False, timeout=5)
    answers = {name: values[0] for name, values in parse_qs(urlsplit(page.headers["Location"]).query).items()}
    assert answers["state"] == "mystate"
    return plugin.auth.complete(1, credentials, answers)


@pytest.fixture
def market(plugin, session, lookup):
    today = ist(SystemClock().now()).date()
    checked = check(plugin.contracts.parse(plugin.contracts.fetch(session)), None, today)
    lookup.index = InstrumentIndex(checked.instruments)
    return lookup.index


def order(market, key=TATAPOWER, **changes):
    instrument = market.by_key(key)
    terms = {
        "symbol": instrument.symbol, "exchange": instrument.exchange, "side": Side.BUY,
        "quantity": instrument.lot_size, "price_type": PriceType.MARKET, "product": Product.MIS, **changes,
    }  # fmt: skip
    return PlaceOrder(terms=OrderTerms(**terms), instrument=instrument, tag=SystemIds().order_tag())


def resting(plugin, session, market, quantity=3):
    price = plugin.market.quotes(session, [market.by_key(TATAPOWER)])[TATAPOWER].ltp
    limit = Decimal(str(round(price * 0.93, 1)))
    return order(market, price_type=PriceType.LIMIT, price=limit, quantity=quantity)


def test_the_whole_contract_file_passes_the_gates(market):
    assert market.total > 10_000
    assert market.by_key(InstrumentKey(Exchange.NSE_INDEX, "NIFTY")).broker_symbol == "NIFTY 50"
    weekly = [
        row for row in market.all(Exchange.NFO)
        if row.name == "NIFTY" and row.instrument_type is InstrumentType.CE
    ]  # fmt: skip
    assert len({row.expiry for row in weekly}) > 3


def test_an_order_lives_and_dies_as_the_books_tell(plugin, session, market):
    command = resting(plugin, session, market)
    order_id = plugin.orders.place(session, command)
    row = next(row for row in plugin.orders.order_book(session) if row.order_id == order_id)
    assert (row.status, row.tag, row.symbol) == (OrderStatus.OPEN, command.tag, "TATAPOWER")
    terms = OrderTerms(
        symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=2, price_type=PriceType.LIMIT,
        product=Product.MIS, price=command.terms.price,
    )  # fmt: skip
    change = ModifyOrder(order_id=order_id, terms=terms, instrument=command.instrument, row=row)
    assert plugin.orders.modify(session, change) == order_id
    assert plugin.orders.cancel(session, CancelOrder(order_id=order_id, row=row)) == order_id
    row = next(row for row in plugin.orders.order_book(session) if row.order_id == order_id)
    assert (row.status, row.quantity) == (OrderStatus.CANCELLED, 2)


def test_a_filled_order_shows_in_trades_positions_and_funds(plugin, session, market):
    before = plugin.portfolio.funds(session)
    order_id = plugin.orders.place(session, order(market, quantity=20))
    trades = [row for row in plugin.orders.trade_book(session) if row.order_id == order_id]
    assert sum(row.quantity for row in trades) == 20
    position = next(row for row in plugin.portfolio.positions(session) if row.symbol == "TATAPOWER")
    assert position.average_price > 0
    assert plugin.portfolio.funds(session).utilised > before.utilised
    plugin.orders.place(session, order(market, quantity=20, side=Side.SELL))


def test_currency_lots_and_option_prices_survive_the_round_trip(plugin, session, market):
    future = next(row for row in market.all(Exchange.CDS) if row.instrument_type is InstrumentType.FUT)
    depth = plugin.market.depth(session, future)
    assert depth.bids[0].price < depth.asks[0].price
    order_id = plugin.orders.place(session, order(market, future.key, product=Product.NRML))
    row = next(row for row in plugin.orders.order_book(session) if row.order_id == order_id)
    assert (row.status, row.filled_quantity) == (OrderStatus.COMPLETE, future.lot_size)
    plugin.orders.place(session, order(market, future.key, product=Product.NRML, side=Side.SELL))


def test_history_and_margin_answer(plugin, session, market):
    now = SystemClock().now()
    bars = plugin.market.history(
        session, market.by_key(TATAPOWER), Interval.D, now - dt.timedelta(days=30), now
    )
    assert len(bars) > 10
    command = order(market, quantity=100)
    assert plugin.margin.estimate(session, [(command.instrument, command.terms)]).total > 0


def test_ticks_of_every_mode_decode_to_the_quoted_price(plugin, session, market):
    wants = [
        (market.by_key(TATAPOWER), Mode.DEPTH),
        (market.by_key(InstrumentKey(Exchange.NSE_INDEX, "NIFTY")), Mode.QUOTE),
        (
            next(row for row in market.all(Exchange.CDS) if row.instrument_type is InstrumentType.FUT),
            Mode.LTP,
        ),
    ]
    modes = {row.key: mode for row, mode in wants}
    codec = plugin.stream()
    ticks = {}
    deadline = time.monotonic() + 10
    with ws.connect(codec.dial(session).url, max_size=None) as socket:
        for frame in [*codec.opening(session), *codec.subscribe(wants)]:
            socket.send(frame)
        while len(ticks) < len(wants):
            assert time.monotonic() < deadline
            for event in codec.decode(socket.recv(timeout=5)):
                if isinstance(event, Tick):
                    found = market.by_token(event.broker_exchange, event.token)
                    if event.mode is modes[found.key]:
                        ticks[found.key] = event
    quotes = plugin.market.quotes(session, [row for row, _ in wants])
    for key, tick in ticks.items():
        assert tick.quote.ltp == pytest.approx(quotes[key].ltp, rel=0.01)
    assert len(ticks[TATAPOWER].bids) == 5


@pytest.mark.parametrize(
    ("fault", "error", "live"),
    [
        ({"kind": "drop_after"}, OutcomeUnknown, 1),
        ({"kind": "drop_before"}, OutcomeUnknown, 0),
        ({"kind": "html", "status": 502}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 429, "error_type": "NetworkException"}, Throttled, 0),
        ({"kind": "status", "status": 403, "error_type": "TokenException"}, SessionDead, 0),
        ({"kind": "status", "status": 400, "error_type": "InputException"}, Refused, 0),
        ({"kind": "status", "status": 503, "error_type": "NetworkException"}, OutcomeUnknown, 0),
    ],
)
def test_a_failing_write_says_whether_the_order_may_be_live(
    plugin, session, market, kite_twin, fault, error, live
):
    command = resting(plugin, session, market)
    kite_twin.fault(path="/orders/regular", method="POST", **fault)
    with pytest.raises(error):
        plugin.orders.place(session, command)
    rows = [row for row in plugin.orders.order_book(session) if row.tag == command.tag]
    assert len(rows) == live
    assert kite_twin.state()["faults"] == []
