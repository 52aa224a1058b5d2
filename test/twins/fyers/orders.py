"""Orders of the Fyers twin: JSON in, rows out."""

from decimal import Decimal

from domain.orders import OrderStatus, OrderTerms, PriceType, Product, Side
from test.twins.fyers import rows
from test.twins.kit.orders import Orders

TYPES = {1: PriceType.LIMIT, 2: PriceType.MARKET, 3: PriceType.SL_M, 4: PriceType.SL}
SIDES = {1: Side.BUY, -1: Side.SELL}
PRODUCTS = {"CNC": Product.CNC, "INTRADAY": Product.MIS, "MARGIN": Product.NRML}
REQUIRED = (
    "symbol", "qty", "type", "side", "productType", "limitPrice", "stopPrice", "validity", "disclosedQty",
    "offlineOrder", "stopLoss", "takeProfit",
)  # fmt: skip
INVALID, UNKNOWN_ORDER, REJECTED, BAD_STOP = -50, -51, -99, -390
ENDED = {OrderStatus.CANCELLED: -161, OrderStatus.COMPLETE: -162, OrderStatus.REJECTED: -164}
INPUT_CODES = frozenset({"QUANTITY", "PRODUCT", "NOT_TRADABLE", "PRICE_MISSING", "DISCLOSED_QUANTITY"})


class FyersError(Exception):
    """An answer with a code."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def invalid(name):
    """What Fyers says about a missing or unreadable field."""
    return FyersError(INVALID, f"Please provide a valid {name}")


class FyersOrders(Orders):
    """Order calls of Fyers."""

    def row(self, row, user):
        return rows.order(row, self.listed(row), user, 1)

    def refusal(self, error):
        if error.code in INPUT_CODES:
            return FyersError(INVALID, error.message)
        return FyersError(REJECTED, f"RED:{error.message}", 200)

    def unknown(self, order_id):
        return FyersError(UNKNOWN_ORDER, "Invalid order id")

    def place(self, user, form):
        """POST /orders/sync"""
        missing = [name for name in REQUIRED if name not in form]
        if missing:
            raise invalid(missing[0])
        if form["validity"] != "DAY" or form["offlineOrder"] is not False:
            raise invalid("validity")
        tag = form.get("orderTag")
        bad = tag is not None and not (isinstance(tag, str) and 0 < len(tag) <= 30 and tag.isalnum())
        if bad or str(tag).lower() in ("clientid", "untagged"):
            raise invalid("orderTag")
        _, terms = self.terms(form)
        return self.enter(user, terms, tag)

    def modify(self, user, form):
        """PATCH /orders/sync: what the body leaves out stays."""
        row = self._working(user, form)
        listed = self.listed(row)
        whole = {
            "symbol": listed.name, "qty": row.quantity // listed.lot, "type": rows.TYPES[row.price_type],
            "side": rows.SIDES[row.side], "productType": rows.PRODUCTS[Product(row.product)],
            "disclosedQty": row.disclosed_quantity // listed.lot, "limitPrice": rows.number(row.price),
            "stopPrice": rows.number(row.trigger_price),
        } | {name: form[name] for name in ("type", "qty", "limitPrice", "stopPrice") if name in form}  # fmt: skip
        kind = TYPES.get(whole["type"])
        if kind is not None:
            whole["limitPrice"] = whole["limitPrice"] if kind.needs_price else 0
            whole["stopPrice"] = whole["stopPrice"] if kind.needs_trigger else 0
        return self.amend(user, row.order_id, self.terms(whole)[1])

    def cancel(self, user, form):
        """DELETE /orders/sync"""
        return self.withdraw(user, self._working(user, form).order_id)

    def _working(self, user, form):
        order_id = form.get("id")
        if not isinstance(order_id, str) or not order_id:
            raise invalid("id")
        row = self.find(user, order_id)
        if row.status in ENDED:
            raise FyersError(ENDED[row.status], f"The order is already {row.status.value}")
        return row

    def trades(self, user):
        """The trade book."""
        return [rows.trade(row, listed, user) for row, listed in self.fills(user)]

    def terms(self, form):
        """(listed, terms) of an order or of a margin request."""
        listed = self._listing.by_ticker(form.get("symbol"))
        if listed is None or listed.instrument.exchange.is_index:
            raise FyersError(-300, "Invalid symbol provided")
        kind, side = _word(form, "type", TYPES), _word(form, "side", SIDES)
        limit, stop = (_price(form, name) for name in ("limitPrice", "stopPrice"))
        if (limit is not None) != kind.needs_price or (stop is not None) != kind.needs_trigger:
            raise invalid("limitPrice" if (limit is not None) != kind.needs_price else "stopPrice")
        if kind is PriceType.SL and not (stop < limit if side is Side.BUY else stop > limit):
            raise FyersError(BAD_STOP, "Stop price is on the wrong side of the limit price")
        if any(_price(form, name) is not None for name in ("stopLoss", "takeProfit") if name in form):
            raise invalid("stopLoss")
        return listed, OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange, side=side,
            product=_word(form, "productType", PRODUCTS), price_type=kind, price=limit, trigger_price=stop,
            quantity=_count(form, "qty") * listed.lot,
            disclosed_quantity=_count(form, "disclosedQty") * listed.lot if form.get("disclosedQty") else 0,
        )  # fmt: skip


def _word(form, name, words):
    value = form.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value not in words:
        raise invalid(name)
    return words[value]


def _count(form, name):
    value = form.get(name)
    if type(value) is not int or value <= 0:
        raise invalid(name)
    return value


def _price(form, name):
    """A price; None for 0, which is how Fyers writes "none"."""
    value = form.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise invalid(name)
    return Decimal(str(value)) or None
