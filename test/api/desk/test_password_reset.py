"""A forgotten password, with a real mail server behind the desk."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pyotp
import pytest

from services.accounts.signin.audit import OPERATOR
from services.ops.account_command import run
from services.ops.launch.checks import free_port
from utils.clock import SystemClock

pytest.importorskip("aiosmtpd", reason="the environment is older than pyproject.toml")
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

NEW = "Better-Horse10!"


class Mailbox:
    """Takes every message; a login must be ada's."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"mail-secret", handled=False)

    def wait(self, count: int) -> list[Any]:
        until = time.monotonic() + 10
        while len(self.letters) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.letters) == count
        return self.letters


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Controller]:
    server = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(set()), authenticator=mailbox.login, auth_require_tls=False,
        auth_exclude_mechanism=["CRAM-MD5", "LOGIN"],
    )  # fmt: skip
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail(signed_in: Any, smtp: Controller) -> dict[str, Any]:
    """The form that names the real server; it is set."""
    form = {
        "server": "127.0.0.1", "port": smtp.port, "security": "none", "sender": "desk@example.com",
        "username": "ada", "password": "mail-secret",
    }  # fmt: skip
    assert signed_in.write("PUT", "/ui/api/mail", form).status_code == 200
    return form


def token_of(letter: Any) -> str:
    return re.search(r"/reset-password#([0-9a-f]{64})", letter.get_content())[1]


def ask(browser: Any, email: str = "ada@example.com") -> Any:
    return browser.post("/ui/api/reset", {"email": email})


def test_the_mail_settings_hide_the_password_and_try_themselves(
    signed_in: Any, mail: Any, mailbox: Mailbox, services: Any
) -> None:
    shown = signed_in.get("/ui/api/mail").get_json()["data"]
    assert shown["has_password"] is True and "mail-secret" not in str(shown)
    sealed = services.stores.main.fetch("SELECT password_sealed FROM mail_settings")
    assert "mail-secret" not in str(sealed)
    assert signed_in.post("/ui/api/mail/test").get_json()["data"] == {"sent_to": "ada@example.com"}
    (letter,) = mailbox.wait(1)
    assert (letter["From"], letter["To"]) == ("desk@example.com", "ada@example.com")
    assert mailbox.logins == [(b"ada", b"mail-secret")]


def test_a_stored_mail_password_is_never_sent_to_another_server(signed_in: Any, mail: Any) -> None:
    kept = {name: value for name, value in mail.items() if name != "password"}
    assert signed_in.write("PUT", "/ui/api/mail", kept).status_code == 200
    for change in ({"server": "localhost"}, {"username": "eve"}):
        answer = signed_in.write("PUT", "/ui/api/mail", kept | change)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["password"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"server": "mail.example.com", "security": "none"}, "security"),
        ({"server": "a b", "security": "tls"}, "server"),
        ({"sender": "x@y\r\nBcc: all"}, "sender"), ({"helo": "a b"}, "helo"), ({"port": 0}, "port"),
    ],
)  # fmt: skip
def test_mail_settings_that_would_harm_are_refused(
    signed_in: Any, mail: Any, change: Any, field: str
) -> None:
    answer = signed_in.write("PUT", "/ui/api/mail", mail | change)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, [field])


def test_without_encryption_that_was_demanded_no_password_leaves(
    signed_in: Any, mail: Any, mailbox: Mailbox
) -> None:
    signed_in.write("PUT", "/ui/api/mail", mail | {"security": "starttls"})
    answer = signed_in.post("/ui/api/mail/test")
    assert (answer.status_code, answer.get_json()["code"]) == (502, "MAIL_FAILED")
    assert (mailbox.logins, mailbox.letters) == ([], [])


def test_a_server_that_is_not_there_or_says_no_is_told_in_words(signed_in: Any, mail: Any) -> None:
    signed_in.write("PUT", "/ui/api/mail", mail | {"password": "wrong"})
    assert "refused the username" in signed_in.post("/ui/api/mail/test").get_json()["message"]
    signed_in.write("PUT", "/ui/api/mail", mail | {"port": 1})
    assert "cannot be reached" in signed_in.post("/ui/api/mail/test").get_json()["message"]


