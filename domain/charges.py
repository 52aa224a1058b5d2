"""Statutory charges and brokerage of Indian trades, by segment and date. Pure; amounts are integer paise.

Rates are fractions of turnover (units x price x multiplier). GST is charged on brokerage, exchange and SEBI fees.
Securities and stamp duties are rounded like contract notes do: each charge to the paisa.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from domain.instruments import Exchange, Instrument
from domain.orders import Product, Side

ZERO = Decimal(0)


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Rates of one segment from `since` on. Brokerage: the smaller of a share of turnover and a cap, rupees."""

    segment: str
    since: dt.date
    brokerage_rate: Decimal = ZERO
    brokerage_cap: Decimal = ZERO
    transaction_tax_buy: Decimal = ZERO
    transaction_tax_sell: Decimal = ZERO
    exchange_fee: Decimal = ZERO
    sebi_fee: Decimal = Decimal("0.000001")
    stamp_duty_buy: Decimal = ZERO
    gst: Decimal = Decimal("0.18")


class Charges(msgspec.Struct, frozen=True, kw_only=True):
    """Charges of one trade, paise."""

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


def _rates(segment: str, since: str, *figures: str) -> Rates:
    names = (
        "brokerage_rate", "brokerage_cap", "transaction_tax_buy", "transaction_tax_sell", "exchange_fee",
        "stamp_duty_buy",
    )  # fmt: skip
    values = {name: Decimal(text) for name, text in zip(names, figures, strict=True)}
    return Rates(segment=segment, since=dt.date.fromisoformat(since), **values)


# brokerage share, cap in rupees, transaction tax on buys, on sales, exchange fee, stamp duty on buys
TABLE: tuple[Rates, ...] = (
    _rates("delivery", "2020-07-01", "0", "0", "0.001", "0.001", "0.0000345", "0.00015"),
    _rates("delivery", "2024-10-01", "0", "0", "0.001", "0.001", "0.0000297", "0.00015"),
    _rates("intraday", "2020-07-01", "0.0003", "20", "0", "0.00025", "0.0000345", "0.00003"),
    _rates("intraday", "2024-10-01", "0.0003", "20", "0", "0.00025", "0.0000297", "0.00003"),
    _rates("future", "2020-07-01", "0.0003", "20", "0", "0.0001", "0.00002", "0.00002"),
    _rates("future", "2023-04-01", "0.0003", "20", "0", "0.000125", "0.00002", "0.00002"),
    _rates("future", "2024-10-01", "0.0003", "20", "0", "0.0002", "0.0000173", "0.00002"),
    _rates("option", "2020-07-01", "1", "20", "0", "0.0005", "0.00053", "0.00003"),
    _rates("option", "2023-04-01", "1", "20", "0", "0.000625", "0.0005", "0.00003"),
    _rates("option", "2024-10-01", "1", "20", "0", "0.001", "0.0003503", "0.00003"),
    _rates("currency_future", "2020-07-01", "0.0003", "20", "0", "0", "0.000009", "0.000001"),
    _rates("currency_option", "2020-07-01", "1", "20", "0", "0", "0.00035", "0.000001"),
    _rates("commodity_future", "2020-07-01", "0.0003", "20", "0", "0.0001", "0.000026", "0.00002"),
    _rates("commodity_option", "2020-07-01", "1", "20", "0", "0.0005", "0.0005", "0.00003"),
)
_CURRENCY = frozenset({Exchange.CDS, Exchange.BCD})
_COMMODITY = frozenset({Exchange.MCX, Exchange.NCDEX, Exchange.NCO})


def segment_of(instrument: Instrument, product: Product) -> str | None:
    """The table's segment, None where no Indian charges apply."""
    if instrument.exchange is Exchange.CRYPTO or instrument.exchange.is_index:
        return None
    if instrument.exchange.is_cash:
        return "delivery" if product is Product.CNC else "intraday"
    word = "option" if instrument.instrument_type.is_option else "future"
    if instrument.exchange in _CURRENCY:
        return f"currency_{word}"
    return f"commodity_{word}" if instrument.exchange in _COMMODITY else word


def charge(
    instrument: Instrument, product: Product, side: Side, paise: int, date: dt.date,
    table: Sequence[Rates] = TABLE,
) -> Charges:  # fmt: skip
    """Charges of an order's trades worth `paise` together. A date before the table begins is charged nothing."""
    segment = segment_of(instrument, product)
    dated = [row for row in table if row.segment == segment and row.since <= date]
    if not dated:
        return Charges()
    rates = max(dated, key=lambda row: row.since)
    cap = int(rates.brokerage_cap * 100)
    brokerage = min(_share(paise, rates.brokerage_rate), cap)
    tax = rates.transaction_tax_buy if side is Side.BUY else rates.transaction_tax_sell
    exchange, sebi = _share(paise, rates.exchange_fee), _share(paise, rates.sebi_fee)
    return Charges(
        brokerage=brokerage, transaction_tax=_share(paise, tax), exchange_fee=exchange, sebi_fee=sebi,
        stamp_duty=_share(paise, rates.stamp_duty_buy) if side is Side.BUY else 0,
        gst=_share(brokerage + exchange + sebi, rates.gst),
    )  # fmt: skip


def _share(paise: int, rate: Decimal) -> int:
    return int((paise * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
