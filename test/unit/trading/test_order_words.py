"""The desk's ticket says before an order leaves what the rules would say of it after: both are held to one list."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from broker.core.manifest import Manifest
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product
from services.trading import risk

ROOT = Path(__file__).resolve().parents[3]
CASES = json.loads((ROOT / "frontend/src/lib/orders/words.json").read_text("utf-8"))
MANIFEST = msgspec.json.decode((ROOT / "broker/simulator/plugin.json").read_bytes(), type=Manifest)
EXPIRY = dt.date(2026, 12, 24)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["order"]))
def test_the_rules_say_what_the_ticket_says(case, place, instrument) -> None:
    order = {"exchange": "NFO", "quantity": 75, "pricetype": "MARKET", "product": "NRML", **case["order"]}
    exchange = Exchange(order["exchange"])
    facts = risk.Facts(
        command=place(
            symbol="NIFTY24DEC2625400CE", exchange=exchange, quantity=Decimal(str(order["quantity"])),
            price_type=PriceType(order["pricetype"]), product=Product(order["product"]),
            price=_decimal(order.get("price")), trigger_price=_decimal(order.get("trigger_price")),
            disclosed_quantity=order.get("disclosed_quantity", 0),
        ),
        instrument=instrument(
            symbol="NIFTY24DEC2625400CE", exchange=exchange, instrument_type=InstrumentType.CE, lot_size=75,
            freeze_qty=1800, expiry=EXPIRY,
        ),
        manifest=MANIFEST,
        today=dt.date(2026, 11, 20),
    )  # fmt: skip
    assert {item.field: item.message for item in risk.complaints(facts)} == case["errors"]
