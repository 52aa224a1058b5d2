"""Brokers that need no vendor account live here whole: log in, load contracts, trade, read the books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broker.core.contracts import check
from domain.instruments import Exchange, InstrumentType
from domain.orders import CancelOrder, OrderTerms, PlaceOrder, PriceType, Product, Side
from utils.clock import ist


@pytest.fixture
def instant(kit: Any, plugin_id: str, tmp_path: Path) -> Any:
    """The bench with a real session and its own contracts loaded through the gates."""
    if kit.manifest(plugin_id).auth.kind != "instant":
        pytest.skip("needs a vendor account")
    bench = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path)
    bench.session = bench.plugin.auth.complete(1, {}, {})
    rows = bench.plugin.contracts.parse(bench.plugin.contracts.fetch(bench.session))
    bench.lookup.fill(check(rows, None, ist(bench.clock.now()).date()).instruments)
    yield bench
    if bench.plugin.close is not None:
        bench.plugin.close()


def equity(bench: Any) -> Any:
    return next(
        item
        for item in bench.lookup.keys.values()
        if item.exchange is Exchange.NSE and item.instrument_type is InstrumentType.EQ
    )


def test_the_session_is_accepted(instant: Any) -> None:
    instant.plugin.auth.check(instant.session)


def test_contracts_pass_the_gates_and_cover_the_declared_exchanges(instant: Any) -> None:
    served = {item.exchange for item in instant.lookup.keys.values()}
    assert served <= set(instant.plugin.manifest.exchanges)


def test_quotes_are_sane(instant: Any) -> None:
    instruments = list(instant.lookup.keys.values())[: instant.plugin.manifest.limits.quote_batch]
    found = instant.plugin.market.quotes(instant.session, instruments)
    assert found
    for quote in found.values():
        assert quote.ltp > 0
        if quote.high is not None and quote.low is not None:
            assert quote.low <= quote.ltp <= quote.high
        if quote.bid is not None and quote.ask is not None:
            assert quote.bid < quote.ask


def test_an_order_is_placed_found_by_its_tag_and_cancelled(instant: Any) -> None:
    contract = equity(instant)
    quote = instant.plugin.market.quotes(instant.session, [contract])[contract.key]
    price = Decimal(str(round(quote.ltp * 0.9, 0)))
    terms = OrderTerms(
        symbol=contract.symbol, exchange=contract.exchange, side=Side.BUY, quantity=contract.lot_size,
        price_type=PriceType.LIMIT, product=Product.MIS, price=price,
    )  # fmt: skip
    order_id = instant.plugin.orders.place(
        instant.session, PlaceOrder(terms=terms, instrument=contract, tag="OASUITE1")
    )
    row = next(row for row in instant.plugin.orders.order_book(instant.session) if row.order_id == order_id)
    assert row.tag == "OASUITE1" and row.status.is_working
    assert (row.symbol, row.quantity, row.price) == (contract.symbol, contract.lot_size, price)
    instant.plugin.orders.cancel(instant.session, CancelOrder(order_id=order_id, row=row))
    row = next(row for row in instant.plugin.orders.order_book(instant.session) if row.order_id == order_id)
    assert row.status.value == "cancelled"


def test_books_can_be_read_before_any_trade(instant: Any) -> None:
    portfolio = instant.plugin.portfolio
    assert instant.plugin.orders.trade_book(instant.session) == []
    assert portfolio.positions(instant.session) == []
    assert portfolio.funds(instant.session).available_cash > 0
