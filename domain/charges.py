"""Statutory charges and brokerage of Indian trades, by segment, exchange and date. Pure; amounts are integer paise.

Rates are fractions of turnover (units x price x multiplier; of the premium for options). GST is charged on brokerage,
exchange and SEBI fees. Transaction tax is rounded to the rupee as contract notes do, everything else to the paisa.
docs/paper-charges.md says where each rate was read and when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from domain.instruments import Exchange, Instrument
from domain.orders import Product, Side

ZERO = Decimal(0)
RUPEE = 100
BEGINNING = dt.date(2000, 1, 1)
Segment = Literal[
    "delivery", "intraday", "future", "option", "currency_future", "currency_option", "commodity_future",
    "commodity_option", "agri_future", "agri_option",
]  # fmt: skip


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Rates of one segment from `since` on. Brokerage: the smaller of a share of turnover and a cap, rupees.

    exchange: None for every exchange without rows of its own. exchange_fee: with the investor protection levy.
    depository_fee: rupees per share and day that leave the demat account, without GST.
    """

    segment: Segment
    since: dt.date
    exchange: Exchange | None = None
    brokerage_rate: Decimal = ZERO
    brokerage_cap: Decimal = ZERO
    transaction_tax_buy: Decimal = ZERO
    transaction_tax_sell: Decimal = ZERO
    exchange_fee: Decimal = ZERO
    sebi_fee: Decimal = Decimal("0.000001")
    stamp_duty_buy: Decimal = ZERO
    gst: Decimal = Decimal("0.18")
    depository_fee: Decimal = ZERO


class RateChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user knows better: the figures that are given replace those of the table from `since` on."""

    segment: Segment
    since: dt.date = BEGINNING
    exchange: Exchange | None = None
    brokerage_rate: Decimal | None = None
    brokerage_cap: Decimal | None = None
    transaction_tax_buy: Decimal | None = None
    transaction_tax_sell: Decimal | None = None
    exchange_fee: Decimal | None = None
    sebi_fee: Decimal | None = None
    stamp_duty_buy: Decimal | None = None
    gst: Decimal | None = None
    depository_fee: Decimal | None = None


FIGURES = tuple(name for name in Rates.__struct_fields__ if name not in ("segment", "since", "exchange"))
IN_RUPEES = frozenset({"brokerage_cap", "depository_fee"})


class Charges(msgspec.Struct, frozen=True, kw_only=True):
    """Charges of one order's trades, paise."""

    brokerage: int = 0
    transaction_tax: int = 0
    exchange_fee: int = 0
    sebi_fee: int = 0
    stamp_duty: int = 0
    gst: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(msgspec.structs.astuple(self))


def _rates(segment: Segment, exchange: str, since: str, *figures: str, **others: str) -> Rates:
    names = (
        "brokerage_rate", "brokerage_cap", "transaction_tax_buy", "transaction_tax_sell", "exchange_fee",
        "stamp_duty_buy",
    )  # fmt: skip
    values = {name: Decimal(text) for name, text in zip(names, figures, strict=True)}
    values |= {name: Decimal(text) for name, text in others.items()}
    where = Exchange(exchange) if exchange else None
    return Rates(segment=segment, exchange=where, since=dt.date.fromisoformat(since), **values)


