"""What the exchange has told is on disk: it survives kill -9, reopening, and a second process."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.errors import Refused, Unavailable
from domain.orders import OrderStatus, OrderTerms
from utils.clock import SystemClock
from utils.concurrency import start_thread
from utils.ids import SystemIds

ROOT = Path(__file__).resolve().parents[3]
Terms = Callable[..., OrderTerms]
ME = "PX000001"

TRADER = """
import sys
from pathlib import Path
from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.instruments import Exchange
from domain.orders import OrderTerms, PriceType, Product, Side
from utils.clock import SystemClock
from utils.ids import SystemIds

prices = Prices(1)
exchange = SimulatedExchange(Universe(prices), prices, SystemClock(), SystemIds(), Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    terms = OrderTerms(
        symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY if number % 2 else Side.SELL, quantity=1 + number % 7,
        price_type=PriceType.MARKET, product=Product.MIS,
    )
    print(exchange.place(sys.argv[3], terms, f"{sys.argv[3]}x{number}"), flush=True)
"""


def start_trader(path: Path, count: int, account: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TRADER, str(path), str(count), account]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def reopened(path: Path) -> SimulatedExchange:
    prices = Prices(1)
    return SimulatedExchange(
        Universe(prices), prices, SystemClock(), SystemIds(), path, evaluate_seconds=None
    )


def test_every_order_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    trader = start_trader(path, 100_000, ME)
    assert trader.stdout is not None
    answered = [trader.stdout.readline().strip() for _ in range(120)]
    os.kill(trader.pid, signal.SIGKILL)
    answered += [
        line.strip() for line in trader.stdout.read().splitlines(keepends=True) if line.endswith("\n")
    ]
    trader.stdout.close()
    trader.wait(10)

    exchange = reopened(path)
    try:
        orders, trades = exchange.orders(ME), exchange.trades(ME)
        [position] = exchange.positions(ME)
        kept = [row.order_id for row in orders]
        assert kept[: len(answered)] == answered and len(kept) <= len(answered) + 1
        assert all(row.status is OrderStatus.COMPLETE for row in orders)
        assert sum(trade.quantity * trade.side.sign for trade in trades) == position.quantity
        assert sum(row.filled_quantity or 0 for row in orders) == sum(trade.quantity for trade in trades)
        again = exchange.place(ME, _terms_of(orders[0]), f"{ME}x0")
        assert again == answered[0] and len(exchange.orders(ME)) == len(orders)
    finally:
        exchange.close()
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def _terms_of(row: object) -> OrderTerms:
    names = ("symbol", "exchange", "side", "quantity", "price_type", "product")
    return OrderTerms(**{name: getattr(row, name) for name in names})


def test_two_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    reopened(path).close()
    traders = [start_trader(path, 60, account) for account in ("a", "b")]
    ids = []
    for trader in traders:
        out, _ = trader.communicate(timeout=50)
        assert trader.returncode == 0
        ids += out.split()

    exchange = reopened(path)
    try:
        assert len(set(ids)) == 120
        assert len(exchange.orders("a")) == len(exchange.orders("b")) == 60
        trades = [*exchange.trades("a"), *exchange.trades("b")]
        assert len({trade.trade_id for trade in trades}) == len(trades) >= 120
    finally:
        exchange.close()


def test_resting_orders_are_taken_up_again_after_reopening(
    opened: Callable[..., SimulatedExchange], terms: Terms, found: Callable, clock: object
) -> None:
    first = opened()
    price = Decimal(str(first.quote(found("NSE:SBIN")).ltp)) - Decimal("0.1")
    first.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price), "t")
    clock.advance(10_800)  # type: ignore[attr-defined]

    second = opened()
    [row] = second.orders(ME)
    again = second.orders(ME)

    assert row.status is OrderStatus.COMPLETE and row.updated_at is not None and again == [row]
    assert first.orders(ME) == [row]


def test_threads_that_repeat_one_tag_get_one_order(exchange: SimulatedExchange, terms: Terms) -> None:
    answers: list[str] = []
    threads = [
        start_thread(lambda: answers.append(exchange.place(ME, terms("NSE:SBIN", "BUY", 1), "same")), f"t{n}")
        for n in range(8)
    ]
    for thread in threads:
        thread.join(20)

    assert len(answers) == 8 and len(set(answers)) == 1 and len(exchange.trades(ME)) == 1


def test_a_file_locked_by_another_is_a_refusal_not_a_crash(
    exchange: SimulatedExchange, terms: Terms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange._database._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "exchange.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Refused) as refused:
            exchange.place(ME, terms("NSE:SBIN", "BUY", 1), "t")
        assert refused.value.code == "BUSY" and exchange.orders(ME) == []
    finally:
        other.close()
    assert exchange.place(ME, terms("NSE:SBIN", "BUY", 1), "t")


def test_a_closed_exchange_is_unavailable(exchange: SimulatedExchange) -> None:
    exchange.close()

    with pytest.raises(Unavailable):
        exchange.orders(ME)


def test_a_thread_watches_resting_orders_and_ends_with_them(
    opened: Callable[..., SimulatedExchange], terms: Terms, found: Callable, clock: object
) -> None:
    exchange = opened(evaluate_seconds=0.01)
    updates: list[OrderStatus] = []
    exchange.listen(ME, lambda update: updates.append(update.row.status))
    price = Decimal(str(exchange.quote(found("NSE:SBIN")).ltp)) - Decimal("0.1")
    assert not exchange._watch._running
    exchange.place(ME, terms("NSE:SBIN", "BUY", 10, "LIMIT", price=price))
    assert updates == [OrderStatus.OPEN] and exchange._watch._running

    clock.advance(10_800)  # type: ignore[attr-defined]
    wait_until(lambda: updates == [OrderStatus.OPEN, OrderStatus.COMPLETE])
    wait_until(lambda: not exchange._watch._running)
    exchange.place(ME, terms("NSE:SBIN", "SELL", 10, "SL-M", trigger=price - 5))
    assert exchange._watch._running


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "condition did not come true"
        time.sleep(0.005)


def test_the_day_of_the_book_is_the_indian_one(
    opened: Callable[..., SimulatedExchange], terms: Terms, clock: object
) -> None:
    exchange = opened()
    clock.jump(dt.datetime(2026, 11, 23, 18, 29, 59, tzinfo=dt.UTC))  # type: ignore[attr-defined]
    before = exchange.place(ME, terms("NSE:SBIN", "BUY", 1))
    clock.advance(1)  # type: ignore[attr-defined]
    after = exchange.place(ME, terms("NSE:SBIN", "BUY", 1))

    assert (before, after) == ("26112300000001", "26112400000001")
