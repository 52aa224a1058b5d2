"""Failures at awkward moments in the way of an order: what the caller is told, and what is remembered."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.roles import Session
from database.stores import Stores
from domain.errors import NotAllowed, OutcomeUnknown, Refused, SessionDead, Unavailable
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.portfolio import Position
from services.accounts.principal import Principal
from services.events import Events
from services.trading.books import Books
from services.trading.commands import CancelAll, Close, Smart
from services.trading.desk import LiveDesk
from services.trading.gate.entrance import Gate
from services.trading.gate.facts import FactSources
from services.trading.gate.policy import RiskPolicy
from services.trading.idempotency import Idempotency
from services.trading.journal import Journal
from services.trading.modes import Modes, Route
from services.trading.plans.closing import plan_close
from services.trading.reconciliation.evidence import examine
from services.trading.reconciliation.reconciler import SETTLE_SECONDS, Reconciler
from services.trading.risk import Limits
from services.trading.router import Router
from services.trading.timeline.trace import Tracing
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account, Mandate, UncertainOrder, Writes
from test.stores import open_stores
from utils.clock import ManualClock
from utils.ids import SystemIds

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)  # 09:30 in India
ME = Principal(user_id=1, username="ada", account_id=7, broker="b", source="ui")
ACCOUNT = Account(account_id=7, broker="b")


class TestDesk:
    """A broker in a few lines; faults are functions."""

    __test__ = False
    mode = "live"
    journaled = True

    def __init__(self, book: list[OrderRow]) -> None:
        self.book = book
        self.sent: list[Any] = []
        self.read_fault: Exception | None = None
        self.place_fault: Exception | None = None
        self.reading = lambda: None

    def place(self, account_id: int, broker: str, command: Any, priority: Any) -> str:
        self.sent.append(command)
        if self.place_fault is not None:
            raise self.place_fault
        return f"N{len(self.sent)}"

    def cancel(self, account_id: int, broker: str, command: Any) -> str:
        self.sent.append(command)
        return str(command.order_id)

    def order_book(self, account_id: int, broker: str) -> list[OrderRow]:
        rows = list(self.book)
        self.reading()
        if self.read_fault is not None:
            raise self.read_fault
        return rows

    def positions(self, account_id: int, broker: str) -> list[Position]:
        return []


class Room:
    """Router and journal over a real store, with everything around them reduced to what they ask."""

    def __init__(self, stores: Stores, desk: TestDesk, instrument: Any) -> None:
        self.clock = ManualClock(NOW)
        self.desk = desk
        self.mode = "live"
        self.journal = Journal(stores.main, self.clock)
        self.events = Events(lambda name, error: None)
        self.uncertain_fault: Exception | None = None
        self._instrument = instrument
        modes = Modes(lambda: self.mode, lambda _principal: "auto")
        desks: Any = {Route.LIVE: desk, Route.SANDBOX: desk}
        observer: Any = self
        policy = RiskPolicy(
            store=stores.main, journal=self.journal, bus=self.events, clock=self.clock, default=Limits()
        )
        facts = FactSources(
            journal=self.journal, unresolved=self.unresolved, resolve=self.resolve, price=self.price,
            clock=self.clock,
        )  # fmt: skip
        gate = Gate(policy, facts, self.clock, pause=self.clock.advance)
        self.router = Router(
            modes=modes, desks=desks, writes=Writes(self.journal, self.events, observer, SystemIds()),
            idempotency=Idempotency(self.journal, lambda intent: intent), journal=self.journal,
            instruments=observer, brokers=observer, knowledge=observer, gate=gate, bus=self.events, clock=self.clock,
            tracing=Tracing(self.events, self.clock, SystemIds()),
        )  # fmt: skip

    def resolve(self, broker: str, exchange: Any, symbol: str) -> Any:
        return self._instrument

    def price(self, account: Account, instrument: Any) -> Any:
        raise Unavailable("no prices here")

    def plugin(self, broker_id: str) -> Any:
        words = ("exchanges", "products", "price_types")
        manifest = type("M", (), {"name": "b", "supports": lambda self, name: True})()
        for name, values in zip(
            words, ((self._instrument.exchange,), tuple(Product), tuple(PriceType)), strict=True
        ):
            setattr(manifest, name, values)
        return type("P", (), {"manifest": manifest})()

    def manifest(self, broker_id: str) -> Any:
        return self.plugin(broker_id).manifest

    def known(self, account: Account, order_id: str, mode: str) -> OrderRow | None:
        return None

    def require_reconciled(self, account: Account, mode: str) -> None: ...

    def unresolved(self, account: Account, mode: str) -> list[Any]:
        return []

    def as_asked(self, account: Account, mode: str, book: list[Any], recent: list[Any]) -> Any:
        return book, recent

    def sending(self, tag: str, strategy: str) -> None: ...

    def accepted(self, mandate: Mandate, row: OrderRow) -> None: ...

    def touched(self, account: Account, order_id: str) -> None: ...

    def uncertain(self, tag: str) -> None:
        if self.uncertain_fault is not None:
            raise self.uncertain_fault


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def room(stores: Stores, row: Any, instrument: Any) -> Iterator[Room]:
    made = Room(stores, TestDesk([row(order_id="1"), row(order_id="2")]), instrument())
    yield made
    made.journal.close()
    made.events.close()


def test_a_plan_that_sent_nothing_leaves_its_key_free(room: Room) -> None:
    room.desk.read_fault = Unavailable("the book cannot be read")
    with pytest.raises(Unavailable):
        room.router.submit_plan(CancelAll(client_order_id="k"), ME)
    room.desk.read_fault = None
    outcome = room.router.submit_plan(CancelAll(client_order_id="k"), ME)
    assert [leg.order_id for leg in outcome.legs] == ["1", "2"] and not outcome.replayed


def test_a_finished_plan_is_answered_although_its_answer_cannot_be_stored(room: Room) -> None:
    def refuse(*_: Any) -> None:
        raise Unavailable("The order journal cannot write", code="JOURNAL_UNAVAILABLE")

    room.journal.answer = refuse  # type: ignore[method-assign]
    outcome = room.router.submit_plan(CancelAll(client_order_id="k"), ME)
    assert all(leg.succeeded for leg in outcome.legs) and len(room.desk.sent) == 2


def test_one_leg_that_breaks_does_not_hide_what_became_of_the_others(room: Room) -> None:
    record = room.journal.record

    def broken(intent: Any, *rest: Any, **options: Any) -> None:
        if intent.order_id == "1":
            raise RuntimeError("a bug")
        record(intent, *rest, **options)

    room.journal.record = broken  # type: ignore[method-assign]
    outcome = room.router.submit_plan(CancelAll(), ME)
    assert [leg.succeeded for leg in outcome.legs] == [False, True]
    assert len(room.desk.sent) == 1


def test_an_order_of_the_mode_before_is_not_sent_after_the_switch(room: Room, place: Any) -> None:
    first = threading.Event()
    release = threading.Event()
    answers: list[Any] = []

    def slow() -> None:
        first.set()
        release.wait(10)

    room.desk.reading = slow
    leader = threading.Thread(target=lambda: room.router.submit_plan(CancelAll(), ME))
    leader.start()
    assert first.wait(10)

    def follow() -> None:
        try:
            answers.append(room.router.submit_plan(Close(), ME))
        except Exception as error:
            answers.append(error)

    follower = threading.Thread(target=follow)
    follower.start()
    deadline = time.monotonic() + 10
    while len(room.router._turns) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    room.mode = "analyze"
    release.set()
    leader.join(10)
    follower.join(10)
    assert isinstance(answers[0], NotAllowed) and answers[0].code == "MODE_CHANGED"


def submit_side_by_side(room: Room, *symbols: str) -> list[Any]:
    """Smart orders to 5 units of each symbol, begun at the same time."""
    answers: list[Any] = []

    def submit(symbol: str) -> None:
        command = Smart(
            strategy="s", symbol=symbol, exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(0),
            position_size=Decimal(5), price_type=PriceType.MARKET, product=Product.MIS,
        )  # fmt: skip
        answers.append(room.router.submit_plan(command, ME))

    threads = [threading.Thread(target=submit, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_smart_orders_of_two_symbols_are_planned_at_the_same_time(room: Room) -> None:
    meeting = threading.Barrier(2, timeout=10)
    room.desk.reading = meeting.wait
    assert [len(answer.legs) for answer in submit_side_by_side(room, "SBIN", "TCS")] == [1, 1]


def test_smart_orders_of_one_symbol_never_meet(room: Room) -> None:
    inside, most = [0], [0]

    def reading() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.02)
        inside[0] -= 1

    room.desk.book, room.desk.reading = [], reading
    answers = submit_side_by_side(room, *["TATAPOWER"] * 4)
    assert len(answers) == 4 and most[0] == 1
    assert sorted(len(answer.legs) for answer in answers) == [0, 0, 0, 1]  # the others saw it on its way


def test_an_unknown_outcome_stays_one_when_the_bookkeeping_fails_too(room: Room, place: Any) -> None:
    room.desk.place_fault = OutcomeUnknown("no answer")
    room.uncertain_fault = RuntimeError("the store is gone")
    with pytest.raises(UncertainOrder):
        room.router.submit(place(), ME)


def test_an_order_that_was_not_sent_for_want_of_a_journal_row_is_never_shown_as_unknown(
    room: Room, place: Any
) -> None:
    """The row may reach the disk late; it must then say what happened."""
    record = room.journal.record

    def late(*given: Any, **options: Any) -> None:
        record(*given, **options)
        raise Unavailable("The order journal did not reach the disk in time", code="JOURNAL_UNAVAILABLE")

    room.journal.record = late  # type: ignore[method-assign]
    with pytest.raises(Refused):
        room.router.submit(place(), ME)
    room.journal.close()
    assert room.desk.sent == [] and room.journal.unresolved() == []


def test_a_dead_session_ends_only_itself_and_not_the_login_after_it() -> None:
    old = Session(
        account_id=7,
        broker="b",
        broker_user_id="u",
        credentials={},
        tokens={},
        issued_at=NOW,
        expires_at=None,
    )
    ended: list[Any] = []

    class Sessions:
        def session(self, account_id: int) -> Session:
            return old

        def mark_expired(self, account_id: int, reason: str, *, issued_at: dt.datetime | None = None) -> None:
            ended.append(issued_at)

    def refuse(_session: Session) -> list[OrderRow]:
        raise SessionDead("token is invalid")

    orders = type("O", (), {"order_book": staticmethod(refuse)})()
    manifest = type("M", (), {"supports": lambda self, name: True})()
    plugin = type("P", (), {"orders": orders, "manifest": manifest})()
    brokers: Any = type("B", (), {"plugin": lambda self, name: plugin})()
    with pytest.raises(SessionDead):
        LiveDesk(brokers, Sessions(), ManualClock(NOW)).order_book(7, "b")
    assert ended == [NOW]


DAY_MS = 24 * 3600 * 1000


def test_todays_book_proves_no_absence_of_an_order_of_an_earlier_day(intent: Any) -> None:
    late = intent()
    cancel = intent(tag="OACANCEL0000000001", operation="cancel", order_id="77", terms=None)
    found = examine(
        [late, cancel], [], settled={late.tag, cancel.tag}, has_tags=True, claimed=(),
        day_ms=late.created_ms + DAY_MS // 2,
    )  # fmt: skip
    assert found == []


def test_an_order_of_an_earlier_day_that_no_book_shows_stays_unknown_but_no_longer_stands_in_the_way(
    stores: Stores, room: Room, intent: Any, place: Any
) -> None:
    room.desk.place_fault = OutcomeUnknown("no answer")
    with pytest.raises(UncertainOrder) as caught:
        room.router.submit(place(), ME)
    room.desk.book = []
    room.clock.advance(24 * 3600)
    brokers: Any = type(
        "B",
        (),
        {"manifest": lambda self, name: type("M", (), {"limits": type("L", (), {"tag_length": 20})()})()},
    )()
    reconciler = Reconciler(
        journal=room.journal, desk=room.desk, brokers=brokers, bus=room.events, clock=room.clock,
        on_book=lambda account, rows: None,
    )  # fmt: skip
    assert reconciler.load() == 1
    room.clock.advance(SETTLE_SECONDS)
    reconciler.look(ACCOUNT)
    stored = room.journal.by_tag(caught.value.tag)
    assert stored is not None and stored.state == "unknown"
    assert reconciler.unresolved(ACCOUNT) == [] and reconciler.load() == 0


class Published:
    """The bus towards clients."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def publish_order(self, user_id: int, seq: int, message: Any) -> None:
        self.rows.append(message)


