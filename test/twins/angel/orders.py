"""Orders of the Angel twin: JSON in, rows out, and what Angel One remembers beside the exchange."""

from decimal import Decimal, InvalidOperation

from domain.orders import OrderTerms, PriceType, Product, Side
from test.twins.angel import rows
from test.twins.kit.orders import Orders

PRICE_TYPES = {
    "MARKET": PriceType.MARKET, "LIMIT": PriceType.LIMIT, "STOPLOSS_LIMIT": PriceType.SL,
    "STOPLOSS_MARKET": PriceType.SL_M,
}  # fmt: skip
PRODUCTS = {"DELIVERY": Product.CNC, "CARRYFORWARD": Product.NRML, "INTRADAY": Product.MIS}
SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
TEXTS = (
    "variety", "tradingsymbol", "symboltoken", "transactiontype", "exchange", "ordertype", "producttype", "duration",
    "price", "quantity",
)  # fmt: skip


class AngelError(Exception):
    """An answer with an error code. status: of the HTTP answer; Angel One tells most failures with 200."""

    def __init__(self, code, message, status=200):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def invalid(name):
    """A missing or unreadable field: the front refuses before any code is given."""
    return AngelError("", f"Invalid {name}", 400)


class AngelOrders(Orders):
    """Order calls of Angel One. Rows hold variety, unique id and whether the order was changed."""

    def row(self, row, user):
        return rows.order(row, self.listed(row), self._extras.get(row.order_id, {}))

    def refusal(self, error):
        return AngelError("AB1007", error.message)

    def unknown(self, order_id):
        return AngelError("", "Order not found", 400)

    def place(self, user, body):
        """New order; answers what Angel One does."""
        missing = [name for name in TEXTS if not isinstance(body.get(name), str) or not body[name]]
        if missing:
            raise invalid(missing[0])
        listed, terms = self.terms(body)
        if body["variety"] != rows.variety_of(terms.price_type):
            raise AngelError("AB1020", "Invalid Order Type")
        tag = body.get("ordertag") or None
        if tag is not None and len(tag) > 20:
            raise AngelError("AB4008", "Ordertag length should not exceed 20 characters")
        order_id = self.enter(user, terms, tag, variety=body["variety"])
        return self._done(order_id, listed.tradingsymbol)

    def modify(self, user, body):
        """New terms for a working order; the contract must be its own."""
        row = self.find(user, str(body.get("orderid")))
        own = self._extras.get(row.order_id, {})
        if body.get("variety") != own.get("variety"):
            raise AngelError("AB1020", "Invalid Order Type")
        listed, terms = self.terms({**body, "transactiontype": row.side.value})
        if listed != self.listed(row) or terms.product.value != row.product:
            raise invalid("symboltoken")
        self.amend(user, row.order_id, terms, modified=True)
        return self._done(row.order_id, listed.tradingsymbol)

    def cancel(self, user, body):
        """Withdraw an order under its own variety."""
        row = self.find(user, str(body.get("orderid")))
        if body.get("variety") != self._extras.get(row.order_id, {}).get("variety"):
            raise AngelError("AB1020", "Invalid Order Type")
        self.withdraw(user, row.order_id)
        return self._done(row.order_id, self.listed(row).tradingsymbol)

    def details(self, user, unique_id):
        """One order by its unique id."""
        for row in self.rows(user):
            if row["uniqueorderid"] == unique_id:
                return row
        raise self.unknown(unique_id)

    def trades(self, user):
        """The trade book."""
        return [rows.trade(*fill) for fill in self.fills(user)]

    def contract(self, body, token="symboltoken"):
        """The instrument of a request, by exchange and token; its trading symbol must fit where it is told."""
        exchange = body.get("exchange")
        listed = self._listing.by_token((exchange, body.get(token)))
        if listed is None or listed.instrument.exchange.is_index:
            raise AngelError("", "Symbol Not Found", 400)
        if body.get("tradingsymbol", listed.tradingsymbol) != listed.tradingsymbol:
            raise AngelError("", "Symbol Not Found", 400)
        return listed

    def terms(self, body):
        """(listed, terms) of an order request."""
        if body.get("duration", "DAY") != "DAY":
            raise invalid("duration")
        listed, kind = self.contract(body), _word(body, "ordertype", PRICE_TYPES)
        return listed, OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange,
            side=_word(body, "transactiontype", SIDES), product=_word(body, "producttype", PRODUCTS),
            price_type=kind, quantity=_count(body, "quantity"),
            disclosed_quantity=_count(body, "disclosedquantity") if body.get("disclosedquantity") else 0,
            price=_price(body, "price") if kind.needs_price else None,
            trigger_price=_price(body, "triggerprice") if kind.needs_trigger else None,
        )  # fmt: skip

    def leg(self, body):
        """Terms of a leg of the margin calculator."""
        listed = self.contract(body, "token")
        if not isinstance(body.get("qty"), int) or not isinstance(body.get("price"), (int, float)):
            raise invalid("positions")
        kind, price = _word(body, "orderType", PRICE_TYPES), body["price"]
        return OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange, quantity=body["qty"],
            side=_word(body, "tradeType", SIDES), product=_word(body, "productType", PRODUCTS),
            price_type=PriceType.LIMIT if kind.needs_price and price else PriceType.MARKET,
            price=Decimal(str(price)) if kind.needs_price and price else None,
        )  # fmt: skip

    def _done(self, order_id, symbol):
        return {"script": symbol, "orderid": order_id, "uniqueorderid": f"twin-{order_id}"}


def _word(body, name, words):
    try:
        return words[body[name]]
    except (KeyError, TypeError):
        raise invalid(name) from None


def _count(body, name):
    text = body.get(name)
    if not isinstance(text, str) or not text.isdecimal():
        raise invalid(name)
    return int(text)


def _price(body, name):
    try:
        value = Decimal(body[name])
    except (KeyError, TypeError, InvalidOperation):
        raise invalid(name) from None
    if not value.is_finite() or value < 0:
        raise invalid(name)
    return value or None
