"""Rows of Angel One's answers from values of the simulated exchange: some numbers as text, times in DD-Mon-YYYY."""

from decimal import Decimal

from domain.money import plain
from domain.orders import OrderStatus, PriceType
from utils.clock import from_epoch, ist

STATUS = {
    OrderStatus.OPEN: "open", OrderStatus.TRIGGER_PENDING: "trigger pending", OrderStatus.COMPLETE: "complete",
    OrderStatus.CANCELLED: "cancelled", OrderStatus.REJECTED: "rejected",
}  # fmt: skip
CODES = {
    "open": "AB01", "cancelled": "AB02", "rejected": "AB03", "complete": "AB05", "trigger pending": "AB10",
}  # fmt: skip
PRODUCTS = {"CNC": "DELIVERY", "NRML": "CARRYFORWARD", "MIS": "INTRADAY"}
PRICE_TYPES = {
    PriceType.MARKET: "MARKET", PriceType.LIMIT: "LIMIT", PriceType.SL: "STOPLOSS_LIMIT",
    PriceType.SL_M: "STOPLOSS_MARKET",
}  # fmt: skip


def variety_of(kind):
    """Stops are a variety of their own."""
    return "STOPLOSS" if kind.needs_trigger else "NORMAL"


def moment(instant):
    """DD-Mon-YYYY HH:MM:SS in Indian time, blank for None."""
    return f"{ist(instant):%d-%b-%Y %H:%M:%S}" if instant else ""


def number(value):
    """Decimal or None as a JSON number."""
    return float(value or 0)


def text(value, digits=2):
    """Decimal or None as text."""
    return f"{value or Decimal(0):.{digits}f}"


def order(row, listed, extras):
    """One row of the order book; the first pushes of an order come before anything is kept beside the exchange."""
    filled = row.filled_quantity or 0
    state = STATUS[row.status]
    modified = extras.get("modified") and row.status.is_working
    return {
        "variety": extras.get("variety") or variety_of(row.price_type), "ordertype": PRICE_TYPES[row.price_type],
        "producttype": PRODUCTS[str(row.product)], "duration": "DAY", "price": number(row.price),
        "triggerprice": number(row.trigger_price), "quantity": str(row.quantity),
        "disclosedquantity": str(row.disclosed_quantity), "squareoff": 0.0, "stoploss": 0.0, "trailingstoploss": 0.0,
        "tradingsymbol": listed.tradingsymbol, "transactiontype": row.side.value, "exchange": listed.exchange,
        "symboltoken": listed.number, "instrumenttype": "", "strikeprice": -1.0, "optiontype": "", "expirydate": "",
        "lotsize": str(listed.instrument.lot_size), "cancelsize": "0", "averageprice": number(row.average_price),
        "filledshares": str(filled), "unfilledshares": str(row.quantity - filled if row.status.is_working else 0),
        "orderid": row.order_id, "text": row.rejection_reason or "", "status": "modified" if modified else state,
        "orderstatus": state, "updatetime": moment(row.updated_at), "exchtime": moment(row.placed_at),
        "exchorderupdatetime": moment(row.updated_at), "fillid": "", "filltime": "", "parentorderid": "",
        "ordertag": row.tag or "", "uniqueorderid": f"twin-{row.order_id}",
        "exchangeorderid": row.vendor["exchange_order_id"],
    }  # fmt: skip


def update(row, user):
    """The frame of the order socket for a row of the book that changed."""
    state = row["orderstatus"]
    code = "AB04" if row["status"] == "modified" else CODES[state]
    kept = {name: value for name, value in row.items() if name != "status"}
    return {
        "user-id": user, "status-code": "200", "order-status": code, "error-message": "", "orderData": kept,
    }  # fmt: skip


def trade(row, listed):
    """One row of the trade book, which has no token and tells the time of day only."""
    return {
        "exchange": listed.exchange, "producttype": PRODUCTS[str(row.product)], "tradingsymbol": listed.tradingsymbol,
        "instrumenttype": "", "symbolgroup": "", "strikeprice": "-1", "optiontype": "", "expirydate": "",
        "marketlot": str(listed.instrument.lot_size), "precision": "2", "multiplier": "-1",
        "tradevalue": text(row.value), "transactiontype": row.side.value, "fillprice": plain(row.price),
        "fillsize": str(row.quantity), "orderid": row.order_id, "fillid": row.trade_id,
        "filltime": f"{ist(row.traded_at):%H:%M:%S}",
    }  # fmt: skip


