"""Orders of the Dhan twin: JSON bodies in, rows out, and what Dhan remembers beside the exchange."""

import re
from decimal import Decimal, InvalidOperation

from domain.orders import OrderTerms, PriceType, Product, Side
from test.twins.dhan import rows
from test.twins.dhan.errors import DhanError, invalid
from test.twins.kit.orders import Orders

PRICE_TYPES = {"LIMIT": PriceType.LIMIT, "MARKET": PriceType.MARKET, "STOP_LOSS": PriceType.SL}
PRODUCTS = {"CNC": Product.CNC, "MARGIN": Product.NRML, "INTRADAY": Product.MIS}
TAG = re.compile(r"[A-Za-z0-9 _-]{1,30}")
MOST_CHANGES = 25


class DhanOrders(Orders):
    """Order calls. is_sandbox: STOP_LOSS_MARKET works, and updateTime is in UTC; live it fills at once."""

    def __init__(self, exchange, listing, is_sandbox=False):
        super().__init__(exchange, listing)
        self.is_sandbox = is_sandbox
        self._changes = {}

    def row(self, row, user):
        extras = self._extras.get(row.order_id, {})
        return rows.order(row, self.listed(row), user, extras, self.is_sandbox)

    def refusal(self, error):
        return DhanError(400, "DH-906", error.message)

    def unknown(self, order_id):
        return DhanError(400, "DH-906", f"Order {order_id} does not exist")

    def place(self, user, body):
        """New order; answers its id."""
        listed, terms = self.terms(body)
        if body.get("validity") not in ("DAY", "IOC"):
            raise invalid("validity")
        tag = body.get("correlationId")
        if tag is not None and not (isinstance(tag, str) and TAG.fullmatch(tag)):
            raise invalid("correlationId")
        return self.enter(user, terms, tag or None, exchangeSegment=listed.exchange)

    def modify(self, user, order_id, body):
        """New terms; quantity is the new total."""
        row = self.find(user, order_id)
        if body.get("orderId") != order_id:
            raise invalid("orderId")
        if body.get("legName") not in ("ENTRY_LEG", "TARGET_LEG", "STOP_LOSS_LEG"):
            raise invalid("legName")
        self._changes[order_id] = self._changes.get(order_id, 0) + 1
        if self._changes[order_id] > MOST_CHANGES:
            raise DhanError(400, "DH-906", "An order can be changed 25 times at most")
        listed = self.listed(row)
        full = {
            **body, "transactionType": row.side.value, "exchangeSegment": listed.exchange,
            "productType": rows.PRODUCTS[Product(row.product)], "securityId": listed.token[1],
        }  # fmt: skip
        return self.amend(user, order_id, self.terms(full)[1])

    def terms(self, body):
        """(listed, terms) of an order or of a leg of the calculator."""
        listed = self.contract(body)
        kind = self._price_type(body.get("orderType"))
        price, trigger = (amount(body, name) for name in ("price", "triggerPrice"))
        side = _word(body, "transactionType", Side.__members__)
        if kind is PriceType.SL and not (
            price and trigger and (trigger > price if side is Side.SELL else trigger < price)
        ):
            raise DhanError(400, "DH-906", "Trigger price does not fit the price")
        if kind is PriceType.LIMIT and not price:
            raise invalid("price")
        quantity = count(body, "quantity")
        disclosed = body.get("disclosedQuantity") or 0
        if disclosed and disclosed * 10 <= quantity * 3:
            raise invalid("disclosedQuantity")
        return listed, OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange, side=side, quantity=quantity,
            price_type=kind, product=_word(body, "productType", PRODUCTS), disclosed_quantity=disclosed,
            price=price if kind.needs_price else None, trigger_price=trigger if kind.needs_trigger else None,
        )  # fmt: skip

    def contract(self, body):
        """The instrument a body names."""
        token = body.get("securityId")
        listed = (
            self._listing.by_token((body.get("exchangeSegment"), token)) if isinstance(token, str) else None
        )
        if listed is None:
            raise DhanError(400, "DH-905", "Invalid SecurityId")
        return listed

    def _price_type(self, word):
        if word == "STOP_LOSS_MARKET":
            return PriceType.SL_M if self.is_sandbox else PriceType.MARKET
        if word not in PRICE_TYPES:
            raise invalid("orderType")
        return PRICE_TYPES[word]

    def trades(self, user, order_id=None):
        """The trade book, or the fills of one order."""
        return [rows.trade(*fill) for fill in self.fills(user, order_id)]

    def tagged(self, user, tag):
        """Orders of a correlation id, newest first."""
        return [row for row in reversed(self.rows(user)) if row["correlationId"] == tag]


def _word(body, name, words):
    try:
        return words[body[name]]
    except (KeyError, TypeError):
        raise invalid(name) from None


def count(body, name):
    """A whole number above 0."""
    value = body.get(name)
    if type(value) is not int or value <= 0:
        raise invalid(name)
    return value


def amount(body, name):
    """A price, None where the body says 0 or nothing."""
    value = body.get(name)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise invalid(name) from None
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise invalid(name)
    return number or None
