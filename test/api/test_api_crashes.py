"""Death at any point of an order: never two orders, never a lost one, never a lie."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.errors import NotSent, OutcomeUnknown
from services.trading.reconciliation.reconciler import SETTLE_SECONDS
from test.api import conftest as harness
from utils.clock import SystemClock

HERE = Path(__file__).resolve().parent
POINTS = ("before", "after", "answered")
# The first test waits for seven processes to live and die.
pytestmark = pytest.mark.timeout(240)


class LaterClock(SystemClock):
    """The machine's clock; `ahead` seconds later than it is."""

    ahead = 0.0

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


def reopen(folder: Path, contracts):
    """The app on what a death has left, up for as long as an order needs to appear."""
    clock = LaterClock()
    found = harness.open_app(folder, contracts, clock)
    clock.ahead = SETTLE_SECONDS + 5
    return found


@pytest.fixture(scope="module")
def dead(tmp_path_factory) -> Path:
    """What processes left that were killed, a folder for each death."""
    folder = tmp_path_factory.mktemp("deaths")
    deaths = [f"{point}{key}" for point in POINTS for key in ("", "-k1")]
    command = [sys.executable, str(HERE / "crash_child.py"), str(folder), *deaths]
    child = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
    assert child.returncode == 0, child.stderr[-2000:] + child.stdout
    return folder


@pytest.fixture
def crash(dead, tmp_path):
    """Puts what a death has left into the test's folder; answers the API key."""

    def find(death: str) -> str:
        shutil.copytree(dead / death, tmp_path, dirs_exist_ok=True)
        return (tmp_path / "api-key.txt").read_text()

    return find


def orders_at_exchange(services) -> list:
    session = services.accounts.session(1)
    return services.brokers.plugin("simulator").orders.order_book(session)


ORDER = {
    "strategy": "crash", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "quantity": 1,
    "client_order_id": "k1",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_repeat_after_a_crash_leaves_exactly_one_order(tmp_path, contracts, crash, point) -> None:
    key = crash(f"{point}-k1")
    app, services = reopen(tmp_path, contracts)
    try:
        answers = [
            app.test_client().post("/api/v1/placeorder", json={"apikey": key, **ORDER}) for _ in range(5)
        ]
        assert {answer.status_code for answer in answers} == {200}, answers[0].data
        (order,) = orders_at_exchange(services)
        assert {answer.get_json()["orderid"] for answer in answers} == {order.order_id}
        shown = app.test_client().post("/api/v1/orderbook", json={"apikey": key}).get_json()["data"]["orders"]
        assert [row["strategy"] for row in shown] == ["crash"]
    finally:
        services.close()


@pytest.mark.slow
def test_before_the_order_had_time_to_appear_a_repeat_is_told_that_nobody_knows(
    tmp_path, contracts, crash
) -> None:
    key = crash("before-k1")
    app, services = harness.open_app(tmp_path, contracts)
    try:
        answer = app.test_client().post("/api/v1/placeorder", json={"apikey": key, **ORDER})
        body = answer.get_json()
        assert (answer.status_code, body["code"]) == (502, "OUTCOME_UNKNOWN")
        assert body["tag"].startswith("OA") and body["tag"] in body["message"]
        assert orders_at_exchange(services) == []
    finally:
        services.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "state"), [("before", "absent"), ("after", "acked"), ("answered", "acked")]
)
def test_after_a_crash_the_journal_ends_up_telling_what_happened(
    tmp_path, contracts, crash, point, state
) -> None:
    crash(point)
    _, services = reopen(tmp_path, contracts)
    try:
        deadline = time.monotonic() + 20
        while services.trading.journal.unresolved() and time.monotonic() < deadline:
            time.sleep(0.02)
        with services.stores.main.reading() as unit:
            from sqlalchemy import text

            rows = unit.session.execute(text("SELECT state, order_id FROM order_intents")).all()
        book = [row.order_id for row in orders_at_exchange(services)]
        assert rows == [(state, book[0] if book else None)]
    finally:
        services.close()


def lost_answer(real, session, command):
    real.place(session, command)
    raise OutcomeUnknown("no answer")


def test_five_calls_at_once_with_one_key_are_one_order(api, order) -> None:
    before = len(orders_at_exchange(api.services))
    fields = {"apikey": api.key, **order(client_order_id="race-1")}
    app = api.client.application

    def call(_: int):
        return app.test_client().post("/api/v1/placeorder", json=fields)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(call, range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.get_json()["orderid"] for answer in answers}) == 1
    assert len(orders_at_exchange(api.services)) == before + 1


def test_a_lost_answer_is_unknown_to_the_caller_and_found_by_its_tag(api, order, faulty) -> None:
    faulty(lost_answer)
    answer = api.post("placeorder", order(client_order_id="lost-1"))
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (502, "OUTCOME_UNKNOWN")
    (row,) = [row for row in orders_at_exchange(api.services) if row.tag == body["tag"]]
    again = api.post("placeorder", order(client_order_id="lost-1"))
    assert (again.status_code, again.get_json()["orderid"]) == (200, row.order_id)
    assert api.services.trading.journal.by_tag(body["tag"]).state == "acked"


def test_a_fault_of_the_plugin_after_sending_is_not_called_a_refusal(api, order, faulty) -> None:
    def broken(real, session, command):
        real.place(session, command)
        raise KeyError("order_id")

    faulty(broken)
    answer = api.post("placeorder", order())
    assert (answer.status_code, answer.get_json()["code"]) == (502, "OUTCOME_UNKNOWN")


def test_an_order_that_never_left_may_be_tried_again_under_its_key(api, order, faulty) -> None:
    def unsent(real, session, command):
        raise NotSent("no route to the broker")

    faulty(unsent)
    first = api.post("placeorder", order(client_order_id="unsent-1"))
    assert (first.status_code, first.get_json()["code"]) == (502, "NOT_SENT")
    faulty(lambda real, session, command: real.place(session, command))
    assert api.post("placeorder", order(client_order_id="unsent-1")).status_code == 200


def test_a_refusal_by_the_broker_is_repeated_not_retried(api, order, faulty) -> None:
    far = order(pricetype="LIMIT", price="5", client_order_id="refused-1")
    first = api.post("placeorder", far)
    assert first.status_code == 400
    sent = []
    faulty(lambda real, session, command: sent.append(command))
    again = api.post("placeorder", far)
    assert (again.status_code, again.get_json()["message"]) == (400, first.get_json()["message"])
    assert sent == []


def test_without_a_journal_entries_are_refused_and_exits_go_through(api, order) -> None:
    assert api.post("placeorder", order(symbol="WIPRO", quantity=2)).status_code == 200
    journal = api.services.trading.journal
    real, sick = journal._writer._transact, OSError("disk full")

    def fail(group):
        raise sick

    journal._writer._transact = fail
    try:
        before = len(orders_at_exchange(api.services))
        entry = api.post("placeorder", order(symbol="WIPRO"))
        assert (entry.status_code, entry.get_json()["code"]) == (503, "JOURNAL_UNAVAILABLE")
        assert len(orders_at_exchange(api.services)) == before
        answer = api.post("closeposition", {"strategy": "x", "symbol": "WIPRO"}).get_json()
        assert (answer["closed_positions"], answer["failed_closures"]) == (1, 0)
    finally:
        journal._writer._transact = real
    assert api.post("placeorder", order(symbol="WIPRO")).status_code == 200