def test_a_mailed_link_sets_a_new_password_once_and_signs_everybody_out(
    signed_in: Any, mail: Any, mailbox: Mailbox, new_browser: Any, password: str
) -> None:
    stranger = new_browser(signed_in.app)
    assert ask(stranger, "ADA@example.com").status_code == 200
    (letter,) = mailbox.wait(1)
    token = token_of(letter)
    assert "http://127.0.0.1:5000/reset-password#" in letter.get_content()
    assert stranger.post("/ui/api/reset/check", {"token": token}).get_json()["data"] == {"username": "ada"}
    weak = stranger.post("/ui/api/reset/password", {"token": token, "new_password": "weak"})
    assert list(weak.get_json()["errors"]) == ["password"]
    form = {"token": token, "new_password": NEW}
    assert stranger.post("/ui/api/reset/password", form).get_json()["data"] == {"ended_sessions": 1}
    assert signed_in.get("/ui/api/accounts").status_code == 401
    again = stranger.post("/ui/api/reset/password", form)
    assert (again.status_code, again.get_json()["code"]) == (404, "RESET_EXPIRED")
    assert stranger.post("/ui/api/login", {"username": "ada", "password": password}).status_code == 401
    assert stranger.post("/ui/api/login", {"username": "ada", "password": NEW}).status_code == 200
    assert "was reset" in mailbox.wait(2)[1]["Subject"]


def test_a_link_ends_after_a_quarter_of_an_hour_and_with_the_next_one(
    signed_in: Any, mail: Any, mailbox: Mailbox, clock: Any
) -> None:
    ask(signed_in)
    first = token_of(mailbox.wait(1)[0])
    clock.advance(120)
    ask(signed_in)
    second = token_of(mailbox.wait(2)[1])
    assert signed_in.post("/ui/api/reset/check", {"token": first}).status_code == 404
    assert signed_in.post("/ui/api/reset/check", {"token": second}).status_code == 200
    clock.advance(600)
    assert signed_in.post("/ui/api/reset/check", {"token": second}).status_code == 404


def test_an_unknown_address_gets_the_same_answer_and_no_letter(
    signed_in: Any, mail: Any, mailbox: Mailbox, new_browser: Any
) -> None:
    stranger = new_browser(signed_in.app)
    unknown = ask(stranger, "nobody@example.com")
    known = ask(stranger)
    again = ask(stranger)
    assert (unknown.status_code, unknown.get_json()) == (known.status_code, known.get_json())
    assert again.get_json() == known.get_json()
    (letter,) = mailbox.wait(1)
    assert letter["To"] == "ada@example.com"


