"""Between the answer and the order: what waits, what is dropped, what is asked again, and what is never sent twice."""

from __future__ import annotations

import msgspec
import pytest

from database.automation.deliveries import QueuedOrders
from domain.errors import Conflict, NotSent, OutcomeUnknown
from services.trading.commands import Smart
from services.trading.journal import KeyClaim, fingerprint
from test.support.browser import SignedIn
from test.support.practice import faulty_place
from test.support.waiting import wait_until


@pytest.fixture
def faulty(house):
    """Replace the practice exchange's place() for one test."""
    with faulty_place(house.services) as use:
        yield use


@pytest.fixture
def held(house):
    """Nothing leaves the queue until the test says so."""
    house.hold()
    yield house
    house.hold()
    house.go()


def only_order(hook):
    ((_, (order,)),) = hook.deliveries()
    return order


def test_an_order_that_is_older_than_a_minute_is_dropped_with_its_reason(held, buy) -> None:
    hook = held.strategy(("RELIANCE", 1))
    hook.send(buy)
    held.clock.advance(61)
    held.go()
    assert hook.outcome() == "dropped"
    order = only_order(hook)
    assert (order.code, order.order_id) == ("TOO_OLD", None)
    assert "Not sent in time, 61 s old" in order.message
    assert hook.orders() == []


def test_the_queue_survives_a_stop(held, buy) -> None:
    hook = held.strategy(("RELIANCE", 1), ("SBIN", 1))
    hook.send(buy)
    hook.send({"symbol": "SBIN", "action": "buy"})
    held.go()
    assert len(hook.orders()) == 2


def test_switching_off_drops_what_is_not_sent(held, buy) -> None:
    hook = held.strategy(("RELIANCE", 1))
    hook.send(buy)
    held.services.automation.strategies.change(1, hook.id, {"is_active": False})
    held.go()
    assert (hook.outcome(), only_order(hook).code) == ("dropped", "SWITCHED_OFF")
    assert hook.orders() == []


def test_deleting_drops_what_is_not_sent(held, buy) -> None:
    hook = held.strategy(("RELIANCE", 1))
    hook.send(buy)
    before = len(held.book())
    held.services.automation.strategies.delete(1, hook.id)
    held.go()
    other = held.strategy(("RELIANCE", 1))
    other.send(buy)
    assert len(other.orders()) == 1
    assert len(held.book()) == before + 1


def test_an_order_is_sent_in_the_mode_in_which_it_was_taken_or_not_at_all(held, buy) -> None:
    hook = held.strategy(("RELIANCE", 1))
    hook.send(buy)
    held.services.installation.set_analyze_mode(True)
    try:
        held.go()
        assert (hook.outcome(), only_order(hook).code) == ("refused", "MODE_CHANGED")
    finally:
        held.services.installation.set_analyze_mode(False)
    assert hook.orders() == []


def test_in_paper_mode_the_order_is_a_paper_order(house, buy, faulty) -> None:
    real_orders = []
    faulty(lambda real, session, command: real_orders.append(command) or real.place(session, command))
    hook = house.strategy(("RELIANCE", 1))
    house.services.installation.set_analyze_mode(True)
    try:
        assert hook.send(buy).status_code == 200
        assert hook.outcome() in ("accepted", "refused")
    finally:
        house.services.installation.set_analyze_mode(False)
    assert only_order(hook).mode == "analyze"
    assert real_orders == []


def test_orders_of_a_semi_auto_key_wait_for_approval(house, buy) -> None:
    house.services.api_keys.set_order_mode(1, "semi_auto")
    hook = house.strategy(("RELIANCE", 3))
    owner = house.services.callers.principal(1, "ui")
    decisions = house.services.approvals.decisions
    try:
        hook.send(buy)
        assert hook.outcome() == "waiting"
        assert hook.orders() == []
        pending = only_order(hook).pending_id
        done = decisions.approve(owner, pending)
        wait_until(lambda: hook.deliveries()[0][0].outcome, "accepted")
        assert only_order(hook).order_id == done.broker_order_id
        hook.send({**buy, "n": 2})
        assert hook.outcome() == "waiting"
        decisions.reject(owner, hook.deliveries()[0][1][0].pending_id, "no")
        wait_until(lambda: hook.deliveries()[0][0].outcome, "refused")
    finally:
        house.services.api_keys.set_order_mode(1, "auto")
    assert len(hook.orders()) == 1


