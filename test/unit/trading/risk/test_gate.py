"""The gate in front of every order: facts within a deadline, turns in a full second, limits and their record."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from database.stores import Stores
from domain.errors import Conflict, InvalidInput, NotAllowed, OutcomeUnknown, Refused, Unavailable
from domain.instruments import Exchange
from domain.orders import ModifyOrder, OrderRow, OrderStatus, Side, TradeRow
from domain.portfolio import Position
from services.accounts.principal import Principal
from services.events import Events, RiskChanged
from services.trading import risk
from services.trading.commands import Accepted
from services.trading.gate import facts as facts_module
from services.trading.gate.entrance import Gate
from services.trading.gate.facts import FactSources, strategy_result
from services.trading.gate.policy import RiskPolicy
from services.trading.journal import Journal
from services.trading.writes import Account, Mandate
from test.stores import open_stores
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)
ME = Principal(user_id=1, username="ada", account_id=7, broker="b", source="api", key_id=3)


class BookDesk:
    """An account whose books are lists; reading them may break or hang."""

    mode = "live"
    journaled = True

    def __init__(self) -> None:
        self.book: list[OrderRow] = []
        self.held: list[Position] = []
        self.trades: list[TradeRow] = []
        self.reading: Callable[[], None] = lambda: None
        self.reads: list[str] = []

    def order_book(self, account_id: int, broker: str) -> list[OrderRow]:
        self.reads.append("orders")
        self.reading()
        return list(self.book)

    def positions(self, account_id: int, broker: str) -> list[Position]:
        self.reads.append("positions")
        self.reading()
        return list(self.held)

    def trade_book(self, account_id: int, broker: str) -> list[TradeRow]:
        self.reads.append("trades")
        return list(self.trades)


class Room:
    """A gate over a real store."""

    def __init__(self, stores: Stores, instrument: Any) -> None:
        self.clock = ManualClock(NOW)
        self.desk = BookDesk()
        self.instrument = instrument
        self.heard: list[RiskChanged] = []
        self.events = Events(lambda name, error: None)
        self.events.subscribe(RiskChanged, self.heard.append, name="test")
        self.journal = Journal(stores.main, self.clock)
        self.policy = self.new_policy(stores)
        self.paused: list[float] = []
        self.price: Callable[[], tuple[Decimal, float]] = lambda: (Decimal(400), 0.0)
        facts = FactSources(
            journal=self.journal, unresolved=lambda _account, _mode: [], resolve=lambda *_: instrument,
            price=lambda _account, _instrument: self.price(), clock=self.clock,
        )  # fmt: skip
        self.gate = Gate(self.policy, facts, self.clock, pause=self.pause)

    def new_policy(self, stores: Stores) -> RiskPolicy:
        return RiskPolicy(
            store=stores.main, journal=self.journal, bus=self.events, clock=self.clock, default=risk.Limits()
        )

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.clock.advance(seconds)

    def mandate(self, **changes: Any) -> Mandate:
        known: dict[str, Any] = {
            "principal": ME, "account": Account(account_id=7, broker="b"), "desk": self.desk, "strategy": "orb",
        }  # fmt: skip
        return Mandate(**known | changes)

    def limit(self, scope: str = "all", **limits: Any) -> None:
        self.policy.put(scope, risk.Limits(**limits), self.policy.show(scope).version, "test", ME)

    def enter(self, order: Any, **changes: Any) -> Any:
        return self.gate.pass_in((order, self.instrument), self.mandate(**changes))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def room(stores: Stores, instrument: Any) -> Iterator[Room]:
    made = Room(stores, instrument())
    yield made
    made.journal.close()
    made.events.close()


def position(quantity: int, **changes: Any) -> Position:
    known: dict[str, Any] = {
        "symbol": "TATAPOWER", "exchange": Exchange.NSE, "product": "MIS", "quantity": quantity,
        "average_price": Decimal(400), "ltp": Decimal(400), "pnl": Decimal(0),
    }  # fmt: skip
    return Position(**known | changes)


def sent(order_id: str = "N1") -> Callable[[], Accepted]:
    return lambda: Accepted(order_id=order_id, mode="live", tag="OA1")


def raising(error: Exception) -> Callable[[], Accepted]:
    def send() -> Accepted:
        raise error

    return send


def test_by_default_nothing_is_asked_of_the_broker(room: Room, terms: Any) -> None:
    room.limit(orders_per_second=9)
    room.enter(terms()).run(sent())

    assert room.desk.reads == []


def test_only_what_the_rules_need_is_asked_and_shared_for_a_second(room: Room, terms: Any) -> None:
    room.limit(max_open_orders=5)
    for number in range(3):
        room.enter(terms()).run(sent(f"N{number}"))
    assert room.desk.reads == ["orders"]
    room.clock.advance(1)
    room.enter(terms())
    assert room.desk.reads == ["orders", "orders"]


@pytest.mark.parametrize(
    ("limits", "order", "rule"),
    [
        ({"max_open_orders": 3}, {}, None),
        ({"max_open_orders": 2}, {}, "max_open_orders"),
        ({"max_symbol_orders": 1}, {}, "max_symbol_orders"),
        ({"max_positions": 2}, {}, None),
        ({"max_positions": 1}, {}, "max_positions"),
        ({"max_net_quantity": 70}, {"quantity": 10}, None),
        ({"max_net_quantity": 69}, {"quantity": 10}, "max_net_quantity"),
        ({"max_gross_exposure": Decimal(33_000)}, {"price": Decimal(400)}, None),
        ({"max_gross_exposure": Decimal(32_999)}, {"price": Decimal(400)}, "max_gross_exposure"),
        ({"max_daily_turnover": Decimal(18_000)}, {"price": Decimal(400)}, None),
        ({"max_daily_turnover": Decimal(17_999)}, {"price": Decimal(400)}, "max_daily_turnover"),
        ({"max_daily_loss": Decimal(501)}, {}, None),
        ({"max_daily_loss": Decimal(500)}, {}, "max_daily_loss"),
        ({"price_band_percent": Decimal(3)}, {"price": Decimal(412)}, None),
        ({"price_band_percent": Decimal(3)}, {"price": Decimal("412.05")}, "price_band"),
    ],
)
def test_rules_measure_what_the_books_say(room: Room, terms: Any, row: Any, limits, order, rule) -> None:
    """20,000 rupees held; 4,000 rest on the order's side and 5,000 in another symbol; 5,000 have traded."""
    room.desk.held = [position(50, pnl=Decimal(-500))]
    room.desk.book = [
        row(order_id="A", price=Decimal(400)),
        row(order_id="B", price=Decimal(400), status=OrderStatus.COMPLETE),
        row(order_id="C", symbol="SBIN", side=Side.SELL, price=Decimal(500)),
    ]
    room.desk.trades = [trade("B", Side.BUY, 5, 1000)]
    room.limit(**limits)

    if rule is None:
        room.enter(terms(**order))
        return
    with pytest.raises(risk.RiskRefused) as refused:
        room.enter(terms(**order))
    assert refused.value.details["rule"] == rule


