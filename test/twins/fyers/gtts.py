"""GTTs of the Fyers twin: kept in memory, fired by hand (POST /twin/gtts), so that a test chooses the moment."""

import itertools

from test.twins.fyers import rows
from test.twins.fyers.orders import SIDES, UNKNOWN_ORDER, FyersError, invalid
from utils.clock import epoch_ms

CANCELLED, TRADED, REJECTED, PENDING = 1, 2, 5, 6
GTT_PRODUCTS = ("CNC", "MARGIN")


class FyersGtts:
    """Calls about GTTs; a fired leg sends its limit order through the twin's own order calls."""

    def __init__(self, orders, market):
        self._orders = orders
        self._market = market
        self._ids = itertools.count(25_012_300_000_741)
        self._rows = {}

    def place(self, user, form):
        """POST /gtt/orders/sync"""
        listed = self._market.listing.by_ticker(form.get("symbol"))
        if listed is None:
            raise FyersError(-300, "Invalid symbol provided")
        if form.get("side") not in SIDES or form.get("productType") not in GTT_PRODUCTS:
            raise invalid("side" if form.get("side") not in SIDES else "productType")
        now, name = self._market.clock.now(), str(next(self._ids))
        exchange, segment = listed.codes
        self._rows[name] = {
            "user": user, "clientId": user, "exchange": exchange, "segment": segment, "fy_token": listed.token,
            "id_fyers": f"g-{name}", "id": name, "instrument": 0, "lot_size": 1, "multiplier": 1, "precision": 2,
            "ord_status": PENDING, "product_type": form["productType"], "report_type": "", "symbol": listed.name,
            "symbol_desc": listed.instrument.name, "symbol_exch": listed.root, "tran_side": form["side"],
            "tick_size": float(listed.instrument.tick_size), "create_time": rows.moment(now),
            "create_time_epoch": epoch_ms(now) // 1000, "oms_msg": "", "ltp_ch": 0, "ltp_chp": 0,
            "ltp": self._market.quote(listed).ltp, **self._legs(listed, form),
        }  # fmt: skip
        return name

    def modify(self, user, form):
        """PATCH /gtt/orders/sync: prices and quantities."""
        row = self._pending(user, form)
        listed = self._market.listing.by_ticker(row["symbol"])
        fresh = self._legs(listed, form)
        if fresh["gtt_oco_ind"] != row["gtt_oco_ind"]:
            raise invalid("orderInfo")
        row |= fresh
        return row["id"]

    def delete(self, user, form):
        """DELETE /gtt/orders/sync"""
        row = self._pending(user, form)
        row["ord_status"] = CANCELLED
        return row["id"]

    def of(self, user):
        """GET /gtt/orders"""
        return [
            {name: value for name, value in row.items() if name != "user"}
            for row in self._rows.values() if row["user"] == user
        ]  # fmt: skip

    def fire(self, name, leg=1):
        """As if the market had reached leg 1 or 2."""
        row = self._rows[str(name)]
        mark = "" if leg == 1 else "2"
        form = {
            "symbol": row["symbol"], "qty": row[f"qty{mark}"], "type": 1, "side": row["tran_side"], "stopPrice": 0,
            "productType": row["product_type"], "limitPrice": row[f"price{mark}_limit"], "validity": "DAY",
            "disclosedQty": 0, "offlineOrder": False, "stopLoss": 0, "takeProfit": 0,
        }  # fmt: skip
        try:
            order_id = self._orders.place(row["user"], form)
        except FyersError as refusal:
            row |= {"ord_status": REJECTED, "oms_msg": refusal.message}
            return None
        row["ord_status"] = TRADED
        return order_id

    def _pending(self, user, form):
        row = self._rows.get(str(form.get("id")))
        if row is None or row["user"] != user or row["ord_status"] != PENDING:
            raise FyersError(UNKNOWN_ORDER, "Invalid order id")
        return row

    def _legs(self, listed, form):
        """Columns of the legs: the first above the last price and the second below it when there are two."""
        info = form.get("orderInfo")
        if not isinstance(info, dict) or not info.keys() <= {"leg1", "leg2"} or "leg1" not in info:
            raise invalid("orderInfo")
        found = {"gtt_oco_ind": len(info)}
        for leg, mark in (("leg1", ""), ("leg2", "2")):
            values = info.get(leg, {"price": 0, "triggerPrice": 0, "qty": 0})
            for name in ("price", "triggerPrice", "qty"):
                value = values.get(name)
                if (
                    isinstance(value, bool)
                    or not isinstance(value, (int, float))
                    or (leg in info and value <= 0)
                ):
                    raise invalid(f"{leg} {name}")
            found |= {
                f"price{mark}_limit": values["price"], f"price{mark}_trigger": values["triggerPrice"],
                f"qty{mark}": values["qty"],
            }  # fmt: skip
        last = self._market.quote(listed).ltp
        if len(info) == 2 and not found["price2_trigger"] < last < found["price_trigger"]:
            raise FyersError(-50, "leg1 trigger must be above LTP and leg2 trigger below it")
        return found
