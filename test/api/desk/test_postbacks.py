"""Order changes that a broker posts: believed only when they are signed, and told only once the book confirms them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from broker.zerodha.adapter import read_postback
from domain.orders import OrderUpdate
from services.trading.updates.postbacks import Postbacks
from services.trading.updates.stream import Owner

SECRET = "kite-secret"


class Kite:
    """Accounts of one broker that signs its postbacks; `hints` are the accounts whose book is to be read."""

    def __init__(self, *secrets: str, postback: Any = None) -> None:
        self.secrets = secrets
        self.hints: list[int] = []
        self._postback = postback

    def plugin(self, _broker: str) -> Any:
        return SimpleNamespace(postback=self._postback)

    def session(self, account_id: int) -> Any:
        return SimpleNamespace(credentials={"api_secret": self.secrets[account_id - 1]})

    def connected(self) -> list[Owner]:
        numbers = range(1, len(self.secrets) + 1)
        return [Owner(user_id=1, username="ada", account_id=each, broker="zerodha") for each in numbers]

    def hinted(self, account_id: int) -> bool:
        self.hints.append(account_id)
        return True


@pytest.fixture
def put(services: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a broker behind the route of the started house."""

    def make(*secrets: str, postback: Any = None) -> Kite:
        kite = Kite(*secrets, postback=postback)
        room: Any = kite
        postbacks = Postbacks(room, room, kite.connected, kite.hinted)
        monkeypatch.setattr(services.trading.sources, "postbacks", postbacks)
        return kite

    return make


def signed(body: dict[str, Any], secret: str) -> bytes:
    import hashlib

    proof = hashlib.sha256(f"{body['order_id']}{body['order_timestamp']}{secret}".encode()).hexdigest()
    return json.dumps({**body, "checksum": proof}).encode()


def kite_reader(session: Any, body: bytes) -> OrderUpdate:
    books: Any = SimpleNamespace(order=lambda row: row)
    return read_postback(session, body, books)


def test_a_signed_postback_makes_the_book_of_its_account_be_read_and_a_forged_one_nothing(
    app: Any, put: Any
) -> None:
    browser = app.test_client()
    kite = put("other-secret", SECRET, postback=kite_reader)
    order = {"order_id": "260105000001", "order_timestamp": "2026-01-05 09:15:01"}
    answer = browser.post("/postback/zerodha", data=signed(order, SECRET))
    assert (answer.status_code, answer.get_json()) == (200, {"status": "success"})
    assert kite.hints == [2]

    forged = browser.post("/postback/zerodha", data=signed(order, "guessed"))
    assert forged.status_code == 403
    for unreadable in (b"", b"no json", b"[]", b"{}", b'{"order_id": 7}'):
        answer = browser.post("/postback/zerodha", data=unreadable)
        assert (answer.status_code, answer.get_json()["status"]) == (400, "error"), unreadable
    assert browser.post("/postback/zerodha", data=b"x" * 70_000).status_code == 413
    assert kite.hints == [2]

    put(postback=kite_reader)
    answer = browser.post("/postback/zerodha", data=signed(order, SECRET))
    assert (answer.status_code, answer.get_json()["message"]) == (403, "No matching broker session")
    put(SECRET)
    assert browser.post("/postback/instant", data=b"{}").status_code == 404