def trade(order_id: str, side: Side, quantity: int, price: int, symbol: str = "TATAPOWER") -> TradeRow:
    return TradeRow(
        trade_id=f"{order_id}-{quantity}", order_id=order_id, symbol=symbol, exchange=Exchange.NSE, side=side,
        quantity=quantity, price=Decimal(price), value=Decimal(quantity * price), product="MIS",
    )  # fmt: skip


def test_a_strategy_has_made_what_moved_in_cash_and_what_it_still_holds() -> None:
    fills = [trade("A", Side.BUY, 10, 400), trade("B", Side.SELL, 4, 410)]

    assert strategy_result(fills, [position(6, ltp=Decimal(395))]) == Decimal(-4000 + 1640 + 6 * 395)
    assert strategy_result(fills, [position(6, ltp=None)]) is None
    assert strategy_result([], []) == 0


def test_a_fact_that_cannot_be_had_refuses_and_says_so(room: Room, terms: Any) -> None:
    room.limit(max_open_orders=5)

    def fail() -> None:
        raise Unavailable("the broker does not answer")

    room.desk.reading = fail
    with pytest.raises(risk.RiskRefused, match="open orders are not known") as refused:
        room.enter(terms())
    assert refused.value.is_passing
    room.desk.reading = lambda: None
    room.enter(terms())


def test_a_broker_that_hangs_refuses_after_the_deadline_and_is_asked_once(
    room: Room, terms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_module, "DEADLINE_SECONDS", 0.05)
    release = threading.Event()

    def hang() -> None:
        release.wait(10)

    room.desk.reading = hang
    room.limit(max_open_orders=5)
    try:
        for _ in range(3):
            with pytest.raises(risk.RiskRefused, match="open orders are not known"):
                room.enter(terms())
        assert room.desk.reads == ["orders"]
    finally:
        release.set()


@pytest.mark.parametrize(
    ("send", "error", "left"),
    [
        (sent(), None, 0),
        (raising(Refused("the broker said no")), Refused, 1),
        (raising(OutcomeUnknown("no answer")), OutcomeUnknown, 0),
        (raising(RuntimeError("a bug after the wire")), RuntimeError, 0),
    ],
)
def test_only_what_is_certainly_not_live_gives_its_place_back(
    room: Room, terms: Any, send, error, left
) -> None:
    room.limit(max_open_orders=1)
    admitted = room.enter(terms())
    if error is None:
        admitted.run(send)
    else:
        with pytest.raises(error):
            admitted.run(send)

    if left:
        room.enter(terms())
    else:
        with pytest.raises(risk.RiskRefused):
            room.enter(terms())


def test_a_single_order_waits_for_its_second_and_no_longer(room: Room, terms: Any) -> None:
    room.limit(orders_per_second=2)
    for _ in range(3):
        room.enter(terms())
    assert sum(room.paused) == pytest.approx(1.0, abs=0.01)

    room.limit(orders_per_minute=2)
    with pytest.raises(risk.RiskRefused) as refused:
        room.enter(terms())
    assert refused.value.code == "RISK_ORDERS_PER_MINUTE"
    assert refused.value.retry_after > 50


