"""What proves who somebody is: tickets, cookies, codes, passkeys, sealed values, names, and a broker's login form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from domain.errors import InvalidInput, NotAuthenticated
from services.accounts.crypto import SealBroken, Vault
from services.accounts.forms import check_form
from services.accounts.passwords import check_password_rule
from services.accounts.signin.ceremonies import Place, ceremonies
from services.accounts.signin.totp import is_code
from services.accounts.tickets import Tickets
from services.accounts.users import check_names
from services.accounts.web_sessions import is_cookie
from test.fuzz.target import Sample, Target
from utils import json
from utils.clock import SystemClock

VAULT = Vault("r" * 64, ["00" * 16])
SEALED = VAULT.seal("fuzz", "what nobody may read").encode()
TICKETS = Tickets(None, VAULT, None, SystemClock())  # type: ignore[arg-type]
TICKET = TICKETS.issue(SimpleNamespace(user_id=1, web_session_id=2)).encode()  # type: ignore[arg-type]
PLACE = Place(rp_id="localhost", origin="http://localhost:5000")
FORM = {
    "properties": {
        "client": {"title": "Client", "maxLength": 12, "pattern": "^[A-Z0-9]+$"}, "pin": {"minLength": 4},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["client"],
}  # fmt: skip


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def sealed(data: bytes, _: Any) -> Any:
    found = VAULT.open("fuzz", text(data))
    assert found == "what nobody may read", "a changed value opens as something else"
    VAULT.reseal("fuzz", text(data))
    return found


def ticket(data: bytes, _: Any) -> Any:
    found = TICKETS._read(text(data))
    assert data == TICKET, "a changed ticket is taken"
    return found


def passkey(data: bytes, kind: str) -> Any:
    """Answers of a stranger's browser prove nothing, whatever they are."""
    try:
        credential = json.decode(data)
    except ValueError:
        return None
    if not isinstance(credential, dict):
        return None
    if kind == "created":
        made = ceremonies.created(PLACE, "AAAA", credential)
    else:
        made = ceremonies.shown(PLACE, "AAAA", credential, "pQECAyYgASFYIA", b"h")
    assert made is None, "a forged passkey is taken"
    return made


def person(data: bytes, _: Any) -> Any:
    """A name, an address and a password, on a line each."""
    name, email, password, *_ = [*text(data).split("\n"), "", "", ""]
    is_code(name)
    assert not is_cookie(name) or len(name) == 64
    check_password_rule(password, name)
    check_names(name, email)
    assert not any(sign in email for sign in "\r\n\x00"), "an address with a line break"
    return None


def form(data: bytes, _: Any) -> Any:
    try:
        fields = json.decode(data)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return check_form(FORM, {name: value for name, value in fields.items() if isinstance(value, str)})


CREATED = (
    b'{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwi'
    b'Y2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6NTAwMCJ9","attestationObject":'
    b'"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVglSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAA"}}'
)  # fmt: skip
SHOWN = (
    b'{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0Iiwi'
    b'Y2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6NTAwMCJ9","authenticatorData":'
    b'"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ","signature":"MEUCIQ","userHandle":"aA"}}'
)  # fmt: skip


def targets() -> list[Target]:
    """Each named after what is shown."""
    return [
        Target(
            name="signin.sealed", read=sealed, refuses=(SealBroken,), samples=[Sample(SEALED)],
            parses=("services.accounts.crypto",),
        ),
        Target(
            name="signin.ticket", read=ticket, refuses=(NotAuthenticated,), samples=[Sample(TICKET)],
            parses=("services.accounts.tickets",),
        ),
        Target(
            name="signin.passkey", read=passkey, refuses=(),
            samples=[Sample(CREATED, "created"), Sample(SHOWN, "shown")],
            parses=("services.accounts.signin.ceremonies",),
        ),
        Target(
            name="signin.person", read=person, refuses=(InvalidInput,),
            samples=[Sample(b"asha\nasha@desk.example\nCorrect-Horse7!")],
            parses=("services.accounts.users", "services.accounts.passwords", "services.accounts.web_sessions"),
        ),
        Target(
            name="signin.form", read=form, refuses=(InvalidInput,),
            samples=[Sample(b'{"client":"AB1234","pin":"1234","kind":"a"}')], parses=("services.accounts.forms",),
        ),
    ]  # fmt: skip
