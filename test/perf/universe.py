"""A contract master of realistic shape for measurements: equities, index and stock chains, commodities."""

import datetime as dt
import random
from decimal import Decimal
from functools import lru_cache

from domain.instruments import MONTHS, Exchange, Instrument, InstrumentType

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORDS = (
    "TATA", "POWER", "STEEL", "BANK", "INDIA", "GLOBAL", "TECH", "FIN", "INFRA", "MOTORS", "CHEM", "PHARMA", "CEMENT",
    "SUGAR", "TEXTILE", "AUTO", "GREEN", "ENERGY", "FOODS", "LIFE",
)  # fmt: skip
WEEKS = [dt.date(2026, 12, 1) + dt.timedelta(7 * week) for week in range(12)]
MONTHLY = [dt.date(2026, 12, 29), dt.date(2027, 1, 26), dt.date(2027, 2, 23)]
_decimal = lru_cache(None)(Decimal)


class _Builder:
    def __init__(self, size):
        self.size = size
        self.rows = {}
        self.token = 1000

    def add(self, exchange, symbol, vendor, name, kind, expiry=None, strike=None, lot=1):
        self.token += 37
        row = Instrument(
            symbol=symbol, exchange=exchange, broker_symbol=vendor, broker_exchange=exchange.value,
            token=str(self.token), name=name, instrument_type=kind, lot_size=lot, tick_size=_decimal("0.05"),
            expiry=expiry, strike=strike,
        )  # fmt: skip
        self.rows.setdefault((exchange, symbol), row)

    def chain(self, exchange, root, expiries, strikes, lot):
        for day in expiries:
            month = MONTHS[day.month - 1]
            ours, theirs = f"{root}{day:%d}{month}{day:%y}", f"{root}{day:%y}{month}{day:%d}"
            self.add(exchange, f"{ours}FUT", f"{theirs}FUT", root, InstrumentType.FUT, day, None, lot)
            for strike in strikes:
                for kind in (InstrumentType.CE, InstrumentType.PE):
                    tail = f"{strike}{kind.value}"
                    self.add(exchange, ours + tail, theirs + tail, root, kind, day, _decimal(strike), lot)


def build(size=100_000, seed=1):
    """`size` instruments, always the same for a seed."""
    chance = random.Random(seed)
    made = _Builder(size)
    names = set()
    while len(names) < 9000:
        stem = "".join(chance.choice(LETTERS) for _ in range(chance.randint(2, 4)))
        names.add(stem + chance.choice(WORDS)[: chance.randint(3, 6)])
    equities = sorted(names)
    for place, symbol in enumerate(equities):
        company = f"{symbol.title()} {chance.choice(WORDS)} {chance.choice(WORDS)} LIMITED"
        if place % 3 == 0:
            made.add(Exchange.NSE, symbol, symbol, company, InstrumentType.EQ)
        made.add(Exchange.BSE, symbol, symbol, company, InstrumentType.EQ)
    made.chain(Exchange.NFO, "NIFTY", WEEKS, range(20000, 32000, 50), 75)
    made.chain(Exchange.NFO, "BANKNIFTY", WEEKS[:4], range(45000, 65000, 100), 35)
    made.chain(Exchange.NFO, "FINNIFTY", WEEKS[:3], range(20000, 30000, 50), 65)
    made.chain(Exchange.NFO, "MIDCPNIFTY", WEEKS[:3], range(10000, 15000, 25), 140)
    made.chain(Exchange.BFO, "SENSEX", WEEKS[:6], range(70000, 95000, 100), 20)
    made.chain(Exchange.BFO, "BANKEX", WEEKS[:3], range(50000, 70000, 100), 30)
    for root in ("GOLD", "SILVER", "CRUDEOIL", "NATURALGAS", "GOLDM", "SILVERM"):
        made.chain(Exchange.MCX, root, WEEKS[2:10:3], range(5000, 9000, 50), 100)
    roots = equities[::45][:190]
    turn = 0
    while len(made.rows) < size:
        spot = chance.choice([100, 400, 1000, 2500])
        step = spot // 50
        low = spot - step * 20 + turn // 570
        expiry = MONTHLY[turn // 190 % 3]
        made.chain(Exchange.NFO, roots[turn % 190], [expiry], range(low, spot + step * 20, step), 500)
        turn += 1
    return list(made.rows.values())[:size]
