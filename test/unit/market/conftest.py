import datetime as dt
from decimal import Decimal

import pytest

from domain.instruments import Exchange, Instrument, InstrumentType, future_symbol, option_symbol
from test.stores import open_stores
from utils.clock import UTC, ManualClock

DECEMBER = dt.date(2026, 12, 29)
JANUARY = dt.date(2027, 1, 26)


def equity(symbol, token, name=None, exchange=Exchange.NSE):
    return Instrument(
        symbol, exchange, symbol, exchange.value, str(token), name or f"{symbol} LIMITED", InstrumentType.EQ, 1,
        Decimal("0.05"),
    )  # fmt: skip


def option(root, expiry, strike, kind, token, exchange=Exchange.NFO):
    kind, strike = InstrumentType(kind), Decimal(str(strike))
    symbol = option_symbol(root, expiry, strike, kind)
    vendor = f"{root}{expiry:%y%m%d}{strike}{kind.value}"
    return Instrument(
        symbol, exchange, vendor, exchange.value, str(token), root, kind, 75, Decimal("0.05"), expiry, strike
    )


def future(root, expiry, token, exchange=Exchange.NFO):
    symbol = future_symbol(root, expiry)
    return Instrument(
        symbol,
        exchange,
        symbol,
        exchange.value,
        str(token),
        root,
        InstrumentType.FUT,
        75,
        Decimal("0.05"),
        expiry,
    )


@pytest.fixture
def universe():
    rows = [
        equity("TATAPOWER", 1, "TATA POWER COMPANY"), equity("TATASTEEL", 2), equity("TATAMOTORS", 3),
        equity("RELIANCE", 4, "RELIANCE INDUSTRIES"), equity("TATAPOWER", 5001, exchange=Exchange.BSE),
        equity("M&M", 6), equity("NIFTYBEES", 7, "NIPPON INDIA NIFTY ETF"), equity("360ONE", 8),
        future("NIFTY", DECEMBER, 100), future("NIFTY", JANUARY, 101), future("BANKNIFTY", DECEMBER, 102),
        future("SENSEX", dt.date(2026, 12, 31), 100, Exchange.BFO),
    ]  # fmt: skip
    token = 200
    for root, base in (("NIFTY", 26000), ("BANKNIFTY", 55000), ("RELIANCE", 1400)):
        for step in range(20):
            for kind in ("CE", "PE"):
                rows.append(option(root, DECEMBER, base + 50 * step, kind, token))
                token += 1
    rows.append(option("VEDL", DECEMBER, "412.5", "CE", token))
    return rows


@pytest.fixture
def clock():
    return ManualClock(dt.datetime(2026, 11, 23, 4, 0, tzinfo=UTC))


@pytest.fixture
def stores(tmp_path, clock):
    opened = open_stores(tmp_path)
    yield opened
    opened.close()