# brokerage share, cap in rupees, transaction tax on buys, on sales, exchange fee, stamp duty on buys
TABLE: tuple[Rates, ...] = (
    _rates("delivery", "", "2020-07-01", "0", "0", "0.001", "0.001", "0.0000345", "0.00015"),
    _rates("delivery", "", "2024-10-01", "0", "0", "0.001", "0.001", "0.0000307", "0.00015", depository_fee="13"),
    _rates("delivery", "BSE", "2020-07-01", "0", "0", "0.001", "0.001", "0.0000345", "0.00015"),
    _rates("delivery", "BSE", "2022-12-01", "0", "0", "0.001", "0.001", "0.0000375", "0.00015", depository_fee="13"),
    _rates("intraday", "", "2020-07-01", "0.0003", "20", "0", "0.00025", "0.0000345", "0.00003"),
    _rates("intraday", "", "2024-10-01", "0.0003", "20", "0", "0.00025", "0.0000307", "0.00003"),
    _rates("intraday", "BSE", "2020-07-01", "0.0003", "20", "0", "0.00025", "0.0000345", "0.00003"),
    _rates("intraday", "BSE", "2022-12-01", "0.0003", "20", "0", "0.00025", "0.0000375", "0.00003"),
    _rates("future", "", "2020-07-01", "0.0003", "20", "0", "0.0001", "0.00002", "0.00002"),
    _rates("future", "", "2023-04-01", "0.0003", "20", "0", "0.000125", "0.00002", "0.00002"),
    _rates("future", "", "2024-10-01", "0.0003", "20", "0", "0.0002", "0.0000183", "0.00002"),
    _rates("future", "", "2026-04-01", "0.0003", "20", "0", "0.0005", "0.0000183", "0.00002"),
    _rates("future", "BFO", "2020-07-01", "0.0003", "20", "0", "0.0001", "0", "0.00002"),
    _rates("future", "BFO", "2023-04-01", "0.0003", "20", "0", "0.000125", "0", "0.00002"),
    _rates("future", "BFO", "2024-10-01", "0.0003", "20", "0", "0.0002", "0", "0.00002"),
    _rates("future", "BFO", "2026-04-01", "0.0003", "20", "0", "0.0005", "0", "0.00002"),
    _rates("option", "", "2020-07-01", "1", "20", "0", "0.0005", "0.00053", "0.00003"),
    _rates("option", "", "2023-04-01", "1", "20", "0", "0.000625", "0.0005", "0.00003"),
    _rates("option", "", "2024-10-01", "1", "20", "0", "0.001", "0.0003553", "0.00003"),
    _rates("option", "", "2026-04-01", "1", "20", "0", "0.0015", "0.0003553", "0.00003"),
    _rates("option", "BFO", "2020-07-01", "1", "20", "0", "0.0005", "0.0005", "0.00003"),
    _rates("option", "BFO", "2023-04-01", "1", "20", "0", "0.000625", "0.0005", "0.00003"),
    _rates("option", "BFO", "2024-10-01", "1", "20", "0", "0.001", "0.000325", "0.00003"),
    _rates("option", "BFO", "2026-04-01", "1", "20", "0", "0.0015", "0.000325", "0.00003"),
    _rates("currency_future", "", "2020-07-01", "0.0003", "20", "0", "0", "0.000009", "0.000001"),
    _rates("currency_future", "", "2024-10-01", "0.0003", "20", "0", "0", "0.0000035", "0.000001"),
    _rates("currency_future", "BCD", "2024-10-01", "0.0003", "20", "0", "0", "0.0000045", "0.000001"),
    _rates("currency_option", "", "2020-07-01", "1", "20", "0", "0", "0.00035", "0.000001"),
    _rates("currency_option", "", "2024-10-01", "1", "20", "0", "0", "0.000311", "0.000001"),
    _rates("currency_option", "BCD", "2024-10-01", "1", "20", "0", "0", "0.00001", "0.000001"),
    _rates("commodity_future", "", "2020-07-01", "0.0003", "20", "0", "0.0001", "0.000026", "0.00002"),
    _rates("commodity_future", "", "2024-10-01", "0.0003", "20", "0", "0.0001", "0.000021", "0.00002"),
    _rates("commodity_option", "", "2020-07-01", "1", "20", "0", "0.0005", "0.0005", "0.00003"),
    _rates("commodity_option", "", "2024-10-01", "1", "20", "0", "0.0005", "0.000418", "0.00003"),
    _rates("agri_future", "", "2020-07-01", "0.0003", "20", "0", "0", "0.000058", "0.00002", sebi_fee="0.0000001"),
    _rates("agri_option", "", "2020-07-01", "1", "20", "0", "0.0005", "0.0003", "0.00003", sebi_fee="0.0000001"),
)  # fmt: skip
_CURRENCY = frozenset({Exchange.CDS, Exchange.BCD})
_COMMODITY = frozenset({Exchange.MCX, Exchange.NCO})


def segment_of(instrument: Instrument, product: Product) -> Segment | None:
    """The table's segment, None where no Indian charges apply. All of NCDEX counts as agricultural."""
    exchange, is_option = instrument.exchange, instrument.instrument_type.is_option
    if exchange is Exchange.CRYPTO or exchange.is_index:
        return None
    if exchange.is_cash:
        return "delivery" if product is Product.CNC else "intraday"
    if exchange in _CURRENCY:
        return "currency_option" if is_option else "currency_future"
    if exchange in _COMMODITY:
        return "commodity_option" if is_option else "commodity_future"
    if exchange is Exchange.NCDEX:
        return "agri_option" if is_option else "agri_future"
    return "option" if is_option else "future"


def rates_of(
    instrument: Instrument, product: Product, date: dt.date, changes: Iterable[RateChange] = ()
) -> Rates | None:
    """The rates of a trade on a date, with the user's changes in their order; None where nothing is charged."""
    segment, exchange = segment_of(instrument, product), instrument.exchange
    dated = [row for row in TABLE if row.segment == segment and row.since <= date]
    own = [row for row in dated if row.exchange is exchange] or [row for row in dated if row.exchange is None]
    if not own:
        return None
    rates = max(own, key=lambda row: row.since)
    for change in changes:
        if change.segment == segment and change.since <= date and change.exchange in (None, exchange):
            given = {name: getattr(change, name) for name in FIGURES}
            rates = msgspec.structs.replace(
                rates, **{name: value for name, value in given.items() if value is not None}
            )
    return rates


def charge(rates: Rates, side: Side, paise: int) -> Charges:
    """Charges of an order's trades worth `paise` together."""
    brokerage = min(_share(paise, rates.brokerage_rate), int(rates.brokerage_cap * RUPEE))
    tax = rates.transaction_tax_buy if side is Side.BUY else rates.transaction_tax_sell
    exchange, sebi = _share(paise, rates.exchange_fee), _share(paise, rates.sebi_fee)
    return Charges(
        brokerage=brokerage, transaction_tax=_share(paise, tax / RUPEE) * RUPEE, exchange_fee=exchange,
        sebi_fee=sebi, stamp_duty=_share(paise, rates.stamp_duty_buy) if side is Side.BUY else 0,
        gst=_share(brokerage + exchange + sebi, rates.gst),
    )  # fmt: skip


def depository_charge(rates: Rates) -> int:
    """Paise for a share that leaves the demat account, once a day, with GST."""
    return _share(int(rates.depository_fee * RUPEE), 1 + rates.gst)


def _share(paise: int, rate: Decimal) -> int:
    return int((paise * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
