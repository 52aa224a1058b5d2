"""Rows of Fyers' answers from values of the simulated exchange. What is missing is 0 or a blank there."""

from decimal import Decimal

from domain.orders import OrderStatus, PriceType, Product, Side
from test.twins.fyers.listing import kind_of
from test.twins.kit.words import number
from utils.clock import from_epoch, ist

STATUS = {
    OrderStatus.CANCELLED: 1, OrderStatus.COMPLETE: 2, OrderStatus.REJECTED: 5, OrderStatus.OPEN: 6,
    OrderStatus.TRIGGER_PENDING: 6,
}  # fmt: skip
TYPES = {PriceType.LIMIT: 1, PriceType.MARKET: 2, PriceType.SL_M: 3, PriceType.SL: 4}
SIDES = {Side.BUY: 1, Side.SELL: -1}
PRODUCTS = {Product.CNC: "CNC", Product.MIS: "INTRADAY", Product.NRML: "MARGIN"}
FUNDS = (
    "Total Balance", "Utilized Amount", "Clear Balance", "Realized Profit and Loss", "Collaterals", "Fund Transfer",
    "Receivables", "Adhoc Limit", "Limit at start of the day", "Available Balance",
)  # fmt: skip


def moment(instant):
    """DD-Mon-YYYY HH:MM:SS in Indian time."""
    return f"{ist(instant):%d-%b-%Y %H:%M:%S}"


def _place(listed):
    exchange, segment = listed.codes
    return {"fyToken": listed.token, "exchange": exchange, "segment": segment, "symbol": listed.name}


def order(row, listed, user, number_in_book):
    """One row of the order book."""
    lot = listed.lot
    filled, total = (row.filled_quantity or 0) // lot, row.quantity // lot
    status = STATUS[row.status]
    return {
        "clientId": user, "id": row.order_id, "exchOrdId": row.vendor["exchange_order_id"], "qty": total,
        "remainingQuantity": total - filled, "filledQty": filled, "discloseQty": 0, "limitPrice": number(row.price),
        "stopPrice": number(row.trigger_price), "tradedPrice": number(row.average_price),
        "type": TYPES[row.price_type], **_place(listed), "instrument": kind_of(listed),
        "message": row.rejection_reason or "", "offlineOrder": False, "orderDateTime": moment(row.placed_at),
        "orderValidity": "DAY", "pan": "", "productType": PRODUCTS[Product(row.product)], "side": SIDES[row.side],
        "status": status, "source": "ITS", "ex_sym": listed.root, "description": listed.instrument.name, "ch": 0,
        "chp": 0, "lp": 0, "slNo": number_in_book, "dqQtyRem": 0, "orderNumStatus": f"{row.order_id}:{status}",
        "disclosedQty": row.disclosed_quantity // lot, "orderTag": f"1:{row.tag}" if row.tag else "2:Untagged",
    }  # fmt: skip


RAW = {
    "exchOrdId": "id_exchange", "parentId": "id_parent", "remainingQuantity": "qty_remaining",
    "filledQty": "qty_filled",
    "limitPrice": "price_limit", "stopPrice": "price_stop", "tradedPrice": "price_traded", "type": "ord_type",
    "fyToken": "fy_token", "message": "oms_msg", "offlineOrder": "offline_flag", "orderDateTime": "time_oms",
    "orderValidity": "validity", "productType": "product_type", "side": "tran_side", "status": "org_ord_status",
    "source": "ord_source", "ex_sym": "symbol_exch", "description": "symbol_desc", "orderTag": "ordertag",
    "clientId": "client_id",
}  # fmt: skip
_KEPT = ("id", "qty", "exchange", "segment", "symbol", "instrument")


def pushed(row):
    """A row of the order book under the order socket's keys."""
    return {RAW.get(name, name): value for name, value in row.items() if name in RAW or name in _KEPT}


def trade(row, listed, user):
    """One row of the trade book."""
    return {
        "clientId": user, "orderDateTime": moment(row.traded_at), "orderNumber": row.order_id,
        "exchangeOrderNo": row.order_id, **_place(listed), "side": SIDES[row.side], "orderType": 2,
        "productType": PRODUCTS[Product(row.product)], "tradedQty": row.quantity // listed.lot,
        "tradePrice": number(row.price), "tradeValue": number(row.value), "tradeNumber": row.trade_id, "row": 1,
        "orderTag": "1:Untagged",
    }  # fmt: skip


