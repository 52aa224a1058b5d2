"""A process killed in the middle of an approval: exactly one order, and the row says what is known."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Conflict

HERE = Path(__file__).resolve().parent


def load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The first test waits for three processes to live and die.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
crashes = load("approval_crash_points", HERE.parent / "crash_points.py")


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of processes that were killed, by point."""
    folder = tmp_path_factory.mktemp("approvals")
    command = [sys.executable, str(HERE / "approval_deaths.py"), str(folder)]
    child = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr[-2000:]
    return folder


@pytest.fixture
def revived(dead: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The services on what the death at this point left, after the time an order needs to appear."""
    folder = dead / request.param
    _, services = crashes.reopened(folder)
    yield services
    services.close()


def book(services: Any) -> list[Any]:
    return services.brokers.plugin("simulator").orders.order_book(services.accounts.session(1))


def the_row(services: Any) -> Any:
    (row,) = services.approvals.decisions.rows(services.callers.principal(1, "ui"), "all")
    return row


@pytest.mark.parametrize("revived", ["claimed"], indirect=True)
def test_killed_before_anything_was_sent_the_order_waits_on_and_says_why(revived) -> None:
    row = the_row(revived)
    assert (row.state, row.outcome, row.code, row.decided_by) == ("pending", None, "INTERRUPTED", None)
    assert "nothing was sent" in row.confirm_reason
    assert book(revived) == []
    owner = revived.callers.principal(1, "ui")
    with pytest.raises(Conflict, match="nothing was sent"):
        revived.approvals.decisions.approve(owner, row.id)
    done = revived.approvals.decisions.approve(owner, row.id, confirmed=True)
    assert [each.order_id for each in book(revived)] == [done.broker_order_id]


@pytest.mark.parametrize("revived", ["sent"], indirect=True)
def test_killed_after_the_exchange_took_it_the_row_finds_its_one_order(revived) -> None:
    deadline = time.monotonic() + 20
    while (row := the_row(revived)).outcome != "accepted" and time.monotonic() < deadline:
        assert (row.state, row.outcome) == ("approved", "unknown")
        time.sleep(0.05)
    assert [(each.order_id, each.tag) for each in book(revived)] == [(row.broker_order_id, row.tag)]
    with pytest.raises(Conflict):
        revived.approvals.decisions.approve(revived.callers.principal(1, "ui"), row.id, confirmed=True)
    assert len(book(revived)) == 1


@pytest.mark.parametrize("revived", ["answered"], indirect=True)
def test_killed_before_the_row_was_written_the_journal_tells_it(revived) -> None:
    row = the_row(revived)
    assert (row.state, row.outcome, row.decided_by) == ("approved", "accepted", "tester")
    assert [each.order_id for each in book(revived)] == [row.broker_order_id]
