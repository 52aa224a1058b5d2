"""A refused stream makes us ask the broker, and only the broker's own word ends a session."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from broker.core.roles import Session
from domain.errors import SessionDead, Unavailable
from domain.feed import FeedState
from services.events import Events
from services.market.session_doubts import SessionDoubts

ISSUED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)


class House:
    """One connected account, a broker that answers `verdict`, and what was asked and ended."""

    def __init__(self) -> None:
        self.verdict: Exception | None = None
        self.state: FeedState | None = None
        self.checks = 0
        self.ended: list[tuple[int, str, dt.datetime | None]] = []

    def session(self, account_id: int) -> Session:
        return Session(
            account_id=account_id, broker="vendor", broker_user_id="U1", credentials={}, tokens={}, issued_at=ISSUED,
            expires_at=None,
        )  # fmt: skip

    def mark_expired(self, account_id: int, reason: str, *, issued_at: dt.datetime | None = None) -> None:
        self.ended.append((account_id, reason, issued_at))

    def plugin(self, _broker: str) -> SimpleNamespace:
        return SimpleNamespace(auth=self)

    def check(self, _session: Session) -> None:
        self.checks += 1
        if self.verdict is not None:
            raise self.verdict

    def says(self, state: str, at_ms: int = 1) -> None:
        self.state = FeedState(account_id=7, broker="vendor", state=state, reason="refused", at_ms=at_ms)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def doubts(house: House):
    events = Events(lambda _name, error: pytest.fail(str(error)))
    yield SessionDoubts(
        events=events,
        sessions=house,
        brokers=house,
        connected=lambda: [7],
        feed_state=lambda _account: house.state,
    )
    events.close()


def test_a_session_that_the_broker_disowns_ends_with_its_own_issue(house, doubts) -> None:
    house.says("no_session")
    house.verdict = SessionDead("Incorrect access token")
    doubts.look()
    assert house.ended == [(7, "Incorrect access token", ISSUED)]


@pytest.mark.parametrize("verdict", [None, Unavailable("no answer")])
def test_a_session_that_the_broker_does_not_disown_lives_on(house, doubts, verdict) -> None:
    house.says("no_session")
    house.verdict = verdict
    doubts.look()
    assert (house.checks, house.ended) == (1, [])


def test_the_broker_is_asked_once_for_each_refusal(house, doubts) -> None:
    house.says("no_session", at_ms=1)
    doubts.look()
    doubts.look()
    assert house.checks == 1
    house.says("no_session", at_ms=2)
    doubts.look()
    assert house.checks == 2


@pytest.mark.parametrize("state", ["live", "dialing", "stale", "stopped"])
def test_other_states_of_the_feed_raise_no_doubt(house, doubts, state) -> None:
    house.says(state)
    doubts.look()
    assert house.checks == 0
