"""The day, step by step. Each step takes the Day; what a plug-in lacks is read from its manifest and nowhere else."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.errors import OutcomeUnknown, Refused, SessionDead
from domain.gtt import DeleteGtt, GttLeg, GttStatus, GttTerms, ModifyGtt, PlaceGtt, TriggerType
from domain.instruments import Exchange, InstrumentKey, InstrumentType
from domain.market import Interval, Mode
from domain.orders import (
    PRODUCTS_BY_SEGMENT,
    CancelOrder,
    ModifyOrder,
    OrderStatus,
    OrderTerms,
    PlaceOrder,
    PriceType,
    Product,
    Side,
)
from test.broker.day.house import CLOCK, Feed, House
from utils.clock import ist
from utils.ids import SystemIds

SHARE, SECOND, THIRD = (InstrumentKey(Exchange.NSE, name) for name in ("RELIANCE", "SBIN", "INFY"))
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")
WANTS = ((SHARE, Mode.LTP), (SECOND, Mode.QUOTE), (THIRD, Mode.DEPTH), (NIFTY, Mode.QUOTE))
PUSHED = ("market_socket", "own_socket")
HELD = 12


class Day:
    """One plug-in, its house and its feed, and what the practice exchange itself says."""

    def __init__(self, vendor, twin, folder):
        self.vendor, self.twin = vendor, twin
        self.house = House(vendor, twin, folder)
        self.plugin, self.manifest = self.house.plugin(), self.house.manifest
        self.feed = Feed(self.house, WANTS)
        self.prices = Prices(1)
        self.universe = Universe(self.prices, 1)
        self.ids = SystemIds()

    async def ask(self, call, *values):
        """A call of a role with the session of now, off the loop."""
        return await asyncio.to_thread(call, self.house.session(1), *values)

    def has(self, operation):
        return self.manifest.supports(operation)

    def instrument(self, key):
        found = self.house.by_key(key)
        assert found is not None, f"{key} is not in the contracts"
        return found

    def futures(self):
        """The nearest future that lives past today, of every derivative exchange served."""
        today = ist(CLOCK.now()).date()
        for exchange in self.manifest.exchanges:
            rows = [
                row for row in self.house.all(exchange)
                if row.instrument_type is InstrumentType.FUT and row.expiry > today
            ]  # fmt: skip
            if rows:
                yield min(rows, key=lambda row: (row.expiry, row.symbol))

    def true_price(self, row):
        """What the exchange quotes now."""
        contract = self.universe.resolve(row.exchange.value, row.symbol)
        return self.prices.quote(contract, self.prices.vertex(contract, CLOCK.now())).ltp

    def order(self, row, **changes):
        """A command: MARKET, BUY, one lot, intraday where that is possible."""
        products = [
            each for each in (Product.MIS, Product.NRML, Product.CNC)
            if each in self.manifest.products and each in PRODUCTS_BY_SEGMENT[row.exchange]
        ]  # fmt: skip
        facts = {
            "symbol": row.symbol, "exchange": row.exchange, "side": Side.BUY, "quantity": row.lot_size,
            "price_type": PriceType.MARKET, "product": products[0], **changes,
        }  # fmt: skip
        return PlaceOrder(terms=OrderTerms(**facts), instrument=row, tag=self.ids.order_tag())

    def resting(self, row, **changes):
        """A BUY that no price of today reaches."""
        price = Decimal(int(self.true_price(row) * 0.95))
        return self.order(row, price_type=PriceType.LIMIT, price=price, **changes)

    async def place(self, command):
        """Place, and hold what the exchange got against what was asked: units, prices and words; answers the id."""
        order_id = await self.ask(self.plugin.orders.place, command)
        await self.got(command.terms)
        return order_id

    async def got(self, terms):
        """The order that last came in at the exchange has these terms."""
        state = await asyncio.to_thread(self.twin.state)
        row = state["book"][self.twin.user][-1]
        names = ("symbol", "exchange", "side", "quantity", "price_type", "product")
        assert [row[name] for name in names] == [getattr(terms, name) for name in names], row
        for name in ("price", "trigger_price"):
            told = getattr(terms, name)
            assert (row[name] and Decimal(str(row[name]))) == told, row

    async def row(self, order_id):
        """The order as the book shows it."""
        book = await self.ask(self.plugin.orders.order_book)
        found = [row for row in book if row.order_id == order_id]
        assert len(found) == 1, f"{len(found)} rows of order {order_id} in the book"
        return found[0]

    async def reaches(self, order_id, status):
        """Until the book, and the push where there is one, tell the status; answers the row of the book."""
        if self.manifest.stream is not None and self.manifest.stream.order_updates in PUSHED:
            await self.feed.until(
                lambda: any(
                    (each.row.order_id, each.row.status) == (order_id, status) for each in self.feed.orders
                )
            )
        row = await self.row(order_id)
        assert row.status is status, row
        return row

    async def cancel(self, row):
        await self.ask(self.plugin.orders.cancel, CancelOrder(order_id=row.order_id, row=row))
        return await self.reaches(row.order_id, OrderStatus.CANCELLED)

    async def net(self):
        """Units by (exchange, symbol) of what is not flat."""
        rows = await self.ask(self.plugin.portfolio.positions)
        return {(row.exchange, row.symbol): row.quantity for row in rows if row.quantity}


async def logs_in(day):
    session = await asyncio.to_thread(day.house.log_in)
    assert (session.account_id, session.broker) == (1, day.vendor.plugin)
    assert session.expires_at is not None or day.manifest.auth.rollover is None
    await asyncio.to_thread(day.plugin.auth.check, session)


async def loads_the_contracts_of_the_exchange(day):
    """Every row tells of its instrument what the exchange itself does, and no segment is left out."""
    rows = (await asyncio.to_thread(day.house.load_contracts)).instruments
    listed = {row.key: row for row in day.universe.instruments(ist(CLOCK.now()).date())}
    assert {row.exchange for row in rows} == {key.exchange for key in listed} & set(day.manifest.exchanges)
    for row in rows:
        own = listed.get(row.key)
        assert own is not None, f"{row.key} is not at the exchange"
        assert (row.instrument_type, row.expiry, row.strike) == (own.instrument_type, own.expiry, own.strike)
        if not row.exchange.is_index:
            assert (row.lot_size, row.tick_size) == (own.lot_size, own.tick_size), row


async def hears_ticks_of_every_mode(day):
    if not day.has("stream"):
        return
    day.feed.start()
    await day.feed.ticks_anew()
    for tick in day.feed.data:
        row = day.instrument(InstrumentKey(Exchange(tick.exchange), tick.symbol))
        assert tick.ltp == pytest.approx(day.true_price(row), rel=0.01)
        if tick.mode == Mode.DEPTH:
            assert 0 < tick.bids[0].price < tick.asks[0].price
    assert {tick.mode for tick in day.feed.data} == {1, 2, 3}


async def quotes_one_and_many(day):
    rows = [day.instrument(key) for key in (SHARE, SECOND, NIFTY)] + list(day.futures())
    quotes = await day.ask(day.plugin.market.quotes, rows[: day.manifest.limits.quote_batch])
    for row in rows[: len(quotes)]:
        assert quotes[row.key].ltp == pytest.approx(day.true_price(row), rel=0.01), row
    assert len(quotes) == min(len(rows), day.manifest.limits.quote_batch)
    assert set(await day.ask(day.plugin.market.quotes, rows[:1])) == {SHARE}


async def shows_the_book_of_an_instrument(day):
    if not day.has("depth"):
        return
    for row in (day.instrument(SHARE), *day.futures()):
        depth = await day.ask(day.plugin.market.depth, row)
        assert 0 < depth.bids[0].price < depth.asks[0].price
        assert len(depth.bids) <= day.manifest.limits.depth_levels
        assert depth.bids[0].quantity % row.lot_size == 0


async def tells_the_past(day):
    now = CLOCK.now()
    for interval in (Interval.M5, Interval.D):
        if day.has("history") and interval in day.manifest.limits.history:
            start = now - dt.timedelta(days=min(20, day.manifest.limits.history[interval].days - 1))
            bars = await day.ask(day.plugin.market.history, day.instrument(SHARE), interval, start, now)
            assert len(bars) > 10
            assert all(bar.low <= min(bar.open, bar.close) <= bar.high for bar in bars)
            assert bars[-1].close == pytest.approx(day.true_price(day.instrument(SHARE)), rel=0.02)


async def places_changes_and_cancels_a_limit_order(day):
    command = day.resting(day.instrument(SECOND), quantity=5)
    order_id = await day.place(command)
    row = await day.reaches(order_id, OrderStatus.OPEN)
    assert (row.symbol, row.exchange, row.side, row.quantity) == ("SBIN", Exchange.NSE, Side.BUY, 5)
    assert (row.price, row.price_type, row.product) == (
        command.terms.price, PriceType.LIMIT, command.terms.product
    )  # fmt: skip
    if day.manifest.limits.tag_length:
        assert row.tag == command.tag
    terms = day.resting(command.instrument, quantity=7).terms
    change = ModifyOrder(order_id=order_id, terms=terms, instrument=command.instrument, row=row)
    await day.ask(day.plugin.orders.modify, change)
    await day.got(terms)
    row = await day.row(order_id)
    assert (row.status, row.quantity, row.price) == (OrderStatus.OPEN, 7, terms.price)
    row = await day.cancel(row)
    assert (row.quantity, row.filled_quantity or 0) == (7, 0)


async def fills_market_orders_on_every_exchange(day):
    before = await day.net()
    bought = {}
    for row in (day.instrument(SHARE), *day.futures()):
        command = day.order(row)
        order_id = await day.place(command)
        shown = await day.reaches(order_id, OrderStatus.COMPLETE)
        assert (shown.filled_quantity, shown.quantity) == (row.lot_size, row.lot_size), shown
        assert float(shown.average_price) == pytest.approx(day.true_price(row), rel=0.01)
        fills = [each for each in await day.ask(day.plugin.orders.trade_book) if each.order_id == order_id]
        assert sum(each.quantity for each in fills) == row.lot_size, fills
        bought[row.exchange, row.symbol] = row.lot_size
    now = await day.net()
    assert {key: now[key] - before.get(key, 0) for key in bought} == bought


async def waits_for_the_trigger_of_a_stop_order(day):
    if PriceType.SL not in day.manifest.price_types:
        return
    row = day.instrument(THIRD)
    trigger = Decimal(int(day.true_price(row) * 1.03))
    terms = {"price_type": PriceType.SL, "trigger_price": trigger, "price": trigger + 1, "quantity": 4}
    order_id = await day.place(day.order(row, **terms))
    row = await day.reaches(order_id, OrderStatus.TRIGGER_PENDING)
    assert (row.price, row.trigger_price) == (trigger + 1, trigger)
    await day.cancel(row)


async def counts_money_and_holdings(day):
    await asyncio.to_thread(day.twin.grant, THIRD.exchange.value, THIRD.symbol, HELD, "1400.5")
    funds = await day.ask(day.plugin.portfolio.funds)
    assert funds.available_cash > 0
    assert funds.utilised > 0
    if day.has("holdings"):
        held = [row for row in await day.ask(day.plugin.portfolio.holdings) if row.symbol == THIRD.symbol]
        assert [(row.exchange, row.quantity, row.average_price) for row in held] == [
            (THIRD.exchange, HELD, Decimal("1400.5"))
        ]


async def prices_the_margin(day):
    if day.has("margin"):
        future = next(day.futures(), None) or day.instrument(SHARE)
        legs = [(future, day.resting(future).terms)]
        assert (await day.ask(day.plugin.margin.estimate, legs)).total > 0


async def keeps_a_gtt(day):
    if day.manifest.gtt is None:
        return
    row = day.instrument(THIRD)
    last = Decimal(str(day.true_price(row)))
    kind = PriceType.LIMIT if PriceType.LIMIT in day.manifest.gtt.price_types else PriceType.MARKET
    trigger = Decimal(int(last * Decimal("0.9")))
    leg = GttLeg(trigger_price=trigger, price=trigger if kind.needs_price else None)
    terms = GttTerms(
        trigger_type=TriggerType.SINGLE, symbol=row.symbol, exchange=row.exchange, side=Side.SELL, quantity=3,
        price_type=kind, product=Product.CNC, stop=leg,
    )  # fmt: skip
    gtt = day.plugin.gtt
    name = await day.ask(gtt.place, PlaceGtt(terms=terms, instrument=row, last_price=last))

    async def shown():
        return next((each for each in await day.ask(gtt.book) if each.trigger_id == name), None)

    found = await shown()
    assert (found.status, found.trigger_prices) == (GttStatus.ACTIVE, (leg.trigger_price,))
    assert (found.legs[0].side, found.legs[0].quantity, found.legs[0].price) == (Side.SELL, 3, leg.price)
    change = ModifyGtt(
        trigger_id=name, terms=_with_quantity(terms, 4), instrument=row, last_price=last, row=found
    )
    name = await day.ask(gtt.modify, change)
    found = await shown()
    assert found.legs[0].quantity == 4
    await day.ask(gtt.delete, DeleteGtt(trigger_id=name, row=found))
    gone = await shown()
    assert gone is None or gone.status is not GttStatus.ACTIVE


async def says_why_an_order_is_refused(day):
    """At once, or as a row of the book for a vendor that accepts first and judges then."""
    command = day.order(day.instrument(SECOND), price_type=PriceType.LIMIT, price=Decimal(1))
    try:
        order_id = await day.ask(day.plugin.orders.place, command)
    except Refused as refusal:
        reason = refusal.message
    else:
        reason = (await day.reaches(order_id, OrderStatus.REJECTED)).rejection_reason
    assert reason
    assert not [row for row in await day.ask(day.plugin.orders.order_book) if row.status.is_working]


async def finds_an_order_whose_answer_was_lost(day):
    known = {row.order_id for row in await day.ask(day.plugin.orders.order_book)}
    command = day.resting(day.instrument(SECOND), quantity=13)
    method, path = day.vendor.place
    await asyncio.to_thread(day.twin.fault, kind="drop_after", method=method, path=path)
    with pytest.raises(OutcomeUnknown):
        await day.ask(day.plugin.orders.place, command)
    fresh = [
        row for row in await day.ask(day.plugin.orders.order_book)
        if row.order_id not in known and (row.symbol, row.quantity, row.price) == ("SBIN", 13, command.terms.price)
    ]  # fmt: skip
    assert len(fresh) == 1
    if day.manifest.limits.tag_length:
        assert fresh[0].tag == command.tag
    await day.cancel(fresh[0])


async def meets_a_dead_token(day):
    await asyncio.to_thread(day.twin.kill_tokens)
    with pytest.raises(SessionDead):
        await day.ask(day.plugin.orders.order_book)
    with pytest.raises(SessionDead):
        await day.ask(day.plugin.orders.place, day.resting(day.instrument(SECOND)))
    if not day.has("stream"):
        return
    await asyncio.to_thread(day.twin.disturb, action="drop")
    await day.feed.until(lambda: day.feed.states and day.feed.states[-1].state == "no_session")


async def goes_on_with_everything_after_a_login(day):
    await asyncio.to_thread(day.house.log_in)
    if day.has("stream"):
        day.feed.told_of_a_login()
        await day.feed.ticks_anew()
    command = day.resting(day.instrument(SECOND), quantity=2)
    order_id = await day.place(command)
    await day.cancel(await day.reaches(order_id, OrderStatus.OPEN))


async def squares_off(day):
    for row in await day.ask(day.plugin.portfolio.positions):
        if row.quantity:
            instrument = day.instrument(InstrumentKey(row.exchange, row.symbol))
            side = Side.SELL if row.quantity > 0 else Side.BUY
            command = day.order(
                instrument, side=side, quantity=abs(row.quantity), product=Product(row.product)
            )
            order_id = await day.place(command)
            await day.reaches(order_id, OrderStatus.COMPLETE)
    assert await day.net() == {}


async def logs_out(day):
    await day.feed.close()
    before = len(day.twin.state()["requests"])
    session = await asyncio.to_thread(day.house.log_out)
    if len(day.twin.state()["requests"]) > before:  # a vendor without the call keeps the session
        with pytest.raises(SessionDead):
            await asyncio.to_thread(day.plugin.auth.check, session)


async def rang_no_alarm(day):
    assert day.house.alarms == []


def _with_quantity(terms, quantity):
    facts = {name: getattr(terms, name) for name in terms.__struct_fields__}
    return GttTerms(**{**facts, "quantity": quantity})


STEPS = (
    logs_in, loads_the_contracts_of_the_exchange, hears_ticks_of_every_mode, quotes_one_and_many,
    shows_the_book_of_an_instrument, tells_the_past, places_changes_and_cancels_a_limit_order,
    fills_market_orders_on_every_exchange, waits_for_the_trigger_of_a_stop_order, counts_money_and_holdings,
    prices_the_margin, keeps_a_gtt, says_why_an_order_is_refused, finds_an_order_whose_answer_was_lost,
    meets_a_dead_token, goes_on_with_everything_after_a_login, squares_off, logs_out, rang_no_alarm,
)  # fmt: skip
NEEDED = (logs_in, loads_the_contracts_of_the_exchange)
"""Without these there is no day."""
