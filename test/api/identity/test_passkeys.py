"""Passkeys against a software authenticator that also lies: what opens, and everything that must not."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.accounts.signin.ceremonies import Place, ceremonies
from services.accounts.signin.passkeys import place_of
from services.accounts.users import Device
from test.api.desk import conftest as desk
from test.api.desk.conftest import PASSWORD, Browser, build_app
from test.support.soft_authenticator import PRESENT, VERIFIED, Authenticator, b64

clock, make_services = desk.clock, desk.make_services
DEVICE = Device(ip_address="127.0.0.1", name="test")
ORIGIN, RP = "https://desk.example.com", "desk.example.com"


@pytest.fixture
def services(make_services: Any) -> Any:
    return make_services(HOST_SERVER=ORIGIN, CODE_RATE_LIMIT="1000 per minute")


@pytest.fixture
def signed_in(services: Any) -> Browser:
    services.users.set_up("ada", "ada@example.com", PASSWORD, services.installation.issue_setup_token())
    browser = fresh(services)
    assert browser.post("/ui/api/login", {"username": "ada", "password": PASSWORD}).status_code == 200
    return browser


def fresh(services: Any, app: Any = None) -> Browser:
    """Another browser; cookies of https only travel to https."""
    browser = Browser(app or build_app(services))
    browser.http.environ_base["wsgi.url_scheme"] = "https"
    browser.open_desk()
    return browser


def enrolled(browser: Browser, name: str = "Laptop", **made: Any) -> Authenticator:
    device = Authenticator(ORIGIN, RP, **made)
    options = browser.post("/ui/api/passkeys/begin", {"password": PASSWORD}).get_json()["data"]
    answer = browser.post("/ui/api/passkeys", {"name": name, "credential": device.create(options)})
    assert answer.status_code == 201, answer.data
    return device


def asked(browser: Browser) -> dict[str, Any]:
    options: dict[str, Any] = browser.post("/ui/api/login/passkey/begin").get_json()["data"]
    return options


def come_in(browser: Browser, credential: Any) -> Any:
    return browser.post("/ui/api/login/passkey", {"credential": credential})


def test_a_passkey_is_enrolled_named_used_and_removed(signed_in: Browser, services: Any) -> None:
    device = enrolled(signed_in, synced=True)
    data = signed_in.get("/ui/api/passkeys").get_json()["data"]
    (passkey,) = data["passkeys"]
    assert (data["origin"], passkey["name"], passkey["is_synced"]) == (ORIGIN, "Laptop", True)
    path = f"/ui/api/passkeys/{passkey['id']}"
    assert signed_in.write("PUT", path, {"name": "Phone"}).get_json()["data"]["name"] == "Phone"
    other = fresh(services, signed_in.app)
    state = come_in(other, device.get(asked(other))).get_json()["data"]
    assert (state["authenticated"], state["user"]["username"]) == (True, "ada")
    assert signed_in.get("/ui/api/passkeys").get_json()["data"]["passkeys"][0]["last_used_at"] is not None
    assert signed_in.write("DELETE", path).status_code == 200
    third = fresh(services, signed_in.app)
    assert come_in(third, device.get(asked(third))).status_code == 401
    kinds = [event.kind for event in services.sign_in.record.of_user(1)]
    assert kinds[:3] == ["passkey_removed", "signed_in", "passkey_added"]


def test_a_passkey_needs_no_code_of_the_second_step(signed_in: Browser, services: Any) -> None:
    device = enrolled(signed_in)
    with services.stores.main.unit() as unit:
        from database.signin.factors import SecondFactors

        SecondFactors(unit).put(1, "sealed", services.clock.now())
        SecondFactors(unit).confirm(1, services.clock.now())
    other = fresh(services, signed_in.app)
    assert come_in(other, device.get(asked(other))).get_json()["data"]["authenticated"] is True


def test_what_the_device_is_asked_demands_verification_of_its_user(signed_in: Browser) -> None:
    options = signed_in.post("/ui/api/passkeys/begin", {"password": PASSWORD}).get_json()["data"]
    chosen = options["authenticatorSelection"]
    assert (chosen["userVerification"], chosen["residentKey"]) == ("required", "required")
    assert (options["rp"]["id"], options["attestation"]) == (RP, "none")
    assert "ada" not in options["user"]["id"]
    request = asked(signed_in)
    assert (request["userVerification"], request["rpId"]) == ("required", RP)
    assert request.get("allowCredentials", []) == []
    assert signed_in.post("/ui/api/passkeys/begin", {"password": "Wrong-Horse9!"}).status_code == 401


LIES: list[dict[str, Any]] = [
    {"flags": PRESENT}, {"flags": VERIFIED}, {"origin": "https://evil.example.com"},
    {"origin": "http://desk.example.com"}, {"rp_id": "example.com"}, {"kind": "webauthn.other"},
    {"challenge": b64(b"x" * 64)},
]  # fmt: skip


def test_no_lie_is_enrolled(signed_in: Browser) -> None:
    for lie in LIES:
        device = Authenticator(ORIGIN, RP)
        options = signed_in.post("/ui/api/passkeys/begin", {"password": PASSWORD}).get_json()["data"]
        answer = signed_in.post(
            "/ui/api/passkeys", {"name": "x", "credential": device.create(options, **lie)}
        )
        assert (answer.status_code, answer.get_json()["code"]) == (400, "PASSKEY_REFUSED"), lie
    assert signed_in.get("/ui/api/passkeys").get_json()["data"]["passkeys"] == []


def test_no_lie_comes_in(signed_in: Browser, services: Any) -> None:
    device = enrolled(signed_in)
    stolen = {"key": ec.generate_private_key(ec.SECP256R1())}
    for lie in (*LIES, {"handle": b"somebody else"}, stolen):
        other = fresh(services, signed_in.app)
        answer = come_in(other, device.get(asked(other), **lie))
        assert (answer.status_code, answer.get_json()["message"]) == (401, "The passkey was not accepted"), (
            lie
        )
    other = fresh(services, signed_in.app)
    assert come_in(other, device.get(asked(other))).status_code == 200


def test_an_answer_counts_once_for_the_browser_that_was_asked_and_in_time(
    signed_in: Browser, services: Any, clock: Any
) -> None:
    device = enrolled(signed_in)
    one, two = fresh(services, signed_in.app), fresh(services, signed_in.app)
    answer = device.get(asked(one))
    assert come_in(two, answer).status_code == 401
    late = device.get(asked(two))
    clock.advance(301)
    assert come_in(two, late).status_code == 401
    again = device.get(asked(one))
    assert come_in(one, again).status_code == 200
    assert come_in(fresh(services, signed_in.app), again).status_code == 401


def test_a_copy_suspends_the_passkey(signed_in: Browser, services: Any) -> None:
    device = enrolled(signed_in)
    copy = device.copy()
    first, thief, owner = (fresh(services, signed_in.app) for _ in range(3))
    for _ in range(2):
        assert come_in(first, device.get(asked(first))).status_code == 200
        first = fresh(services, signed_in.app)
    refused = come_in(thief, copy.get(asked(thief)))
    assert refused.status_code == 401 and "counted backwards" in refused.get_json()["message"]
    assert come_in(owner, device.get(asked(owner))).status_code == 401
    assert signed_in.get("/ui/api/passkeys").get_json()["data"]["passkeys"][0]["is_suspended"] is True
    assert services.sign_in.record.of_user(1)[0].kind == "passkey_suspended"


def test_devices_that_count_nothing_come_in_again_and_again(signed_in: Browser, services: Any) -> None:
    device = enrolled(signed_in)
    for _ in range(3):
        browser = fresh(services, signed_in.app)
        assert come_in(browser, device.get(asked(browser), counts=False)).status_code == 200


def test_a_credential_is_enrolled_once_and_anothers_passkey_does_not_exist(
    signed_in: Browser, services: Any
) -> None:
    enrolled(signed_in)
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    bob = fresh(services, signed_in.app)
    bob.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    options = bob.post("/ui/api/passkeys/begin", {"password": "Battery-Staple7!"}).get_json()["data"]
    taken = bob.post(
        "/ui/api/passkeys", {"name": "x", "credential": Authenticator(ORIGIN, RP).create(options)}
    )
    assert (taken.status_code, taken.get_json()["code"]) == (409, "PASSKEY_EXISTS")
    assert bob.write("DELETE", "/ui/api/passkeys/1").status_code == 404
    assert bob.write("PUT", "/ui/api/passkeys/1", {"name": "mine"}).status_code == 404


def test_a_disabled_user_does_not_come_in(signed_in: Browser, services: Any) -> None:
    services.users.add("root", "root@example.com", "Battery-Staple7!", is_admin=True)
    device = enrolled(signed_in)
    root = services.callers.principal(2, "ui")
    services.sign_in.people.change(root, 1, is_admin=False, is_disabled=True, device=DEVICE)
    other = fresh(services, signed_in.app)
    answer = come_in(other, device.get(asked(other)))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "USER_DISABLED")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.binary(max_size=90).map(b64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=8,
)
PLACE = Place(rp_id=RP, origin=ORIGIN)


@settings(max_examples=60, deadline=None)
@given(
    members=st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), JUNK, max_size=4),
    answers=st.dictionaries(
        st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]),
        JUNK, max_size=5,
    ),
)  # fmt: skip
def test_junk_proves_nothing_and_breaks_nothing(members: dict[str, Any], answers: dict[str, Any]) -> None:
    device = Authenticator(ORIGIN, RP)
    challenge, options = ceremonies.creation(PLACE, "ada", b"h" * 32, [])
    whole = device.create(options)
    made = ceremonies.created(PLACE, challenge, whole)
    assert made is not None
    request, asked_for = ceremonies.request(PLACE)
    shown = device.get(asked_for)
    assert ceremonies.shown(PLACE, request, shown, made.public_key, device.handle) == 1
    for answer, judge in (
        (whole, lambda junk: ceremonies.created(PLACE, challenge, junk)),
        (shown, lambda junk: ceremonies.shown(PLACE, request, junk, made.public_key, device.handle)),
    ):
        junk = {**answer, "response": {**answer["response"], **answers}, **members}
        if junk != answer:
            judge(junk)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://desk.example.com", ("desk.example.com", "https://desk.example.com")),
        ("https://desk.example.com:443/", ("desk.example.com", "https://desk.example.com")),
        ("https://desk.example.com:8443", ("desk.example.com", "https://desk.example.com:8443")),
        ("http://127.0.0.1:5000", ("localhost", "http://localhost:5000")),
        ("http://localhost:5000", ("localhost", "http://localhost:5000")),
        ("http://desk.example.com", None), ("https://192.0.2.7", None), ("https://[2001:db8::1]:8443", None),
    ],
)  # fmt: skip
def test_origin_and_relying_party_come_from_the_declared_address(url: str, place: Any) -> None:
    found = place_of(url)
    assert (found and (found.rp_id, found.origin)) == place