@pytest.fixture
def updates() -> OrderUpdates:
    owner = Owner(user_id=1, username="ada", account_id=7, broker="b")
    bus, clock = Events(lambda name, error: None), ManualClock(NOW)
    return OrderUpdates(
        bus=bus, stream=OrderStream(publisher=Published(), bus=bus, clock=clock), owner_of=lambda _account: owner,
        strategy_of=lambda _account, _row: "", on_evidence=lambda _account, _row: None, clock=clock,
    )  # fmt: skip


def mandate() -> Mandate:
    desk: Any = TestDesk([])
    return Mandate(principal=ME, account=ACCOUNT, desk=desk, strategy="t")


def test_our_own_late_answer_does_not_overwrite_what_the_broker_said(updates: OrderUpdates, row: Any) -> None:
    """A market order is pushed with the protected price and the vendor's words before its answer arrives."""
    pushed = row(price_type=PriceType.LIMIT, vendor={"variety": "regular"})
    updates.snapshot(ACCOUNT, [pushed])
    answer = row(
        price_type=PriceType.MARKET, price=None, filled_quantity=None, pending_quantity=None, vendor={}
    )
    updates.accepted(mandate(), answer)
    assert updates.known(ACCOUNT, "1") == pushed


def test_the_brokers_words_are_kept_although_nothing_visible_changed(updates: OrderUpdates, row: Any) -> None:
    answer = row(filled_quantity=None, pending_quantity=None)
    updates.accepted(mandate(), answer)
    said = msgspec.structs.replace(answer, vendor={"variety": "amo"})
    updates.snapshot(ACCOUNT, [said])
    known = updates.known(ACCOUNT, "1")
    assert known is not None and known.vendor == {"variety": "amo"}


