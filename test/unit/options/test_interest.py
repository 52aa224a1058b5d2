"""Totals of a chain."""

from __future__ import annotations

from decimal import Decimal

from domain.instruments import Exchange, InstrumentType
from domain.market import Quote
from domain.options import ATM, NO_PREMIUM
from services.options.chains import ChainLeg, ChainRow
from services.options.interest import interest, max_pain
from test.unit.options.conftest import row


def leg(oi: int | None, volume: int | None) -> ChainLeg:
    contract = row("X", Exchange.NFO, InstrumentType.CE, "X")
    return ChainLeg(
        instrument=contract, label=ATM, quote=Quote(ltp=1.0, oi=oi, volume=volume), premium=NO_PREMIUM
    )


def test_max_pain_is_where_holders_are_paid_least() -> None:
    # At 100: puts of 110 get 10*40 = 400. At 110: calls of 100 get 10*30 = 300. At 120: 20*30 + 10*20 = 800.
    interests = [(Decimal(100), 30, 10), (Decimal(110), 20, 40), (Decimal(120), 5, 0)]
    assert max_pain(interests) == 110


def test_max_pain_takes_the_lower_of_two_equal_strikes_and_needs_some_interest() -> None:
    assert max_pain([(Decimal(100), 10, 0), (Decimal(110), 0, 10)]) == 100
    assert max_pain([(Decimal(100), 0, 0)]) is None
    assert max_pain([]) is None


def test_what_a_broker_does_not_tell_is_unknown_and_not_nothing() -> None:
    rows = [
        ChainRow(Decimal(100), leg(400, 10), leg(600, None)),
        ChainRow(Decimal(110), leg(None, 5), leg(300, None)),
        ChainRow(Decimal(120), None, None),
    ]
    found = interest(rows)
    assert (found.strikes, found.call_oi, found.put_oi, found.call_volume) == (3, 400, 900, 15)
    assert found.pcr_oi == 2.25
    assert found.put_volume is None and found.pcr_volume is None


def test_puts_against_no_call_have_no_ratio() -> None:
    assert interest([ChainRow(Decimal(100), leg(0, 0), leg(5, 5))]).pcr_oi is None