def test_an_exit_withdraws_the_entry_that_nobody_has_approved_yet(house, buy) -> None:
    house.services.api_keys.set_order_mode(1, "semi_auto")
    hook, other = house.strategy(("RELIANCE", 3)), house.strategy(("RELIANCE", 2))
    decisions, owner = house.services.approvals.decisions, house.services.callers.principal(1, "ui")
    try:
        other.send(buy)
        hook.send(buy)
        assert (hook.outcome(), other.outcome()) == ("waiting", "waiting")
        entry, left_alone = only_order(hook).pending_id, only_order(other).pending_id
        hook.send({"action": "long_exit", "symbol": "RELIANCE"})
        wait_until(lambda: house.services.approvals.execution.read(entry).state, "expired")
        with pytest.raises(Conflict):
            decisions.approve(owner, entry)
        wait_until(lambda: hook.deliveries()[-1][0].outcome, "refused")
        assert house.services.approvals.execution.read(left_alone).state == "pending"
        decisions.reject(owner, left_alone)
    finally:
        house.services.api_keys.set_order_mode(1, "auto")
        hook.settled()
    assert hook.orders() == []


def test_an_exit_leaves_though_the_waiting_entry_cannot_be_withdrawn(house, buy, monkeypatch) -> None:
    hook = house.strategy(("RELIANCE", 3))
    hook.send(buy)
    assert hook.outcome() == "accepted"

    def broken(*_: object) -> list[int]:
        raise OSError("disk I/O error")

    monkeypatch.setattr(QueuedOrders, "waiting_of_instrument", broken)
    hook.send({"action": "long_exit", "symbol": "RELIANCE"})
    assert hook.outcome() == "accepted"
    assert [row.side.value for row in hook.orders()] == ["BUY", "SELL"]


def test_an_order_that_certainly_did_not_leave_is_tried_again(house, buy, faulty) -> None:
    tries = []

    def place(real, session, command):
        tries.append(command.tag)
        if len(tries) < 3:
            raise NotSent("no route to the broker")
        return real.place(session, command)

    hook = house.strategy(("RELIANCE", 1))
    faulty(place)
    hook.send(buy)
    for count in (1, 2):
        wait_until(lambda count=count: (len(tries), only_order(hook).state), (count, "queued"))
        assert (only_order(hook).code, hook.deliveries()[0][0].outcome) == ("NOT_SENT", None)
        house.clock.advance(1)
        house.services.automation.dispatch.wake(1)
    assert hook.outcome() == "accepted"
    assert len(hook.orders()) == 1


def test_a_refusal_ends_the_order_with_the_brokers_words(house) -> None:
    hook = house.strategy(("RELIANCE", 10_000_000))
    hook.send({"symbol": "RELIANCE", "action": "buy"})
    assert hook.outcome() == "refused"
    order = only_order(hook)
    assert order.code and order.message and order.order_id is None


def test_a_lost_answer_is_unknown_never_repeated_and_settled_by_evidence(house, buy, faulty) -> None:
    def lost(real, session, command):
        real.place(session, command)
        raise OutcomeUnknown("no answer")

    hook = house.strategy(("RELIANCE", 1))
    faulty(lost)
    hook.send(buy)
    wait_until(lambda: only_order(hook).outcome in ("unknown", "accepted"), True)
    intent = house.services.trading.journal.by_tag(only_order(hook).tag)
    house.services.trading.reconciler.settle(intent)
    wait_until(lambda: hook.deliveries()[0][0].outcome, "accepted")
    (row,) = hook.orders()
    assert only_order(hook).order_id == row.order_id


def test_an_interrupted_order_that_leaves_now_without_an_answer_is_not_sent_again(held, buy, faulty) -> None:
    """Evidence may bring back what a crash interrupted, never what this run sent itself."""
    sent = []

    def gone(real, session, command):
        sent.append(command.tag)
        raise OutcomeUnknown("no answer")

    hook = held.strategy(("RELIANCE", 1))
    hook.send(buy)
    with held.services.stores.main.unit() as unit:
        QueuedOrders(unit).move(only_order(hook).id, "queued", state="sending")
    faulty(gone)
    held.go()
    assert hook.outcome() == "unknown"
    assert (only_order(hook).interrupted, only_order(hook).tag) == (True, sent[0])
    assert len(sent) == 1


def test_an_interrupted_smart_order_is_asked_again_and_trades_what_is_missing_only(held) -> None:
    """A crash between the claim of a plan's key and its first leg, and one after it."""
    hook = held.strategy(("MARUTI", 6), trading_mode="BOTH")
    services = held.services
    hook.send({"symbol": "MARUTI", "action": "buy", "position_size": 6})
    row = only_order(hook)
    from services.approvals import stored
    from services.automation.dispatch import key_of

    command = msgspec.structs.replace(stored.decode(row.command), client_order_id=key_of(row))
    assert isinstance(command, Smart)
    claim = KeyClaim(user_id=1, mode="live", key=key_of(row), fingerprint=fingerprint(command))
    services.trading.journal.claim(claim)
    with services.stores.main.unit() as unit:
        QueuedOrders(unit).move(row.id, "queued", state="sending")
    held.go()
    wait_until(lambda: (only_order(hook).state, only_order(hook).attempt), ("queued", 2))
    held.clock.advance(1)
    services.automation.dispatch.wake(1)
    assert hook.outcome() == "accepted"
    assert [(order.side.value, order.quantity) for order in hook.orders()] == [("BUY", 6)]


