"""Orders of the Kite twin: forms in, rows out, and what Kite remembers beside the exchange."""

from decimal import Decimal, InvalidOperation

from domain.instruments import Exchange
from domain.orders import OrderTerms, PriceType, Product, Side
from test.twins.kit.orders import Orders
from test.twins.kite import rows

KITE_ERRORS = {"INSUFFICIENT_FUNDS": "MarginException", "NO_HOLDINGS": "HoldingException"}
STATUS_OF = {"MarginException": 400, "InputException": 400, "HoldingException": 400, "OrderException": 500}
INPUT_CODES = frozenset({"QUANTITY", "PRODUCT", "NOT_TRADABLE", "PRICE_MISSING", "DISCLOSED_QUANTITY"})


class KiteError(Exception):
    """An answer with an error type."""

    def __init__(self, status, error_type, message):
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


def invalid(name):
    """What Kite says about a missing or unreadable field."""
    return KiteError(400, "InputException", f"Invalid `{name}`.")


class KiteOrders(Orders):
    """Order calls of Kite. Rows hold `modified` and `market_protection`, which the exchange does not keep."""

    def __init__(self, exchange, listing):
        super().__init__(exchange, listing)
        self.demands_protection = False

    def row(self, row, user):
        return rows.order(row, self.listed(row), user, self._extras.get(row.order_id, {}))

    def refusal(self, error):
        kind = (
            "InputException" if error.code in INPUT_CODES else KITE_ERRORS.get(error.code, "OrderException")
        )
        return KiteError(STATUS_OF[kind], kind, error.message)

    def unknown(self, order_id):
        return KiteError(404, "GeneralException", "Couldn't find that `order_id`.")

    def place(self, user, variety, form):
        """New order; answers its id."""
        _, terms = self._terms(variety, form)
        self._demand_protection(terms.price_type, form)
        tag = form.get("tag") or None
        if tag is not None and not (len(tag) <= 20 and tag.isalnum()):
            raise invalid("tag")
        return self.enter(user, terms, tag, market_protection=_number(form, "market_protection"))

    def modify(self, user, variety, order_id, form):
        """New terms; what the form leaves out stays."""
        row = self.find(user, order_id)
        if variety != "regular":
            raise invalid("variety")
        kind = _word(form, "order_type", PriceType) if "order_type" in form else row.price_type
        self._demand_protection(kind, form)
        lot = self.listed(row).lot
        terms = OrderTerms(
            symbol=row.symbol, exchange=row.exchange, side=row.side, product=row.product, price_type=kind,
            quantity=_count(form, "quantity") * lot if "quantity" in form else row.quantity,
            price=_price(form, "price") if "price" in form else row.price,
            trigger_price=_price(form, "trigger_price") if "trigger_price" in form else row.trigger_price,
            disclosed_quantity=_count(form, "disclosed_quantity") * lot if "disclosed_quantity" in form else 0,
        )  # fmt: skip
        return self.amend(user, order_id, terms, modified=True)

    def cancel(self, user, variety, order_id):
        """Withdraw an order."""
        self.find(user, order_id)
        if variety != "regular":
            raise invalid("variety")
        return self.withdraw(user, order_id)

    def history(self, user, order_id):
        """States of an order, oldest first: the gateway's two, then what the exchange told."""
        now = self.row(self.find(user, order_id), user)
        first = {**now, "filled_quantity": 0, "average_price": 0, "pending_quantity": now["quantity"]}
        opening = [{**first, "status": word} for word in ("PUT ORDER REQ RECEIVED", "VALIDATION PENDING")]
        return opening + self.states(user, order_id)

    def trades(self, user, order_id=None):
        """The trade book, or the fills of one order."""
        return [rows.trade(*fill) for fill in self.fills(user, order_id)]

    def legs(self, body):
        """(listed, terms) of a margin request."""
        if not isinstance(body, list) or not body:
            raise KiteError(400, "InputException", "Invalid JSON in request body.")
        return [
            self._terms(leg.get("variety"), {name: str(value) for name, value in leg.items()}) for leg in body
        ]

    def _demand_protection(self, kind, form):
        """Since April 2026: no MARKET or SL-M through the API without market protection."""
        if self.demands_protection and not kind.needs_price and not _number(form, "market_protection"):
            raise KiteError(
                400, "InputException",
                f"{kind.value} orders without market protection are not allowed via API.",
            )  # fmt: skip

    def _terms(self, variety, form):
        if variety != "regular":
            raise invalid("variety")
        if form.get("validity", "DAY") != "DAY":
            raise invalid("validity")
        if form.get("exchange") not in Exchange.__members__:
            raise invalid("exchange")
        listed = self._listing.by_name(form["exchange"], form.get("tradingsymbol", ""))
        if listed is None:
            raise KiteError(
                400, "InputException",
                "The instrument you are placing an order for has either expired or does not exist.",
            )  # fmt: skip
        kind = _word(form, "order_type", PriceType)
        disclosed = _count(form, "disclosed_quantity") if "disclosed_quantity" in form else 0
        return listed, OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange,
            side=_word(form, "transaction_type", Side), product=_word(form, "product", Product), price_type=kind,
            quantity=_count(form, "quantity") * listed.lot, disclosed_quantity=disclosed * listed.lot,
            price=_price(form, "price") if kind.needs_price else None,
            trigger_price=_price(form, "trigger_price") if kind.needs_trigger else None,
        )  # fmt: skip


def _word(form, name, words):
    try:
        return words(form[name])
    except (KeyError, ValueError):
        raise invalid(name) from None


def _count(form, name):
    text = form.get(name, "")
    if not text.isdecimal():
        raise invalid(name)
    return int(text)


def _price(form, name):
    try:
        value = Decimal(form[name])
    except (KeyError, InvalidOperation):
        raise invalid(name) from None
    if not value.is_finite() or value < 0:
        raise invalid(name)
    return value or None


def _number(form, name):
    try:
        return rows.number(Decimal(form.get(name) or "0"))
    except InvalidOperation:
        raise invalid(name) from None
