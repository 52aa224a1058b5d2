"""GTT rules of the Angel twin: kept in memory, fired by hand (POST /twin/gtts), so that a test chooses the moment."""

import itertools
from decimal import Decimal, InvalidOperation

from test.twins.angel.orders import AngelError, invalid

STATES = ("NEW", "CANCELLED", "ACTIVE", "SENTTOEXCHANGE", "FORALL")
MARGIN = "MARGIN"


class AngelGtts:
    """Calls about rules; a fired one sends its order through the twin's own order calls."""

    def __init__(self, orders, market):
        self._orders = orders
        self._market = market
        self._ids = itertools.count(1_000_001)
        self._rows = {}

    def create(self, user, request):
        """POST createRule"""
        body = request.json()
        listed = self._orders.contract(body)
        if body.get("producttype") not in ("DELIVERY", MARGIN) or body.get("transactiontype") not in (
            "BUY",
            "SELL",
        ):
            raise invalid("producttype")
        row = {
            "clientid": user, "id": str(next(self._ids)), "status": "NEW", "exchange": listed.exchange,
            "tradingsymbol": listed.tradingsymbol, "symboltoken": listed.number, "producttype": body["producttype"],
            "transactiontype": body["transactiontype"], **_terms(body),
        }  # fmt: skip
        self._rows[row["id"]] = row
        return {"id": int(row["id"])}

    def modify(self, user, request):
        """POST modifyRule"""
        body = request.json()
        self._live(user, body).update(_terms(body))
        return {"id": str(body["id"])}

    def cancel(self, user, request):
        """POST cancelRule"""
        body = request.json()
        self._live(user, body)["status"] = "CANCELLED"
        return {"id": str(body["id"])}

    def details(self, user, request):
        """POST ruleDetails"""
        return self._find(user, request.json())

    def list(self, user, request):
        """POST ruleList: one page of the rules in these states, null for none."""
        body = request.json()
        states, page, count = body.get("status"), body.get("page"), body.get("count")
        if not isinstance(states, list) or not set(states) <= set(STATES) or not states:
            raise invalid("status")
        if not all(isinstance(each, int) and each > 0 for each in (page, count)):
            raise invalid("page")
        found = [row for row in self.of(user) if "FORALL" in states or row["status"] in states]
        return found[(page - 1) * count : page * count] or None

    def of(self, user):
        """All rules of a user."""
        return [row for row in self._rows.values() if row["clientid"] == user]

    def fire(self, rule_id):
        """As if the market had reached the trigger."""
        row = self._rows[str(rule_id)]
        row["status"] = "SENTTOEXCHANGE"
        body = {
            "variety": "NORMAL", "tradingsymbol": row["tradingsymbol"], "symboltoken": row["symboltoken"],
            "transactiontype": row["transactiontype"], "exchange": row["exchange"], "ordertype": "LIMIT",
            "producttype": row["producttype"], "duration": "DAY", "price": row["price"], "quantity": row["qty"],
        }  # fmt: skip
        return self._orders.place(row["clientid"], body)

    def _find(self, user, body):
        row = self._rows.get(str(body.get("id")))
        if row is None or row["clientid"] != user:
            raise AngelError("", "Rule not found", 400)
        return row

    def _live(self, user, body):
        row = self._find(user, body)
        named = (body.get("symboltoken"), body.get("exchange"))
        if row["status"] not in ("NEW", "ACTIVE") or named != (row["symboltoken"], row["exchange"]):
            raise AngelError("", "Rule cannot be changed", 400)
        return row


def _terms(body):
    try:
        price, trigger = (Decimal(str(body[name])) for name in ("price", "triggerprice"))
        units, days = int(body["qty"]), int(body["timeperiod"])
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise invalid("price") from None
    if min(price, trigger) <= 0 or units <= 0 or not 0 < days <= 365:
        raise invalid("price")
    return {"price": f"{price:.2f}", "triggerprice": f"{trigger:.2f}", "qty": str(units)}
