"""Pre-trade rules, one by one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from broker.core.manifest import Manifest
from domain.errors import InvalidInput, NotAllowed
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product, Side
from services.trading import risk
from services.trading.risk import scopes

TODAY = dt.date(2026, 11, 20)
MANIFEST = Path(__file__).resolve().parents[3] / "broker/simulator/plugin.json"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return msgspec.json.decode(MANIFEST.read_bytes(), type=Manifest)


@pytest.fixture
def rules(manifest, place, instrument):
    """Names of the broken rules for changes of a good order."""

    def broken(order=None, contract=None):
        facts = risk.Facts(
            command=place(**(order or {})),
            instrument=instrument(**(contract or {})),
            manifest=manifest,
            today=TODAY,
        )
        return {item.rule for item in risk.complaints(facts)}

    return broken


FUTURE = {
    "symbol": "NIFTY29DEC26FUT",
    "exchange": Exchange.NFO,
    "instrument_type": InstrumentType.FUT,
    "lot_size": 75,
    "expiry": dt.date(2026, 12, 29),
    "freeze_qty": 1800,
}
NFO_ORDER = {"exchange": Exchange.NFO, "product": Product.NRML}


def test_a_good_order_passes_every_rule(rules) -> None:
    assert rules() == set()


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        ({"quantity": Decimal(0)}, "positive_quantity"),
        ({"quantity": Decimal(-5)}, "positive_quantity"),
        ({"quantity": Decimal("1.5")}, "whole_quantity"),
        ({"quantity": Decimal(10) ** 10}, "quantity_ceiling"),
        ({"price": None}, "price_presence"),
        ({"price": Decimal(0)}, "price_presence"),
        ({"price": Decimal("391.42")}, "tick_multiple"),
        ({"price": Decimal(10) ** 13}, "price_ceiling"),
        ({"price_type": PriceType.MARKET}, "price_presence"),
        ({"price_type": PriceType.SL}, "price_presence"),
        ({"price_type": PriceType.SL_M, "price": None}, "price_presence"),
        ({"price_type": PriceType.SL, "trigger_price": Decimal("390.01")}, "tick_multiple"),
        ({"trigger_price": Decimal(390)}, "price_presence"),
        ({"disclosed_quantity": 11}, "disclosed_quantity"),
        ({"disclosed_quantity": -1}, "disclosed_quantity"),
        ({"product": Product.NRML}, "product_segment"),
    ],
)
def test_a_bad_order_breaks_the_rule_it_should(rules, order, rule) -> None:
    assert rules(order) == {rule}


def test_derivatives_trade_in_lots(rules) -> None:
    assert rules({**NFO_ORDER, "quantity": Decimal(75)}, FUTURE) == set()
    assert rules({**NFO_ORDER, "quantity": Decimal(76)}, FUTURE) == {"lot_multiple"}


def test_the_freeze_quantity_is_the_last_one_accepted(rules) -> None:
    assert rules({**NFO_ORDER, "quantity": Decimal(1800)}, FUTURE) == set()
    assert rules({**NFO_ORDER, "quantity": Decimal(1875)}, FUTURE) == {"freeze_quantity"}


def test_an_instrument_trades_on_its_expiry_day_but_not_after(rules) -> None:
    order = {**NFO_ORDER, "quantity": Decimal(75)}
    assert rules(order, {**FUTURE, "expiry": TODAY}) == set()
    assert rules(order, {**FUTURE, "expiry": TODAY - dt.timedelta(days=1)}) == {"expired"}


def test_an_index_cannot_be_traded(rules) -> None:
    assert "index" in rules({"exchange": Exchange.NSE_INDEX}, {"exchange": Exchange.NSE_INDEX})


def test_an_exchange_that_the_broker_lacks_is_refused(rules) -> None:
    crypto = {"exchange": Exchange.CRYPTO, "instrument_type": InstrumentType.PERPFUT}
    assert "not_offered" in rules({"exchange": Exchange.CRYPTO, "product": Product.NRML}, crypto)


def test_all_complaints_come_at_once(manifest, place, instrument) -> None:
    facts = risk.Facts(
        command=place(quantity=Decimal("1.5"), price=Decimal("1.01"), product=Product.NRML),
        instrument=instrument(), manifest=manifest, today=TODAY,
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        risk.approve(facts)
    assert set(refused.value.errors) == {"quantity", "price", "product"}


def test_the_kill_switch_covers_all_an_account_a_strategy_or_a_key() -> None:
    mine = scopes.of_order(1, 7, "orb", 3)
    for other in ({}, {"account:8": "x"}, {"strategy:2:orb": "x"}, {"strategy:1:other": "x"}, {"key:4": "x"}):
        risk.refuse_entry(other, mine)
    for scope in ("all", "account:7", "strategy:1:orb", "key:3"):
        with pytest.raises(NotAllowed, match="loss limit"):
            risk.refuse_entry({scope: "loss limit"}, mine)


@pytest.mark.parametrize(
    ("side", "net", "reduces"),
    [
        (Side.SELL, 10, True),
        (Side.SELL, 25, True),
        (Side.SELL, 9, False),
        (Side.BUY, 10, False),
        (Side.BUY, -10, True),
        (Side.BUY, 0, False),
    ],
)
def test_an_exit_brings_the_position_closer_to_zero(place, side, net, reduces) -> None:
    assert risk.is_reducing(place(side=side), net) is reduces
