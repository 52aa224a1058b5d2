"""The mail server of the installation: kept sealed, tried with a message to whoever set it."""

from __future__ import annotations

import re

import msgspec

from database.models.signin import MAIL_SECURITY
from database.signin.records import MailRecord
from database.signin.records import MailServer as Rows
from database.stores import Store
from domain.errors import Conflict, InvalidInput
from services.accounts.crypto import Vault
from services.accounts.installation import LOOPBACK
from services.notify.mail import MailServer, send_mail
from utils.clock import Clock

PURPOSE = "mail password"
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
_SENDER = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,180}")


class MailView(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of the mail server."""

    configured: bool
    server: str | None = None
    port: int | None = None
    security: str | None = None
    username: str | None = None
    has_password: bool = False
    sender: str | None = None
    helo: str | None = None


class MailDesk:
    """Use cases on the mail server."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def view(self) -> MailView:
        """The server without its password."""
        row = self._row()
        if row is None:
            return MailView(configured=False)
        return MailView(
            configured=True, server=row.server, port=row.port, security=row.security, username=row.username,
            has_password=row.password_sealed is not None, sender=row.sender, helo=row.helo,
        )  # fmt: skip

    def is_set(self) -> bool:
        """Whether there is a server at all."""
        return self._row() is not None

    def put(self, server: MailServer) -> MailView:
        """Set the server. A missing password keeps the stored one, for the same host and username only.

        Raises InvalidInput.
        """
        _check(server)
        before = self._row()
        sealed = None
        if server.username and server.password:
            sealed = self._vault.seal(PURPOSE, server.password)
        elif server.username:
            same = before is not None and (before.server, before.username) == (server.server, server.username)
            if before is None or not same or before.password_sealed is None:
                raise InvalidInput(
                    "Enter the password: another server or username must not get the stored one",
                    errors={"password": ["is needed for this server and username"]},
                )
            sealed = before.password_sealed
        record = MailRecord(
            server=server.server, port=server.port, security=server.security, username=server.username,
            password_sealed=sealed, sender=server.sender, helo=server.helo,
        )  # fmt: skip
        with self._store.unit() as unit:
            Rows(unit).put(record, self._clock.now())
        return self.view()

    def remove(self) -> None:
        """Send no mail any more."""
        with self._store.unit() as unit:
            Rows(unit).remove()

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one message now. Raises Conflict when no server is set, MailFailed."""
        row = self._row()
        if row is None:
            raise Conflict("No mail server is set up", code="MAIL_NOT_SET_UP")
        password = self._vault.open(PURPOSE, row.password_sealed) if row.password_sealed else None
        server = MailServer(
            server=row.server, port=row.port, security=row.security, sender=row.sender, helo=row.helo,
            username=row.username, password=password,
        )  # fmt: skip
        send_mail(server, to, subject, text)

    def _row(self) -> MailRecord | None:
        with self._store.reading() as unit:
            return Rows(unit).get()


def _check(server: MailServer) -> None:
    errors = {}
    if _HOST.fullmatch(server.server) is None:
        errors["server"] = ["is not a host name"]
    if not 1 <= server.port <= 65_535:
        errors["port"] = ["must be 1 to 65535"]
    if server.security not in MAIL_SECURITY:
        errors["security"] = [f"must be one of {', '.join(MAIL_SECURITY)}"]
    if _SENDER.fullmatch(server.sender) is None:
        errors["sender"] = ["is not an e-mail address"]
    if server.helo and _HOST.fullmatch(server.helo) is None:
        errors["helo"] = ["is not a host name"]
    if server.security == "none" and server.username and server.server not in LOOPBACK:
        errors["security"] = ["would send the password unencrypted; use starttls or tls"]
    if errors:
        name, complaints = next(iter(errors.items()))
        raise InvalidInput(f"The {name} {complaints[0]}", errors=errors)
