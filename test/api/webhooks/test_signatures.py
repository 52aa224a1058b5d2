"""Signed messages: a right one trades once, everything else trades never."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from services.automation.signatures import HEADER, sign
from utils.clock import epoch_ms

NONCE = "n" * 16


class Signer:
    """A sender that knows a strategy's secret."""

    def __init__(self, house: Any, hook: Any) -> None:
        self.house = house
        self.hook = hook
        self.secret = house.services.automation.signatures.require(1, hook.id)

    def header(self, body: Any, *, late: int = 0, nonce: str = NONCE, secret: str | None = None) -> str:
        now = epoch_ms(self.house.clock.now()) // 1000
        return sign(secret or self.secret, json.dumps(body).encode(), now + late, nonce)

    def send(self, body: Any, header: str | None, hook: Any = None) -> Any:
        return (hook or self.hook).send(body, headers={} if header is None else {HEADER: header})


@pytest.fixture
def signer(house: Any) -> Signer:
    return Signer(house, house.strategy(("RELIANCE", 1), ("SBIN", 2)))


def test_a_signed_message_trades_once_and_its_replay_is_refused(
    signer: Signer, buy: dict[str, Any], house: Any
) -> None:
    header = signer.header(buy)
    assert signer.send(buy, header).status_code == 200
    again = signer.send(buy, header)
    assert (again.status_code, again.get_json()["result"]) == (401, "rejected_signature")
    signer.hook.later(31)
    assert signer.send(buy, header).status_code == 401
    assert len(signer.hook.orders()) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header, _: None,
        lambda header, _: "",
        lambda header, _: header.upper(),
        lambda header, _: header.replace("v1=", "v0="),
        lambda header, _: header[:-1] + ("0" if header[-1] != "0" else "1"),
        lambda header, _: header.replace(NONCE, "m" * 16),
        lambda header, _: f"{header},{header}",
        lambda header, _: header.split(",v1=")[0] + ",v1=" + "0" * 64,
        lambda header, _: header.replace("t=1", "t=2"),
        lambda _, signer: signer.header({"symbol": "SBIN", "action": "buy"}),
        lambda _, signer: signer.header({"symbol": "RELIANCE", "action": "buy"}, late=301),
        lambda _, signer: signer.header({"symbol": "RELIANCE", "action": "buy"}, late=-301),
        lambda _, signer: signer.header({"symbol": "RELIANCE", "action": "buy"}, nonce="short"),
        lambda _, signer: signer.header({"symbol": "RELIANCE", "action": "buy"}, secret="0" * 64),
    ],
)
def test_whatever_is_wrong_with_a_signature_is_one_refusal(
    signer: Signer, buy: dict[str, Any], spoil: Callable[..., str | None]
) -> None:
    answer = signer.send(buy, spoil(signer.header(buy), signer))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "SIGNATURE")
    assert "too old or used already" in answer.get_json()["message"]
    assert signer.hook.deliveries() == []


def test_a_signature_is_worth_nothing_at_another_strategy(
    signer: Signer, house: Any, buy: dict[str, Any]
) -> None:
    other = Signer(house, house.strategy(("RELIANCE", 1)))
    assert signer.send(buy, signer.header(buy), other.hook).status_code == 401


def test_a_new_secret_ends_the_old_one_and_waiving_takes_unsigned_messages_again(
    signer: Signer, house: Any, buy: dict[str, Any]
) -> None:
    old = signer.header(buy)
    house.services.automation.signatures.require(1, signer.hook.id)
    assert signer.send(buy, old).status_code == 401
    house.services.automation.signatures.waive(1, signer.hook.id)
    assert signer.send(buy, None).status_code == 200


def test_a_secret_that_cannot_be_read_takes_nothing(signer: Signer, house: Any, buy: dict[str, Any]) -> None:
    with house.services.stores.main.unit() as unit:
        unit.session.execute(
            text("UPDATE strategies SET signing_sealed = 'oa1.damaged.x.y' WHERE id = :id"),
            {"id": signer.hook.id},
        )
    assert signer.send(buy, signer.header(buy)).status_code == 503
    assert signer.hook.deliveries() == []


def test_used_nonces_are_forgotten_once_their_messages_are_too_old(signer: Signer, house: Any) -> None:
    body = {"symbol": "SBIN", "action": "buy"}
    signer.send(body, signer.header(body))
    counted = text("SELECT count(*) FROM webhook_nonces WHERE strategy_id = :id")

    def kept() -> int:
        with house.services.stores.main.reading() as unit:
            return int(unit.session.execute(counted, {"id": signer.hook.id}).scalar_one())

    house.services.automation.signatures.sweep()
    assert kept() == 1
    signer.hook.later(601)
    house.services.automation.signatures.sweep()
    assert kept() == 0
