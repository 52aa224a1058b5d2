"""Rows of Upstox's answers from values of the simulated exchange."""

from domain.orders import OrderStatus, Side
from test.twins.upstox.listing import BOOK_NAMES
from utils.clock import from_epoch, ist, ist_text

STATUS = {
    OrderStatus.OPEN: "open", OrderStatus.TRIGGER_PENDING: "trigger pending", OrderStatus.COMPLETE: "complete",
    OrderStatus.CANCELLED: "cancelled", OrderStatus.REJECTED: "rejected",
}  # fmt: skip
PRODUCTS = {"CNC": "D", "NRML": "D", "MIS": "I"}


def number(value):
    """Decimal or None as a JSON number."""
    return 0 if value is None else float(value)


def place_of(listed):
    """What every row says of its contract."""
    return {
        "exchange": BOOK_NAMES[listed.exchange], "instrument_token": listed.token,
        "trading_symbol": listed.tradingsymbol, "tradingsymbol": listed.tradingsymbol,
    }  # fmt: skip


def order(row, listed, user, extras):
    """One row of the order book. extras: fields that the exchange does not keep."""
    filled = row.filled_quantity or 0
    return {
        **place_of(listed), "product": PRODUCTS[str(row.product)], "price": number(row.price), "quantity": row.quantity,
        "status": STATUS[row.status], "guid": None, "tag": row.tag, "placed_by": user, "validity": "DAY",
        "order_type": row.price_type.value, "trigger_price": number(row.trigger_price),
        "disclosed_quantity": row.disclosed_quantity,
        "transaction_type": row.side.value, "average_price": number(row.average_price), "filled_quantity": filled,
        "pending_quantity": row.quantity - filled if row.status.is_working else 0,
        "status_message": row.rejection_reason or None, "status_message_raw": None, "parent_order_id": None,
        "exchange_order_id": row.vendor["exchange_order_id"], "order_id": row.order_id, "variety": "SIMPLE",
        "order_timestamp": ist_text(row.placed_at), "exchange_timestamp": ist_text(row.updated_at), "is_amo": False,
        "order_request_id": "1", "order_ref_id": f"twin{row.order_id}", **extras,
    }  # fmt: skip


def trade(row, listed):
    """One row of the trade book, with the time as the documents write it there."""
    stamp = f"{ist(row.traded_at):%d-%b-%Y %H:%M:%S}"
    return {
        **place_of(listed), "product": PRODUCTS[str(row.product)], "order_type": "MARKET",
        "transaction_type": row.side.value, "quantity": row.quantity, "exchange_order_id": row.order_id,
        "order_id": row.order_id, "exchange_timestamp": stamp, "average_price": number(row.price),
        "trade_id": row.trade_id, "order_ref_id": f"twin{row.order_id}", "order_timestamp": stamp,
    }  # fmt: skip


def position(row, trades, listed, close):
    """One position. Those of today have no `average_price`: it stands with the price of their side."""
    mine = [
        each for each in trades
        if (each.exchange, each.symbol, each.product) == (row.exchange, row.symbol, row.product)
    ]  # fmt: skip
    counts = {side: sum(each.quantity for each in mine if each.side is side) for side in Side}
    average = number(row.average_price)
    is_new = bool(mine)
    return {
        **place_of(listed), "product": PRODUCTS[str(row.product)], "multiplier": float(listed.multiplier),
        "quantity": row.quantity, "average_price": None if is_new else average, "last_price": number(row.ltp),
        "close_price": close, "pnl": number(row.pnl), "realised": number(row.realized_pnl),
        "unrealised": number(row.pnl), "value": 0, "buy_value": 0, "sell_value": 0,
        "buy_price": average if row.quantity > 0 else 0.0, "sell_price": average if row.quantity < 0 else 0.0,
        "day_buy_price": 0.0, "day_sell_price": 0.0, "day_buy_quantity": counts[Side.BUY],
        "day_sell_quantity": counts[Side.SELL],
        "overnight_quantity": row.quantity - counts[Side.BUY] + counts[Side.SELL],
    }  # fmt: skip


