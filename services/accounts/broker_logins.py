"""How an account gets its broker session: instant, by a form, or through the vendor's page and back.

A redirect login is bound twice: to the browser session that started it, and, where the vendor carries it, to a random
`state` of which only the hash is stored. Each can be completed once and within ten minutes.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping

import msgspec

from broker.core.manifest import Manifest
from broker.core.roles import Session
from database import accounts as rows
from database.accounts import AccountRecord, PendingRecord
from database.identity import LoginAttempts
from database.stores import Store
from domain.errors import NotAllowed, OpenAlgoError, SessionDead
from services.accounts.broker_accounts import BrokerAccounts
from services.accounts.broker_sessions import AccountView
from services.accounts.crypto import SealBroken, Vault
from services.accounts.forms import check_form
from services.accounts.users import Device
from services.brokers import BrokerHost
from utils import json
from utils.clock import Clock, next_daily
from utils.ids import secret_hex
from utils.logging import get_logger

PENDING_MINUTES = 10
LONGEST_ANSWER = 4096
POSTED, POSTED_SECONDS = "posted login answers", 60
log = get_logger(__name__)


class LoginProgress(msgspec.Struct, frozen=True, kw_only=True):
    """Either the connected account, or where the browser must go."""

    account: AccountView | None = None
    redirect_url: str | None = None


class BrokerLogins:
    """Use cases on broker logins."""

    def __init__(
        self, store: Store, vault: Vault, brokers: BrokerHost, accounts: BrokerAccounts, clock: Clock
    ) -> None:
        self._store = store
        self._vault = vault
        self._brokers = brokers
        self._accounts = accounts
        self._clock = clock

    def begin(
        self, user_id: int, account_id: int, answers: Mapping[str, str], *,
        callback_url: str, browser: str, device: Device,
    ) -> LoginProgress:  # fmt: skip
        """Start a login and finish it where nothing more is needed. `browser` is the key of the web session.

        Raises NotFound, InvalidInput, Refused (the vendor said no), OutcomeUnknown or Unavailable.
        """
        account = self._accounts.own(user_id, account_id)
        manifest = self._brokers.manifest(account.broker)
        filled = check_form(manifest.auth.login, answers)
        if manifest.auth.kind != "redirect":
            self._finish(account, manifest, filled, device)
            return LoginProgress(account=self._accounts.view(user_id, account_id))
        state = secret_hex(24)
        credentials = {**self._accounts.credentials(account), **filled}
        step = self._brokers.plugin(account.broker).auth.begin(credentials, callback_url, state)
        if step.redirect_url is None:
            self._finish(account, manifest, filled, device)
            return LoginProgress(account=self._accounts.view(user_id, account_id))
        now = self._clock.now()
        pending = PendingRecord(
            account_id=account_id, broker=account.broker, session_hash=browser,
            state_hash=self._vault.digest("login state", state),
        )  # fmt: skip
        with self._store.unit() as unit:
            rows.PendingLogins(unit).add(pending, now, now + dt.timedelta(minutes=PENDING_MINUTES))
        return LoginProgress(redirect_url=step.redirect_url)

    def complete_redirect(
        self, user_id: int, broker: str, answers: Mapping[str, str], *,
        callback_url: str, browser: str, device: Device,
    ) -> AccountView:  # fmt: skip
        """The vendor sent the browser back. Raises NotAllowed for a return that this browser did not start."""
        manifest = self._brokers.manifest(broker)
        with self._store.unit() as unit:
            pending = rows.PendingLogins(unit).take(browser, broker, self._clock.now())
        if pending is None:
            raise NotAllowed(
                "This browser has no login with this broker under way, start again", code="NO_LOGIN"
            )
        self._check_state(manifest, pending, answers.get("state"))
        account = self._accounts.own(user_id, pending.account_id)
        fields = set(manifest.auth.callback_fields) or set(answers)
        wanted = {name: text[:LONGEST_ANSWER] for name, text in answers.items() if name in fields}
        self._finish(account, manifest, {**wanted, "callback_url": callback_url}, device)
        return self._accounts.view(user_id, account.id)

    def seal_posted(self, answers: Mapping[str, str]) -> str:
        """Answers that arrived without the browser's cookie, as text that only we can open, for a minute."""
        known = {name: text[:LONGEST_ANSWER] for name, text in answers.items()}
        return self._vault.seal(POSTED, json.encode_text([self._clock.now().timestamp(), known]))

    def posted(self, sealed: str) -> dict[str, str]:
        """What `seal_posted` sealed. Raises NotAllowed for anything else, and after a minute."""
        try:
            at, answers = json.decode(self._vault.open(POSTED, sealed))
        except (SealBroken, ValueError):
            raise NotAllowed(
                "This is no answer that the broker gave us, start again", code="NO_LOGIN"
            ) from None
        if self._clock.now().timestamp() - at > POSTED_SECONDS:
            raise NotAllowed("The broker's answer is too old, start again", code="NO_LOGIN")
        return dict(answers)

    def disconnect(self, user_id: int, account_id: int) -> AccountView:
        """End the session, at the vendor too where it answers. Raises NotFound."""
        account = self._accounts.own(user_id, account_id)
        try:
            session = self._accounts.session(account_id)
            self._brokers.plugin(account.broker).auth.logout(session)
        except SessionDead:
            pass
        except OpenAlgoError as error:
            log.warning("The vendor did not confirm the logout", broker=account.broker, code=error.code)
        self._accounts.end(account_id, "revoked", "Disconnected by the user")
        return self._accounts.view(user_id, account_id)

    def _check_state(self, manifest: Manifest, pending: PendingRecord, state: str | None) -> None:
        if state is None and "state" not in manifest.auth.callback_fields:
            return
        shown = self._vault.digest("login state", state or "")
        if not hmac.compare_digest(shown, pending.state_hash):
            raise NotAllowed("The login's state does not match, start again", code="STATE_MISMATCH")

    def _finish(
        self, account: AccountRecord, manifest: Manifest, answers: Mapping[str, str], device: Device
    ) -> None:
        auth = self._brokers.plugin(account.broker).auth
        try:
            session = auth.complete(account.id, self._accounts.credentials(account), answers)
        except OpenAlgoError as error:
            self._note(account, manifest, device, error.code)
            raise
        if session.account_id != account.id:
            raise NotAllowed("The plug-in answered the session of another account")
        self._accounts.keep(_with_rollover(session, manifest, self._clock.now()))
        self._note(account, manifest, device, None)

    def _note(self, account: AccountRecord, manifest: Manifest, device: Device, failure: str | None) -> None:
        kinds = {"redirect": "oauth", "form": "form", "instant": "instant"}
        with self._store.unit() as unit:
            LoginAttempts(unit).add(
                username=f"account {account.id}", ip_address=device.ip_address, device=device.name,
                status="failed" if failure else "success", login_type=kinds[manifest.auth.kind],
                broker=account.broker, failure_reason=failure, now=self._clock.now(),
            )  # fmt: skip


def _with_rollover(session: Session, manifest: Manifest, now: dt.datetime) -> Session:
    """The session with an end no later than the manifest's daily rollover (IST)."""
    ends = [session.expires_at] if session.expires_at else []
    if manifest.auth.rollover:
        ends.append(next_daily(now, dt.time.fromisoformat(manifest.auth.rollover)))
    return msgspec.structs.replace(session, expires_at=min(ends) if ends else None)