def test_more_than_can_be_sent_in_time_is_refused_whole(held, contracts) -> None:
    names = sorted({row.symbol for row in contracts if row.exchange == "NSE" and row.symbol.isalpha()})[:60]
    assert len(names) == 60
    hook = held.strategy(*((name, 1) for name in names[:40]), platform="chartink", trading_mode="BOTH")
    more = held.strategy(*((name, 1) for name in names[20:60]), platform="chartink", trading_mode="BOTH")
    assert hook.send({"stocks": ",".join(names[:40]), "scan_name": "SELL all"}).status_code == 200
    full = more.send({"stocks": ",".join(names[20:60]), "scan_name": "SELL all"})
    assert (full.status_code, full.get_json()["code"]) == (503, "BUSY")
    assert more.deliveries()[0][1] == []
    held.services.automation.strategies.change(1, hook.id, {"is_active": False})


def test_the_desk_hears_of_a_delivery_and_of_its_end(house, buy) -> None:
    from services import events

    heard = []
    house.services.events.subscribe(
        (events.WebhookDelivered, events.WebhookOrderEnded), heard.append, name="t"
    )
    hook = house.strategy(("RELIANCE", 1))
    hook.send(buy)
    hook.send(buy)
    hook.settled()
    wait_until(lambda: len([event for event in heard if event.strategy_id == hook.id]), 3)
    said = [
        getattr(event, "result", None) or event.outcome for event in heard if event.strategy_id == hook.id
    ]
    assert sorted(said) == ["accepted", "accepted", "duplicate"]


def test_a_strategy_of_another_account_trades_there(house, buy) -> None:
    services = house.services
    second = services.accounts.create(1, "simulator", "Second", {})
    from services.accounts.users import Device

    device = Device(ip_address="127.0.0.1", name="test")
    services.logins.begin(1, second.id, {}, callback_url="", browser="", device=device)
    hook = house.strategy(("RELIANCE", 1), account_id=second.id)
    hook.send(buy)
    assert hook.outcome() == "accepted"
    order = only_order(hook)
    assert order.account_id == second.id
    assert services.trading.journal.by_tag(order.tag).account_id == second.id
    assert services.accounts.active(1).id == 1


def test_square_off_closes_what_the_strategy_traded_today_once(house, around) -> None:
    hook = house.strategy(("NTPC", 3), ("ONGC", 3), is_intraday=True, squareoff_time=around(2))
    idle = house.strategy(("ONGC", 3), is_intraday=True, squareoff_time=around(2))
    hook.send({"symbol": "NTPC", "action": "buy"})
    hook.settled()
    square_off = house.services.automation.square_off
    square_off.round()
    assert len(hook.deliveries()) == 1
    house.services.automation.strategies.change(1, hook.id, {"is_active": False})
    house.clock.advance(180)
    for _ in range(2):
        square_off.round()
        hook.settled()
    assert [(row.symbol, row.side.value, row.quantity) for row in hook.orders()] == [
        ("NTPC", "BUY", 3), ("NTPC", "SELL", 3),
    ]  # fmt: skip
    assert [row.payload for row, _ in hook.deliveries()] == ["squareoff", "strategy"]
    assert idle.deliveries() == []


def test_a_square_off_that_is_asked_for_closes_what_the_strategy_holds_and_nothing_else(house) -> None:
    hook = house.strategy(("NTPC", 3), ("ONGC", 2), ("ITC", 4), trading_mode="SHORT")
    for symbol, actions in {"NTPC": ("sell",), "ONGC": ("sell", "buy")}.items():
        for action in actions:
            hook.send({"symbol": symbol, "action": action})
            hook.settled()
    desk = SignedIn(house.app)
    path = f"/ui/api/strategies/{hook.id}/squareoff"
    assert desk.data("POST", path, {}) == {"queued": 1}
    hook.settled()
    last = hook.orders()[-1]
    assert (last.symbol, last.side.value, last.quantity) == ("NTPC", "BUY", 3)
    assert hook.deliveries()[0][0].payload == "squareoff"
    assert desk.data("POST", path, {}) == {"queued": 0}
    assert desk.send("POST", "/ui/api/strategies/999/squareoff", {}).status_code == 404


def test_old_deliveries_are_forgotten_but_not_those_under_way(held, buy) -> None:
    done = held.strategy(("RELIANCE", 1))
    waiting = held.strategy(("RELIANCE", 1))
    held.go()
    done.send(buy | {"note": "an earlier one"})
    done.send(buy)
    (kept, _), _ = done.settled()
    held.hold()
    waiting.send(buy)
    for hook in (done, waiting):
        with held.services.stores.main.unit() as unit:
            from sqlalchemy import text

            unit.session.execute(
                text("UPDATE webhook_deliveries SET received_ms = 0 WHERE strategy_id = :id"), {"id": hook.id}
            )
    held.services.automation.sweep()
    assert [row.id for row, _ in done.deliveries()] == [kept.id], "what tells its position stays"
    assert len(waiting.deliveries()) == 1
