"""Order calls of the simulated exchange, and what a vendor remembers beside it."""

from domain.errors import Refused
from domain.instruments import InstrumentKey


def key_of(row):
    """Common name of an order, trade, position or holding."""
    return InstrumentKey(row.exchange, row.symbol)


class Orders:
    """A vendor fills `row`, `refusal` and `unknown`, and reads its own requests into terms.

    `_extras` holds, by order id, fields that the exchange does not keep; a row shows them.
    """

    def __init__(self, exchange, listing):
        self._exchange = exchange
        self._listing = listing
        self._extras = {}
        self._states = {}

    def row(self, row, user):
        """One order as the vendor shows it."""
        raise NotImplementedError

    def refusal(self, error):
        """The exception that says a Refused of the exchange in the vendor's words."""
        raise NotImplementedError

    def unknown(self, order_id):
        """The exception for an order id that the user does not have."""
        raise NotImplementedError

    def enter(self, user, terms, tag, **extras):
        """New order; answers its id."""
        order_id = self._asked(self._exchange.place, user, terms, tag)
        self._extras.setdefault(order_id, {}).update(extras)
        return order_id

    def amend(self, user, order_id, terms, **extras):
        """New terms for a working order; answers its id. What the exchange tells of it shows the extras already."""
        before = self._extras.get(order_id, {})
        self._extras[order_id] = {**before, **extras}
        try:
            return self._exchange.modify(user, order_id, terms)
        except Refused as error:
            self._extras[order_id] = before
            raise self.refusal(error) from None

    def withdraw(self, user, order_id):
        """Cancel a working order; answers its id."""
        return self._asked(self._exchange.cancel, user, order_id)

    def _asked(self, call, *values):
        try:
            return call(*values)
        except Refused as error:
            raise self.refusal(error) from None

    def rows(self, user):
        """The order book, oldest first."""
        return [self.row(row, user) for row in self._exchange.orders(user)]

    def states(self, user, order_id):
        """What the exchange told of an order, oldest first, at least its present row."""
        now = self.row(self.find(user, order_id), user)
        return self._states.get(order_id) or [now]

    def heard(self, row, user):
        """The exchange changed an order; answers the vendor's row."""
        shown = self.row(row, user)
        self._states.setdefault(row.order_id, []).append(shown)
        return shown

    def find(self, user, order_id):
        """The exchange's row of one order of the user."""
        for row in self._exchange.orders(user):
            if row.order_id == order_id:
                return row
        raise self.unknown(order_id)

    def fills(self, user, order_id=None):
        """(trade, listed) of the trade book, or of one order."""
        rows = self._exchange.trades(user)
        return [(row, self.listed(row)) for row in rows if order_id in (None, row.order_id)]

    def listed(self, row):
        """The instrument of a row."""
        return self._listing.by_key(key_of(row))
