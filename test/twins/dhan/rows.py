"""Rows of Dhan's answers from values of the simulated exchange. Missing prices are 0 there, missing texts null."""

import datetime as dt
from decimal import Decimal

from domain.orders import OrderStatus, PriceType, Product, Side
from test.twins.kit.words import number
from utils.clock import IST, from_epoch, ist, ist_text

PRODUCTS = {Product.CNC: "CNC", Product.NRML: "MARGIN", Product.MIS: "INTRADAY"}
TYPES = {
    PriceType.LIMIT: "LIMIT", PriceType.MARKET: "MARKET", PriceType.SL: "STOP_LOSS",
    PriceType.SL_M: "STOP_LOSS_MARKET",
}  # fmt: skip
STATUS = {
    OrderStatus.OPEN: "PENDING", OrderStatus.TRIGGER_PENDING: "PENDING", OrderStatus.COMPLETE: "TRADED",
    OrderStatus.CANCELLED: "CANCELLED", OrderStatus.REJECTED: "REJECTED",
}  # fmt: skip
LETTERS = {
    "BUY": "B", "SELL": "S", "LIMIT": "LMT", "MARKET": "MKT", "STOP_LOSS": "SL", "STOP_LOSS_MARKET": "SLM", "CNC": "C",
    "INTRADAY": "I", "MARGIN": "M",
}  # fmt: skip


def _derivative(listed):
    row = listed.instrument
    option = row.instrument_type.is_option
    return {
        "drvExpiryDate": str(row.expiry) if row.expiry else None, "drvStrikePrice": number(row.strike),
        "drvOptionType": {"CE": "CALL", "PE": "PUT"}[row.instrument_type.value] if option else None,
    }  # fmt: skip


def _contract(listed, product):
    return {
        "exchangeSegment": listed.exchange, "productType": PRODUCTS[Product(product)],
        "tradingSymbol": listed.instrument.symbol, "securityId": listed.token[1],
    }  # fmt: skip


def order(row, listed, user, extras, is_sandbox):
    """One row of the order book. extras: fields that the exchange does not keep."""
    filled = row.filled_quantity or 0
    status = STATUS[row.status]
    if row.status is OrderStatus.OPEN and filled:
        status = "PART_TRADED"
    if row.status is OrderStatus.TRIGGER_PENDING and is_sandbox:
        status = "TRIGGER_PENDING"
    changed = row.updated_at or row.placed_at
    return {
        "dhanClientId": user, "orderId": row.order_id, "correlationId": row.tag or "",
        "exchangeOrderId": row.vendor["exchange_order_id"], "orderStatus": status, "transactionType": row.side.value,
        **_contract(listed, row.product), "orderType": TYPES[row.price_type], "validity": "DAY",
        "quantity": row.quantity, "disclosedQuantity": row.disclosed_quantity, "price": number(row.price),
        "triggerPrice": number(row.trigger_price), "afterMarketOrder": False, "boProfitValue": 0,
        "boStopLossValue": 0, "legName": None, "createTime": ist_text(row.placed_at),
        "updateTime": f"{changed.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}" if is_sandbox else ist_text(changed),
        "exchangeTime": ist_text(row.placed_at), **_derivative(listed),
        "omsErrorCode": None, "omsErrorDescription": row.rejection_reason or "CONFIRMED", "algoId": "0",
        "remainingQuantity": row.quantity - filled if row.status.is_working else 0,
        "averageTradedPrice": number(row.average_price), "filledQty": filled, **extras,
    }  # fmt: skip


def alert(row, listed):
    """An order row as the order socket tells it."""
    kind = listed.instrument.instrument_type
    venue, segment = listed.exchange.split("_")
    part = {"EQ": "E", "FNO": "D", "CURRENCY": "C", "COMM": "M"}[segment]
    return {
        "Exchange": venue, "Segment": part, "Source": "P", "SecurityId": row["securityId"],
        "ClientId": row["dhanClientId"], "ExchOrderNo": row["exchangeOrderId"], "OrderNo": row["orderId"],
        "Product": LETTERS[row["productType"]], "TxnType": LETTERS[row["transactionType"]],
        "OrderType": LETTERS[row["orderType"]], "Validity": "DAY", "DiscQuantity": row["disclosedQuantity"],
        "RemainingQuantity": row["remainingQuantity"], "Quantity": row["quantity"], "TradedQty": row["filledQty"],
        "Price": row["price"], "TriggerPrice": row["triggerPrice"], "TradedPrice": row["averageTradedPrice"],
        "AvgTradedPrice": row["averageTradedPrice"], "OffMktFlag": "0", "OrderDateTime": row["createTime"],
        "ExchOrderTime": row["exchangeTime"], "LastUpdatedTime": row["updateTime"], "Remarks": "NR", "MktType": "NL",
        "ReasonDescription": row["omsErrorDescription"], "LegNo": 1, "Instrument": kind.value,
        "Symbol": listed.instrument.symbol, "ProductName": row["productType"],
        "Status": row["orderStatus"].title() if "_" not in row["orderStatus"] else row["orderStatus"],
        "LotSize": listed.instrument.lot_size, "StrikePrice": row["drvStrikePrice"], "OptType": "XX",
        "Multiplier": listed.instrument.multiplier, "CorrelationId": row["correlationId"],
    }  # fmt: skip


