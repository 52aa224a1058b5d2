"""The simulated exchange's instruments under Angel One's names: series, segments, scaled prices, the scrip master."""

import json

from domain.instruments import MONTHS, InstrumentType
from domain.money import plain
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import index_name

KINDS = {"NFO": ("IDX", "STK"), "BFO": ("IDX", "STK"), "CDS": ("CUR", "CUR"), "MCX": ("COM", "COM")}
CURRENCY = 10_000_000
ROUND = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50")


class AngelListed(Listed):
    """One instrument as Angel One names it; `token` is (exchange, number), because numbers repeat across segments."""

    @property
    def number(self):
        """The token alone."""
        return self.token[1]

    @property
    def scale(self):
        """What prices are multiplied with in packets and in the master."""
        return CURRENCY if self.exchange == "CDS" else 100


class AngelListing(Listing):
    """Today's instruments at Angel One."""

    def listed(self, row, monthly):
        exchange = row.exchange.value.removesuffix("_INDEX")
        if row.exchange.is_index:
            name = index_name(row).title()
            return AngelListed(row, exchange, name, (exchange, f"999{row.token}"))
        return AngelListed(row, exchange, _symbol(row, monthly), (exchange, row.token))

    def master(self):
        """The scrip master, with a few rows that are no contracts, as the real one has them."""
        rows = [_row(each) for each in self.rows()]
        shares = [each for each in rows if each["exch_seg"] == "NSE" and each["symbol"].endswith("-EQ")]
        odd = [
            {**shares[0], "symbol": f"{shares[0]['name']}-BE", "token": "990001"},
            {**shares[0], "symbol": "USDINR", "name": "USDINR", "token": "990002", "exch_seg": "NCDEX"},
        ]
        return json.dumps([*odd, *rows]).encode()


def _symbol(row, monthly):
    if row.expiry is None:
        return f"{row.symbol}-EQ" if row.exchange.value == "NSE" else row.symbol
    day = row.expiry
    if row.exchange.value == "NFO":
        dated = f"{row.name}{day:%d}{MONTHS[day.month - 1]}{day:%y}"
    else:
        dated = f"{row.name}{day:%y}{MONTHS[day.month - 1] if monthly else f'{day:%m%d}'}"
    if row.instrument_type is InstrumentType.FUT:
        return f"{dated}FUT"
    return f"{dated}{plain(row.strike)}{row.instrument_type.value}"


def _kind(row):
    if row.exchange.is_index:
        return "AMXIDX"
    if row.expiry is None:
        return ""
    index, share = KINDS[row.exchange.value]
    word = index if row.name in ROUND else share
    if row.instrument_type is InstrumentType.FUT:
        return f"FUT{word}"
    return "OPTFUT" if row.exchange.value == "MCX" else f"OPT{word}"


def _row(listed):
    row = listed.instrument
    is_index = row.exchange.is_index
    day = row.expiry
    return {
        "token": listed.number, "symbol": listed.tradingsymbol,
        "name": listed.tradingsymbol.upper() if is_index else row.name if day else row.symbol,
        "expiry": f"{day:%d}{MONTHS[day.month - 1]}{day:%Y}" if day else "",
        "strike": f"{row.strike * listed.scale:.6f}" if row.strike else "-1.000000", "lotsize": str(row.lot_size),
        "instrumenttype": _kind(row), "exch_seg": listed.exchange,
        "tick_size": "0.000000" if is_index else f"{row.tick_size * listed.scale:.6f}",
    }  # fmt: skip
