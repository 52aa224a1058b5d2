"""Orders of the Noren twin: jData in, rows out."""

from decimal import Decimal, InvalidOperation
from urllib.parse import unquote_plus

from domain.orders import OrderTerms
from test.twins.kit.orders import Orders
from test.twins.noren import rows

KINDS, SIDES, PRODUCTS = (
    {word: ours for ours, word in table.items()} for table in (rows.KINDS, rows.SIDES, rows.PRODUCTS)
)


class NorenError(Exception):
    """An answer `Not_Ok` with this text."""


def invalid(name):
    """What Noren says of a field that is missing or unreadable."""
    return NorenError(f"Invalid Input : Invalid {name}")


class NorenOrders(Orders):
    """Order calls; `bars_market` refuses orders without a limit price, as the brokers do for API orders."""

    def __init__(self, exchange, listing):
        super().__init__(exchange, listing)
        self.bars_market = False

    def row(self, row, user):
        return rows.order(row, self.listed(row), user, self._extras.get(row.order_id, {}))

    def refusal(self, error):
        return NorenError(f"Rejected : RED:{error.message}")

    def unknown(self, order_id):
        return NorenError("Rejected : ORA:Order not found")

    def place(self, user, data):
        """New order; answers its id."""
        if data.get("ret") != "DAY":
            raise invalid("ret")
        return self.enter(user, self.terms(data), data.get("remarks") or None)

    def modify(self, user, data):
        """New terms of a working order; qty is the whole, a trigger of 0 is refused where none belongs."""
        row = self.find(user, data.get("norenordno"))
        if self._listed_by(data) is not self.listed(row):
            raise invalid("tsym")
        if "trgprc" in data and not _word(data, "prctyp", KINDS).needs_trigger:
            raise NorenError(f"Rejected : Trigger price invalid - {data['trgprc']}")
        words = {"trantype": rows.SIDES[row.side], "prd": rows.PRODUCTS[row.product]}
        return self.amend(user, row.order_id, self.terms({**data, **words}))

    def cancel(self, user, data):
        """Withdraw an order."""
        return self.withdraw(user, self.find(user, data.get("norenordno")).order_id)

    def book(self, user):
        """The order book, the newest first."""
        return self.rows(user)[::-1]

    def trades(self, user):
        """The trade book, the newest first."""
        return [rows.trade(row, listed, user) for row, listed in self.fills(user)][::-1]

    def history(self, user, order_id):
        """States of an order, the newest first."""
        found = self.states(user, order_id)
        return [{**row, "rpt": "NewAck" if number else "New"} for number, row in enumerate(found)][::-1]

    def terms(self, data):
        """OrderTerms of an order's or a margin leg's fields."""
        listed = self._listed_by(data)
        kind = _word(data, "prctyp", KINDS)
        if self.bars_market and not kind.needs_price:
            raise NorenError(f"Rejected : RED:{data['prctyp']} orders are not allowed through API")
        return OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange,
            side=_word(data, "trantype", SIDES), product=_word(data, "prd", PRODUCTS), price_type=kind,
            quantity=_count(data, "qty"), disclosed_quantity=_count(data, "dscqty") if data.get("dscqty") else 0,
            price=_price(data, "prc") if kind.needs_price else None,
            trigger_price=_price(data, "trgprc") if kind.needs_trigger else None,
        )  # fmt: skip

    def _listed_by(self, data):
        """The order system decodes the symbol, unlike the data calls."""
        listed = self._listing.by_name(data.get("exch"), unquote_plus(data.get("tsym") or ""))
        if listed is None or listed.instrument.exchange.is_index:
            raise invalid("Trading Symbol")
        return listed


def _word(data, name, words):
    try:
        return words[data[name]]
    except KeyError:
        raise invalid(name) from None


def _count(data, name):
    text = data.get(name) or ""
    if not text.isdecimal():
        raise invalid(name)
    return int(text)


def _price(data, name):
    try:
        value = Decimal(data[name])
    except (KeyError, InvalidOperation):
        raise invalid(name) from None
    if not value.is_finite() or value < 0:
        raise invalid(name)
    return value or None
