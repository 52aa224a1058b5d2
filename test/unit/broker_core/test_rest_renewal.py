"""An application whose token dies alone: renewed through the host, and the call sent once more."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from broker.core.endpoint import Dialect, Endpoint, ErrorRule, envelope, get, keyed, session_headers, write
from broker.core.http import Request, Response
from broker.core.registry import ContextParts, _context, load_plugins
from broker.core.rest import Rest
from broker.core.roles import Login, Renew, Session
from domain.errors import OutcomeUnknown, Refused, SessionDead, Unavailable
from utils.clock import SystemClock
from utils.ids import SeededIds

DIALECT = Dialect(
    headers=session_headers({}, {"X-Token": "{data}"}),
    unwrap=envelope(flag="ok", success=(True,), data="data", code="code", message="why"),
    errors=(ErrorRule(error=SessionDead, contains=("log in",)),),
)
BUY = write("buy", "POST /orders", lambda data: data["id"], "other", keyed("qty"))
BOOK = get("book", "/orders", lambda data: data["id"], "other", keyed("qty"))
DEAD = Response(401, {}, b'{"ok":false,"why":"Please LOG IN again"}')
DONE = Response(200, {}, b'{"ok":true,"data":{"id":"1"}}')
SESSION = Session(
    account_id=7, broker="x", broker_user_id="u", credentials={"key": "K"}, tokens={"data": "old", "orders": "same"},
    issued_at=SystemClock().now(), expires_at=None,
)  # fmt: skip


class Wire:
    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.sent: list[Request] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.answers.pop(0)

    def close(self) -> None:
        return None

    @property
    def tokens(self) -> list[str]:
        return [request.headers["X-Token"] for request in self.sent]


def engine(wire: Wire, login: Login | None, renew: Renew | None = None) -> Rest:
    parts = ContextParts(
        transport=wire, instruments=SimpleNamespace(), clock=SystemClock(), ids=SeededIds(1), data_dir=Path(),  # type: ignore[arg-type]
        hosts={"rest": "https://vendor.example"}, renew=renew,
    )  # fmt: skip
    context = _context(load_plugins().manifests()["zerodha"], parts)
    return Rest(context, DIALECT, pause=lambda _seconds: None, login=login)


def test_a_token_that_died_alone_is_renewed_and_the_call_sent_once_more() -> None:
    logins: list[Session] = []

    def login(dead: Session) -> dict[str, str]:
        logins.append(dead)
        return {"data": "new"}

    assert engine(wire := Wire(DEAD, DONE), login).call(SESSION, BUY, {"qty": 1}) == "1"
    assert wire.tokens == ["old", "new"]
    assert logins == [SESSION]


def test_the_hosts_answer_is_used_and_not_a_login_of_the_plugins_own() -> None:
    stored = SimpleNamespace(account_id=7, broker_user_id="A1", credentials={}, tokens={"data": "stored"})
    login: Login = lambda _session: pytest.fail("the host decides who logs in")  # noqa: E731
    rest = engine(wire := Wire(DEAD, DONE), login, lambda _session, _login: stored)  # type: ignore[arg-type, return-value]
    assert rest.call(SESSION, BUY, {"qty": 1}) == "1"
    assert wire.tokens == ["old", "stored"]


@pytest.mark.parametrize(("endpoint", "error"), [(BOOK, Unavailable), (BUY, Refused)])
def test_a_token_that_dies_again_at_once_means_a_shared_key_and_not_the_end_of_the_session(
    endpoint: Endpoint[str], error: type[Exception]
) -> None:
    rest = engine(wire := Wire(DEAD, DEAD), lambda _session: {"data": "new"})
    with pytest.raises(error, match="used elsewhere") as caught:
        rest.call(SESSION, endpoint, {"qty": 1})
    assert type(caught.value) is error and len(wire.sent) == 2


@pytest.mark.parametrize(("endpoint", "error"), [(BOOK, Unavailable), (BUY, Refused)])
def test_a_host_that_has_no_new_token_now_leaves_a_write_certainly_undone(
    endpoint: Endpoint[str], error: type[Exception]
) -> None:
    def renew(_session: Session, _login: Login) -> Session:
        raise Unavailable("being renewed")

    with pytest.raises(error, match="being renewed") as caught:
        engine(Wire(DEAD), lambda _session: {}, renew).call(SESSION, endpoint, {"qty": 1})
    assert type(caught.value) is error


@pytest.mark.parametrize(("endpoint", "error"), [(BOOK, Unavailable), (BUY, Refused)])
def test_a_renewal_of_unknown_outcome_leaves_no_doubt_about_the_call_itself(
    endpoint: Endpoint[str], error: type[Exception]
) -> None:
    def login(_dead: Session) -> dict[str, str]:
        raise OutcomeUnknown("no answer")

    with pytest.raises(error, match="no answer") as caught:
        engine(Wire(DEAD), login).call(SESSION, endpoint, {"qty": 1})
    assert type(caught.value) is error


def test_a_session_shows_whether_it_lives_and_what_became_of_it() -> None:
    assert engine(Wire(DONE), lambda _session: {}).living(SESSION, BOOK, {"qty": 1}) is SESSION
    renewed = engine(Wire(DEAD, DONE), lambda _session: {"data": "new"}).living(SESSION, BOOK, {"qty": 1})
    assert renewed.tokens == {"data": "new", "orders": "same"}


def test_a_renewal_that_is_refused_is_what_the_caller_hears() -> None:
    def login(_dead: Session) -> dict[str, str]:
        raise Refused("wrong key")

    with pytest.raises(Refused, match="wrong key"):
        engine(Wire(DEAD), login).call(SESSION, BUY, {"qty": 1})


def test_without_a_way_to_log_in_a_dead_token_is_a_dead_session() -> None:
    with pytest.raises(SessionDead):
        engine(Wire(DEAD), None).call(SESSION, BUY, {"qty": 1})
