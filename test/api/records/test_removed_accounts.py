"""A removed account leaves nothing open behind it, and its number never stands for another account."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from domain.triggers.exits import ExitState
from domain.triggers.held import HeldState
from services.accounts.users import Device
from services.events import AccountClosed
from services.notify.alerts import alert_of
from services.wire.notices import FRAMES

NUMBERS = itertools.count(1)
REASON = "The account was removed"


def second_account(services: Any, label: str) -> int:
    """A second practice account, which the key stands for from now on."""
    account = services.accounts.create(1, "simulator", label, {})
    services.logins.begin(
        1, account.id, {}, callback_url="", browser="", device=Device(ip_address="127.0.0.1", name="test")
    )
    services.accounts.activate(1, account.id)
    return int(account.id)


class Removal:
    """Deletes an account and waits until what it left open was ended."""

    def __init__(self, services: Any) -> None:
        self.services = services
        self.heard: list[AccountClosed] = []
        self._done = threading.Event()
        services.events.subscribe(AccountClosed, self._hear, name="removal-test")

    def _hear(self, event: AccountClosed) -> None:
        self.heard.append(event)
        self._done.set()

    def of(self, account_id: int) -> AccountClosed:
        self._done.clear()
        self.services.accounts.delete(1, account_id)
        assert self._done.wait(10)
        return self.heard[-1]


@pytest.fixture(scope="module")
def removal(api: Any) -> Removal:
    return Removal(api.services)


@pytest.fixture
def account(api: Any) -> Iterator[int]:
    found = second_account(api.services, f"Leaving {next(NUMBERS)}")
    yield found
    api.services.accounts.activate(1, 1)  # the first one stays


def protect(api: Any, order: Any) -> str:
    """A position with exits; the id of the set."""
    assert api.post("placeorder", order()).status_code == 200
    body = {
        "strategy": "s", "symbol": "RELIANCE", "exchange": "NSE", "product": "MIS",
        "exits": {"stoploss": {"percent": 5}},
    }  # fmt: skip
    answer = api.post("placepositionexit", body)
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["exit_id"])


def wait_for_trigger(api: Any) -> str:
    """A GTT that we hold; its id."""
    ltp = api.post("quotes", {"symbol": "TCS", "exchange": "NSE"}).get_json()["data"]["ltp"]
    low = round(ltp * 0.9)
    body = {
        "strategy": "s", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "TCS", "action": "BUY",
        "product": "CNC", "quantity": 1, "pricetype": "LIMIT", "price": low, "triggerprice_sl": low,
    }  # fmt: skip
    answer = api.post("placegttorder", body)
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["trigger_id"])


def wait_for_approval(api: Any, order: Any) -> int:
    """An order in the action centre; its number."""
    api.services.api_keys.set_order_mode(1, "semi_auto")
    try:
        return int(api.post("placeorder", order()).get_json()["pending_order_id"])
    finally:
        api.services.api_keys.set_order_mode(1, "auto")


def exit_set(services: Any, exit_id: str) -> Any:
    from database.triggers.exits import PositionExits

    with services.stores.main.reading() as unit:
        return PositionExits(unit).get(exit_id)


def gtt(services: Any, trigger_id: str) -> Any:
    from database.triggers.held import HeldGtts

    with services.stores.main.reading() as unit:
        return HeldGtts(unit).get(trigger_id)


def test_everything_that_a_removed_account_left_open_ends_with_its_reason(
    api, order, account, removal
) -> None:
    services = api.services
    exit_id, trigger_id = protect(api, order), wait_for_trigger(api)
    pending = wait_for_approval(api, order)
    event = removal.of(account)
    assert event.ended == {"exits of positions": 1, "GTTs": 1, "waiting approvals": 1}
    held = exit_set(services, exit_id)
    assert (held.state, held.reason) == (ExitState.ENDED, REASON)
    waiting = gtt(services, trigger_id)
    assert (waiting.state, waiting.reason) == (HeldState.CANCELLED, REASON)
    row = services.approvals.execution.read(pending)
    assert (row.state, row.reason) == ("expired", REASON)
    assert services.position_exits.book.get(exit_id) is None
    assert account not in services.triggers.held.open_accounts()
    told = alert_of(event)
    assert told is not None and told.facts == {
        "Account": f"{event.label} (simulator)", "Exits of positions": "1", "GTTs": "1", "Waiting approvals": "1"
    }  # fmt: skip
    name, frame = FRAMES[AccountClosed](event)
    assert (name, frame["code"]) == ("order_notification", "ACCOUNT_REMOVED")


def test_paper_books_of_a_removed_account_are_emptied(api, order, account, removal) -> None:
    services = api.services
    services.installation.set_analyze_mode(True)
    try:
        exit_id = protect(api, order)
        trigger_id = wait_for_trigger(api)
        resting = api.post("placeorder", order(symbol="INFY", pricetype="LIMIT", price="1", action="BUY"))
        assert resting.status_code in (200, 400), resting.data
        assert services.sandbox.gtt_holds.of_account(account)
        event = removal.of(account)
    finally:
        services.installation.set_analyze_mode(False)
    assert event.ended["exits of positions"] == event.ended["GTTs"] == 1
    assert event.ended["paper orders and positions"] >= 1
    assert (exit_set(services, exit_id).reason, gtt(services, trigger_id).reason) == (REASON, REASON)
    assert services.sandbox.gtt_holds.of_account(account) == {}
    assert account not in services.sandbox.rounds.days.open_accounts()


def test_an_exit_whose_order_is_on_its_way_says_that_it_may_work_on(api, order, account, removal) -> None:
    from domain.triggers.exits import ExitEvent, ExitLeg, Firing, Slice

    services = api.services
    exit_id = protect(api, order)
    book = services.position_exits.book
    held = book.get(exit_id)
    # Claimed in a mode that the application is not in: nobody sends it meanwhile.
    firing = Firing(
        leg=ExitLeg.STOPLOSS, trigger=held.base, price=held.base, claimed_ms=held.updated_ms,
        slices=(Slice(key="k:0", quantity=1),),
    )  # fmt: skip
    assert book.move(held, ExitEvent.CLAIM, firing=firing) is not None
    removal.of(account)
    ended = exit_set(services, exit_id)
    assert ended.state is ExitState.DISABLED
    assert ended.reason == f"{REASON}; its exit order may still work at the broker"


def test_a_removal_that_a_crash_cut_short_is_finished_by_the_next_start(api, order, account) -> None:
    services = api.services
    exit_id = protect(api, order)
    with services.stores.main.unit(durable=True) as unit:
        unit.session.execute(text("DELETE FROM broker_accounts WHERE id = :id"), {"id": account})
    assert account in services.position_exits.open_accounts()
    services.account_closure.start()
    assert (exit_set(services, exit_id).state, exit_set(services, exit_id).reason) == (
        ExitState.ENDED,
        REASON,
    )


def test_the_number_of_a_removed_account_is_never_given_again(api, removal) -> None:
    services = api.services
    first = services.accounts.create(1, "simulator", "First", {}).id
    removal.of(first)
    second = services.accounts.create(1, "simulator", "Second", {}).id
    assert second > first
    removal.of(second)


def test_a_removal_that_ends_nothing_sends_no_alert(api, removal) -> None:
    account = api.services.accounts.create(1, "simulator", "Empty", {}).id
    event = removal.of(account)
    assert event.ended == {} and alert_of(event) is None
