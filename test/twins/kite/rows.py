"""Rows of Kite's answers from values of the simulated exchange. Missing prices are 0 there, missing texts null."""

from decimal import Decimal

from domain.orders import OrderStatus, Side
from test.twins.kit.words import number
from utils.clock import from_epoch, ist, ist_text

STATUS = {
    OrderStatus.OPEN: "OPEN", OrderStatus.TRIGGER_PENDING: "TRIGGER PENDING", OrderStatus.COMPLETE: "COMPLETE",
    OrderStatus.CANCELLED: "CANCELLED", OrderStatus.REJECTED: "REJECTED",
}  # fmt: skip


def order(row, listed, user, extras):
    """One row of the order book. extras: fields that the exchange does not keep."""
    lot = listed.lot
    filled = (row.filled_quantity or 0) // lot
    total = row.quantity // lot
    cancelled = total - filled if row.status is OrderStatus.CANCELLED else 0
    working = row.status.is_working
    return {
        "placed_by": user, "order_id": row.order_id, "exchange_order_id": row.vendor["exchange_order_id"],
        "parent_order_id": None, "status": STATUS[row.status], "status_message": row.rejection_reason or None,
        "status_message_raw": row.rejection_reason or None, "order_timestamp": ist_text(row.placed_at),
        "exchange_update_timestamp": ist_text(row.updated_at), "exchange_timestamp": ist_text(row.placed_at),
        "variety": "regular", "modified": False, "exchange": listed.exchange,
        "tradingsymbol": listed.tradingsymbol, "instrument_token": listed.token,
        "order_type": row.price_type.value, "transaction_type": row.side.value, "validity": "DAY",
        "validity_ttl": 0, "product": str(row.product), "quantity": total,
        "disclosed_quantity": row.disclosed_quantity // lot, "price": number(row.price),
        "trigger_price": number(row.trigger_price), "average_price": number(row.average_price),
        "filled_quantity": filled, "pending_quantity": total - filled if working else 0,
        "cancelled_quantity": cancelled, "market_protection": 0, "meta": {}, "tag": row.tag,
        "tags": [row.tag] if row.tag else [], "guid": f"twin{row.order_id}", **extras,
    }  # fmt: skip


def trade(row, listed):
    """One row of the trade book."""
    return {
        "trade_id": row.trade_id, "order_id": row.order_id, "exchange": listed.exchange,
        "tradingsymbol": listed.tradingsymbol, "instrument_token": listed.token, "product": str(row.product),
        "average_price": number(row.price), "quantity": row.quantity // listed.lot,
        "exchange_order_id": row.order_id, "transaction_type": row.side.value,
        "fill_timestamp": ist_text(row.traded_at), "order_timestamp": ist_text(row.traded_at)[11:],
        "exchange_timestamp": ist_text(row.traded_at),
    }  # fmt: skip


