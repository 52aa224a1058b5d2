"""Orders of the XTS twin: JSON in, order-book rows out."""

from domain.orders import OrderStatus, OrderTerms, PriceType, Product, Side
from test.twins.kit.orders import Orders
from test.twins.kit.words import number
from test.twins.xts.listing import NUMBERS
from test.twins.xts.words import (
    EMPTY_TIME,
    PRICE_TYPES,
    SHOWN_SIDES,
    SHOWN_TYPES,
    STATUS,
    XtsError,
    count,
    invalid,
    price,
    time_text,
    word,
)

PRODUCTS = {product.value: product for product in Product}
SIDES = {side.value: side for side in Side}
TAG_LENGTH = 20
RISK = ("INSUFFICIENT_FUNDS", "NO_HOLDINGS", "PRICE_BAND", "FREEZE_QUANTITY")


class XtsOrders(Orders):
    """Order calls of the interactive application."""

    def row(self, row, user):
        listed = self.listed(row)
        filled = row.filled_quantity or 0
        working = row.status.is_working
        done = f"{row.average_price:.2f}" if row.average_price else ""
        partly = working and filled and row.status is OrderStatus.OPEN
        extras = self._extras.get(row.order_id, {})
        replaced = working and not filled and extras.get("replaced")
        return {
            "LoginID": user, "ClientID": user, "AppOrderID": int(row.order_id), "OrderReferenceID": "",
            "GeneratedBy": "TWSAPI", "ExchangeOrderID": row.vendor["exchange_order_id"], "OrderCategoryType": "NORMAL",
            "ExchangeSegment": listed.exchange, "ExchangeInstrumentID": listed.id,
            "OrderSide": SHOWN_SIDES[row.side], "OrderType": SHOWN_TYPES[row.price_type],
            "ProductType": str(row.product), "TimeInForce": "DAY", "OrderPrice": number(row.price),
            "OrderQuantity": row.quantity // listed.lot, "OrderStopPrice": number(row.trigger_price),
            "OrderStatus": "PartiallyFilled" if partly else "Replaced" if replaced else STATUS[row.status],
            "OrderAverageTradedPrice": done, "LeavesQuantity": (row.quantity - filled) // listed.lot if working else 0,
            "CumulativeQuantity": filled // listed.lot,
            "OrderDisclosedQuantity": row.disclosed_quantity // listed.lot,
            "OrderGeneratedDateTime": time_text(row.placed_at), "ExchangeTransactTime": time_text(row.updated_at),
            "LastUpdateDateTime": time_text(row.updated_at), "OrderExpiryDate": EMPTY_TIME,
            "CancelRejectReason": row.rejection_reason or "", "OrderUniqueIdentifier": row.tag or "",
            "OrderLegStatus": "SingleOrderLeg", "BoLegDetails": 0, "IsSpread": False, "BoEntryOrderId": "",
            "MessageCode": 9004, "MessageVersion": 4, "TokenID": 0, "ApplicationType": 0, "SequenceNumber": 0,
        }  # fmt: skip

    def refusal(self, error):
        code = "e-rms-0001" if error.code in RISK else "e-orders-0001"
        return XtsError(
            400, code, f"RMS:Rejected by system: {error.message}" if error.code in RISK else error.message
        )

    def unknown(self, order_id):
        return XtsError(400, "e-orders-0005", f"Order {order_id} not found")

    def place(self, user, body):
        """POST /orders; answers the id."""
        listed = self._named(body)
        kind = word(body, "orderType", PRICE_TYPES)
        tag = body.get("orderUniqueIdentifier") or None
        if tag is not None and (not isinstance(tag, str) or len(tag) > TAG_LENGTH):
            raise invalid("orderUniqueIdentifier")
        if body.get("timeInForce") != "DAY":
            raise invalid("timeInForce")
        terms = OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange,
            side=word(body, "orderSide", SIDES), product=word(body, "productType", PRODUCTS), price_type=kind,
            quantity=count(body, "orderQuantity") * listed.lot,
            disclosed_quantity=count(body, "disclosedQuantity") * listed.lot,
            price=price(body, "limitPrice", kind.needs_price),
            trigger_price=price(body, "stopPrice", kind.needs_trigger),
        )  # fmt: skip
        return self.enter(user, terms, tag)

    def modify(self, user, body):
        """PUT /orders: everything is said again."""
        row = self.find(user, str(count(body, "appOrderID")))
        lot = self.listed(row).lot
        kind = word(body, "modifiedOrderType", PRICE_TYPES)
        if word(body, "modifiedProductType", PRODUCTS) != row.product:
            raise invalid("modifiedProductType")
        if body.get("modifiedTimeInForce") != "DAY":
            raise invalid("modifiedTimeInForce")
        terms = OrderTerms(
            symbol=row.symbol, exchange=row.exchange, side=row.side, product=row.product, price_type=kind,
            quantity=count(body, "modifiedOrderQuantity") * lot,
            disclosed_quantity=count(body, "modifiedDisclosedQuantity") * lot,
            price=price(body, "modifiedLimitPrice", kind.needs_price),
            trigger_price=price(body, "modifiedStopPrice", kind.needs_trigger),
        )  # fmt: skip
        return self.amend(user, row.order_id, terms, replaced=kind in (PriceType.LIMIT, PriceType.MARKET))

    def trades(self, user):
        """GET /orders/trades: the order's facts and those of one fill each."""
        rows = {row.order_id: row for row in self._exchange.orders(user)}
        return [
            {
                **self.row(rows[fill.order_id], user), "LastTradedPrice": number(fill.price),
                "LastTradedQuantity": fill.quantity // listed.lot,
                "LastExecutionTransactTime": time_text(fill.traded_at), "ExecutionID": fill.trade_id,
                "ExecutionReportIndex": index, "MessageCode": 9005,
            }
            for index, (fill, listed) in enumerate(self.fills(user), start=1)
        ]  # fmt: skip

    def _named(self, body):
        segment = word(body, "exchangeSegment", {name: name for name in NUMBERS})
        listed = self._listing.by_token((NUMBERS[segment], count(body, "exchangeInstrumentID")))
        if listed is None or listed.instrument.exchange.is_index:
            raise XtsError(400, "e-orders-0002", "Instrument is not available for trading")
        return listed
