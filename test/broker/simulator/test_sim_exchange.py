"""Orders on the practice exchange: what it takes, what it refuses, how orders live and die."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.specs import Contract
from domain.errors import Refused
from domain.orders import OrderRow, OrderStatus, OrderTerms, OrderUpdate
from utils.clock import IST, ManualClock

Terms = Callable[..., OrderTerms]
Found = Callable[[str], Contract]
ME = "PX000001"


def only_order(exchange: SimulatedExchange, account: str = ME) -> OrderRow:
    [row] = exchange.orders(account)
    return row


def near(price: float | None, ratio: float, tick: str = "0.05") -> Decimal:
    """A price on the grid at a ratio of another."""
    assert price is not None
    return (Decimal(str(price * ratio)) / Decimal(tick)).quantize(Decimal(1)) * Decimal(tick)


def test_a_market_order_fills_at_the_ask(exchange: SimulatedExchange, terms: Terms, found: Found) -> None:
    depth = exchange.depth(found("NSE:SBIN"))

    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10), "first")

    row = only_order(exchange)
    assert row.order_id == order_id and len(order_id) == 14 and order_id.startswith("261123")
    assert row.status is OrderStatus.COMPLETE and row.filled_quantity == 10 and row.pending_quantity == 0
    assert row.average_price == Decimal(str(depth.asks[0].price)) and row.tag == "first"
    [trade] = exchange.trades(ME)
    assert (trade.order_id, trade.quantity, trade.value) == (order_id, 10, row.average_price * 10)


def test_a_sale_fills_at_the_bid(exchange: SimulatedExchange, terms: Terms, found: Found) -> None:
    depth = exchange.depth(found("NSE:SBIN"))

    exchange.place(ME, terms("NSE:SBIN", "SELL", 10))

    assert only_order(exchange).average_price == Decimal(str(depth.bids[0].price))


def test_the_same_tag_places_once(exchange: SimulatedExchange, terms: Terms) -> None:
    first = exchange.place(ME, terms("NSE:SBIN", "BUY", 10), "tag1")

    assert exchange.place(ME, terms("NSE:SBIN", "BUY", 10), "tag1") == first
    assert exchange.place(ME, terms("NSE:TCS", "SELL", 99), "tag1") == first
    assert len(exchange.orders(ME)) == 1
    assert exchange.place("other", terms("NSE:SBIN", "BUY", 10), "tag1") != first
    assert exchange.place(ME, terms("NSE:SBIN", "BUY", 10)) != exchange.place(
        ME, terms("NSE:SBIN", "BUY", 10)
    )


def test_a_twin_may_let_tags_repeat(opened: Callable[..., SimulatedExchange], terms: Terms) -> None:
    exchange = opened(unique_tags=False)

    first = exchange.place(ME, terms("NSE:SBIN", "BUY", 10), "tag1")
    second = exchange.place(ME, terms("NSE:SBIN", "BUY", 10), "tag1")

    assert first != second and [row.tag for row in exchange.orders(ME)] == ["tag1", "tag1"]


def test_a_repeated_tag_after_a_refusal_may_still_place(exchange: SimulatedExchange, terms: Terms) -> None:
    with pytest.raises(Refused):
        exchange.place(ME, terms("NFO:NIFTY29DEC26FUT", "BUY", 64, product="NRML"), "tag1")

    assert exchange.place(ME, terms("NFO:NIFTY29DEC26FUT", "BUY", 65, product="NRML"), "tag1")


@pytest.mark.parametrize(
    ("key", "quantity", "options", "code"),
    [
        ("NSE_INDEX:NIFTY", 50, {}, "NOT_TRADABLE"),
        ("NSE:NOSUCH", 1, {}, "UNKNOWN_SYMBOL"),
        ("NFO:NIFTY17NOV26FUT", 65, {"product": "NRML"}, "EXPIRED"),
        ("NSE:SBIN", 1, {"product": "NRML"}, "PRODUCT"),
        ("NFO:NIFTY29DEC26FUT", 65, {"product": "CNC"}, "PRODUCT"),
        ("NSE:SBIN", 0, {}, "QUANTITY"),
        ("NSE:SBIN", -5, {}, "QUANTITY"),
        ("NFO:NIFTY29DEC26FUT", 66, {"product": "NRML"}, "LOT_SIZE"),
        ("NFO:NIFTY29DEC26FUT", 1820, {"product": "NRML"}, "FREEZE_QUANTITY"),
        ("NSE:SBIN", 1, {"price_type": "LIMIT"}, "PRICE_MISSING"),
        ("NSE:SBIN", 1, {"price_type": "LIMIT", "price": "-1"}, "PRICE_MISSING"),
        ("NSE:SBIN", 1, {"price_type": "LIMIT", "price": "600.03"}, "TICK_SIZE"),
        ("NSE:SBIN", 1, {"price_type": "LIMIT", "price": "1.05"}, "PRICE_BAND"),
        ("NSE:SBIN", 1, {"price_type": "LIMIT", "price": "99999"}, "PRICE_BAND"),
        ("NSE:SBIN", 1, {"price_type": "SL-M"}, "PRICE_MISSING"),
        ("NSE:SBIN", 1, {"price_type": "SL", "price": "680", "trigger": "690"}, "STOP_RELATION"),
    ],
)
def test_orders_against_the_rules_are_refused_in_words(
    exchange: SimulatedExchange, terms: Terms, key: str, quantity: int, options: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        exchange.place(ME, terms(key, "BUY", quantity, **options), "t")

    assert refused.value.code == code and len(refused.value.message) > 10
    assert exchange.orders(ME) == []


def test_exactly_the_freeze_quantity_is_taken(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    contract = found("NFO:BANKNIFTY29DEC26FUT")
    assert contract.instrument.freeze_qty == 600 == 20 * contract.lot

    price = near(exchange.quote(contract).ltp, 0.95)
    exchange.place(ME, terms("NFO:BANKNIFTY29DEC26FUT", "BUY", 600, "LIMIT", "NRML", price=price))

    assert only_order(exchange).status is OrderStatus.OPEN


def test_a_sell_stop_needs_its_trigger_above_its_price(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    ltp = exchange.quote(found("NSE:SBIN")).ltp
    high, low = near(ltp, 0.97), near(ltp, 0.96)

    with pytest.raises(Refused, match="at or above"):
        exchange.place(ME, terms("NSE:SBIN", "SELL", 5, "SL", price=high, trigger=low))
    exchange.place(ME, terms("NSE:SBIN", "SELL", 5, "SL", price=low, trigger=high))

    assert only_order(exchange).status is OrderStatus.TRIGGER_PENDING


def test_a_resting_order_fills_when_the_price_comes_and_not_before(
    exchange: SimulatedExchange, prices: Prices, terms: Terms, found: Found, clock: ManualClock
) -> None:
    contract = found("NSE:SBIN")
    limit = Decimal(str(exchange.quote(contract).ltp)) - Decimal("0.30")
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=limit))

    for _ in range(20_000):
        row = only_order(exchange)
        ask = exchange.depth(contract).asks[0].price
        assert (row.status is OrderStatus.COMPLETE) == (Decimal(str(ask)) <= limit)
        if row.status is OrderStatus.COMPLETE:
            break
        clock.advance(0.5)
    assert row.average_price is not None and row.average_price <= limit
    assert row.updated_at == clock.now()


def test_what_was_missed_is_made_up_at_the_instant_it_happened(
    opened: Callable[..., SimulatedExchange], terms: Terms, found: Found, clock: ManualClock
) -> None:
    watched, neglected = opened(), opened()
    contract = found("NSE:SBIN")
    ltp = watched.quote(contract).ltp
    wishes = [("BUY", 0.999), ("SELL", 1.001), ("BUY", 0.995), ("SELL", 1.004)]
    for place, (side, ratio) in enumerate(wishes):
        watched.place("a", terms("NSE:SBIN", side, 20, "LIMIT", price=near(ltp, ratio)), f"{place}")
    expected = {}
    for _ in range(240):
        clock.advance(30)
        for row in watched.orders("a"):
            expected[row.tag] = (row.status, row.average_price, row.updated_at)
    clock.advance(-7200)
    for place, (side, ratio) in enumerate(wishes):
        neglected.place("b", terms("NSE:SBIN", side, 20, "LIMIT", price=near(ltp, ratio)), f"{place}")
    clock.advance(7200)

    late = {row.tag: (row.status, row.average_price, row.updated_at) for row in neglected.orders("b")}

    assert any(status is OrderStatus.COMPLETE for status, _, _ in expected.values())
    assert late == expected


def test_a_stop_triggers_and_becomes_a_market_order(
    exchange: SimulatedExchange, terms: Terms, found: Found, clock: ManualClock
) -> None:
    contract = found("NSE:SBIN")
    trigger = near(exchange.quote(contract).ltp, 1.001)
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "SL-M", trigger=trigger))
    high = Decimal(0)
    while high < trigger:
        assert only_order(exchange).status is OrderStatus.TRIGGER_PENDING
        clock.advance(0.5)
        high = Decimal(str(exchange.quote(contract).ltp))

    row = only_order(exchange)
    assert row.status is OrderStatus.COMPLETE
    assert row.average_price == Decimal(str(exchange.depth(contract).asks[0].price)) >= trigger


def test_a_triggered_stop_limit_rests_when_the_book_is_beyond_its_limit(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    contract = found("NSE:SBIN")
    quote = exchange.quote(contract)
    ltp = Decimal(str(quote.ltp))
    assert quote.ask is not None and Decimal(str(quote.ask)) > ltp - Decimal("0.05")

    below = ltp - Decimal("0.05")
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "SL", price=below, trigger=below))

    assert only_order(exchange).status is OrderStatus.OPEN


def test_a_large_order_fills_in_parts(
    exchange: SimulatedExchange, terms: Terms, at_the_money: Callable[..., Contract], clock: ManualClock
) -> None:
    contract = at_the_money("NIFTY", "CE", steps=45)
    key = f"NFO:{contract.instrument.symbol}"
    asks = exchange.depth(contract, 20).asks
    quantity = 1755
    limit = Decimal(str(asks[0].price))
    assert asks[0].quantity < quantity
    updates: list[OrderUpdate] = []
    exchange.listen(ME, updates.append)

    exchange.place(ME, terms(key, "BUY", quantity, "LIMIT", "NRML", price=limit))

    row = only_order(exchange)
    assert row.status is OrderStatus.OPEN
    assert row.filled_quantity == asks[0].quantity and row.pending_quantity == quantity - asks[0].quantity
    for _ in range(5_000):
        if only_order(exchange).status is OrderStatus.COMPLETE:
            break
        clock.advance(0.5)
    row = only_order(exchange)
    assert row.status is OrderStatus.COMPLETE and row.average_price is not None and row.average_price <= limit
    assert sum(trade.quantity for trade in exchange.trades(ME)) == quantity
    filled = [update.row.filled_quantity for update in updates]
    assert filled == sorted(filled, key=lambda n: n or 0) and filled[-1] == quantity and len(filled) > 1


def test_the_book_of_an_instant_is_not_sold_twice(
    exchange: SimulatedExchange, terms: Terms, found: Found, clock: ManualClock
) -> None:
    contract = found("NFO:NIFTY29DEC26FUT")
    asks = exchange.depth(contract, 20).asks
    for account in ("a", "b", "c"):
        exchange.place(account, terms("NFO:NIFTY29DEC26FUT", "BUY", 1755, product="NRML"))

    taken: dict[Decimal, int] = {}
    for account in ("a", "b", "c"):
        for trade in exchange.trades(account):
            taken[trade.price] = taken.get(trade.price, 0) + trade.quantity
    offered = {Decimal(str(level.price)): level.quantity for level in asks}
    assert sum(taken.values()) == 3 * 1755
    assert all(quantity <= offered[price] for price, quantity in taken.items())

    clock.advance(0.5)
    fresh = exchange.depth(contract, 20).asks[0]
    exchange.place("d", terms("NFO:NIFTY29DEC26FUT", "BUY", 65, product="NRML"))
    assert exchange.trades("d")[0].price == Decimal(str(fresh.price))


def test_a_modified_order_keeps_its_id_and_takes_its_new_terms(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    ltp = exchange.quote(found("NSE:SBIN")).ltp
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=near(ltp, 0.98)))

    assert (
        exchange.modify(ME, order_id, terms("NSE:SBIN", "BUY", 25, "LIMIT", price=near(ltp, 0.97)))
        == order_id
    )
    row = only_order(exchange)
    assert (row.quantity, row.price, row.status) == (25, near(ltp, 0.97), OrderStatus.OPEN)

    exchange.modify(ME, order_id, terms("NSE:SBIN", "BUY", 25))
    row = only_order(exchange)
    assert row.status is OrderStatus.COMPLETE and row.price is None and row.filled_quantity == 25


def test_modifications_are_checked_like_new_orders(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    ltp = exchange.quote(found("NSE:SBIN")).ltp
    price = near(ltp, 0.98)
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    for changed, code in [
        (terms("NSE:SBIN", "SELL", 10, "LIMIT", price=price), "IMMUTABLE"),
        (terms("NSE:TCS", "BUY", 10, "LIMIT", price=price), "IMMUTABLE"),
        (terms("NSE:SBIN", "BUY", 10, "LIMIT", "CNC", price=price), "IMMUTABLE"),
        (terms("NSE:SBIN", "BUY", 0, "LIMIT", price=price), "QUANTITY"),
        (terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price + Decimal("0.01")), "TICK_SIZE"),
        (terms("NSE:SBIN", "BUY", 10_000_000, "LIMIT", price=price), "INSUFFICIENT_FUNDS"),
    ]:
        with pytest.raises(Refused) as refused:
            exchange.modify(ME, order_id, changed)
        assert refused.value.code == code
    row = only_order(exchange)
    assert (row.quantity, row.price) == (10, price)


def test_a_partly_filled_order_cannot_shrink_below_what_traded(
    exchange: SimulatedExchange, terms: Terms, at_the_money: Callable[..., Contract]
) -> None:
    contract = at_the_money("NIFTY", "CE", steps=45)
    limit = exchange.depth(contract, 20).asks[0].price
    key = f"NFO:{contract.instrument.symbol}"
    order_id = exchange.place(ME, terms(key, "BUY", 1755, "LIMIT", "NRML", price=limit))
    filled = only_order(exchange).filled_quantity
    assert filled

    with pytest.raises(Refused, match="have traded already"):
        exchange.modify(ME, order_id, terms(key, "BUY", filled, "LIMIT", "NRML", price=limit))


def test_a_cancelled_order_is_cancelled_once(exchange: SimulatedExchange, terms: Terms, found: Found) -> None:
    price = near(exchange.quote(found("NSE:SBIN")).ltp, 0.97)
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))

    exchange.cancel(ME, order_id)

    assert only_order(exchange).status is OrderStatus.CANCELLED and only_order(exchange).pending_quantity == 0
    with pytest.raises(Refused, match="cancelled"):
        exchange.cancel(ME, order_id)
    with pytest.raises(Refused, match="cancelled"):
        exchange.modify(ME, order_id, terms("NSE:SBIN", "BUY", 10))


def test_an_order_that_filled_meanwhile_cannot_be_cancelled(
    exchange: SimulatedExchange, terms: Terms, found: Found, clock: ManualClock
) -> None:
    price = near(exchange.quote(found("NSE:SBIN")).ltp, 0.9995)
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    clock.advance(6 * 3600)

    with pytest.raises(Refused, match="complete"):
        exchange.cancel(ME, order_id)


def test_accounts_do_not_see_each_other(exchange: SimulatedExchange, terms: Terms, found: Found) -> None:
    price = near(exchange.quote(found("NSE:SBIN")).ltp, 0.97)
    order_id = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10))

    assert (
        exchange.orders("other") == []
        and exchange.positions("other") == []
        and exchange.trades("other") == []
    )
    assert exchange.funds("other").available_cash == Decimal(10_000_000)
    with pytest.raises(Refused, match="not found"):
        exchange.cancel("other", order_id)


def test_day_orders_end_with_the_indian_day(
    exchange: SimulatedExchange, terms: Terms, found: Found, clock: ManualClock
) -> None:
    price = near(exchange.quote(found("NSE:SBIN")).ltp, 0.85)
    updates: list[OrderUpdate] = []
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    exchange.listen(ME, updates.append)

    clock.jump(dt.datetime(2026, 11, 23, 23, 59, 59, tzinfo=IST))
    assert only_order(exchange).status is OrderStatus.OPEN
    clock.advance(1)

    assert exchange.orders(ME) == []
    [update] = updates
    assert update.row.status is OrderStatus.CANCELLED and "expired" in update.row.rejection_reason
    assert update.row.updated_at == dt.datetime(2026, 11, 24, tzinfo=IST)
    assert exchange.funds(ME).utilised == 0


def test_orders_in_an_expiring_contract_end_at_its_last_instant(
    exchange: SimulatedExchange, terms: Terms, found: Found, clock: ManualClock
) -> None:
    clock.jump(dt.datetime(2026, 11, 24, 15, 29, tzinfo=IST))
    contract = found("NFO:NIFTY24NOV26FUT")
    price = near(exchange.quote(contract).ltp, 0.95)
    exchange.place(ME, terms("NFO:NIFTY24NOV26FUT", "BUY", 65, "LIMIT", "NRML", price=price))

    clock.advance(60)

    row = only_order(exchange)
    assert row.status is OrderStatus.CANCELLED and row.rejection_reason == "Contract expired"
    with pytest.raises(Refused, match="expired"):
        exchange.place(ME, terms("NFO:NIFTY24NOV26FUT", "BUY", 65, product="NRML"))


def test_updates_come_in_order_and_stop_when_asked(
    exchange: SimulatedExchange, terms: Terms, found: Found
) -> None:
    seen: list[tuple[str, OrderStatus]] = []
    stop = exchange.listen(ME, lambda update: seen.append((update.row.order_id, update.row.status)))
    price = near(exchange.quote(found("NSE:SBIN")).ltp, 0.97)
    first = exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    exchange.place("other", terms("NSE:SBIN", "BUY", 10))
    second = exchange.place(ME, terms("NSE:SBIN", "BUY", 10))
    exchange.cancel(ME, first)
    stop()
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10))

    assert seen == [
        (first, OrderStatus.OPEN), (second, OrderStatus.COMPLETE), (first, OrderStatus.CANCELLED),
    ]  # fmt: skip


def test_a_listener_may_use_the_exchange_and_may_fail(exchange: SimulatedExchange, terms: Terms) -> None:
    sizes: list[int] = []

    def nosy(update: OrderUpdate) -> None:
        sizes.append(len(exchange.orders(ME)))
        raise RuntimeError("listener")

    exchange.listen(ME, nosy)
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10))
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10))

    assert sizes == [1, 2]
