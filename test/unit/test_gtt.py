"""Legal combinations of good-till-triggered terms, and the limit that stands in for MARKET."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.core.gtt import protected_price
from domain.errors import InvalidInput
from domain.gtt import GttLeg, GttLegRow, GttRow, GttStatus, GttTerms, TriggerType, check
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side

LOWER = GttLeg(trigger_price=Decimal(90), price=Decimal(89))
UPPER = GttLeg(trigger_price=Decimal(110), price=Decimal(109))
SINGLE = GttTerms(
    trigger_type=TriggerType.SINGLE, symbol="INFY", exchange=Exchange.NSE, side=Side.SELL, quantity=1,
    price_type=PriceType.LIMIT, product=Product.CNC, stop=LOWER,
)  # fmt: skip
OCO = msgspec.structs.replace(SINGLE, trigger_type=TriggerType.OCO, target=UPPER)
MARKET: dict[str, Any] = {"price_type": PriceType.MARKET, "stop": GttLeg(trigger_price=Decimal(90))}


def with_(terms: GttTerms, **changes: Any) -> GttTerms:
    return msgspec.structs.replace(terms, **changes)


@pytest.mark.parametrize(
    "terms",
    [
        SINGLE,
        with_(SINGLE, stop=None, target=UPPER),
        with_(SINGLE, **MARKET),
        with_(SINGLE, exchange=Exchange.NFO, product=Product.NRML),
        with_(SINGLE, expires_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)),
        OCO,
        with_(OCO, **MARKET, target=GttLeg(trigger_price=Decimal(110))),
    ],
)
def test_legal_terms_pass(terms: GttTerms) -> None:
    check(terms)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (with_(SINGLE, stop=None), "trigger_type"),
        (with_(SINGLE, target=UPPER), "trigger_type"),
        (with_(OCO, target=None), "trigger_type"),
        (with_(OCO, stop=None), "trigger_type"),
        (with_(OCO, stop=UPPER, target=LOWER), "stop.trigger_price"),
        (with_(OCO, stop=UPPER, target=UPPER), "stop.trigger_price"),
        (with_(SINGLE, product=Product.MIS), "product"),
        (with_(SINGLE, product=Product.NRML), "product"),
        (with_(SINGLE, exchange=Exchange.NFO), "product"),
        (with_(SINGLE, exchange=Exchange.NSE_INDEX), "exchange"),
        (with_(SINGLE, quantity=0), "quantity"),
        (with_(SINGLE, price_type=PriceType.SL), "price_type"),
        (with_(SINGLE, stop=GttLeg(trigger_price=Decimal(90))), "stop.price"),
        (with_(SINGLE, stop=GttLeg(trigger_price=Decimal(90), price=Decimal(0))), "stop.price"),
        (with_(SINGLE, stop=GttLeg(trigger_price=Decimal(90), price=Decimal("NaN"))), "stop.price"),
        (with_(SINGLE, stop=GttLeg(trigger_price=Decimal(0), price=Decimal(1))), "stop.trigger_price"),
        (with_(SINGLE, stop=GttLeg(trigger_price=Decimal("1e13"), price=Decimal(1))), "stop.trigger_price"),
        (with_(SINGLE, price_type=PriceType.MARKET), "stop.price"),
        (with_(OCO, target=GttLeg(trigger_price=Decimal(110))), "target.price"),
        (with_(SINGLE, expires_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC).replace(tzinfo=None)), "expires_at"),
    ],
)
def test_an_illegal_combination_names_its_field(terms: GttTerms, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(terms)
    assert list(caught.value.errors) == [field]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        check(with_(OCO, quantity=-1, product=Product.MIS, target=None))
    assert set(caught.value.errors) == {"quantity", "product", "trigger_type"}


def test_a_row_holds_as_many_legs_as_its_type_says() -> None:
    leg = GttLegRow(side=Side.SELL, quantity=1, price_type=PriceType.LIMIT, product="CNC", price=Decimal(89))
    row = GttRow(
        trigger_id="1", trigger_type=TriggerType.SINGLE, symbol="INFY", exchange=Exchange.NSE,
        status=GttStatus.ACTIVE, trigger_prices=(Decimal(90),), legs=(leg,),
    )  # fmt: skip
    for change in ({"legs": (leg, leg)}, {"trigger_prices": ()}, {"trigger_type": TriggerType.OCO}):
        with pytest.raises(ValueError, match="number of legs"):
            msgspec.structs.replace(row, **change)


@pytest.mark.parametrize(
    ("side", "trigger", "percent", "tick", "limit"),
    [
        (Side.BUY, "100", "3", "0.05", "103"),
        (Side.SELL, "100", "3", "0.05", "97"),
        (Side.BUY, "100.05", "3", "0.05", "103.10"),
        (Side.SELL, "100.05", "3", "0.05", "97"),
        (Side.BUY, "0.50", "1", "0.05", "0.55"),
        (Side.SELL, "0.05", "3", "0.05", "0.05"),
        (Side.BUY, "84.0025", "0.5", "0.0025", "84.4250"),
    ],
)
def test_a_market_child_gets_a_limit_beyond_its_trigger(
    side: Side, trigger: str, percent: str, tick: str, limit: str
) -> None:
    assert protected_price(side, Decimal(trigger), Decimal(percent), Decimal(tick)) == Decimal(limit)


TICKS = st.sampled_from([Decimal("0.05"), Decimal("0.01"), Decimal("0.0025"), Decimal(1)])


@given(
    side=st.sampled_from(Side), steps=st.integers(2, 10**7), tick=TICKS,
    percent=st.decimals("0.01", "50", places=2),
)  # fmt: skip
def test_a_protective_limit_is_on_the_tick_and_gives_at_least_the_offset_but_less_than_a_tick_more(
    side: Side, steps: int, tick: Decimal, percent: Decimal
) -> None:
    trigger = steps * tick
    limit = protected_price(side, trigger, percent, tick)
    room = (limit - trigger) * side.sign
    assert limit > 0 and limit % tick == 0
    assert trigger * percent / 100 <= room < trigger * percent / 100 + tick
