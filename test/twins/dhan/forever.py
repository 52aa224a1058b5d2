"""Forever orders of the Dhan twin: kept in memory, fired by hand (POST /twin/gtts)."""

import itertools

from domain.orders import PriceType
from test.twins.dhan.errors import DhanError, invalid
from test.twins.dhan.orders import PRODUCTS, amount, count
from utils.clock import ist_text

LEGS = {"SINGLE": ("ENTRY_LEG",), "OCO": ("STOP_LOSS_LEG", "TARGET_LEG")}


class Forever:
    """Calls about forever orders; each leg is a row."""

    def __init__(self, orders, market):
        self._orders = orders
        self._market = market
        self._ids = itertools.count(5_132_208_051_001)
        self._legs = {}

    def place(self, user, request):
        """POST /forever/orders"""
        body = request.json()
        if body.get("orderFlag") not in LEGS:
            raise invalid("orderFlag")
        if body.get("validity") not in ("DAY", "IOC"):
            raise invalid("validity")
        if body.get("productType") not in PRODUCTS or body["productType"] == "INTRADAY":
            raise invalid("productType")
        own = str(next(self._ids))
        kinds = LEGS[body["orderFlag"]]
        self._legs[own] = [
            self._leg(user, own, body, name, "1" if number else "") for number, name in enumerate(kinds)
        ]
        return {"orderId": own, "orderStatus": "PENDING"}

    def _leg(self, user, own, body, name, mark):
        listed = self._orders.contract(body)
        kind, price = body.get("orderType"), amount(body, f"price{mark}")
        trigger = amount(body, f"triggerPrice{mark}")
        if kind not in ("LIMIT", "MARKET") or (kind == "LIMIT") == (price is None):
            raise invalid(f"price{mark}")
        if trigger is None:
            raise invalid(f"triggerPrice{mark}")
        now = ist_text(self._market.clock.now())
        return {
            "dhanClientId": user, "orderId": own, "orderStatus": "CONFIRM", "orderType": body["orderFlag"],
            "transactionType": body["transactionType"], "exchangeSegment": listed.exchange,
            "productType": body["productType"], "tradingSymbol": listed.instrument.symbol,
            "securityId": listed.token[1], "quantity": count(body, f"quantity{mark}"), "price": float(price or 0),
            "triggerPrice": float(trigger), "legName": name, "createTime": now, "updateTime": None,
            "exchangeTime": None, "drvExpiryDate": None, "drvOptionType": None, "drvStrikePrice": 0,
        }  # fmt: skip

    def modify(self, user, request, own):
        """PUT /forever/orders/<id>: one leg."""
        body, legs = request.json(), self._active(user, own)
        leg = next((each for each in legs if each["legName"] == body.get("legName")), None)
        if leg is None or body.get("orderFlag") != leg["orderType"] or body.get("orderId") != own:
            raise invalid("legName")
        price, trigger = amount(body, "price"), amount(body, "triggerPrice")
        if (body.get("orderType") == "LIMIT") == (price is None) or trigger is None:
            raise invalid("price")
        leg |= {
            "quantity": count(body, "quantity"), "price": float(price or 0), "triggerPrice": float(trigger),
            "updateTime": ist_text(self._market.clock.now()),
        }  # fmt: skip
        return {"orderId": own, "orderStatus": "PENDING"}

    def cancel(self, user, _request, own):
        """DELETE /forever/orders/<id>"""
        for leg in self._active(user, own):
            leg["orderStatus"] = "CANCELLED"
        return {"orderId": own, "orderStatus": "CANCELLED"}

    def of(self, user, _request=None):
        """GET /forever/orders: the target before the stop, as no order is documented."""
        return [leg for legs in self._legs.values() for leg in reversed(legs) if leg["dhanClientId"] == user]

    def fire(self, own, leg=0):
        """As if the market had reached a leg."""
        legs = self._legs[str(own)]
        hit = legs[leg]
        kind = PriceType.MARKET if not hit["price"] else PriceType.LIMIT
        order_id = self._orders.place(
            hit["dhanClientId"], {**hit, "orderType": kind.value, "validity": "DAY", "triggerPrice": 0}
        )
        for each in legs:
            each["orderStatus"] = "TRADED" if each is hit else "CANCELLED"
        return {"orderId": order_id}

    def _active(self, user, own):
        legs = self._legs.get(own, [])
        if not legs or legs[0]["dhanClientId"] != user:
            raise DhanError(400, "DH-906", f"Order {own} does not exist")
        if legs[0]["orderStatus"] != "CONFIRM":
            raise DhanError(400, "DH-906", "Order is not active")
        return legs
