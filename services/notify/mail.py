"""Mail over SMTP, as plain text, with a deadline. One message, one connection: the gateway writes few."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import msgspec

from domain.errors import Unavailable

SECONDS = 15.0


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


def _connect(mail: MailServer) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(
            mail.server, mail.port, local_hostname=mail.helo, timeout=SECONDS,
            context=ssl.create_default_context(),
        )  # fmt: skip
    connection = smtplib.SMTP(mail.server, mail.port, local_hostname=mail.helo, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            connection.starttls(context=ssl.create_default_context())
        except BaseException:
            connection.close()
            raise
    return connection
