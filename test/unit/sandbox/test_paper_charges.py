"""Charges to the paisa: contract notes computed by hand from the published rates (docs/paper-charges.md)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, NIFTY_CE, NIFTY_FUT, USDINR, Desk, instrument

from domain.charges import FIGURES, TABLE, RateChange, charge, depository_charge, rates_of, segment_of
from domain.instruments import Exchange, InstrumentType
from domain.orders import Product, Side

TODAY = dt.date(2026, 11, 30)
BUY, SELL = Side.BUY, Side.SELL
ON_BSE = instrument("ACME", exchange=Exchange.BSE)
SENSEX_CE = instrument("SENSEX31DEC2685000CE", exchange=Exchange.BFO, instrument_type=InstrumentType.CE)
USDINR_CE = instrument("USDINR29DEC2684CE", exchange=Exchange.CDS, instrument_type=InstrumentType.CE)
CRUDE_CE = instrument("CRUDEOIL17DEC266000CE", exchange=Exchange.MCX, instrument_type=InstrumentType.CE)
SOY = instrument("SYOREF18DEC26FUT", exchange=Exchange.NCDEX, instrument_type=InstrumentType.FUT)
FIELDS = ("brokerage", "transaction_tax", "exchange_fee", "sebi_fee", "stamp_duty", "gst")

# What is traded, product, side, turnover in rupees; then in rupees: brokerage, STT or CTT, exchange, SEBI, stamp, GST.
NOTES = [
    (ACME, "MIS", BUY, "400000", "20", "0", "12.28", "0.40", "12.00", "5.88"),
    (ACME, "MIS", SELL, "440000", "20", "110", "13.51", "0.44", "0", "6.11"),
    (ACME, "MIS", SELL, "10100", "3.03", "3", "0.31", "0.01", "0", "0.60"),
    (ACME, "CNC", BUY, "100000", "0", "100", "3.07", "0.10", "15.00", "0.57"),
    (ACME, "CNC", SELL, "110000", "0", "110", "3.38", "0.11", "0", "0.63"),
    (ON_BSE, "CNC", BUY, "100000", "0", "100", "3.75", "0.10", "15.00", "0.69"),
    (NIFTY_FUT, "NRML", BUY, "1975500", "20", "0", "36.15", "1.98", "39.51", "10.46"),
    (NIFTY_FUT, "NRML", SELL, "1980000", "20", "990", "36.23", "1.98", "0", "10.48"),
    (NIFTY_CE, "NRML", BUY, "7500", "20", "0", "2.66", "0.01", "0.23", "4.08"),
    (NIFTY_CE, "NRML", SELL, "9000", "20", "14", "3.20", "0.01", "0", "4.18"),
    (SENSEX_CE, "NRML", SELL, "9000", "20", "14", "2.93", "0.01", "0", "4.13"),
    (USDINR, "NRML", BUY, "842500", "20", "0", "2.95", "0.84", "0.84", "4.28"),
    (USDINR_CE, "NRML", SELL, "2500", "20", "0", "0.78", "0", "0", "3.74"),
    (CRUDE, "NRML", BUY, "600000", "20", "0", "12.60", "0.60", "12.00", "5.98"),
    (CRUDE, "NRML", SELL, "605000", "20", "61", "12.71", "0.61", "0", "6.00"),
    (CRUDE_CE, "NRML", SELL, "25000", "20", "13", "10.45", "0.03", "0", "5.49"),
    (SOY, "NRML", SELL, "350000", "20", "0", "20.30", "0.04", "0", "7.26"),
]  # fmt: skip


@pytest.mark.parametrize(
    "note", NOTES, ids=lambda note: f"{note[0].symbol} {note[1]} {note[2].value} {note[3]}"
)
def test_a_contract_note_computed_by_hand(note) -> None:
    item, product, side, turnover, *rupees = note
    found = charge(rates_of(item, Product(product), TODAY), side, int(turnover) * 100)
    expected = dict(zip(FIELDS, (int(Decimal(text) * 100) for text in rupees), strict=True))
    assert {name: getattr(found, name) for name in FIELDS} == expected
    assert found.total == sum(expected.values())


@pytest.mark.parametrize(
    ("item", "side", "day", "tax"),
    [
        (NIFTY_FUT, SELL, "2024-09-30", "125"), (NIFTY_FUT, SELL, "2024-10-01", "200"),
        (NIFTY_FUT, SELL, "2026-03-31", "200"), (NIFTY_FUT, SELL, "2026-04-01", "500"),
        (NIFTY_CE, SELL, "2024-09-30", "625"), (NIFTY_CE, SELL, "2026-03-31", "1000"),
        (NIFTY_CE, SELL, "2026-04-01", "1500"), (NIFTY_CE, BUY, "2026-04-01", "0"),
    ],
)  # fmt: skip
def test_the_tax_of_the_day_is_charged(item, side, day, tax) -> None:
    """Of 10,00,000: raised by the Finance Acts from 1 October 2024 and 1 April 2026."""
    rates = rates_of(item, Product.NRML, dt.date.fromisoformat(day))
    assert charge(rates, side, 10_00_000_00).transaction_tax == int(tax) * 100


def test_before_the_table_begins_nothing_is_known_and_nothing_is_charged() -> None:
    assert rates_of(ACME, Product.CNC, dt.date(2019, 1, 1)) is None
    coin = instrument("BTCUSDFUT", exchange=Exchange.CRYPTO, instrument_type=InstrumentType.PERPFUT)
    assert (segment_of(coin, Product.MIS), rates_of(coin, Product.MIS, TODAY)) == (None, None)


def test_every_exchange_that_trades_in_rupees_has_rates_today() -> None:
    for exchange in Exchange:
        if exchange.is_index or exchange is Exchange.CRYPTO:
            continue
        kinds = (InstrumentType.EQ,) if exchange.is_cash else (InstrumentType.FUT, InstrumentType.CE)
        for kind in kinds:
            item = instrument("X", exchange=exchange, instrument_type=kind)
            assert rates_of(item, Product.MIS, TODAY) is not None, (exchange, kind)


def test_no_two_rows_claim_the_same_day() -> None:
    keys = [(row.segment, row.exchange, row.since) for row in TABLE]
    assert len(set(keys)) == len(keys)


def test_a_change_replaces_what_it_gives_where_and_when_it_says() -> None:
    flat = RateChange(segment="intraday", brokerage_rate=Decimal(1), brokerage_cap=Decimal(10))
    cheap = RateChange(segment="intraday", exchange=Exchange.BSE, since=TODAY, exchange_fee=Decimal(0))
    now = rates_of(ON_BSE, Product.MIS, TODAY, (flat, cheap))
    assert (now.brokerage_cap, now.exchange_fee, now.transaction_tax_sell) == (10, 0, Decimal("0.00025"))
    before = rates_of(ON_BSE, Product.MIS, TODAY - dt.timedelta(days=1), (flat, cheap))
    assert (before.brokerage_cap, before.exchange_fee) == (10, Decimal("0.0000375"))
    assert rates_of(ACME, Product.MIS, TODAY, (cheap,)) == rates_of(ACME, Product.MIS, TODAY)
    assert rates_of(ACME, Product.CNC, TODAY, (flat,)) == rates_of(ACME, Product.CNC, TODAY)


def test_changed_rates_are_stored_charged_and_survive_a_restart(desk: Desk) -> None:
    rows = [{"segment": "delivery", "transaction_tax_buy": 0.002, "stamp_duty_buy": "0"}]
    desk.room.preferences.put({"charges": True, "charge_rates": rows})
    desk.open()
    desk.tick(ACME, 100, bids=[(100, 5000)], asks=[(100, 5000)])
    desk.place(ACME, "BUY", 1000, product="CNC")
    assert desk.money().charges == 200_00 + 3_07 + 10 + 57


def test_an_order_pays_its_cap_and_its_rounding_once_however_many_fills_it_has(desk: Desk) -> None:
    desk.room.preferences.put({"charges": True})
    desk.tick(ACME, 100, bids=[(100, 1000)], asks=[(100, 1000)])
    desk.place(ACME, "BUY", 4000, kind="LIMIT", price=100)
    for _ in range(3):
        desk.tick(ACME, 100, bids=[(100, 1000)], asks=[(100, 1000)])
    assert len(desk.desk.trade_book(ACCOUNT, BROKER)) == 4
    assert desk.money().charges == 20_00 + 12_28 + 40 + 12_00 + 5_88


def test_shares_that_leave_the_demat_account_pay_the_depository_once_a_day(desk: Desk) -> None:
    """13.00 and GST are 15.34; shares bought and sold on one day never arrive there."""
    rates = rates_of(ACME, Product.CNC, TODAY)
    assert depository_charge(rates) == 15_34
    zero = {name: "0" for name in FIGURES if name not in ("depository_fee", "gst")}
    desk.room.preferences.put({"charges": True, "charge_rates": [{"segment": "delivery", **zero}]})
    desk.tick(ACME, 100, bids=[(100, 5000)], asks=[(100, 5000)])
    desk.place(ACME, "BUY", 40, product="CNC")
    desk.place(ACME, "SELL", 10, product="CNC")
    assert desk.money().charges == 0
    desk.at("2026-12-01T10:00")
    desk.tick(ACME, 100, bids=[(100, 5000)], asks=[(100, 5000)])
    for _ in range(2):
        desk.place(ACME, "SELL", 10, product="CNC")
    assert desk.money().charges == 15_34
    desk.at("2026-12-02T10:00")
    desk.tick(ACME, 100, bids=[(100, 5000)], asks=[(100, 5000)])
    desk.place(ACME, "SELL", 10, product="CNC")
    assert desk.money().charges == 2 * 15_34