def position(row, trades, listed):
    """One net position; the day's trades tell both sides."""
    lot, mine = listed.lot, [each for each in trades if _is_of(each, row)]
    sides = {}
    for side, word in ((Side.BUY, "buy"), (Side.SELL, "sell")):
        found = [each for each in mine if each.side is side]
        count = sum(each.quantity for each in found)
        value = sum((each.price * each.quantity for each in found), Decimal(0))
        sides |= {
            f"{word}Qty": count // lot, f"{word}Val": number(value),
            f"{word}Avg": number(round(value / count, 4)) if count else 0,
            f"day{word.title()}Qty": count // lot, f"cf{word.title()}Qty": 0,
        }  # fmt: skip
    realised, profit = row.realized_pnl or Decimal(0), row.pnl or Decimal(0)
    product = PRODUCTS[Product(row.product)]
    return {
        "netQty": row.quantity // lot, "qty": abs(row.quantity) // lot, "avgPrice": number(row.average_price),
        "netAvg": number(row.average_price), "side": (row.quantity > 0) - (row.quantity < 0), "productType": product,
        "realized_profit": number(realised), "unrealized_profit": number(profit - realised), "pl": number(profit),
        "ltp": number(row.ltp), **sides, "slNo": 0, "crossCurrency": "", "rbiRefRate": 1.0,
        "qtyMulti_com": float(listed.multiplier), **_place(listed), "id": f"{listed.name}-{product}",
    }  # fmt: skip


def _is_of(trade_row, row):
    return (trade_row.exchange, trade_row.symbol, trade_row.product) == (
        row.exchange,
        row.symbol,
        row.product,
    )


def holding(row, listed, number_in_book):
    """One delivery holding."""
    return {
        "holdingType": "HLD", "quantity": row.quantity, "costPrice": number(row.average_price),
        "marketVal": number((row.ltp or 0) * row.quantity), "remainingQuantity": row.quantity, "pl": number(row.pnl),
        "ltp": number(row.ltp), "id": number_in_book, **_place(listed), "isin": "", "qty_t1": 0,
        "remainingPledgeQuantity": row.quantity, "collateralQuantity": 0,
    }  # fmt: skip


def funds(found):
    """All ten lines; all money stands in the equity segment."""
    amounts = {
        1: found.available_cash + found.utilised, 2: found.utilised, 3: found.available_cash, 5: found.collateral,
        10: found.available_cash + found.collateral,
    }  # fmt: skip
    return [
        {"id": line, "title": title, "equityAmount": number(amounts.get(line)), "commodityAmount": 0}
        for line, title in enumerate(FUNDS, 1)
    ]


def quote(listed, found):
    """`v` of one entry of GET /data/quotes: no open interest and no sizes."""
    close = found.prev_close or 0
    return {
        "ch": round(found.ltp - close, 4), "chp": 0, "lp": found.ltp, "spread": 0, "ask": found.ask or 0,
        "bid": found.bid or 0, "open_price": found.open or 0, "high_price": found.high or 0,
        "low_price": found.low or 0, "prev_close_price": close, "atp": found.average_price or 0,
        "volume": (found.volume or 0) // listed.lot, "short_name": listed.tradingsymbol, "exchange": listed.exchange,
        "description": listed.name, "original_name": listed.name, "symbol": listed.name, "fyToken": listed.token,
        "tt": str((found.exchange_at_ms or 0) // 1000),
    }  # fmt: skip


def depth(listed, found):
    """`d[ticker]` of GET /data/depth."""
    quoted, lot = found.quote, listed.lot
    close = quoted.prev_close or 0

    def levels(side):
        return [
            {"price": level.price, "volume": level.quantity // lot, "ord": level.orders or 1}
            for level in side[:5]
        ]

    is_derivative = listed.instrument.exchange.is_derivative
    return {
        "totalbuyqty": (quoted.total_buy_quantity or 0) // lot,
        "totalsellqty": (quoted.total_sell_quantity or 0) // lot, "bids": levels(found.bids),
        "ask": levels(found.asks), "o": quoted.open or 0, "h": quoted.high or 0, "l": quoted.low or 0, "c": close,
        "chp": 0, "tick_Size": float(listed.instrument.tick_size), "ch": round(quoted.ltp - close, 4),
        "ltq": (quoted.last_quantity or 0) // lot, "ltt": (quoted.last_trade_at_ms or 0) // 1000, "ltp": quoted.ltp,
        "v": (quoted.volume or 0) // lot, "atp": quoted.average_price or 0, "lower_ckt": quoted.lower_circuit or 0,
        "upper_ckt": quoted.upper_circuit or 0, "expiry": "", "oi": float((quoted.oi or 0) // lot),
        "oiflag": is_derivative, "pdoi": 0, "oipercent": 0,
    }  # fmt: skip


def candle(bar, with_oi):
    """[epoch, open, high, low, close, volume(, oi)]; day bars are stamped 00:00 UTC of the day."""
    row = [int(from_epoch(bar.timestamp).timestamp()), bar.open, bar.high, bar.low, bar.close, bar.volume]
    return [*row, bar.oi] if with_oi else row