def trade(row, listed):
    """One row of the trade book."""
    at = ist_text(row.traded_at)
    return {
        "orderId": row.order_id, "exchangeOrderId": f"1{row.order_id}", "exchangeTradeId": row.trade_id,
        "transactionType": row.side.value, **_contract(listed, row.product), "orderType": "LIMIT",
        "tradedQuantity": row.quantity, "tradedPrice": number(row.price), "createTime": at, "updateTime": at,
        "exchangeTime": at, **_derivative(listed),
    }  # fmt: skip


def position(row, trades, listed, user):
    """One position; profits are told apart by what the open quantity would bring."""
    mine = [
        each for each in trades
        if (each.exchange, each.symbol, each.product) == (row.exchange, row.symbol, row.product)
    ]  # fmt: skip
    bought, sold = ([each for each in mine if each.side is side] for side in (Side.BUY, Side.SELL))
    buys, sells = (sum(each.quantity for each in side) for side in (bought, sold))
    spent, earned = (
        sum((each.price * each.quantity for each in side), Decimal(0)) for side in (bought, sold)
    )
    realised = row.realized_pnl or Decimal(0)
    return {
        "dhanClientId": user, **_contract(listed, row.product),
        "positionType": "CLOSED" if not row.quantity else "LONG" if row.quantity > 0 else "SHORT",
        "buyAvg": number(round(spent / buys, 4)) if buys else 0, "buyQty": buys,
        "costPrice": number(row.average_price) if row.quantity else 0,
        "sellAvg": number(round(earned / sells, 4)) if sells else 0, "sellQty": sells, "netQty": row.quantity,
        "realizedProfit": number(realised), "unrealizedProfit": number((row.pnl or Decimal(0)) - realised),
        "rbiReferenceRate": 1.0, "multiplier": listed.instrument.multiplier, **_derivative(listed),
        "crossCurrency": False,
    }  # fmt: skip


def holding(row, listed):
    """One delivery holding; its exchange is told as ALL."""
    return {
        "exchange": "ALL", "tradingSymbol": listed.instrument.symbol, "securityId": listed.token[1],
        "isin": "", "totalQty": row.quantity, "dpQty": row.quantity, "t1Qty": 0, "availableQty": row.quantity,
        "collateralQty": 0, "avgCostPrice": number(row.average_price), "lastTradedPrice": number(row.ltp),
    }  # fmt: skip


def limits(funds, user):
    """The balance includes what pledged shares are worth."""
    return {
        "dhanClientId": user, "availabelBalance": number(funds.available_cash + funds.collateral),
        "sodLimit": number(funds.available_cash + funds.utilised), "collateralAmount": number(funds.collateral),
        "receiveableAmount": 0.0, "utilizedAmount": number(funds.utilised), "blockedPayoutAmount": 0.0,
        "withdrawableBalance": number(funds.available_cash),
    }  # fmt: skip


def quote(kind, depth, is_index):
    """One entry of /marketfeed/ltp, /ohlc or /quote."""
    found = depth.quote
    entry = {"last_price": found.ltp}
    if kind == "ltp":
        return entry
    entry["ohlc"] = {
        "open": found.open or 0, "close": found.prev_close or 0, "high": found.high or 0, "low": found.low or 0,
    }  # fmt: skip
    if kind == "ohlc":
        return entry
    levels = {} if is_index else {"buy": _levels(depth.bids), "sell": _levels(depth.asks)}
    at = ist(from_epoch((found.last_trade_at_ms or 0) / 1000))
    return {
        **entry, "average_price": found.average_price or 0, "volume": found.volume or 0, "oi": found.oi or 0,
        "oi_day_high": 0, "oi_day_low": 0, "last_quantity": found.last_quantity or 0,
        "buy_quantity": found.total_buy_quantity or 0, "sell_quantity": found.total_sell_quantity or 0,
        "net_change": 0, "lower_circuit_limit": found.lower_circuit or 0,
        "upper_circuit_limit": found.upper_circuit or 0, "last_trade_time": f"{at:%d/%m/%Y %H:%M:%S}",
        **({"depth": levels} if levels else {}),
    }  # fmt: skip


def _levels(levels):
    found = [
        {"quantity": level.quantity, "orders": level.orders or 1, "price": level.price}
        for level in levels[:5]
    ]
    return found + [{"quantity": 0, "orders": 0, "price": 0}] * (5 - len(found))


def candles(bars, daily, with_oi):
    """Parallel lists; a day's stamp is Indian midnight."""
    return {
        **{name: [getattr(bar, name) for bar in bars] for name in ("open", "high", "low", "close", "volume")},
        "timestamp": [_stamp(bar, daily) for bar in bars],
        "open_interest": [bar.oi for bar in bars] if with_oi else [],
    }


def _stamp(bar, daily):
    if not daily:
        return bar.timestamp
    day = from_epoch(bar.timestamp).date()
    return int(dt.datetime.combine(day, dt.time(), IST).timestamp())
