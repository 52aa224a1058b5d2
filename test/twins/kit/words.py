"""Words and numbers that more than one vendor writes the same way."""

from broker.core.index_names import INDEX_NAMES
from domain.instruments import MONTHS, InstrumentType
from domain.money import plain

WEEKLY_MONTHS = "123456789OND"


def number(value):
    """Decimal or None as a JSON number; whole ones without a point, 0 for None."""
    if value is None:
        return 0
    return int(value) if value == int(value) else float(value)


def index_name(row):
    """The exchange's display name of an index."""
    shown = {symbol: name for name, symbol in INDEX_NAMES.get(row.exchange, {}).items()}
    return shown.get(row.symbol, row.symbol)


def dated_symbol(row, monthly):
    """The exchanges' own trading symbol of a derivative: YYMMM for the last expiry of a month, YYmDD for the others."""
    day = row.expiry
    if monthly:
        dated = f"{row.name}{day:%y}{MONTHS[day.month - 1]}"
    else:
        dated = f"{row.name}{day:%y}{WEEKLY_MONTHS[day.month - 1]}{day:%d}"
    if row.instrument_type is InstrumentType.FUT:
        return f"{dated}FUT"
    return f"{dated}{plain(row.strike)}{row.instrument_type.value}"