def position(row, trades, listed, close):
    """One net position; values already include the multiplier, and value + quantity x price = pnl."""
    lot, multiplier = listed.lot, listed.multiplier
    mine = [
        each for each in trades
        if (each.exchange, each.symbol, each.product) == (row.exchange, row.symbol, row.product)
    ]  # fmt: skip
    bought, sold = ([each for each in mine if each.side is side] for side in (Side.BUY, Side.SELL))
    day_buy, day_sell = (sum(each.quantity for each in side) // lot for side in (bought, sold))
    day_buy_value, day_sell_value = (
        sum((each.value for each in side), Decimal(0)) for side in (bought, sold)
    )
    quantity = row.quantity // lot
    overnight = quantity - day_buy + day_sell
    last = row.ltp or Decimal(0)
    pnl = row.pnl or Decimal(0)
    carried = quantity * last * multiplier - pnl - day_buy_value + day_sell_value
    buy_value = day_buy_value + (carried if overnight > 0 else 0)
    sell_value = day_sell_value - (carried if overnight < 0 else 0)
    buy_quantity, sell_quantity = day_buy + max(overnight, 0), day_sell + max(-overnight, 0)
    return {
        "tradingsymbol": listed.tradingsymbol, "exchange": listed.exchange, "instrument_token": listed.token,
        "product": str(row.product), "quantity": quantity, "overnight_quantity": overnight,
        "multiplier": multiplier, "average_price": number(row.average_price), "close_price": close,
        "last_price": number(last), "value": number(sell_value - buy_value), "pnl": number(pnl),
        "m2m": number(pnl), "unrealised": number(pnl), "realised": 0, "buy_quantity": buy_quantity,
        "buy_price": _per_unit(buy_value, buy_quantity, multiplier), "buy_value": number(buy_value),
        "buy_m2m": number(buy_value), "sell_quantity": sell_quantity,
        "sell_price": _per_unit(sell_value, sell_quantity, multiplier), "sell_value": number(sell_value),
        "sell_m2m": number(sell_value), "day_buy_quantity": day_buy,
        "day_buy_price": _per_unit(day_buy_value, day_buy, multiplier), "day_buy_value": number(day_buy_value),
        "day_sell_quantity": day_sell, "day_sell_price": _per_unit(day_sell_value, day_sell, multiplier),
        "day_sell_value": number(day_sell_value),
    }  # fmt: skip


def _per_unit(value, quantity, multiplier):
    return number(round(value / quantity / multiplier, 4)) if quantity else 0


def holding(row, listed, close):
    """One delivery holding."""
    return {
        "tradingsymbol": listed.tradingsymbol, "exchange": listed.exchange, "instrument_token": listed.token,
        "isin": "", "product": "CNC", "price": 0, "quantity": row.quantity, "used_quantity": 0, "t1_quantity": 0,
        "realised_quantity": row.quantity, "authorised_quantity": 0, "opening_quantity": row.quantity,
        "collateral_quantity": 0, "collateral_type": "", "discrepancy": False,
        "average_price": number(row.average_price), "last_price": number(row.ltp), "close_price": close,
        "pnl": number(row.pnl), "day_change": 0, "day_change_percentage": 0,
    }  # fmt: skip


def margins(funds):
    """Both segments; all money stands in the equity segment."""
    net = funds.available_cash + funds.collateral
    return {"equity": _segment(net, funds.utilised), "commodity": _segment(Decimal(0), Decimal(0))}


def _segment(net, utilised):
    words = (
        "exposure", "m2m_realised", "m2m_unrealised", "option_premium", "payout", "span", "holding_sales", "turnover",
        "liquid_collateral", "stock_collateral", "delivery",
    )  # fmt: skip
    cash = number(net + utilised)
    return {
        "enabled": True, "net": number(net),
        "available": {
            "adhoc_margin": 0, "cash": cash, "opening_balance": cash, "live_balance": number(net), "collateral": 0,
            "intraday_payin": 0,
        },
        "utilised": {"debits": number(utilised), **dict.fromkeys(words, 0)},
    }  # fmt: skip


def margin(estimate, listed):
    """One row of the margin calculator."""
    return {
        "type": "equity", "tradingsymbol": listed.tradingsymbol, "exchange": listed.exchange,
        "span": number(estimate.span), "exposure": number(estimate.exposure), "option_premium": 0, "additional": 0,
        "bo": 0, "cash": 0, "var": 0, "pnl": {"realised": 0, "unrealised": 0}, "leverage": 1, "charges": {},
        "total": number(estimate.total),
    }  # fmt: skip


def ltp(listed, quote):
    """One entry of GET /quote/ltp."""
    return {"instrument_token": listed.token, "last_price": quote.ltp}


def ohlc(listed, quote):
    """One entry of GET /quote/ohlc."""
    prices = {
        "open": quote.open or 0, "high": quote.high or 0, "low": quote.low or 0, "close": quote.prev_close or 0,
    }  # fmt: skip
    return {**ltp(listed, quote), "ohlc": prices}


def full(listed, depth):
    """One entry of GET /quote. Kite leaves volume, open interest and the book of an index out."""
    quote = depth.quote
    entry = {
        **ohlc(listed, quote), "timestamp": _time(quote.exchange_at_ms), "net_change": 0,
        "lower_circuit_limit": quote.lower_circuit or 0, "upper_circuit_limit": quote.upper_circuit or 0,
    }  # fmt: skip
    if listed.instrument.exchange.is_index:
        return entry
    lot = listed.lot
    return {
        **entry, "last_trade_time": _time(quote.last_trade_at_ms), "last_quantity": (quote.last_quantity or 0) // lot,
        "buy_quantity": (quote.total_buy_quantity or 0) // lot,
        "sell_quantity": (quote.total_sell_quantity or 0) // lot, "volume": (quote.volume or 0) // lot,
        "average_price": quote.average_price or 0, "oi": (quote.oi or 0) // lot, "oi_day_high": 0, "oi_day_low": 0,
        "depth": {"buy": _levels(depth.bids, lot), "sell": _levels(depth.asks, lot)},
    }  # fmt: skip


def _levels(levels, lot):
    rows = [
        {"price": level.price, "quantity": level.quantity // lot, "orders": level.orders or 1}
        for level in levels[:5]
    ]
    return rows + [{"price": 0, "quantity": 0, "orders": 0}] * (5 - len(rows))


def _time(epoch_ms):
    return ist_text(from_epoch(epoch_ms / 1000)) if epoch_ms else None


def candle(bar, daily, with_oi):
    """[time, open, high, low, close, volume(, oi)]; day bars are stamped at Indian midnight."""
    start = from_epoch(bar.timestamp)
    stamp = f"{start:%Y-%m-%d}T00:00:00+0530" if daily else f"{ist(start):%Y-%m-%dT%H:%M:%S}+0530"
    row = [stamp, bar.open, bar.high, bar.low, bar.close, bar.volume]
    return [*row, bar.oi] if with_oi else row
