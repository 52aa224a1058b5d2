"""The exchange's price protection: how far it reaches, what our feed makes of it, and the limits that stay inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.feed import MarketData
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.orders import OrderStatus
from services.trading.protection import average
from services.trading.protection.average import TradeAverages
from services.trading.protection.ladder import Band
from services.trading.protection.reach import reach
from utils.clock import ManualClock

START = dt.datetime(2026, 11, 30, 4, 0, tzinfo=dt.UTC)
CALL = Instrument(
    symbol="X29DEC26100CE", exchange=Exchange.NFO, broker_symbol="X", broker_exchange="NFO", token="1", name="X",
    instrument_type=InstrumentType.CE, lot_size=1, tick_size=Decimal("0.05"),
)  # fmt: skip
FUTURE = msgspec.structs.replace(CALL, symbol="X29DEC26FUT", instrument_type=InstrumentType.FUT)
SHARE = msgspec.structs.replace(CALL, symbol="X", exchange=Exchange.NSE, instrument_type=InstrumentType.EQ)
TODAY = dt.date(2026, 11, 30)


class Feed:
    """Remembers who watches."""

    def __init__(self) -> None:
        self.watched: list[str] = []
        self.handler: Callable[[str, MarketData], None] = lambda _broker, _data: None

    def on_tick(self, handler: Callable[[str, MarketData], None]) -> None:
        self.handler = handler

    def watch(self, _broker: str, keys: Iterable[InstrumentKey], _mode: Any) -> Any:
        (name,) = (key.symbol for key in keys)
        self.watched.append(name)
        feed = self

        class Demand:
            def close(self) -> None:
                feed.watched.remove(name)

        return Demand()


class Market:
    """Trades of one contract, as a feed tells them."""

    def __init__(self, instrument: Instrument) -> None:
        self.clock, self.feed, self.instrument = ManualClock(START), Feed(), instrument
        self.averages = TradeAverages(self.feed, self.clock)
        self.volume = 0
        self.trade(1, 0)

    def trade(self, price: float, units: int, **changes: Any) -> None:
        self.volume += units
        fields: dict[str, Any] = {"volume": self.volume} | changes
        self.feed.handler(
            "zerodha",
            MarketData(
                exchange=self.instrument.exchange.value, symbol=self.instrument.symbol, mode=2, ltp=price,
                received_at_ms=0, **fields,
            ),
        )  # fmt: skip

    @property
    def band(self) -> tuple[Decimal | None, Decimal | None]:
        found = self.averages.band("zerodha", self.instrument)
        return found.low, found.high


@pytest.mark.parametrize(
    ("instrument", "reference", "away"),
    [
        (CALL, "50", "20"), (CALL, "50.05", "20.02"), (CALL, "5", "20"), (CALL, "200", "80"),
        (FUTURE, "1000", "30"), (FUTURE, "9000", "200"), (FUTURE, "10000", "200"), (FUTURE, "26000", "520"),
        (SHARE, "1000", None), (msgspec.structs.replace(FUTURE, exchange=Exchange.MCX), "1000", None),
    ],
)  # fmt: skip
def test_how_far_a_limit_may_lie_from_the_mean(
    instrument: Instrument, reference: str, away: str | None
) -> None:
    assert reach(instrument, Decimal(reference), TODAY) == (None if away is None else Decimal(away))


def test_before_the_rule_there_was_none() -> None:
    assert reach(CALL, Decimal(100), dt.date(2022, 10, 27)) is None


def test_the_mean_is_that_of_what_traded_not_of_what_ticked() -> None:
    market = Market(CALL)
    market.trade(100, 10)
    for _ in range(5):
        market.trade(300, 0)  # quotes moved, nothing traded
    market.trade(200, 30)
    assert market.band == (Decimal(105), Decimal(245))  # mean 175, 40 %


def test_without_volumes_each_new_price_counts_once() -> None:
    market = Market(CALL)
    for price in (100, 100, 100, 200):
        market.trade(price, 0, volume=None)
    assert market.band == (Decimal(90), Decimal(210))


def test_a_limit_has_to_fit_this_block_and_the_one_before_it() -> None:
    market = Market(CALL)
    market.trade(100, 10)
    market.clock.advance(30)
    market.trade(120, 10)
    assert market.band == (Decimal(72), Decimal(140))
    market.clock.advance(30)
    market.trade(120, 10)
    assert market.band == (Decimal(72), Decimal(168))


def test_after_a_gap_that_leaves_nothing_in_common_the_newest_counts() -> None:
    market = Market(CALL)
    market.trade(100, 10)
    market.clock.advance(30)
    market.trade(400, 10)
    assert market.band == (Decimal(240), Decimal(560))


def test_a_cheap_option_has_no_edge_below_a_tick() -> None:
    market = Market(CALL)
    market.trade(5, 10)
    assert market.band == (Decimal("0.05"), Decimal(25))


def test_what_has_not_traded_for_a_quarter_of_an_hour_is_not_known() -> None:
    market = Market(CALL)
    market.trade(100, 10)
    market.clock.advance(15 * 60)
    assert market.band == (Decimal(60), Decimal(140))
    market.clock.advance(30)
    assert market.band == (None, None)
    assert Market(SHARE).band == (None, None)


def test_the_feed_is_asked_while_orders_are_followed_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = Market(CALL)
    for _ in range(3):
        market.averages.want("zerodha", CALL)
    market.averages.want("zerodha", SHARE)
    assert market.feed.watched == [CALL.symbol]
    market.clock.advance(60)
    market.averages.want("zerodha", CALL)
    market.clock.advance(60)
    market.trade(100, 1)
    assert market.feed.watched == [CALL.symbol]
    market.clock.advance(60)
    market.trade(100, 1)
    assert market.feed.watched == []
    monkeypatch.setattr(average, "MOST_WATCHES", 2)
    for number in range(5):
        market.averages.want("zerodha", msgspec.structs.replace(CALL, symbol=f"C{number}"))
    assert market.feed.watched == ["C3", "C4"]


def test_edges_that_nobody_told_do_not_bind() -> None:
    known, half = Band(Decimal(1), Decimal(9)), Band(None, Decimal(5))
    assert known.narrowed(half) == half.narrowed(known) == Band(Decimal(1), Decimal(5))
    assert known.narrowed(Band(None, None)) == known


class Fixed:
    """A band that the test sets."""

    def __init__(self, band: Band) -> None:
        self.edges, self.wanted = band, 0

    def want(self, _broker: str, _instrument: Instrument) -> None:
        self.wanted += 1

    def band(self, _broker: str, _instrument: Instrument) -> Band:
        return self.edges


def test_no_limit_leaves_the_price_protection_and_the_ladder_follows_it(scene: Any) -> None:
    """P2b: a price inside the shown circuit is refused by the exchange when it lies outside its price protection."""
    bands = Fixed(Band(Decimal("99.50"), Decimal(101)))
    scene.gateway.protection._bands = scene.gateway.protection.following.chase._bands = bands
    scene.offer(bids=[(1980, 500)], asks=[])  # 99.00: below the protection, inside the circuit of 95 to 105
    order = scene.exit()
    assert (order.terms.price, order.status) == (Decimal("99.50"), OrderStatus.OPEN)
    bands.edges = Band(Decimal("98.80"), Decimal(101))
    scene.pass_time(scene.ladder.rung_seconds)
    assert order.status is OrderStatus.COMPLETE
    assert all(terms.price >= Decimal("98.80") for terms in scene.changes())
    assert bands.wanted >= 2


def test_a_stop_is_not_measured_by_trades_that_are_not_its_own_yet(scene: Any) -> None:
    from domain.orders import PriceType

    scene.gateway.protection._bands = Fixed(Band(Decimal("99.50"), Decimal(101)))
    order = scene.exit(price_type=PriceType.SL_M, trigger_price=Decimal(97))
    assert (order.terms.trigger_price, order.status) == (Decimal(97), OrderStatus.TRIGGER_PENDING)