def position(row, listed):
    """One net position; all numbers are text."""
    return {
        "symboltoken": listed.number, "symbolname": listed.instrument.name, "instrumenttype": "",
        "exchange": listed.exchange, "tradingsymbol": listed.tradingsymbol, "producttype": PRODUCTS[str(row.product)],
        "netqty": str(row.quantity), "avgnetprice": plain(row.average_price) if row.average_price else "0.00",
        "ltp": plain(row.ltp or Decimal(0)), "pnl": text(row.pnl), "lotsize": str(listed.instrument.lot_size),
    }  # fmt: skip


def holding(row, listed):
    """One delivery holding."""
    average, last = row.average_price or Decimal(0), row.ltp or Decimal(0)
    percent = (last - average) / average * 100 if average else Decimal(0)
    return {
        "tradingsymbol": listed.tradingsymbol, "exchange": listed.exchange, "isin": "", "t1quantity": 0,
        "realisedquantity": row.quantity, "quantity": row.quantity, "authorisedquantity": 0, "product": "DELIVERY",
        "collateralquantity": None, "collateraltype": None, "haircut": 0.0, "averageprice": number(average),
        "ltp": number(last), "symboltoken": listed.number, "close": number(last), "profitandloss": number(row.pnl),
        "pnlpercentage": round(float(percent), 2),
    }  # fmt: skip


def limits(funds):
    """Funds, all text: what is free with the pledge in `availablecash`, without it in `utilisedpayout`."""
    words = (
        "availableintradaypayin", "availablelimitmargin", "collateral", "m2munrealized", "m2mrealized",
        "utilisedspan", "utilisedoptionpremium", "utilisedholdingsales", "utilisedexposure", "utilisedturnover",
    )  # fmt: skip
    free = funds.available_cash + funds.collateral
    return {
        "net": text(free), "availablecash": text(free), **dict.fromkeys(words, "0.00"),
        "utiliseddebits": text(funds.utilised), "utilisedpayout": text(funds.available_cash),
    }  # fmt: skip


def quote(listed, depth, mode):
    """One fetched row of the quote call in LTP, OHLC or FULL."""
    found = depth.quote
    row = {
        "exchange": listed.exchange, "tradingSymbol": listed.tradingsymbol, "symbolToken": listed.number,
        "ltp": found.ltp,
    }  # fmt: skip
    if mode == "LTP":
        return row
    row |= {
        "open": found.open or 0, "high": found.high or 0, "low": found.low or 0, "close": found.prev_close or 0,
    }  # fmt: skip
    if mode == "OHLC":
        return row
    return row | {
        "lastTradeQty": found.last_quantity or 0, "exchFeedTime": _time(found.exchange_at_ms),
        "exchTradeTime": _time(found.last_trade_at_ms), "netChange": 0.0, "percentChange": 0.0,
        "avgPrice": found.average_price or 0, "tradeVolume": found.volume or 0, "opnInterest": found.oi or 0,
        "lowerCircuit": found.lower_circuit or 0, "upperCircuit": found.upper_circuit or 0,
        "totBuyQuan": found.total_buy_quantity or 0, "totSellQuan": found.total_sell_quantity or 0,
        "52WeekLow": 0.0, "52WeekHigh": 0.0, "depth": {"buy": _levels(depth.bids), "sell": _levels(depth.asks)},
    }  # fmt: skip


def _levels(levels):
    rows = [
        {"price": level.price, "quantity": level.quantity, "orders": level.orders or 1}
        for level in levels[:5]
    ]
    return rows + [{"price": 0.0, "quantity": 0, "orders": 0}] * (5 - len(rows))


def _time(epoch_ms):
    return moment(from_epoch(epoch_ms / 1000)) if epoch_ms else ""


def stamp(bar, daily):
    """ISO time of a bar; day bars are stamped at Indian midnight."""
    start = from_epoch(bar.timestamp)
    return f"{start:%Y-%m-%d}T00:00:00+05:30" if daily else f"{ist(start):%Y-%m-%dT%H:%M:%S}+05:30"