def test_a_book_asked_for_before_an_order_was_accepted_is_not_handed_out_after_it(
    room: Room, row: Any
) -> None:
    began, release = threading.Event(), threading.Event()
    room.desk.book = []

    def slow() -> None:
        began.set()
        release.wait(10)

    room.desk.reading = slow
    modes = Modes(lambda: "live", lambda _principal: "auto")
    desks: Any = {Route.LIVE: room.desk}
    writes = {7: 0}
    books = Books(
        modes=modes, desks=desks, journal=room.journal, on_book=lambda account, rows, mode: None,
        seen=lambda _account, _mode: {}, writes=lambda account_id: writes[account_id],
    )  # fmt: skip
    early = threading.Thread(target=lambda: books.orders(ME))
    early.start()
    assert began.wait(10)
    room.desk.book = [row(order_id="9")]
    writes[7] += 1
    room.desk.reading = lambda: None
    try:
        assert books.order(ME, "9").row.status is OrderStatus.OPEN
    finally:
        release.set()
        early.join(10)


def test_an_exit_in_a_state_we_cannot_read_counts_as_working(row: Any, intent: Any) -> None:
    held = Position(
        symbol="TATAPOWER", exchange=row().exchange, product=Product.MIS, quantity=10, average_price=None, ltp=None,
        pnl=None, multiplier=1,
    )  # fmt: skip
    exit_order = row(side=Side.SELL, price_type=PriceType.MARKET, price=None, status=OrderStatus.UNKNOWN)
    (leg,) = plan_close(Close(), [held], [exit_order], [], lambda _position: None)
    assert leg.order is None and leg.code == "ALREADY_CLOSING"


