"""Orders of a semi-auto key wait for a person; whatever goes wrong, none is sent twice or unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from domain.errors import Conflict, NotSent, OutcomeUnknown
from services.approvals.decisions import NeedsConfirmation
from test.support.waiting import wait_until

HERE = Path(__file__).resolve().parent


def owner(api):
    return api.services.callers.principal(1, "ui")


def decisions(api):
    return api.services.approvals.decisions


def at_exchange(services) -> list:
    return services.brokers.plugin("simulator").orders.order_book(services.accounts.session(1))


def queue(api, order, **changes) -> int:
    answer = api.post("placeorder", order(**changes))
    assert answer.status_code == 200, answer.data
    return answer.get_json()["pending_order_id"]


def row_of(api, pending_id: int):
    return api.services.approvals.execution.read(pending_id)


def set_row(api, pending_id: int, **values) -> None:
    """Let time or prices have moved since the order was queued."""
    text = ", ".join(f"{name} = ?" for name in values)
    with api.services.stores.main.unit() as unit:
        unit.session.connection().exec_driver_sql(
            f"UPDATE pending_orders SET {text} WHERE id = ?", (*values.values(), pending_id)
        )


def test_a_queued_order_answers_200_with_its_number_and_no_order_id(semi, order) -> None:
    before = len(at_exchange(semi.services))
    answer = semi.post("placeorder", order())
    body = answer.get_json()
    assert (answer.status_code, body["status"], body["mode"]) == (200, "success", "semi_auto")
    assert body["message"] == "Order queued for approval in Action Center"
    assert body["pending_order_id"] == body["pending_id"] and isinstance(body["pending_id"], int)
    assert "orderid" not in body
    assert len(at_exchange(semi.services)) == before


def test_an_order_that_breaks_a_rule_is_refused_at_once_not_queued(semi, order) -> None:
    answer = semi.post("placeorder", order(pricetype="LIMIT", price="100.01"))
    assert (answer.status_code, decisions(semi).counts(owner(semi)).get("pending", 0)) == (400, 0)


def test_the_whole_command_is_executed_on_approval(semi, order) -> None:
    pending = queue(semi, order, quantity=13, product="CNC", strategy="swing")
    done = decisions(semi).approve(owner(semi), pending)
    assert (done.state, done.outcome, done.decided_by) == ("approved", "accepted", "tester")
    (row,) = [row for row in at_exchange(semi.services) if row.order_id == done.broker_order_id]
    assert (row.symbol, row.quantity, row.product, row.tag) == ("RELIANCE", 13, "CNC", done.tag)
    wait_until(lambda: row_of(semi, pending).broker_status, "complete")


def test_cancel_and_close_execute_and_modify_is_refused(semi, order) -> None:
    semi.services.api_keys.set_order_mode(1, "auto")
    ltp = Decimal(
        str(semi.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"])
    )
    limit = order(pricetype="LIMIT", price=str(round(ltp * Decimal("0.95"))))
    order_id = semi.post("placeorder", limit).get_json()["orderid"]
    semi.services.api_keys.set_order_mode(1, "semi_auto")
    changed = semi.post("modifyorder", {**limit, "orderid": order_id, "quantity": 11})
    assert (changed.status_code, changed.get_json()["code"]) == (403, "SEMI_AUTO")
    assert semi.post("cancelorder", {"orderid": order_id}).get_json()["orderid"] == order_id
    assert semi.post("closeposition", {"strategy": "x"}).status_code == 200


def test_two_approvers_at_once_are_one_execution(semi, order) -> None:
    pending = queue(semi, order)
    before = len(at_exchange(semi.services))

    def approve(_: int) -> str:
        try:
            return decisions(semi).approve(owner(semi), pending).outcome
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(approve, range(8)))
    assert answers == ["ALREADY_DECIDED"] * 7 + ["accepted"]
    assert len(at_exchange(semi.services)) == before + 1


def test_a_rejected_order_is_never_sent(semi, order) -> None:
    pending = queue(semi, order)
    before = len(at_exchange(semi.services))
    row = decisions(semi).reject(owner(semi), pending, "too big")
    assert (row.state, row.reason, row.decided_by) == ("rejected", "too big", "tester")
    with pytest.raises(Conflict):
        decisions(semi).approve(owner(semi), pending)
    assert len(at_exchange(semi.services)) == before


def test_a_repeat_under_the_callers_key_waits_once(semi, order) -> None:
    first = queue(semi, order, client_order_id="wait-1")
    assert queue(semi, order, client_order_id="wait-1") == first
    other = semi.post("placeorder", order(client_order_id="wait-1", quantity=11))
    assert (other.status_code, other.get_json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    decisions(semi).approve(owner(semi), first)
    before = len(at_exchange(semi.services))
    assert queue(semi, order, client_order_id="wait-1") == first
    assert len(at_exchange(semi.services)) == before


def test_an_order_whose_price_moved_needs_a_second_look(semi, order) -> None:
    pending = queue(semi, order)
    set_row(semi, pending, prices='{"NSE:RELIANCE": "1"}')
    before = len(at_exchange(semi.services))
    with pytest.raises(NeedsConfirmation, match="moved from 1 to") as raised:
        decisions(semi).approve(owner(semi), pending, confirmed=True)
    assert raised.value.details["pending_order_id"] == pending
    with pytest.raises(NeedsConfirmation):
        decisions(semi).approve(owner(semi), pending)
    assert len(at_exchange(semi.services)) == before
    assert decisions(semi).approve(owner(semi), pending, confirmed=True).outcome == "accepted"


def test_an_old_order_needs_a_second_look(semi, order) -> None:
    pending = queue(semi, order)
    set_row(semi, pending, priced_ms=row_of(semi, pending).priced_ms - 600_000)
    with pytest.raises(NeedsConfirmation, match="s old"):
        decisions(semi).approve(owner(semi), pending)


def test_an_expired_order_is_refused_and_says_why(semi, order) -> None:
    pending, swept = queue(semi, order), queue(semi, order)
    before = len(at_exchange(semi.services))
    for number in (pending, swept):
        set_row(semi, number, expires_ms=1)
    with pytest.raises(Conflict) as raised:
        decisions(semi).approve(owner(semi), pending)
    assert raised.value.code == "EXPIRED"
    semi.services.approvals.sweep()
    assert {row_of(semi, number).state for number in (pending, swept)} == {"expired"}
    assert len(at_exchange(semi.services)) == before


def test_risk_is_checked_again_at_approval(semi, order) -> None:
    pending = queue(semi, order)
    journal = semi.services.trading.journal
    journal.set_kill_switch("all", True, "enough for today")
    try:
        done = decisions(semi).approve(owner(semi), pending)
    finally:
        journal.set_kill_switch("all", False)
    assert (done.outcome, done.code) == ("refused", "KILL_SWITCH")
    assert "enough for today" in done.message


def test_a_lost_answer_is_unknown_on_the_waiting_order_until_evidence_comes(semi, order, faulty) -> None:
    def lost(real, session, command):
        real.place(session, command)
        raise OutcomeUnknown("no answer")

    faulty(lost)
    pending = queue(semi, order)
    done = decisions(semi).approve(owner(semi), pending)
    assert done.outcome in ("unknown", "accepted") and done.tag
    semi.post("orderbook")
    wait_until(lambda: row_of(semi, pending).outcome, "accepted")
    assert row_of(semi, pending).broker_order_id is not None


def test_an_order_that_never_left_waits_on_with_the_reason(semi, order, faulty) -> None:
    def unsent(real, session, command):
        raise NotSent("no route to the broker")

    pending = queue(semi, order)
    faulty(unsent)
    row = decisions(semi).approve(owner(semi), pending)
    assert (row.state, row.outcome, row.code) == ("pending", None, "NOT_SENT")
    faulty(lambda real, session, command: real.place(session, command))
    with pytest.raises(NeedsConfirmation, match="no route"):
        decisions(semi).approve(owner(semi), pending)
    assert decisions(semi).approve(owner(semi), pending, confirmed=True).outcome == "accepted"


@pytest.mark.parametrize("sent", [True, False])
def test_an_approval_cut_off_by_a_crash_is_settled_by_the_journal(semi, order, sent) -> None:
    pending = queue(semi, order)
    if sent:
        done = decisions(semi).approve(owner(semi), pending)
    before = len(at_exchange(semi.services))
    now = row_of(semi, pending).created_ms
    set_row(semi, pending, state="executing", outcome=None, broker_order_id=None, decided_ms=now)
    assert semi.services.approvals.execution.recover() == 1
    row = row_of(semi, pending)
    if sent:
        assert (row.state, row.outcome, row.broker_order_id) == ("approved", "accepted", done.broker_order_id)
    else:
        assert (row.state, row.code) == ("pending", "INTERRUPTED")
    assert len(at_exchange(semi.services)) == before


def test_a_stored_order_that_cannot_be_read_is_refused_not_guessed(semi, order) -> None:
    pending = queue(semi, order)
    set_row(semi, pending, command='{"kind": "Place", "fields": {"symbol": "RELIANCE"}}')
    before = len(at_exchange(semi.services))
    done = decisions(semi).approve(owner(semi), pending)
    assert (done.outcome, done.code) == ("refused", "UNREADABLE")
    assert len(at_exchange(semi.services)) == before


def test_another_users_queue_is_out_of_reach(semi, order) -> None:
    pending = queue(semi, order)
    stranger = msgspec.structs.replace(owner(semi), user_id=2)
    for act in (decisions(semi).approve, decisions(semi).reject):
        with pytest.raises(Exception, match="No waiting order"):
            act(stranger, pending)
    assert decisions(semi).rows(stranger, "all") == []


def test_a_live_order_is_not_executed_in_analyze_mode(semi, order, monkeypatch) -> None:
    pending = queue(semi, order)
    monkeypatch.setattr(semi.services.trading.modes, "_app_mode", lambda: "analyze")
    done = decisions(semi).approve(owner(semi), pending)
    assert (done.outcome, done.code) == ("refused", "MODE_CHANGED")


def test_all_are_approved_oldest_first_and_doubtful_ones_stay(semi, order) -> None:
    first, second, third = (queue(semi, order, quantity=number) for number in (1, 2, 3))
    set_row(semi, second, prices='{"NSE:RELIANCE": "1"}')
    results = decisions(semi).approve_all(owner(semi))
    assert [item["pending_order_id"] for item in results] == [first, second, third]
    assert [item["outcome"] for item in results] == ["accepted", None, "accepted"]
    assert results[1]["code"] == "NEEDS_CONFIRMATION"
    assert decisions(semi).reject_all(owner(semi), "no") == 1


def test_the_story_runs_from_the_signal_over_the_approval_to_the_broker(semi, order) -> None:
    pending = queue(semi, order)
    done = decisions(semi).approve(owner(semi), pending)

    def stages():
        answer = semi.post("ordertimeline", {"orderid": done.broker_order_id})
        found = answer.get_json()["data"]["events"] if answer.status_code == 200 else []
        named = ("received", "queued", "resumed", "approved", "sent", "answered")
        return [event["stage"] for event in found if event["stage"] in named]

    wait_until(stages, ["received", "queued", "resumed", "approved", "sent", "answered"])