def test_100_orders_of_a_plan_leave_nine_a_second(room: Room, terms: Any) -> None:
    room.limit(orders_per_second=9)
    begun = room.clock.monotonic()
    left = []
    for _ in range(100):
        room.enter(terms(), send_by=begun + 20)
        left.append(room.clock.now())
    assert 11 <= room.clock.monotonic() - begun < 12.5
    for at in left:
        assert sum(dt.timedelta(0) <= other - at < dt.timedelta(seconds=1) for other in left) <= 9
        assert sum(other.replace(microsecond=0) == at.replace(microsecond=0) for other in left) <= 9


def test_orders_of_a_plan_beyond_its_time_are_refused(room: Room, terms: Any) -> None:
    room.limit(orders_per_second=1)
    until = room.clock.monotonic() + 3.5
    refused = 0
    for _ in range(6):
        try:
            room.enter(terms(), send_by=until)
        except risk.RiskRefused as error:
            refused += error.code == "RISK_ORDERS_PER_SECOND"
    assert refused == 2


def test_exits_and_cancels_use_up_sends_and_are_never_held_up(room: Room, terms: Any) -> None:
    room.limit(orders_per_second=2)
    for _ in range(5):
        room.gate.record(room.mandate())
    room.enter(terms())
    assert len(room.paused) >= 1


def test_an_order_for_later_is_not_measured_by_the_moment(room: Room, terms: Any) -> None:
    room.limit(price_band_percent=Decimal(1), hours=(), orders_per_second=1, max_quantity=10)
    room.gate.weigh((terms(price=Decimal(500)), room.instrument), room.mandate(), later=True)
    with pytest.raises(risk.RiskRefused, match="max_quantity"):
        room.gate.weigh((terms(quantity=11), room.instrument), room.mandate(), later=True)


@pytest.mark.parametrize(
    ("change", "limits", "refused"),
    [
        ({"quantity": 10}, {"max_quantity": 10}, False),
        ({"quantity": 11}, {"max_quantity": 10}, True),
        ({"price": Decimal(412)}, {"price_band_percent": Decimal(3)}, False),
        ({"price": Decimal(413)}, {"price_band_percent": Decimal(3)}, True),
        ({"price": Decimal(413)}, {"max_order_value": Decimal(4_129)}, True),
        ({"quantity": 11}, {"max_open_orders": 1}, False),
    ],
)
def test_new_terms_of_a_working_order_are_weighed(
    room: Room, terms: Any, row: Any, change, limits, refused
) -> None:
    room.limit(**limits)
    order = ModifyOrder(
        order_id="1", terms=terms(**change), instrument=room.instrument, row=row(price=Decimal("391.40"))
    )
    if refused:
        with pytest.raises(risk.RiskRefused):
            room.gate.pass_change(order, room.mandate())
    else:
        room.gate.pass_change(order, room.mandate())


def test_limits_of_every_scope_of_an_order_bind(room: Room, terms: Any) -> None:
    for scope in ("account:7", "strategy:1:orb", "key:3"):
        room.limit(scope, max_quantity=9)
        with pytest.raises(risk.RiskRefused):
            room.enter(terms())
        room.limit(scope)
    for scope in ("account:8", "strategy:2:orb", "strategy:1:other", "key:4"):
        room.limit(scope, max_quantity=1)
    room.enter(terms())


def test_limits_and_switches_outlive_the_process_with_their_record(room: Room, stores: Stores) -> None:
    room.limit("account:7", max_quantity=5, hours=(risk.Hours(dt.time(9, 15), dt.time(15, 30)),))
    room.policy.switch("strategy:1:orb", True, "runaway", ME)
    again = room.new_policy(stores)

    assert again.show("account:7").limits.hours == (risk.Hours(dt.time(9, 15), dt.time(15, 30)),)
    assert again.switches() == {"strategy:1:orb": "runaway"}
    with pytest.raises(NotAllowed, match="runaway"):
        again.require_open(["strategy:1:orb"])
    switched, limited = again.changes(1, 10, None)
    assert (switched.kind, switched.before, switched.after) == (
        "kill_switch", {"engaged": False}, {"engaged": True},
    )  # fmt: skip
    assert (limited.username, limited.version, limited.after["max_quantity"]) == ("ada", 1, 5)
    assert limited.before["max_quantity"] is None


def test_two_who_change_the_same_limits_do_not_overwrite_each_other(room: Room) -> None:
    room.limit("all", max_quantity=5)
    with pytest.raises(Conflict) as refused:
        room.policy.put("all", risk.Limits(), 0, "late", ME)
    assert refused.value.code == "LIMITS_CHANGED"
    assert len(room.policy.changes(1, 10, None)) == 1


def test_a_switch_needs_a_reason_and_a_scope_that_can_be(room: Room) -> None:
    with pytest.raises(InvalidInput):
        room.policy.switch("all", True, " ", ME)
    for scope in ("", "everything", "account:", "account:x", "strategy:1:", "strategy:x:orb", "key:-1"):
        with pytest.raises(InvalidInput):
            room.policy.switch(scope, True, "why", ME)