def test_asking_is_answered_before_the_mail_server_is(
    signed_in: Any, mail: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(services.sign_in.resets._outbox, "post", asked.append)
    monkeypatch.setattr(services.sign_in.resets, "_store", None)
    assert ask(signed_in).status_code == 200
    assert len(asked) == 1


def test_an_installation_without_mail_says_so_to_everybody(signed_in: Any) -> None:
    assert signed_in.get("/ui/api/reset").get_json()["data"] == {"by_mail": False}
    for email in ("ada@example.com", "nobody@example.com"):
        assert ask(signed_in, email).get_json()["code"] == "MAIL_NOT_SET_UP"


def test_the_token_is_kept_only_as_a_digest(
    signed_in: Any, mail: Any, mailbox: Mailbox, services: Any
) -> None:
    ask(signed_in)
    token = token_of(mailbox.wait(1)[0])
    assert token not in str(services.stores.main.fetch("SELECT * FROM password_resets"))


def test_a_reset_does_not_step_around_the_second_step(
    signed_in: Any, mail: Any, mailbox: Mailbox, services: Any, clock: Any, new_browser: Any
) -> None:
    otp = pyotp.TOTP(services.sign_in.factors.begin(1).secret)
    services.sign_in.factors.confirm(1, otp.at(clock.now()), OPERATOR)
    ask(signed_in)
    token = token_of(mailbox.wait(1)[0])
    stranger = new_browser(signed_in.app)
    stranger.post("/ui/api/reset/password", {"token": token, "new_password": NEW})
    state = stranger.post("/ui/api/login", {"username": "ada", "password": NEW}).get_json()["data"]
    assert state["authenticated"] is False and state["code_owed_until"]


def test_authenticator_and_recovery_code_reset_only_together(
    signed_in: Any, services: Any, clock: Any, new_browser: Any
) -> None:
    otp = pyotp.TOTP(services.sign_in.factors.begin(1).secret)
    recovery = services.sign_in.factors.confirm(1, otp.at(clock.now()), OPERATOR)
    clock.advance(30)
    stranger = new_browser(signed_in.app)
    right = {
        "username": "ada",
        "code": otp.at(clock.now()),
        "recovery_code": recovery[0],
        "new_password": NEW,
    }
    words = set()
    for wrong in ({"code": "000000"}, {"recovery_code": "X" * 24}, {"username": "nobody"}):
        answer = stranger.post("/ui/api/reset/code", right | wrong)
        assert answer.status_code == 401
        words.add(answer.get_json()["message"])
    assert len(words) == 1
    assert services.sign_in.factors.status(1).recovery_codes_left == 10
    assert stranger.post("/ui/api/reset/code", right).status_code == 200
    assert services.sign_in.factors.status(1).recovery_codes_left == 9
    assert signed_in.get("/ui/api/accounts").status_code == 401
    assert stranger.post("/ui/api/reset/code", right).status_code == 401


def test_a_reset_by_codes_is_shut_after_five_wrong_ones_also_for_nobody(signed_in: Any) -> None:
    form = {"code": "000000", "recovery_code": "X" * 24, "new_password": NEW}
    for name in ("ada", "nobody"):
        codes = [
            signed_in.post("/ui/api/reset/code", form | {"username": name}).status_code for _ in range(6)
        ]
        assert codes == [401] * 5 + [429]


def test_the_mail_settings_are_the_administrators(signed_in: Any, services: Any, new_browser: Any) -> None:
    services.users.add("bob", "bob@example.com", "Other-Horse11!")
    bob = new_browser(signed_in.app)
    bob.post("/ui/api/login", {"username": "bob", "password": "Other-Horse11!"})
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/test")):
        answer = bob.write(method, f"/ui/api/mail{path}")
        assert answer.status_code == 403, (method, path)


def command(services: Any, *arguments: str) -> tuple[int, str]:
    said: list[str] = []
    return run(arguments, services.settings, said.append), "\n".join(said)


def test_the_operator_resets_a_lost_authenticator_beside_the_running_app(
    signed_in: Any, services: Any, clock: Any, new_browser: Any, password: str
) -> None:
    otp = pyotp.TOTP(services.sign_in.factors.begin(1).secret)
    services.sign_in.factors.confirm(1, otp.at(clock.now()), OPERATOR)
    assert "second step on, 10 recovery codes left" in command(services, "list")[1]
    code, said = command(services, "reset-totp", "ADA")
    assert code == 0 and "forgotten; 1 browsers were signed out" in said
    clock.advance(2)
    assert signed_in.get("/ui/api/accounts").status_code == 401
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "ada", "password": password})
    kinds = [row["kind"] for row in other.get("/ui/api/security-events").get_json()["data"]]
    assert "totp_reset_by_operator" in kinds


def test_the_operators_link_works_without_mail(
    make_services: Any, new_browser: Any, clock: Any, password: str
) -> None:
    clock.jump(SystemClock().now())
    services = make_services()
    services.users.set_up("ada", "ada@example.com", password, None)
    code, said = command(services, "reset-link", "ada")
    token = re.search(r"#([0-9a-f]{64})", said)[1]
    browser = new_browser(services)
    assert code == 0
    assert browser.post("/ui/api/reset/password", {"token": token, "new_password": NEW}).status_code == 200


def test_the_operator_opens_doors_and_refuses_what_he_does_not_know(signed_in: Any, services: Any) -> None:
    form = {"username": "ada", "password": "Wrong-Horse9!"}
    while signed_in.post("/ui/api/login", form).status_code != 429:
        pass
    assert command(services, "unlock", "ada") == (0, "ada may try again")
    assert signed_in.post("/ui/api/login", form).status_code == 401
    assert command(services, "unlock", "nobody")[0] == 2
    assert command(services, "format-disk", "ada")[0] == 2
    assert command(services)[1].startswith("Use:")
