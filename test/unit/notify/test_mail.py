"""Mail over real SMTP: encryption that was asked for is had or nothing is sent, and no server holds us for ever."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.notify import mail
from services.notify.mail import MailFailed, MailServer, send_mail
from services.ops.launch.checks import free_port

pytest.importorskip("aiosmtpd", reason="the environment is older than pyproject.toml")
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

HERE = MailServer(server="127.0.0.1", port=0, security="starttls", sender="desk@example.com")


class Box:
    """Takes every message, and notes whether it came encrypted and who had logged in."""

    def __init__(self) -> None:
        self.letters: list[tuple[bool, Any]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.letters.append((session.ssl is not None, session.auth_data))
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"mail-secret", handled=False, auth_data=data.login)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail of the test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def serve(box: Box, tmp_path: Path) -> Iterator[Callable[..., MailServer]]:
    """A mail server with STARTTLS, or without."""
    running: list[Controller] = []

    def start(*, encrypts: bool = True) -> MailServer:
        context = None
        if encrypts:
            paths = certificate(tmp_path)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*paths)
        server = Controller(
            box, hostname="127.0.0.1", port=free_port(set()), tls_context=context, require_starttls=encrypts,
            authenticator=box.login, auth_require_tls=encrypts,
        )  # fmt: skip
        server.start()
        running.append(server)
        return msgspec.structs.replace(HERE, port=server.port)

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the server's authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))


@pytest.mark.usefixtures("trusted")
def test_a_letter_goes_over_starttls_with_the_login_inside(serve: Any, box: Box) -> None:
    server = msgspec.structs.replace(serve(), username="ada", password="mail-secret")
    send_mail(server, "ada@example.com", "Hello", "Text")
    assert box.letters == [(True, b"ada")]


def test_a_certificate_that_nobody_vouches_for_gets_neither_login_nor_letter(serve: Any, box: Box) -> None:
    with pytest.raises(MailFailed, match="No safe connection"):
        send_mail(serve(), "ada@example.com", "Hello", "Text")
    assert box.letters == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_no_better(serve: Any, box: Box) -> None:
    server = msgspec.structs.replace(serve(), server="localhost")
    with pytest.raises(MailFailed, match="No safe connection"):
        send_mail(server, "ada@example.com", "Hello", "Text")
    assert box.letters == []


def test_a_server_that_cannot_encrypt_gets_nothing_in_clear(serve: Any, box: Box) -> None:
    with pytest.raises(MailFailed, match="cannot do that"):
        send_mail(serve(encrypts=False), "ada@example.com", "Hello", "Text")
    assert box.letters == []


@pytest.mark.usefixtures("trusted")
def test_a_wrong_mail_password_is_said_without_showing_it(serve: Any, box: Box) -> None:
    server = msgspec.structs.replace(serve(), username="ada", password="not-the-secret")
    with pytest.raises(MailFailed, match="refused the username or password") as caught:
        send_mail(server, "ada@example.com", "Hello", "Text")
    assert "not-the-secret" not in str(caught.value)
    assert box.letters == []


@pytest.fixture
def drips() -> Iterator[Callable[[float], int]]:
    """A server that greets one byte at a time, with so many seconds between two; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(seconds: float) -> int:
        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                for sign in b"220-" + b"x" * 1000:
                    if over.wait(seconds):
                        return
                    try:
                        connection.sendall(bytes([sign]))
                    except OSError:
                        return

        threads.append(threading.Thread(target=greet))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    over.set()
    listener.close()
    for thread in threads:
        thread.join(5)


def test_a_silent_server_is_given_up(drips: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.2)
    with pytest.raises(MailFailed, match="cannot be reached"):
        send_mail(
            msgspec.structs.replace(HERE, port=drips(60), security="none"), "a@example.com", "Hello", "Text"
        )


def test_a_server_that_drips_is_cut_off_as_a_whole(drips: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.3)
    with pytest.raises(MailFailed, match="cannot be reached"):
        send_mail(
            msgspec.structs.replace(HERE, port=drips(0.02), security="none"), "a@example.com", "Hello", "Text"
        )
