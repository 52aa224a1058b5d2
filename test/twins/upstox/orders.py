"""Orders of the Upstox twin: JSON bodies in, rows out."""

from decimal import Decimal

from domain.orders import OrderTerms, PriceType, Product, Side
from test.twins.kit.orders import Orders
from test.twins.upstox import rows

MOST_PROTECTION = 25
LONGEST_TAG = 40


class UpstoxError(Exception):
    """An answer with an error code."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(name):
    """What Upstox says about a missing or unreadable field."""
    return UpstoxError("UDAPI100036", f"Invalid Input: {name}")


class UpstoxOrders(Orders):
    """Order calls of Upstox."""

    def __init__(self, exchange, listing):
        super().__init__(exchange, listing)
        self.demands_protection = False

    def row(self, row, user):
        return rows.order(row, self.listed(row), user, self._extras.get(row.order_id, {}))

    def refusal(self, error):
        return UpstoxError(f"UDAPI1{error.code[:4]}", error.message)

    def unknown(self, order_id):
        return UpstoxError("UDAPI100010", "Order not found")

    def place(self, user, body):
        """New order; answers its id."""
        _one_of(body, "validity", ("DAY", "IOC"))
        if _of(body, "is_amo", bool):
            raise UpstoxError("UDAPI1025", "After market orders are taken outside market hours only")
        if body.get("slice", False) not in (True, False):
            raise invalid("slice")
        tag = body.get("tag")
        if tag is not None and not (isinstance(tag, str) and len(tag) <= LONGEST_TAG):
            raise invalid("tag")
        return self.enter(user, self.terms(body), tag)

    def modify(self, user, body):
        """New terms; answers the order's id."""
        row = self.find(user, _of(body, "order_id", str))
        _one_of(body, "validity", ("DAY", "IOC"))
        kind = PriceType(_one_of(body, "order_type", tuple(PriceType)))
        self._demand_protection(kind, body)
        terms = OrderTerms(
            symbol=row.symbol, exchange=row.exchange, side=row.side, product=row.product, price_type=kind,
            quantity=_count(body, "quantity") if "quantity" in body else row.quantity, **_prices(kind, body),
        )  # fmt: skip
        return self.amend(user, row.order_id, terms)

    def cancel(self, user, order_id):
        """Withdraw an order."""
        row = self.find(user, order_id or "")
        if row.status.is_terminal:
            what = "already cancelled/rejected/completed order"
            raise UpstoxError("UDAPI100040", f"Cancel of {what} is not allowed")
        return self.withdraw(user, row.order_id)

    def trades(self, user, order_id=None):
        """The trade book, or the fills of one order."""
        return [rows.trade(*fill) for fill in self.fills(user, order_id)]

    def terms(self, body):
        """Of a new order."""
        kind = PriceType(_one_of(body, "order_type", tuple(PriceType)))
        self._demand_protection(kind, body)
        return self.deal(body, kind, body.get("instrument_token"), _prices(kind, body))

    def deal(self, body, kind, key, prices):
        """Terms of anything that names contract, side, product and quantity."""
        listed = self._listing.by_token(key)
        if listed is None:
            raise UpstoxError("UDAPI100011", "Invalid Instrument key")
        word = _one_of(body, "product", ("I", "D"))
        carried = Product.CNC if listed.instrument.exchange.is_cash else Product.NRML
        return OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange, price_type=kind,
            side=Side(_one_of(body, "transaction_type", tuple(Side))), quantity=_count(body, "quantity"),
            product=Product.MIS if word == "I" else carried, **prices,
        )  # fmt: skip

    def _demand_protection(self, kind, body):
        """A percentage, or -1 for the vendor's own band; since April 2026 orders without a price need one."""
        band = body.get("market_protection", 0)
        if isinstance(band, bool) or not isinstance(band, (int, float)):
            raise invalid("market_protection")
        if band != -1 and not 0 <= band <= MOST_PROTECTION:
            raise invalid("market_protection")
        if self.demands_protection and not kind.needs_price and not band:
            raise UpstoxError("UDAPI1153", f"{kind.value} orders need market protection")


def _of(body, name, kind):
    found = body.get(name)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise invalid(name)
    return found


def _one_of(body, name, words):
    found = body.get(name)
    if found not in [str(word) for word in words]:
        raise invalid(name)
    return found


def _count(body, name):
    found = _of(body, name, int)
    if found <= 0:
        raise invalid(name)
    return found


def _prices(kind, body):
    """Both must be numbers, also where 0 says none."""
    found = {}
    for name, needed in (("price", kind.needs_price), ("trigger_price", kind.needs_trigger)):
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise invalid(name)
        found[name] = Decimal(str(value)) if needed and value else None
    disclosed = body.get("disclosed_quantity", 0)
    if isinstance(disclosed, bool) or not isinstance(disclosed, int) or disclosed < 0:
        raise invalid("disclosed_quantity")
    return {**found, "disclosed_quantity": disclosed}
