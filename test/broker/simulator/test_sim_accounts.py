"""Money of the practice exchange: margin, positions, holdings, settlement, and that no paisa is lost."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.specs import Contract
from broker.simulator.universe import Universe
from domain.errors import Refused
from domain.instruments import Exchange
from domain.matching import is_marketable
from domain.orders import OrderStatus, OrderTerms, PriceType, Product, Side
from domain.portfolio import Position
from utils.clock import IST, ManualClock
from utils.ids import SeededIds

Terms = Callable[..., OrderTerms]
Found = Callable[[str], Contract]
ME = "PX000001"
CRORE = Decimal(10_000_000)


def only_position(exchange: SimulatedExchange) -> Position:
    [row] = exchange.positions(ME)
    return row


def average(exchange: SimulatedExchange, place: int = -1) -> Decimal:
    price = exchange.orders(ME)[place].average_price
    assert price is not None
    return price


def test_a_new_account_has_one_crore(exchange: SimulatedExchange) -> None:
    funds = exchange.funds("nobody")

    assert (funds.available_cash, funds.utilised, funds.m2m_realized) == (CRORE, 0, 0)


def test_intraday_shares_take_a_fifth_of_their_value(exchange: SimulatedExchange, terms: Terms) -> None:
    exchange.place(ME, terms("NSE:SBIN", "BUY", 100))

    value = average(exchange) * 100
    assert exchange.funds(ME).available_cash == CRORE - value / 5
    assert exchange.funds(ME).utilised == value / 5


def test_a_round_trip_books_exactly_its_profit(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    exchange.place(ME, terms("NSE:SBIN", "BUY", 100))
    clock.advance(3600)
    exchange.place(ME, terms("NSE:SBIN", "SELL", 100))

    profit = (average(exchange, 1) - average(exchange, 0)) * 100
    row = only_position(exchange)
    assert (row.quantity, row.average_price, row.realized_pnl, row.pnl) == (0, None, profit, profit)
    funds = exchange.funds(ME)
    assert funds.available_cash == CRORE + profit and funds.m2m_realized == profit and funds.utilised == 0


def test_an_option_purchase_pays_its_premium_and_a_sale_brings_it_back(
    exchange: SimulatedExchange, terms: Terms, at_the_money: Callable[..., Contract]
) -> None:
    key = f"NFO:{at_the_money().instrument.symbol}"
    exchange.place(ME, terms(key, "BUY", 65, product="NRML"))
    paid = average(exchange) * 65
    assert exchange.funds(ME).available_cash == CRORE - paid and exchange.funds(ME).utilised == paid

    exchange.place(ME, terms(key, "SELL", 65, product="NRML"))
    assert exchange.funds(ME).available_cash == CRORE - paid + average(exchange) * 65


def test_a_written_option_takes_margin_on_the_underlying(
    exchange: SimulatedExchange,
    prices: Prices,
    terms: Terms,
    at_the_money: Callable[..., Contract],
    found: Found,
) -> None:
    contract = at_the_money()
    index = found("NSE_INDEX:NIFTY")
    close = Decimal(str(exchange.quote(index).prev_close))

    exchange.place(ME, terms(f"NFO:{contract.instrument.symbol}", "SELL", 65, product="NRML"))

    premium, margin = average(exchange) * 65, close * 65 * Decimal("0.15")
    assert abs(exchange.funds(ME).available_cash - (CRORE + premium - margin)) < Decimal("0.02")


def test_commodity_and_currency_positions_count_their_multiplier(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    for key, multiplier, rate in [
        ("MCX:GOLDM05FEB27FUT", 10, Decimal("0.1")), ("CDS:USDINR29DEC26FUT", 1000, Decimal("0.05")),
    ]:  # fmt: skip
        before = exchange.funds(ME).available_cash
        exchange.place(ME, terms(key, "BUY", 3, product="NRML"))
        price = average(exchange)
        assert abs(before - exchange.funds(ME).available_cash - price * 3 * multiplier * rate) < Decimal(
            "0.02"
        )
        assert exchange.trades(ME)[-1].value == price * 3 * multiplier
        clock.advance(600)
        row = next(row for row in exchange.positions(ME) if key.endswith(row.symbol))
        assert row.ltp is not None and row.pnl == (row.ltp - price) * 3 * multiplier


def test_money_that_is_not_there_is_not_spent(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    price = exchange.quote(found("NSE:SBIN")).ltp
    too_many = int(10_000_000 / price) + 50

    with pytest.raises(Refused) as refused:
        exchange.place(ME, terms("NSE:SBIN", "BUY", too_many, product="CNC"))
    assert refused.value.code == "INSUFFICIENT_FUNDS"
    assert exchange.orders(ME) == [] and exchange.funds(ME).available_cash == CRORE


def test_resting_orders_hold_their_money_until_they_end(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    price = Decimal(str(round(exchange.quote(found("NSE:SBIN")).ltp * 0.9)))
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 1000, "LIMIT", "CNC", price=price))
    assert exchange.funds(ME).available_cash == CRORE - price * 1000
    assert exchange.positions(ME) == []

    exchange.modify(ME, order_id, terms("NSE:SBIN", "BUY", 400, "LIMIT", "CNC", price=price))
    assert exchange.funds(ME).available_cash == CRORE - price * 400
    exchange.cancel(ME, order_id)
    assert exchange.funds(ME).available_cash == CRORE


def test_two_exits_of_one_position_do_not_both_count_as_exits(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    exchange.place(ME, terms("NSE:SBIN", "BUY", 100))
    price = Decimal(str(round(exchange.quote(found("NSE:SBIN")).ltp * 1.1)))
    before = exchange.funds(ME).available_cash
    exchange.place(ME, terms("NSE:SBIN", "SELL", 100, "LIMIT", price=price))
    assert exchange.funds(ME).available_cash == before

    exchange.place(ME, terms("NSE:SBIN", "SELL", 100, "LIMIT", price=price))
    exchange.place(ME, terms("NSE:SBIN", "SELL", 100, "LIMIT", price=price))
    assert exchange.funds(ME).available_cash == CRORE - price * 200 / 5


def test_delivery_shares_become_holdings_the_next_day(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    exchange.place(ME, terms("NSE:SBIN", "BUY", 100, product="CNC"))
    cost = average(exchange)
    assert only_position(exchange).quantity == 100 and exchange.holdings(ME) == []

    clock.jump(dt.datetime(2026, 11, 24, 0, 0, tzinfo=IST))

    [holding] = exchange.holdings(ME)
    assert (holding.quantity, holding.average_price) == (100, cost) and holding.ltp is not None
    assert holding.pnl == (holding.ltp - cost) * 100
    assert exchange.positions(ME) == [] and exchange.orders(ME) == [] and exchange.trades(ME) == []
    assert exchange.funds(ME).available_cash == CRORE - cost * 100


def test_shares_that_are_not_held_cannot_be_sold_for_delivery(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock, found: Found
) -> None:
    with pytest.raises(Refused, match="0 available"):
        exchange.place(ME, terms("NSE:SBIN", "SELL", 1, product="CNC"))
    exchange.place(ME, terms("NSE:SBIN", "BUY", 100, product="CNC"))
    clock.advance(86_400)
    high = Decimal(str(round(exchange.quote(found("NSE:SBIN")).ltp * 1.1)))
    exchange.place(ME, terms("NSE:SBIN", "SELL", 70, "LIMIT", "CNC", price=high))

    with pytest.raises(Refused, match="30 available"):
        exchange.place(ME, terms("NSE:SBIN", "SELL", 31, product="CNC"))
    exchange.place(ME, terms("NSE:SBIN", "SELL", 30, product="CNC"))
    with pytest.raises(Refused, match="0 available"):
        exchange.place(ME, terms("NSE:SBIN", "SELL", 1, product="CNC"))
    clock.advance(86_400)

    [holding] = exchange.holdings(ME)
    assert holding.quantity == 70


def test_carried_positions_stay_and_their_day_starts_anew(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    key = "NFO:NIFTY29DEC26FUT"
    exchange.place(ME, terms(key, "BUY", 130, product="NRML"))
    exchange.place(ME, terms(key, "SELL", 65, product="NRML"))
    cost = average(exchange, 0)
    assert only_position(exchange).realized_pnl == (average(exchange, 1) - cost) * 65
    money = exchange.funds(ME).available_cash

    clock.advance(86_400)

    row = only_position(exchange)
    assert (row.quantity, row.average_price, row.realized_pnl) == (65, cost, 0)
    assert exchange.funds(ME).available_cash == money


def test_the_second_day_keeps_its_own_figures(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    exchange.place(ME, terms("NSE:SBIN", "BUY", 1))
    clock.advance(86_400)
    exchange.place(ME, terms("NSE:TCS", "BUY", 10))
    clock.advance(60)
    exchange.place(ME, terms("NSE:TCS", "SELL", 10))
    profit = (average(exchange, 1) - average(exchange, 0)) * 10
    clock.advance(60)

    row = next(row for row in exchange.positions(ME) if row.symbol == "TCS")
    assert (row.quantity, row.realized_pnl) == (0, profit) and profit != 0


@pytest.mark.parametrize(("kind", "side"), [("CE", "BUY"), ("PE", "BUY"), ("CE", "SELL"), ("PE", "SELL")])
def test_options_settle_at_their_intrinsic_value(
    exchange: SimulatedExchange, prices: Prices, terms: Terms, clock: ManualClock, found: Found,
    at_the_money: Callable[..., Contract], kind: str, side: str,
) -> None:  # fmt: skip
    contract = at_the_money("NIFTY", kind, steps=-4 if kind == "CE" else 4)
    index = found("NSE_INDEX:NIFTY")
    assert contract.expiry_vertex is not None and contract.instrument.strike is not None
    exchange.place(ME, terms(f"NFO:{contract.instrument.symbol}", side, 65, product="NRML"))
    premium = average(exchange)

    clock.jump(dt.datetime(2026, 11, 24, 15, 30, tzinfo=IST))

    final = Decimal(str(index.tick.price(prices.last(index, contract.expiry_vertex))))
    away = final - contract.instrument.strike
    intrinsic = max(Decimal(0), away if kind == "CE" else -away)
    profit = (intrinsic - premium) * 65 * (1 if side == "BUY" else -1)
    assert exchange.funds(ME).available_cash == CRORE + profit and exchange.funds(ME).utilised == 0
    clock.advance(86_400)
    assert exchange.positions(ME) == [] and exchange.funds(ME).available_cash == CRORE + profit


def test_a_future_settles_at_the_final_spot(
    exchange: SimulatedExchange, prices: Prices, terms: Terms, clock: ManualClock, found: Found
) -> None:
    contract, index = found("NFO:NIFTY24NOV26FUT"), found("NSE_INDEX:NIFTY")
    assert contract.expiry_vertex is not None
    exchange.place(ME, terms("NFO:NIFTY24NOV26FUT", "SELL", 65, product="NRML"))
    price = average(exchange)

    clock.jump(dt.datetime(2026, 12, 3, 12, 0, tzinfo=IST))  # nobody looked for days

    final = Decimal(str(index.tick.price(prices.last(index, contract.expiry_vertex))))
    assert exchange.funds(ME).available_cash == CRORE + (price - final) * 65


def test_margin_of_legs_together_is_never_more_than_of_each_alone(
    exchange: SimulatedExchange, terms: Terms
) -> None:
    buy = terms("NFO:NIFTY29DEC26FUT", "BUY", 65, product="NRML")
    sell = terms("NFO:NIFTY29DEC26FUT", "SELL", 65, product="NRML")

    alone, both = exchange.margin([buy]), exchange.margin([buy, sell])

    assert alone.span is not None and alone.exposure is not None and both.benefit is not None
    assert alone.total == alone.span + alone.exposure > 0 and alone.benefit == 0
    assert alone.total <= both.total < alone.total * 2 and both.benefit > 0
    with pytest.raises(Refused):
        exchange.margin([terms("NFO:NOSUCH29DEC26FUT", "BUY", 65, product="NRML")])


def test_a_margin_estimate_is_what_the_order_then_takes(exchange: SimulatedExchange, terms: Terms) -> None:
    for order in (
        terms("NSE:SBIN", "BUY", 100, "LIMIT", price="640"),
        terms("NFO:NIFTY29DEC26FUT", "BUY", 65, "LIMIT", "NRML", price="23500"),
    ):
        before = exchange.funds(ME).available_cash
        exchange.place(ME, order)
        assert before - exchange.funds(ME).available_cash == exchange.margin([order]).total


KEYS = ("NSE:SBIN", "BSE:TCS", "NFO:NIFTY24NOV26FUT", "NFO:NIFTY24NOV2624500CE", "MCX:CRUDEOIL18DEC26FUT",
        "CDS:USDINR29DEC26FUT")  # fmt: skip
steps = st.tuples(
    st.sampled_from(KEYS), st.sampled_from(list(Side)), st.integers(1, 6), st.sampled_from(list(PriceType)),
    st.integers(-12, 12), st.booleans(), st.sampled_from([0.0, 0.5, 45.0, 4_000.0, 50_000.0]),
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=12))
def test_whatever_happens_the_books_add_up(
    universe: Universe, prices: Prices, tmp_path_factory: pytest.TempPathFactory, history: list[tuple]
) -> None:
    clock = ManualClock(dt.datetime(2026, 11, 23, 9, 0, tzinfo=IST))
    path = tmp_path_factory.mktemp("book") / "exchange.db"
    exchange = SimulatedExchange(universe, prices, clock, SeededIds(1), path, evaluate_seconds=None)
    try:
        for key, side, lots, price_type, away, carry, wait in history:
            _try_order(exchange, clock, key, side, lots, price_type, away, carry)
            clock.advance(wait)
            _check_books(exchange, prices, clock)
    finally:
        exchange.close()


def _try_order(
    exchange: SimulatedExchange, clock: ManualClock, key: str, side: Side, lots: int, price_type: PriceType,
    away: int, carry: bool,
) -> None:  # fmt: skip
    code, _, symbol = key.partition(":")
    contract = exchange.contract(code, symbol)
    if contract is None:
        return
    tick = contract.instrument.tick_size
    price = max(tick, Decimal(str(exchange.quote(contract).ltp)) + away * tick)
    carried = Product.CNC if Exchange(code).is_cash else Product.NRML
    order = OrderTerms(
        symbol=symbol, exchange=Exchange(code), side=side, quantity=lots * contract.lot, price_type=price_type,
        product=carried if carry else Product.MIS, price=price, trigger_price=price,
    )  # fmt: skip
    with contextlib.suppress(Refused):
        exchange.place(ME, order)


def _check_books(exchange: SimulatedExchange, prices: Prices, clock: ManualClock) -> None:
    accounts = exchange._reports._accounts
    funds = exchange.funds(ME)
    row = accounts.cash_and_day(ME)
    if row is None:
        return
    assert row[0] == sum(amount for _, amount, _ in accounts.entries(ME))
    assert all(position.required >= 0 and position.cost >= 0 for position in accounts.positions(ME))
    assert all(holding.quantity > 0 for holding in accounts.holdings(ME))
    if not any(order.status.is_working for order in exchange.orders(ME)) and not exchange.positions(ME):
        assert funds.available_cash * 100 == row[0]
    trades = exchange.trades(ME)
    for order in exchange.orders(ME):
        fills = [trade for trade in trades if trade.order_id == order.order_id]
        assert sum(trade.quantity for trade in fills) == order.filled_quantity <= order.quantity
        assert (order.status is OrderStatus.COMPLETE) == (order.filled_quantity == order.quantity)
        for trade in fills:
            if order.price is not None:
                assert is_marketable(order.side, order.price, trade.price)


def test_cash_shares_and_profit_always_add_up_to_the_opening_crore(
    exchange: SimulatedExchange, terms: Terms, clock: ManualClock
) -> None:
    for place in range(30):
        side = "BUY" if place * 7 % 5 < 3 else "SELL"
        exchange.place(ME, terms("NSE:SBIN", side, 10 + place * 3 % 17))
        exchange.place(ME, terms("NFO:NIFTY29DEC26FUT", side, 65, product="NRML"))
        clock.advance(97)
    realised = sum((row.realized_pnl or Decimal(0) for row in exchange.positions(ME)), Decimal(0))

    funds = exchange.funds(ME)
    assert funds.available_cash + funds.utilised == CRORE + realised
