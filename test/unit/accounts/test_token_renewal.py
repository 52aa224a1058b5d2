"""A token that died alone is replaced once, whoever finds it dead, in whichever process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import msgspec
import pytest

from broker.core.roles import Session
from domain.errors import NotSent, SessionDead, Unavailable
from services.accounts.broker_sessions import RENEWAL_PAUSE, RENEWAL_SECONDS, RENEWING, BrokerSessions
from services.accounts.rotation import reseal_all
from services.events import Events, SessionChanged
from utils.clock import ManualClock


@pytest.fixture
def sessions(services: Any) -> BrokerSessions:
    """One process's sessions; nobody else listens to their events."""
    return process_of(services, Events(lambda _name, error: pytest.fail(str(error))))


def process_of(services: Any, events: Events) -> BrokerSessions:
    return BrokerSessions(services.stores.main, services.vault, services.callers, events, services.clock)


@pytest.fixture
def dead(services: Any, sessions: BrokerSessions, ada: int) -> Session:
    """The account's session, whose data token the vendor has let die."""
    account = services.accounts.create(ada, "zerodha", "mine", {"api_key": "K", "api_secret": "S"})
    now = services.clock.now()
    sessions.keep(
        Session(
            account_id=account.id, broker="zerodha", broker_user_id="AB1234", credentials={},
            tokens={"orders": "o", "data": "1"}, issued_at=now, expires_at=now + dt.timedelta(hours=8),
        )
    )  # fmt: skip
    return sessions.session(account.id)


class Vendor:
    """One living data token at a time; a login kills the one before."""

    def __init__(self) -> None:
        self.living = "2"
        self.logins = 0

    def login(self, session: Session) -> dict[str, str]:
        assert session.credentials["api_key"] == "K"
        self.logins += 1
        self.living = f"new{self.logins}"
        return {"data": self.living}


def test_whoever_comes_second_is_given_what_the_first_login_got(
    services: Any, sessions: BrokerSessions, dead: Session
) -> None:
    vendor, other = Vendor(), process_of(services, sessions._events)
    heard: list[SessionChanged] = []
    sessions._events.subscribe(SessionChanged, heard.append, queue=10, name="test")
    first = sessions.renew(dead, vendor.login)
    assert dict(first.tokens) == {"orders": "o", "data": "new1"}
    assert other.renew(dead, vendor.login) == first == sessions.session(dead.account_id)
    assert vendor.logins == 1
    assert (first.issued_at, first.expires_at) == (dead.issued_at, dead.expires_at)
    sessions._events.close()
    assert [(event.account_id, event.state) for event in heard] == [(dead.account_id, "valid")]


def test_many_callers_of_two_processes_at_once_make_one_login(
    services: Any, sessions: BrokerSessions, dead: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, start, others_wait = Vendor(), Barrier(6), Event()
    monkeypatch.setattr("services.accounts.broker_sessions.sleep", lambda _seconds: others_wait.set())

    def login(session: Session) -> dict[str, str]:
        assert others_wait.wait(5), "nobody waits for the login under way"
        return vendor.login(session)

    def ask(process: BrokerSessions) -> str:
        start.wait()
        return process.renew(dead, login).tokens["data"]

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, [sessions, process_of(services, sessions._events)] * 3)) == {"new1"}
    assert vendor.logins == 1


def test_of_two_who_saw_the_same_tokens_one_gets_the_claim(
    services: Any, sessions: BrokerSessions, dead: Session
) -> None:
    other = process_of(services, sessions._events)
    sealed = [process._stored(dead.account_id)[2] for process in (sessions, other)]
    assert sessions._swap(dead, sealed[0], {RENEWING: "1"})
    assert not other._swap(dead, sealed[1], {RENEWING: "2"})


def test_a_key_that_is_used_elsewhere_is_not_fought_over(
    sessions: BrokerSessions, dead: Session, clock: ManualClock
) -> None:
    vendor = Vendor()
    renewed = sessions.renew(dead, vendor.login)
    with pytest.raises(Unavailable, match="used elsewhere"):
        sessions.renew(renewed, vendor.login)
    clock.advance(RENEWAL_PAUSE)
    assert sessions.renew(renewed, vendor.login).tokens["data"] == "new2"


def test_a_login_that_fails_gives_the_claim_back(sessions: BrokerSessions, dead: Session) -> None:
    def fails(_session: Session) -> dict[str, str]:
        raise NotSent("no network")

    with pytest.raises(NotSent):
        sessions.renew(dead, fails)
    assert sessions.session(dead.account_id) == dead
    assert sessions.renew(dead, Vendor().login).tokens["data"] == "new1"


def test_the_claim_of_a_process_that_died_runs_out(
    sessions: BrokerSessions, dead: Session, clock: ManualClock
) -> None:
    current, marks, sealed = sessions._stored(dead.account_id)
    assert sessions._swap(current, sealed, {**marks, RENEWING: str(clock.now().timestamp())})
    assert sessions.session(dead.account_id).tokens == dead.tokens
    clock.advance(RENEWAL_SECONDS)
    assert sessions.renew(dead, Vendor().login).tokens["data"] == "new1"


@pytest.mark.parametrize(
    ("meanwhile", "kept"), [("login", "by hand"), ("rotation", "new1"), ("logout", None)]
)
def test_what_happens_to_the_session_meanwhile_is_not_overwritten(
    services: Any, sessions: BrokerSessions, dead: Session, meanwhile: str, kept: str | None
) -> None:
    newer = msgspec.structs.replace(
        dead, tokens={"orders": "o2", "data": "by hand"}, issued_at=dead.issued_at + dt.timedelta(seconds=1)
    )
    happens: dict[str, Callable[[], Any]] = {
        "login": lambda: sessions.keep(newer),
        "logout": lambda: sessions.end(dead.account_id, "revoked", "by hand"),
        "rotation": lambda: reseal_all(services.stores.main, services.vault),
    }

    def slow(session: Session) -> dict[str, str]:
        happens[meanwhile]()
        return Vendor().login(session)

    if kept is None:
        with pytest.raises(SessionDead):
            sessions.renew(dead, slow)
        assert sessions.state(dead.account_id) == "revoked"
    else:
        assert sessions.renew(dead, slow).tokens["data"] == kept
        assert sessions.session(dead.account_id).tokens["data"] == kept
