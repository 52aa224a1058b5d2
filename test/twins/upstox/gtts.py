"""GTTs of the Upstox twin: kept in memory, fired by hand (POST /twin/gtts), so that a test chooses the moment."""

import itertools

from domain.orders import PriceType
from test.twins.upstox import rows
from test.twins.upstox.orders import UpstoxError, invalid
from utils.clock import epoch_ms

YEAR_MS = 365 * 24 * 3600 * 1000
STRATEGIES = ("ENTRY", "TARGET", "STOPLOSS")


class UpstoxGtts:
    """Calls about GTTs. A fired one sends a protected order, as Upstox does since August 2025."""

    def __init__(self, orders, market):
        self._orders = orders
        self._market = market
        self._numbers = itertools.count(1)
        self._rows = {}

    def place(self, user, body):
        """POST /v3/order/gtt/place"""
        terms = self._orders.deal(body, PriceType.MARKET, body.get("instrument_token"), {})
        name = f"GTT-C2511300{next(self._numbers):07d}"
        now = epoch_ms(self._market.clock.now())
        listed = self._market.listing.by_token(body["instrument_token"])
        self._rows[name] = {
            "user": user, "terms": terms, "type": _kind(body), "quantity": terms.quantity, "product": body["product"],
            "rules": self._rules(body), **rows.place_of(listed), "exchange": listed.exchange, "gtt_order_id": name,
            "expires_at": (now + YEAR_MS) * 1000, "created_at": now * 1000,
        }  # fmt: skip
        return [name]

    def modify(self, user, body):
        """PUT /v3/order/gtt/modify: quantity and rules anew."""
        row = self._active(user, body)
        if _kind(body) != row["type"] or not isinstance(body.get("quantity"), int):
            raise invalid("type")
        row["quantity"] = body["quantity"]
        row["rules"] = self._rules({**body, "transaction_type": row["rules"][0]["transaction_type"]})
        return [row["gtt_order_id"]]

    def cancel(self, user, body):
        """DELETE /v3/order/gtt/cancel, with a body."""
        row = self._active(user, body)
        for rule in row["rules"]:
            rule["status"] = "CANCELLED"
        return [row["gtt_order_id"]]

    def of(self, user, name=None):
        """GET /v3/order/gtt"""
        hidden = ("user", "terms")
        return [
            {field: value for field, value in row.items() if field not in hidden}
            for row in self._rows.values()
            if row["user"] == user and name in (None, row["gtt_order_id"])
        ]

    def fire(self, name):
        """As if the market had reached the entry."""
        row = self._rows[name]
        rule = row["rules"][0]
        body = {
            "instrument_token": row["instrument_token"], "quantity": row["quantity"], "product": row["product"],
            "transaction_type": rule["transaction_type"], "order_type": "MARKET", "price": 0, "trigger_price": 0,
            "validity": "DAY", "is_amo": False, "market_protection": -1,
        }  # fmt: skip
        try:
            rule |= {"order_id": self._orders.place(row["user"], body), "status": "COMPLETED"}
        except UpstoxError as refusal:
            rule |= {"status": "FAILED", "message": refusal.message}
        return rule

    def _rules(self, body):
        rules = body.get("rules")
        if not isinstance(rules, list) or not 1 <= len(rules) <= 3:
            raise invalid("rules")
        found = []
        for rule, strategy in zip(rules, STRATEGIES, strict=False):
            kinds = ("ABOVE", "BELOW", "IMMEDIATE") if strategy == "ENTRY" else ("IMMEDIATE",)
            price = rule.get("trigger_price")
            if rule.get("strategy") not in STRATEGIES or rule.get("trigger_type") not in kinds:
                raise invalid("rules.trigger_type")
            if isinstance(price, bool) or not isinstance(price, (int, float)) or price <= 0:
                raise invalid("rules.trigger_price")
            found.append({
                "strategy": rule["strategy"], "status": "SCHEDULED", "message": None, "order_id": None,
                "trigger_type": rule["trigger_type"], "trigger_price": price,
                "transaction_type": body["transaction_type"],
            })  # fmt: skip
        return found

    def _active(self, user, body):
        row = self._rows.get(body.get("gtt_order_id"))
        if row is None or row["user"] != user or row["rules"][0]["status"] != "SCHEDULED":
            raise UpstoxError("UDAPI100010", "GTT order not found")
        return row


def _kind(body):
    if body.get("type") not in ("SINGLE", "MULTIPLE"):
        raise invalid("type")
    return body["type"]