def holding(row, listed, close):
    """One delivery holding."""
    return {
        **place_of(listed), "isin": listed.token[-12:], "company_name": listed.instrument.name, "product": "D",
        "quantity": row.quantity, "t1_quantity": 0, "collateral_quantity": 0, "cnc_used_quantity": 0, "haircut": 0.2,
        "collateral_type": "WC", "average_price": number(row.average_price), "last_price": number(row.ltp),
        "close_price": close, "pnl": number(row.pnl), "day_change": 0, "day_change_percentage": 0,
    }  # fmt: skip


def funds(found):
    """GET /v3/user/get-funds-and-margin."""
    cash = {
        "total": number(found.available_cash), "cash": {"total": number(found.available_cash + found.utilised)},
        "margin_used": {"total": number(found.utilised)},
    }  # fmt: skip
    pledge = {"margin_from_pledge": {"total": number(found.collateral)}, "margin_used": {"total": 0}}
    available = {"total": cash["total"], "cash_available_to_trade": cash, "pledge_available_to_trade": pledge}
    return {"available_to_trade": available, "unavailable_to_trade": {"total": 0}}


def margin(each, netted):
    """POST /v2/charges/margin: each leg alone, and what is blocked for all together."""
    rows = [
        {
            "span_margin": number(one.span), "exposure_margin": number(one.exposure), "equity_margin": 0,
            "net_buy_premium": 0, "additional_margin": 0, "tender_margin": 0, "total_margin": number(one.total),
        }
        for one in each
    ]  # fmt: skip
    required = sum(row["total_margin"] for row in rows)
    return {"margins": rows, "required_margin": required, "final_margin": number(netted.total)}


def ltp(listed, quote):
    """One row of GET /v3/market-quote/ltp."""
    return {
        "last_price": quote.ltp, "instrument_token": listed.token, "ltq": quote.last_quantity or 0,
        "volume": quote.volume or 0, "cp": quote.prev_close or 0,
    }  # fmt: skip


def full(listed, depth):
    """One row of GET /v3/market-quote/quotes; an index has no book."""
    quote = depth.quote
    change = round(quote.ltp - quote.prev_close, 4) if quote.prev_close else 0
    bars = {name: getattr(quote, name) or 0 for name in ("open", "high", "low")}
    stamp = ist(from_epoch((quote.exchange_at_ms or 0) / 1000)).isoformat(timespec="milliseconds")
    return {
        "ohlc": {**bars, "close": quote.ltp, "volume": quote.volume or 0, "ts": quote.exchange_at_ms or 0},
        "depth": {"buy": _levels(depth.bids), "sell": _levels(depth.asks)}, "timestamp": stamp,
        "instrument_token": listed.token, "symbol": listed.tradingsymbol, "last_price": quote.ltp,
        "volume": quote.volume or 0, "average_price": quote.average_price or 0, "oi": float(quote.oi or 0),
        "net_change": change, "total_buy_quantity": float(quote.total_buy_quantity or 0),
        "total_sell_quantity": float(quote.total_sell_quantity or 0), "lower_circuit_limit": quote.lower_circuit or 0,
        "upper_circuit_limit": quote.upper_circuit or 0, "last_trade_time": str(quote.last_trade_at_ms or 0),
        "oi_day_high": 0, "oi_day_low": 0, "prev_close_price": quote.prev_close or 0,
    }  # fmt: skip


def _levels(levels):
    rows = [
        {"price": level.price, "quantity": level.quantity, "orders": level.orders or 1}
        for level in levels[:5]
    ]
    return rows + [{"price": 0, "quantity": 0, "orders": 0}] * (5 - len(rows))


def candle(bar, daily):
    """[time, open, high, low, close, volume, oi]; bars of a day and longer are stamped at Indian midnight."""
    start = from_epoch(bar.timestamp)
    stamp = f"{start:%Y-%m-%d}T00:00:00+05:30" if daily else ist(start).isoformat()
    return [stamp, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.oi]
