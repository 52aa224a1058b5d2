"""Calls of the interactive application: orders, portfolio, money."""

from decimal import Decimal

from domain.errors import Refused
from domain.instruments import Exchange, InstrumentKey
from domain.orders import OrderTerms
from test.twins.kit.orders import key_of
from test.twins.kit.words import number
from test.twins.xts.listing import isin_of
from test.twins.xts.orders import PRODUCTS, SIDES, XtsOrders
from test.twins.xts.words import PRICE_TYPES, XtsError, count, invalid, price, success, text, word

ALL = "ALL|ALL|ALL"


class Interactive:
    """One method a call: (user, request) -> the facts of the envelope."""

    def __init__(self, market):
        self._market = market
        self.orders = XtsOrders(market.exchange, market.listing)

    def routes(self):
        return (
            ("POST", "/orders", self.place),
            ("PUT", "/orders", self.modify),
            ("DELETE", "/orders", self.cancel),
            ("GET", "/orders", self.book),
            ("GET", "/orders/trades", self.trades),
            ("POST", "/orders/cancelall", self.cancel_all),
            ("POST", "/orders/margindetails", self.margin),
            ("GET", "/portfolio/positions", self.positions),
            ("GET", "/portfolio/holdings", self.holdings),
            ("GET", "/user/balance", self.balance),
            ("GET", "/user/profile", self.profile),
        )

    def place(self, user, request):
        body = request.json()
        order_id = self.orders.place(user, body)
        result = {
            "AppOrderID": int(order_id), "OrderUniqueIdentifier": body.get("orderUniqueIdentifier", ""),
            "ClientID": user,
        }  # fmt: skip
        return success("s-orders-0001", "Request sent", result)

    def modify(self, user, request):
        order_id = self.orders.modify(user, request.json())
        return success("s-orders-0001", "Modify order request sent", {"AppOrderID": int(order_id)})

    def cancel(self, user, request):
        order_id = self.orders.find(user, request.one("appOrderID")).order_id
        result = {"AppOrderID": int(self.orders.withdraw(user, order_id)), "ClientID": user}
        return success("s-orders-0001", "Cancel order request sent", result)

    def book(self, user, request):
        order_id = request.one("appOrderID")
        if order_id is None:
            return success("s-orders-0001", "Success order book", self.orders.rows(user))
        return success("s-orders-0001", "Success order history", self.orders.states(user, order_id))

    def trades(self, user, _request):
        return success("s-orders-0001", "Success trade book", self.orders.trades(user))

    def cancel_all(self, user, _request):
        for row in self._market.exchange.orders(user):
            if row.status.is_working:
                self.orders.withdraw(user, row.order_id)
        return success("s-orders-0001", "Cancel all request sent", {})

    def positions(self, user, request):
        if request.one("dayOrNet") not in ("NetWise", "DayWise"):
            raise invalid("dayOrNet")
        exchange = self._market.exchange
        trades = exchange.trades(user)
        rows = [self._position(row, trades, user) for row in exchange.positions(user)]
        return success("s-portfolio-0001", "Success position", {"positionList": rows})

    def _position(self, row, trades, user):
        """Every value is a text."""
        listed = self._market.listing.by_key(key_of(row))
        mine = [each for each in trades if (key_of(each), each.product) == (key_of(row), row.product)]
        sides = {}
        for name in ("BUY", "SELL"):
            fills = [each for each in mine if each.side.value == name]
            quantity = sum(each.quantity for each in fills)
            value = sum((each.quantity * each.price for each in fills), Decimal(0))
            sides[name] = quantity, value, value / quantity if quantity else Decimal(0)
        (bought, spent, buy_average), (sold, earned, sell_average) = sides["BUY"], sides["SELL"]
        open_pnl = row.pnl if row.quantity else Decimal(0)
        return {
            "AccountID": user, "TradingSymbol": listed.tradingsymbol, "ExchangeSegment": listed.exchange,
            "ExchangeInstrumentId": str(listed.id), "ProductType": str(row.product),
            "Marketlot": str(listed.instrument.lot_size), "Multiplier": str(listed.instrument.multiplier),
            "BuyAveragePrice": f"{buy_average:.4f}", "SellAveragePrice": f"{sell_average:.4f}",
            "OpenBuyQuantity": str(bought // listed.lot), "OpenSellQuantity": str(sold // listed.lot),
            "Quantity": str(row.quantity // listed.lot), "BuyAmount": text(spent), "SellAmount": text(earned),
            "NetAmount": text(earned - spent), "UnrealizedMTM": text(open_pnl),
            "RealizedMTM": text((row.pnl or 0) - (open_pnl or 0)), "MTM": text(row.pnl), "BEP": text(row.average_price),
            "SumOfTradedQuantityAndPriceBuy": text(spent), "SumOfTradedQuantityAndPriceSell": text(earned),
            "StatisticsLevel": "ParentLevel",
        }  # fmt: skip

    def holdings(self, user, _request):
        """By ISIN; a share has an id on each exchange it is listed on."""
        listing, found = self._market.listing, {}
        for row in self._market.exchange.holdings(user):
            ids = {}
            for exchange in (Exchange.NSE, Exchange.BSE):
                listed = listing.by_key(InstrumentKey(exchange, row.symbol))
                ids[exchange] = listed.id if listed is not None else 0
            isin = isin_of(listing.by_key(key_of(row)))
            found[isin] = {
                "ISIN": isin, "HoldingType": 2, "HoldingQuantity": row.quantity, "CollateralValuationType": 0,
                "Haircut": 0, "CollateralQuantity": 0, "UsedQuantity": 0, "ExchangeNSEInstrumentId": ids[Exchange.NSE],
                "ExchangeBSEInstrumentId": ids[Exchange.BSE], "ExchangeMSEInstrumentId": 0,
                "BuyAvgPrice": number(row.average_price), "IsBuyAvgPriceProvided": True,
            }  # fmt: skip
        result = {"ClientId": user, "RMSHoldings": {"Holdings": found}}
        return success("s-portfolio-0001", "Success holding", result)

    def balance(self, user, _request):
        funds = self._market.exchange.funds(user)
        limits = {
            "cashAvailable": text(funds.available_cash + funds.utilised), "collateral": 0,
            "marginUtilized": text(funds.utilised), "netMarginAvailable": text(funds.available_cash), "MTM": "0",
            "UnrealizedMTM": "0", "RealizedMTM": "0",
        }  # fmt: skip
        row = {
            "limitHeader": ALL,
            "limitObject": {
                "RMSSubLimits": limits, "marginAvailable": {"AdhocFOMargin": "NaN"}, "AccountID": user,
            },
        }  # fmt: skip
        return success("s-user-0002", "OK", {"BalanceList": [row]})

    def profile(self, user, _request):
        result = {"ClientId": user, "ClientName": user, "EmailId": f"{user.lower()}@example.com"}
        return success("s-user-0001", "Success", result)

    def margin(self, _user, request):
        """The portfolio form; any other body names no instrument."""
        legs = request.json().get("portfolio")
        if not legs:
            raise XtsError(400, "e-orders-0011", "Instrument Informations count is 0")
        try:
            estimate = self._market.exchange.margin([self._leg(leg) for leg in legs])
        except Refused as refusal:
            raise self.orders.refusal(refusal) from None
        result = {"brokerageDeatils": {"MarginRequired": number(estimate.total)}}
        return success("s-orders-0001", "Success", result)

    def _leg(self, leg):
        listed = self._market.listing.by_token((leg.get("exchange"), count(leg, "exchangeInstrumentId")))
        if listed is None:
            raise invalid("exchangeInstrumentId")
        kind = word(leg, "orderType", PRICE_TYPES)
        return OrderTerms(
            symbol=listed.instrument.symbol, exchange=listed.instrument.exchange, side=word(leg, "orderSide", SIDES),
            product=word(leg, "productType", PRODUCTS), price_type=kind, quantity=count(leg, "quantity") * listed.lot,
            price=price(leg, "price", kind.needs_price), trigger_price=price(leg, "stopPrice", kind.needs_trigger),
        )  # fmt: skip
