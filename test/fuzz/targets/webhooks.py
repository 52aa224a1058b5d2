"""Messages to strategies: alerts of charting services and scanners, the newer words, and signatures."""

from __future__ import annotations

import re
from typing import Any

from database.automation.strategies import MappingRecord
from domain.errors import InvalidInput, NotAuthenticated
from domain.instruments import Exchange
from domain.orders import Product
from services.automation import duplicates, signals, signatures
from services.automation.instructions import words
from test.fuzz.target import Sample, Target
from utils import json
from utils.redaction import redact, redact_text

MAPPINGS = [
    MappingRecord(id=number, strategy_id=1, symbol=symbol, exchange=Exchange.NSE, quantity=5, product_type=Product.MIS)
    for number, symbol in enumerate(("SBIN", "INFY"), start=1)
]  # fmt: skip
MODES = ("LONG", "SHORT", "BOTH")
BODIES = (
    b'{"symbol":"SBIN","action":"BUY"}', b'{"symbol":"SBIN","action":"sell","position_size":"-5"}',
    b'{"symbol":"SBIN","action":"BUY","position_size":10.5,"alert_id":"a-1"}',
    b'{"stocks":"SBIN,INFY","trigger_prices":"3.75,541.8","triggered_at":"2:34 pm","scan_name":"Short BUY"}',
    b'{"action":"start","mode":"live"}', b'{"action":"stop"}', b'{"action":"long_entry","leg_id":1}',
    b'{"action":"short_exit","symbol":"SBIN","exchange":"NSE","alert_id":7}',
)  # fmt: skip


def message(raw: bytes, _: Any) -> Any:
    """The way of a body through the inbox, up to the orders; each mode of a strategy."""
    redact_text(raw[:2000].decode("utf-8", "replace"))
    try:
        fields = json.decode(raw)
    except ValueError:
        raise InvalidInput("not JSON") from None
    if not isinstance(fields, dict):
        raise InvalidInput("no object")
    redact(fields)
    duplicates.digest_of(fields)
    duplicates.key_of(None, fields)
    kind = words.kind_of(fields)
    if kind == words.START:
        return words.mode_of(fields)
    if kind == words.STOP:
        return None
    if kind == words.SIGNAL:
        return words.leg_of(fields, MAPPINGS)
    payload = signals.payload_of(fields)
    refused: InvalidInput | None = None
    found: list[Any] = []
    for mode in MODES:
        try:
            wanted = signals.mapped(signals.signals_of(fields, mode), MAPPINGS, payload)
            found += [signals.command_of(signal, row, "strategy") for signal, row in wanted]
        except InvalidInput as error:
            refused = error
    if not found and refused is not None:
        raise refused
    assert all(order.quantity >= 0 for order in found), "an order of less than nothing"
    return found


class Vault:
    """Opens the one secret there is."""

    def open(self, _purpose: str, sealed: str) -> str:
        return sealed


class Clock:
    """Stands at the instant of the samples."""

    def now(self) -> Any:
        from utils.clock import from_epoch

        return from_epoch(1_764_576_000)


class Strategy:
    """What the check of a signature asks of a strategy."""

    id = 1
    signing_sealed = "0123456789abcdef0123456789abcdef"


BODY = b'{"symbol":"SBIN","action":"BUY"}'
GOOD = signatures.sign(Strategy.signing_sealed, BODY, 1_764_576_000, "nonce-of-16-signs").encode()


def header(raw: bytes, _: Any) -> Any:
    """A changed header may be right only if it is the good one."""
    text = raw.decode("latin-1")
    found = signatures.Signatures(None, Vault(), Clock()).check(Strategy(), BODY, text)  # type: ignore[arg-type]
    assert text.encode("latin-1") == GOOD, "a changed signature is taken"
    assert re.fullmatch(r"[A-Za-z0-9_-]{16,64}", found.nonce if found else "")
    return found


def targets() -> list[Target]:
    """Bodies and headers."""
    return [
        Target(
            name="webhook.body", read=message, refuses=(InvalidInput,), samples=[Sample(body) for body in BODIES],
            parses=(
                "services.automation.signals", "services.automation.instructions.words", "services.automation.inbox",
                "services.automation.duplicates", "services.wire.fields", "utils.json", "utils.redaction",
            ),
        ),
        Target(
            name="webhook.signature", read=header, refuses=(NotAuthenticated,), samples=[Sample(GOOD)],
            parses=("services.automation.signatures",), most=400,
        ),
    ]  # fmt: skip
