"""The second step: an authenticator that counts once a code has confirmed it, and ten recovery codes beside it.

A code is good for one time step and one use. Recovery codes are 120 random bits, kept as keyed digests and shown once.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from database import identity
from database.signin.factors import FactorRecord, PendingSignIns, RecoveryCodes, SecondFactors
from database.stores import Store
from domain.errors import Conflict, InvalidInput
from services.accounts.crypto import Vault
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.doors import Doors, WrongCredentials
from services.accounts.signin.totp import is_code, matching_step, new_secret, uri_of
from services.accounts.users import Device
from utils.clock import Clock
from utils.ids import SystemIds

PURPOSE = "totp secret"
RECOVERY_CODES = 10
ENROLMENT_SECONDS = 600
_GROUP, _GROUPS = 6, 4


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator needs; shown once, and worth nothing until a code confirms it."""

    secret: str
    uri: str
    expires_at: dt.datetime

    def __repr__(self) -> str:
        return "Enrolment(hidden)"


class FactorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of the second step; the secret never is."""

    enabled: bool
    since: dt.datetime | None
    recovery_codes_left: int


class _NotBoth(Exception):
    """Rolls the unit of a half-right pair back."""


class Factors:
    """Use cases on authenticators and recovery codes."""

    def __init__(
        self, store: Store, vault: Vault, doors: Doors, record: SecurityRecord, clock: Clock
    ) -> None:
        self._store = store
        self._vault = vault
        self._doors = doors
        self._record = record
        self._clock = clock
        self._nobody = FactorRecord(
            user_id=0, secret_sealed=vault.seal(PURPOSE, new_secret()), confirmed_at=None, last_step=0,
            created_at=clock.now(),
        )  # fmt: skip

    def status(self, user_id: int) -> FactorStatus:
        """Whether the second step is on."""
        with self._store.reading() as unit:
            factor = SecondFactors(unit).get(user_id)
            left = RecoveryCodes(unit).left(user_id)
        since = factor.confirmed_at if factor else None
        return FactorStatus(enabled=since is not None, since=since, recovery_codes_left=left)

    def is_enabled(self, user_id: int) -> bool:
        """Whether sign-in asks this user for a code."""
        return self.status(user_id).enabled

    def begin(self, user_id: int) -> Enrolment:
        """A new secret that waits for its first code. Raises Conflict when one counts already."""
        secret, now = new_secret(), self._clock.now()
        with self._store.unit() as unit:
            factors = SecondFactors(unit)
            before = factors.get(user_id)
            if before is not None and before.confirmed_at is not None:
                raise _already_on()
            user = identity.Users(unit).get(user_id)
            factors.put(user_id, self._vault.seal(PURPOSE, secret), now)
        return Enrolment(
            secret=secret, uri=uri_of(secret, user.username if user else ""),
            expires_at=now + dt.timedelta(seconds=ENROLMENT_SECONDS),
        )  # fmt: skip

    def confirm(self, user_id: int, code: str, device: Device) -> list[str]:
        """Turn the second step on; the recovery codes, shown once. Raises Conflict, InvalidInput, SignInLocked."""
        now, doors = self._clock.now(), (self._doors.of_code(user_id),)
        with self._store.reading() as unit:
            factor = SecondFactors(unit).get(user_id)
        if factor is not None and factor.confirmed_at is not None:
            raise _already_on()
        if factor is None or (now - factor.created_at).total_seconds() >= ENROLMENT_SECONDS:
            raise Conflict("Begin again: the secret has expired", code="ENROLMENT_EXPIRED")
        self._doors.knock(doors)
        step = matching_step(self._vault.open(PURPOSE, factor.secret_sealed), code, now, factor.last_step)
        if step is None:
            raise InvalidInput(
                "The code is wrong: check that the time of your phone is right",
                errors={"code": ["is wrong: check that the time of your phone is right"]},
            )
        codes = fresh_codes()
        with self._store.unit() as unit:
            factors = SecondFactors(unit)
            if not factors.take_step(user_id, step):
                raise _already_on()
            factors.confirm(user_id, now)
            RecoveryCodes(unit).replace(user_id, [self._digest(user_id, item) for item in codes])
            self._doors.pass_within(unit, doors)
            self._record.note_within(unit, user_id, "totp_enabled", device)
        return codes

    def renew_codes(self, user_id: int, code: str, device: Device) -> list[str]:
        """Ten new recovery codes against a code of the authenticator; the old ones end."""
        self.check(user_id, code, device)
        codes = fresh_codes()
        with self._store.unit() as unit:
            RecoveryCodes(unit).replace(user_id, [self._digest(user_id, item) for item in codes])
            self._record.note_within(unit, user_id, "recovery_codes_renewed", device)
        return codes

    def disable(self, user_id: int, code: str, device: Device) -> None:
        """Turn the second step off against a code, of the authenticator or a recovery code."""
        if is_code(code):
            self.check(user_id, code, device)
        else:
            self.check_recovery(user_id, code, device)
        with self._store.unit() as unit:
            SecondFactors(unit).remove(user_id)
            self._record.note_within(unit, user_id, "totp_disabled", device)

    def check(self, user_id: int, code: str, device: Device) -> None:
        """Spend a code of the authenticator. Raises WrongCredentials, SignInLocked, Conflict when none counts."""
        doors = (self._doors.of_code(user_id), self._doors.of_address(device.ip_address))
        factor = self._counting(user_id)
        self._doors.knock(doors)
        secret = self._vault.open(PURPOSE, factor.secret_sealed)
        step = matching_step(secret, code, self._clock.now(), factor.last_step)
        with self._store.unit() as unit:
            right = step is not None and SecondFactors(unit).take_step(user_id, step)
            reused = not right and matching_step(secret, code, self._clock.now(), 0) is not None
            if right:
                self._doors.pass_within(unit, doors)
            else:
                self._record.note_within(unit, user_id, "code_reused" if reused else "code_failed", device)
        if not right:
            words = "This code was used before: wait for the next one" if reused else "The code is wrong"
            raise WrongCredentials(words, self._doors.wait_of(doors))

    def check_recovery(self, user_id: int, code: str, device: Device) -> None:
        """Use a recovery code up. Raises WrongCredentials, SignInLocked.

        Only the address's door counts: nobody guesses 120 bits, and whoever lost the authenticator must come in.
        """
        doors = (self._doors.of_address(device.ip_address),)
        self._doors.knock(doors)
        digest = self._digest(user_id, code)
        with self._store.unit() as unit:
            right = RecoveryCodes(unit).spend(user_id, digest, self._clock.now())
            kind = "recovery_code_used" if right else "code_failed"
            left = RecoveryCodes(unit).left(user_id)
            self._record.note_within(unit, user_id, kind, device, f"{left} left" if right else None)
            if right:
                self._doors.pass_within(unit, doors)
        if not right:
            raise WrongCredentials(
                "The recovery code is wrong, or was used before", self._doors.wait_of(doors)
            )

    def spend_both(self, user_id: int | None, code: str, recovery_code: str) -> bool:
        """Spend a code and a recovery code together, or neither. None, a user who is not there, costs the same work."""
        with self._store.reading() as unit:
            factor = SecondFactors(unit).get(user_id) if user_id is not None else None
        if factor is None or factor.confirmed_at is None:
            factor = self._nobody
        secret = self._vault.open(PURPOSE, factor.secret_sealed)
        step = matching_step(secret, code, self._clock.now(), factor.last_step)
        digest = self._digest(factor.user_id, recovery_code)
        try:
            with self._store.unit() as unit:
                took = SecondFactors(unit).take_step(factor.user_id, step or 0)
                if not (took and RecoveryCodes(unit).spend(factor.user_id, digest, self._clock.now())):
                    raise _NotBoth
        except _NotBoth:
            return False
        return True

    def reset(
        self, user_id: int, device: Device, kind: str = "totp_reset_by_operator", detail: str | None = None
    ) -> bool:
        """The door of operator and administrator: forget authenticator and recovery codes; whether there were any."""
        with self._store.unit() as unit:
            had = SecondFactors(unit).remove(user_id)
            self._record.note_within(unit, user_id, kind, device, detail)
        self._doors.passed((self._doors.of_code(user_id),))
        return had

    def sweep(self) -> None:
        """Forget sign-ins that never finished."""
        with self._store.unit() as unit:
            PendingSignIns(unit).remove_expired(self._clock.now())

    def _counting(self, user_id: int) -> FactorRecord:
        with self._store.reading() as unit:
            factor = SecondFactors(unit).get(user_id)
        if factor is None or factor.confirmed_at is None:
            raise Conflict("The second step is off", code="TOTP_OFF")
        return factor

    def _digest(self, user_id: int, code: str) -> str:
        plain = "".join(sign for sign in code.upper() if sign.isalnum())
        # What a reader may mistake is read as Crockford's alphabet means it.
        plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
        return self._vault.digest("recovery code", f"{user_id}|{plain}")


def fresh_codes() -> list[str]:
    """Ten recovery codes from the operating system's random source."""
    source = SystemIds()

    def groups() -> str:
        text = source.unique()
        return "-".join(text[start : start + _GROUP] for start in range(0, _GROUP * _GROUPS, _GROUP))

    return [groups() for _ in range(RECOVERY_CODES)]


def _already_on() -> Conflict:
    return Conflict("The second step is on already", code="TOTP_ON")