def held(row: Any, quantity: int) -> Position:
    return Position(
        symbol="TATAPOWER",
        exchange=row().exchange,
        product=Product.MIS,
        quantity=quantity,
        average_price=None,
    )


def test_two_exits_at_once_under_the_kill_switch_cannot_turn_the_position_around(
    room: Room, row: Any, place: Any
) -> None:
    """The book shows neither of them yet: the first one's intent must hold the second one back."""
    room.desk.book = []
    room.desk.positions = lambda account_id, broker: [held(row, 10)]  # type: ignore[method-assign]
    room.journal.set_kill_switch("all", True, "enough")
    exit_order = place(side=Side.SELL, quantity=Decimal(10), price_type=PriceType.MARKET, price=None)
    ends: list[str] = []
    ready = threading.Barrier(2)

    def run() -> None:
        ready.wait(10)
        try:
            room.router.submit(exit_order, ME)
            ends.append("sent")
        except NotAllowed as error:
            ends.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(ends) == ["KILL_SWITCH", "sent"]
    assert len(room.desk.sent) == 1


def test_a_working_exit_leaves_less_to_reduce_under_the_kill_switch(room: Room, row: Any, place: Any) -> None:
    room.desk.book = [row(order_id="9", side=Side.SELL, quantity=6, filled_quantity=0, pending_quantity=6)]
    room.desk.positions = lambda account_id, broker: [held(row, 10)]  # type: ignore[method-assign]
    room.journal.set_kill_switch("all", True, "enough")
    with pytest.raises(NotAllowed):
        room.router.submit(place(side=Side.SELL, quantity=Decimal(5)), ME)
    room.router.submit(place(side=Side.SELL, quantity=Decimal(4)), ME)
    assert len(room.desk.sent) == 1


