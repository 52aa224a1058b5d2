"""GTTs of the Kite twin: kept in memory, fired by hand (POST /twin/gtts), so that a test chooses the moment."""

import datetime as dt
import itertools
import json

from test.twins.kite.orders import KiteError, invalid
from utils.clock import ist_text

KINDS = {"single": 1, "two-leg": 2}
GTT_PRODUCTS = ("CNC", "NRML")


class KiteGtts:
    """Calls about GTTs; a fired one sends its order through the twin's own order calls."""

    def __init__(self, orders, market):
        self._orders = orders
        self._market = market
        self._ids = itertools.count(100_001)
        self._rows = {}

    def place(self, user, request):
        """POST /gtt/triggers"""
        row = self._row(user, request.form())
        now = self._market.clock.now()
        row |= {
            "id": next(self._ids), "status": "active", "created_at": ist_text(now),
            "expires_at": ist_text(now + dt.timedelta(days=365)),
        }  # fmt: skip
        self._rows[row["id"]] = row
        return {"trigger_id": row["id"]}

    def modify(self, user, request, trigger_id):
        """PUT /gtt/triggers/<id>: the whole of it anew."""
        known = self._active(user, trigger_id)
        fresh = self._row(user, request.form())
        kept = {name: known[name] for name in ("id", "status", "created_at", "expires_at")}
        self._rows[known["id"]] = fresh | kept
        return {"trigger_id": known["id"]}

    def delete(self, user, _request, trigger_id):
        """DELETE /gtt/triggers/<id>"""
        row = self._active(user, trigger_id)
        del self._rows[row["id"]]
        return {"trigger_id": row["id"]}

    def list(self, user, _request):
        """GET /gtt/triggers: all but the deleted ones."""
        return self.of(user)

    def of(self, user):
        """All of a user."""
        return [row for row in self._rows.values() if row["user_id"] == user]

    def one(self, user, _request, trigger_id):
        """GET /gtt/triggers/<id>"""
        return self._find(user, trigger_id)

    def fire(self, trigger_id, leg=0):
        """As if the market had reached a leg."""
        row = self._rows[int(trigger_id)]
        order = row["orders"][leg]
        form = {**{name: str(value) for name, value in order.items() if name != "result"}, "validity": "DAY"}
        outcome = {"status": "success", "order_id": "", "rejection_reason": ""}
        try:
            outcome["order_id"] = self._orders.place(row["user_id"], "regular", form)
        except KiteError as refusal:
            outcome |= {"status": "failed", "rejection_reason": refusal.message}
        now = ist_text(self._market.clock.now())
        order["result"] = {
            **{name: value for name, value in order.items() if name != "result"}, "account_id": row["user_id"],
            "validity": "DAY", "timestamp": now, "triggered_at": row["condition"]["trigger_values"][leg],
            "meta": json.dumps({"gtt": row["id"]}), "order_result": outcome,
        }  # fmt: skip
        row |= {"status": "triggered", "updated_at": now}
        return outcome

    def _find(self, user, trigger_id):
        row = self._rows.get(int(trigger_id)) if trigger_id.isdecimal() else None
        if row is None or row["user_id"] != user:
            raise KiteError(404, "GeneralException", "Trigger not found.")
        return row

    def _active(self, user, trigger_id):
        row = self._find(user, trigger_id)
        if row["status"] != "active":
            raise KiteError(400, "InputException", "Trigger is not active.")
        return row

    def _row(self, user, form):
        kind = form.get("type")
        if kind not in KINDS:
            raise invalid("type")
        condition, orders = _json(form, "condition", dict), _json(form, "orders", list)
        listed = self._market.listing.by_name(condition.get("exchange"), condition.get("tradingsymbol", ""))
        if listed is None:
            raise invalid("tradingsymbol")
        triggers = condition.get("trigger_values")
        if not isinstance(triggers, list) or len(triggers) != KINDS[kind] or triggers != sorted(triggers):
            raise invalid("trigger_values")
        if not condition.get("last_price"):
            raise invalid("last_price")
        if len(orders) != KINDS[kind]:
            raise invalid("orders")
        return {
            "user_id": user, "parent_trigger": None, "type": kind, "meta": {},
            "updated_at": ist_text(self._market.clock.now()),
            "condition": {**condition, "instrument_token": listed.token},
            "orders": [_order(order, condition) for order in orders],
        }  # fmt: skip


def _order(order, condition):
    """One order of a GTT; Kite holds LIMIT orders only."""
    named = (order.get("exchange"), order.get("tradingsymbol"))
    if named != (condition["exchange"], condition["tradingsymbol"]):
        raise invalid("orders")
    if order.get("order_type") != "LIMIT" or not order.get("price"):
        raise KiteError(400, "InputException", "GTT orders must be LIMIT orders with a price.")
    if order.get("product") not in GTT_PRODUCTS:
        raise invalid("product")
    if order.get("transaction_type") not in ("BUY", "SELL") or not isinstance(order.get("quantity"), int):
        raise invalid("orders")
    names = ("exchange", "tradingsymbol", "product", "order_type", "transaction_type", "quantity", "price")
    return {**{name: order[name] for name in names}, "result": None}


def _json(form, name, kind):
    try:
        value = json.loads(form.get(name, ""))
    except ValueError:
        raise invalid(name) from None
    if not isinstance(value, kind):
        raise invalid(name)
    return value
