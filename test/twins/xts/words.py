"""Words, envelopes and number forms of XTS."""

from decimal import Decimal, InvalidOperation

from domain.orders import OrderStatus, PriceType, Side
from utils.clock import ist

PRICE_TYPES = {
    "MARKET": PriceType.MARKET, "LIMIT": PriceType.LIMIT, "STOPLIMIT": PriceType.SL, "STOPMARKET": PriceType.SL_M,
}  # fmt: skip
SHOWN_TYPES = {
    PriceType.MARKET: "Market", PriceType.LIMIT: "Limit", PriceType.SL: "StopLimit", PriceType.SL_M: "StopMarket",
}  # fmt: skip
# A stop whose trigger has not fired is "New" like any other.
STATUS = {
    OrderStatus.OPEN: "New", OrderStatus.TRIGGER_PENDING: "New", OrderStatus.COMPLETE: "Filled",
    OrderStatus.CANCELLED: "Cancelled", OrderStatus.REJECTED: "Rejected",
}  # fmt: skip
SHOWN_SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}
EMPTY_TIME = "01-01-1980 00:00:00"
EPOCH_1980_IST = 315_513_000


class XtsError(Exception):
    """An answer of type error."""

    def __init__(self, status, code, description):
        super().__init__(description)
        self.status, self.code, self.description = status, code, description


def success(code, description, result):
    """What a call answers: the three facts of the envelope."""
    return code, description, result


def invalid(name):
    """What XTS says of a field that is missing or unreadable."""
    return XtsError(400, "e-app-0001", f"{name} is missing or invalid")


def time_text(moment):
    """dd-MM-yyyy HH:mm:ss, Indian time."""
    return f"{ist(moment):%d-%m-%Y %H:%M:%S}" if moment else EMPTY_TIME


def seconds_1980(epoch_ms):
    """Seconds since 1980 began in India, 0 for never."""
    return epoch_ms // 1000 - EPOCH_1980_IST if epoch_ms else 0


def text(value):
    """Decimal, number or None as one of the texts that portfolio rows are full of."""
    return f"{value or 0:.2f}"


def word(body, name, words):
    """A field that must be one of `words`."""
    found = words.get(body.get(name)) if isinstance(body.get(name), str) else None
    if found is None:
        raise invalid(name)
    return found


def count(body, name):
    """A field that must be a whole number of at least 0, a number or its text."""
    found = body.get(name)
    if isinstance(found, bool) or not str(found).isdecimal():
        raise invalid(name)
    return int(found)


def price(body, name, needed):
    """A price field: there, and 0 unless `needed`."""
    try:
        found = Decimal(str(body[name]))
    except (KeyError, InvalidOperation):
        raise invalid(name) from None
    if not found.is_finite() or found < 0 or (found and not needed):
        raise invalid(name)
    return found or None
