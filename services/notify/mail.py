"""Mail over SMTP, as plain text, with a deadline. One message, one connection: the gateway writes few."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import msgspec

from domain.errors import Unavailable
from utils.concurrency import Event, start_thread

# For one answer of the server, and for the whole message: a server that drips must not hold a thread for ever.
SECONDS = 15.0
TOTAL_SECONDS = 45.0
BOTH_WAYS = 2  # SHUT_RDWR: the socket itself is the library's business


class MailFailed(Unavailable):
    """The server could not be reached, or did not take the message."""

    code = "MAIL_FAILED"


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail goes. security: `starttls` (demanded, never optional), `tls` from the first byte, or `none`."""

    server: str
    port: int
    security: str
    sender: str
    username: str | None = None
    password: str | None = None
    helo: str | None = None

    def __repr__(self) -> str:
        return f"MailServer({self.server}:{self.port}, password hidden)"


def send_mail(mail: MailServer, to: str, subject: str, text: str) -> None:
    """Hand one message to the server. Raises MailFailed in words for the operator."""
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=mail.sender.rsplit("@", 1)[-1])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    where = f"{mail.server}:{mail.port}"
    try:
        with _connect(mail) as connection:
            if mail.username:
                connection.login(mail.username, mail.password or "")
            connection.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise MailFailed(f"The mail server {where} refused the username or password") from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailFailed(f"The mail server {where} cannot do that: {error}") from None
    except smtplib.SMTPResponseException as error:
        raise MailFailed(f"The mail server {where} answered {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused:
        raise MailFailed(f"The mail server {where} does not take mail for this address") from None
    except ssl.SSLError as error:
        raise MailFailed(f"No safe connection to the mail server {where}: {error.reason}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailFailed(f"The mail server {where} cannot be reached: {error}") from None


class _Bounded:
    """Cuts the line when the whole takes too long; what waits on it then fails as on a broken one."""

    sock: Any
    _done: Any = None

    def _get_socket(self, *where: Any) -> Any:
        """The library's one place in which a connection begins."""
        self._done = Event()
        start_thread(self._watch, "mail deadline")
        try:
            return super()._get_socket(*where)  # type: ignore[misc]
        except BaseException:
            self._done.set()
            raise

    def close(self) -> None:
        if self._done is not None:
            self._done.set()
        super().close()  # type: ignore[misc]

    def _watch(self) -> None:
        if not self._done.wait(TOTAL_SECONDS) and self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(BOTH_WAYS)


class _Smtp(_Bounded, smtplib.SMTP):
    pass


class _SmtpOverTls(_Bounded, smtplib.SMTP_SSL):
    pass


def _connect(mail: MailServer) -> smtplib.SMTP:
    if mail.security == "tls":
        return _SmtpOverTls(
            mail.server, mail.port, local_hostname=mail.helo, timeout=SECONDS,
            context=ssl.create_default_context(),
        )  # fmt: skip
    connection = _Smtp(mail.server, mail.port, local_hostname=mail.helo, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            connection.starttls(context=ssl.create_default_context())
        except BaseException:
            connection.close()
            raise
    return connection
