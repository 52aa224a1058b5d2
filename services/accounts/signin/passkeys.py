"""Passkeys (WebAuthn Level 3): enrolled by a signed-in user, and a way in that needs neither name, password nor code.

A passkey is two things at once, since its device asks for a finger, a face or a PIN of its own: user verification is
demanded, never hoped for. Names of origin and relying party come from the declared address of the installation, not
from the request.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from database import identity
from database.identity import UserRecord
from database.signin.passkeys import Challenges, PasskeyRecord, PasskeyRows
from database.stores import Store
from domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSupported
from services.accounts.crypto import Vault
from services.accounts.installation import LOOPBACK
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.ceremonies import Place, ceremonies
from services.accounts.signin.doors import Doors, WrongCredentials
from services.accounts.signin.entry import SignIn
from services.accounts.users import Device
from utils.clock import Clock

LIFE_SECONDS = 300
MOST_PASSKEYS = 10
LONGEST_NAME = 40
REGISTER, SIGN_IN = "register", "sign_in"


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a passkey. is_suspended: it counted backwards once, as a copy would."""

    id: int
    name: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    is_synced: bool
    is_suspended: bool


def place_of(url: str) -> Place | None:
    """Origin and relying party of the declared address; None where browsers make no passkeys.

    They want a name and https; this machine may be called localhost, whatever its loopback address is.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    if host in LOOPBACK:
        return Place(rp_id="localhost", origin=f"{parts.scheme}://localhost{port}")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if parts.scheme != "https" or not host:
            return None
        return Place(rp_id=host, origin=f"https://{host}{'' if port == ':443' else port}")
    return None


class Passkeys:
    """Use cases. `browser`: the stored form of the cookie of the browser that asks; a question belongs to it alone."""

    def __init__(
        self, store: Store, vault: Vault, entry: SignIn, doors: Doors, record: SecurityRecord, clock: Clock,
        *, url: str,
    ) -> None:  # fmt: skip
        self._store = store
        self._vault = vault
        self._entry = entry
        self._doors = doors
        self._record = record
        self._clock = clock
        self.place = place_of(url)

    def list(self, user_id: int) -> list[PasskeyView]:
        """Oldest first."""
        with self._store.reading() as unit:
            return [_view(row) for row in PasskeyRows(unit).of_user(user_id)]

    def begin(self, browser: str, user_id: int) -> dict[str, Any]:
        """Options for navigator.credentials.create(). Raises NotSupported, Conflict when there are too many."""
        place = self._require_place()
        with self._store.reading() as unit:
            user = identity.Users(unit).get(user_id)
            known = PasskeyRows(unit).of_user(user_id)
        if user is None:
            raise NotFound("The user no longer exists")
        if len(known) >= MOST_PASSKEYS:
            raise Conflict(f"A user may have at most {MOST_PASSKEYS} passkeys", code="TOO_MANY_PASSKEYS")
        challenge, options = ceremonies.creation(
            place, user.username, self._handle(user_id), [row.credential_id for row in known]
        )
        self._ask(browser, REGISTER, challenge)
        return options

    def add(
        self, browser: str, user_id: int, name: str, credential: dict[str, Any], device: Device
    ) -> PasskeyView:
        """Keep what the device made. Raises InvalidInput for an answer to no question of this browser, Conflict."""
        place = self._require_place()
        _check_name(name)
        challenge = self._answered(browser, REGISTER)
        made = ceremonies.created(place, challenge, credential) if challenge is not None else None
        if made is None:
            raise InvalidInput("The passkey was not accepted, try again", code="PASSKEY_REFUSED")
        now = self._clock.now()
        with self._store.unit() as unit:
            unit.exclusive("passkeys")
            rows = PasskeyRows(unit)
            if rows.find(made.credential_id) is not None:
                raise Conflict("This passkey is enrolled already", code="PASSKEY_EXISTS")
            if len(rows.of_user(user_id)) >= MOST_PASSKEYS:
                raise Conflict(f"A user may have at most {MOST_PASSKEYS} passkeys", code="TOO_MANY_PASSKEYS")
            row = rows.add(
                user_id=user_id, name=name, credential_id=made.credential_id, public_key=made.public_key,
                sign_count=made.sign_count, is_synced=made.is_synced, now=now,
            )  # fmt: skip
            self._record.note_within(unit, user_id, "passkey_added", device, name)
        return _view(row)

    def rename(self, user_id: int, passkey_id: int, name: str) -> PasskeyView:
        """Another name. Raises NotFound, InvalidInput."""
        _check_name(name)
        with self._store.unit() as unit:
            row = PasskeyRows(unit).own(user_id, passkey_id)
            if row is None:
                raise _unknown()
            PasskeyRows(unit).rename(passkey_id, name)
        return _view(msgspec.structs.replace(row, name=name))

    def remove(self, user_id: int, passkey_id: int, device: Device) -> None:
        """It opens nothing any more. Raises NotFound."""
        with self._store.unit() as unit:
            row = PasskeyRows(unit).own(user_id, passkey_id)
            if row is None:
                raise _unknown()
            PasskeyRows(unit).remove(passkey_id)
            self._record.note_within(unit, user_id, "passkey_removed", device, row.name)

    def ask(self, browser: str) -> dict[str, Any]:
        """Options for navigator.credentials.get(): any passkey of this place. Raises NotSupported."""
        challenge, options = ceremonies.request(self._require_place())
        self._ask(browser, SIGN_IN, challenge)
        return options

    def sign_in(self, browser: str, credential: dict[str, Any], device: Device) -> UserRecord:
        """The user whose passkey answered. Raises WrongCredentials, SignInLocked, NotAllowed for a disabled user."""
        place = self._require_place()
        doors = (self._doors.of_address(device.ip_address),)
        self._doors.knock(doors)
        challenge = self._answered(browser, SIGN_IN)
        row = self._find(credential)
        shown = (
            ceremonies.shown(place, challenge, credential, row.public_key, self._handle(row.user_id))
            if challenge is not None and row is not None and row.suspended_at is None
            else None
        )
        if row is None or shown is None:
            raise WrongCredentials("The passkey was not accepted", self._doors.wait_of(doors))
        user = self._count(row, shown, device)
        self._doors.passed(doors)
        self._entry.came_in(user, device, f"passkey {row.name}")
        return user

    def sweep(self) -> None:
        """Forget questions that nobody answered."""
        with self._store.unit() as unit:
            Challenges(unit).remove_expired(self._clock.now())

    def _count(self, row: PasskeyRecord, shown: int, device: Device) -> UserRecord:
        """Move the count on; one that does not go forward is a copy's, and the passkey opens nothing from then on."""
        now = self._clock.now()
        with self._store.unit() as unit:
            user = identity.Users(unit).get(row.user_id)
            is_fresh = PasskeyRows(unit).advance(row.id, shown, now)
            if not is_fresh:
                PasskeyRows(unit).suspend(row.id, now)
                self._record.note_within(unit, row.user_id, "passkey_suspended", device, row.name)
        if not is_fresh:
            raise WrongCredentials(
                "This passkey counted backwards, as a copy would: it is suspended. Sign in another way and remove it",
                None,
            )
        if user is None:
            raise WrongCredentials("The passkey was not accepted", None)
        if user.disabled_at is not None:
            raise NotAllowed("This account is disabled, ask an administrator", code="USER_DISABLED")
        return user

    def _find(self, credential: dict[str, Any]) -> PasskeyRecord | None:
        wanted = credential.get("id")
        if not isinstance(wanted, str):
            return None
        with self._store.reading() as unit:
            return PasskeyRows(unit).find(wanted)

    def _ask(self, browser: str, kind: str, challenge: str) -> None:
        now = self._clock.now()
        with self._store.unit() as unit:
            Challenges(unit).put(browser, kind, challenge, now + dt.timedelta(seconds=LIFE_SECONDS))

    def _answered(self, browser: str, kind: str) -> str | None:
        """The question that the browser was asked, spent by this; None when it was asked nothing or too long ago."""
        with self._store.unit() as unit:
            return Challenges(unit).take(browser, kind, self._clock.now())

    def _handle(self, user_id: int) -> bytes:
        """What devices know a user by: nothing that tells who it is."""
        return bytes.fromhex(self._vault.digest("passkey user", str(user_id)))

    def _require_place(self) -> Place:
        if self.place is None:
            raise NotSupported(
                "Passkeys need HOST_SERVER to be an https address with a name, or this machine",
                code="NO_PASSKEYS_HERE",
            )
        return self.place


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        text = f"must have 1 to {LONGEST_NAME} characters"
        raise InvalidInput(f"name: {text}", errors={"name": [text]})


def _view(row: PasskeyRecord) -> PasskeyView:
    return PasskeyView(
        id=row.id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at,
        is_synced=row.is_synced, is_suspended=row.suspended_at is not None,
    )  # fmt: skip


def _unknown() -> NotFound:
    return NotFound("There is no such passkey", code="UNKNOWN_PASSKEY")