def test_an_exit_that_the_book_does_not_show_yet_is_not_sent_again(room: Room, row: Any) -> None:
    room.desk.book = []
    room.desk.positions = lambda account_id, broker: [held(row, 10)]  # type: ignore[method-assign]
    first = room.router.submit_plan(Close(), ME)
    assert [leg.succeeded for leg in first.legs] == [True]
    second = room.router.submit_plan(Close(), ME)
    assert [leg.code for leg in second.legs] == ["ALREADY_CLOSING"]
    room.clock.advance(11)
    third = room.router.submit_plan(Close(), ME)
    assert [leg.succeeded for leg in third.legs] == [True]
    assert len(room.desk.sent) == 2


@pytest.mark.parametrize("shown", [{"order_id": "N1"}, {"tag": "OA0123456789ABCDEF"}])
def test_an_exit_that_the_book_shows_counts_once(row: Any, intent: Any, terms: Any, shown: Any) -> None:
    exit_terms = terms(side=Side.SELL, quantity=4, price_type=PriceType.MARKET, price=None)
    sent = intent(carried=exit_terms, state="acked", order_id="N1")
    working = row(
        side=Side.SELL, quantity=4, pending_quantity=4, price_type=PriceType.MARKET, price=None, **shown
    )
    (leg,) = plan_close(Close(), [held(row, 10)], [working], [], lambda _position: None, [sent])
    assert leg.order is not None and leg.order.quantity == 6
