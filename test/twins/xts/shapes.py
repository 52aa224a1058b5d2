"""Quotes and ticks of XTS: JSON objects in full, and compact strings."""

import json

from test.twins.xts.words import seconds_1980

NOBODY = {"Size": 0, "Price": 0, "TotalOrders": 0, "BuyBackMarketMaker": 0}
LEVELS = 5


def change(quote):
    """Percent since the close before."""
    return (quote.ltp - quote.prev_close) / quote.prev_close * 100 if quote.prev_close else 0


def side(levels, lot):
    """Five rows of a side, the best first; rows of nobody where the book is thinner."""
    rows = [
        {
            "Size": level.quantity // lot,
            "Price": level.price,
            "TotalOrders": level.orders or 1,
            "BuyBackMarketMaker": 0,
        }
        for level in levels[:LEVELS]
    ]
    return rows + [NOBODY] * (LEVELS - len(rows))


def touchline(listed, depth):
    """The block that 1501 and 1502 share."""
    quote, lot = depth.quote, listed.lot
    return {
        "BidInfo": side(depth.bids, lot)[0], "AskInfo": side(depth.asks, lot)[0], "LastTradedPrice": quote.ltp,
        "LastTradedQunatity": (quote.last_quantity or 0) // lot,
        "TotalBuyQuantity": (quote.total_buy_quantity or 0) // lot,
        "TotalSellQuantity": (quote.total_sell_quantity or 0) // lot,
        "TotalTradedQuantity": (quote.volume or 0) // lot, "AverageTradedPrice": quote.average_price or 0,
        "LastTradedTime": seconds_1980(quote.last_trade_at_ms), "LastUpdateTime": seconds_1980(quote.exchange_at_ms),
        "PercentChange": change(quote), "Open": quote.open or 0, "High": quote.high or 0, "Low": quote.low or 0,
        "Close": quote.prev_close or 0, "TotalValueTraded": None,
    }  # fmt: skip


def full(code, listed, depth):
    """The object of a message code, None where an instrument has none (open interest of a share)."""
    quote = depth.quote
    names = {"ExchangeSegment": listed.number, "ExchangeInstrumentID": listed.id}
    head = {"MessageCode": code, "MessageVersion": 4, "ApplicationType": 0, "TokenID": 0, **names}
    if code == 1512:
        return {
            **head, "BookType": 1, "XMarketType": 1, "LastTradedPrice": quote.ltp,
            "LastTradedQunatity": (quote.last_quantity or 0) // listed.lot,
            "LastUpdateTime": seconds_1980(quote.exchange_at_ms), "PercentChange": change(quote),
            "Close": quote.prev_close or 0,
        }  # fmt: skip
    if code == 1510:
        if listed.instrument.expiry is None:
            return None
        return {
            **head,
            "XTSMarketType": 1,
            "OpenInterest": (quote.oi or 0) // listed.lot,
            "UnderlyingTotalOpenInterest": 0,
        }
    line = touchline(listed, depth)
    if code == 1501 and listed.id % 2:  # both shapes are seen
        return {"MessageCode": code, **names, **line, "XMarketType": 1, "BookType": 1}
    stamped = {**head, "ExchangeTimeStamp": seconds_1980(quote.exchange_at_ms)}
    if code == 1502:
        stamped |= {"Bids": side(depth.bids, listed.lot), "Asks": side(depth.asks, listed.lot)}
    line |= {"BuyBackTotalBuy": 0, "BuyBackTotalSell": 0}
    return {**stamped, "Touchline": line, "BookType": 1, "XMarketType": 1, "SequenceNumber": 1583105129732134}


def partial(code, listed, depth):
    """The keys of a compact string, values as texts."""
    quote, lot = depth.quote, listed.lot
    if code == 1510:
        return {} if listed.instrument.expiry is None else {"o": _text((quote.oi or 0) // lot)}
    keys = {"ltp": _text(quote.ltp), "ltq": _text((quote.last_quantity or 0) // lot)}
    if code != 1512:
        keys |= {
            "tb": _text((quote.total_buy_quantity or 0) // lot), "ts": _text((quote.total_sell_quantity or 0) // lot),
            "v": _text((quote.volume or 0) // lot), "ap": _text(quote.average_price or 0),
        }  # fmt: skip
    keys |= {
        "ltt": _text(seconds_1980(quote.last_trade_at_ms)), "lut": _text(seconds_1980(quote.exchange_at_ms)),
        "pc": f"{change(quote):.2f}",
    }  # fmt: skip
    if code == 1512:
        return keys
    most = LEVELS if code == 1502 else 1
    prices = (("o", quote.open), ("h", quote.high), ("l", quote.low), ("c", quote.prev_close))
    keys |= {name: _text(value or 0) for name, value in prices} | {"vp": "0"}
    if depth.bids or depth.asks:
        keys |= {"ai": _groups(depth.asks[:most], lot), "bi": _groups(depth.bids[:most], lot)}
    return keys


def _groups(levels, lot):
    groups = [
        f"{index}|{level.quantity // lot}|{_text(level.price)}|{level.orders or 1}"
        for index, level in enumerate(levels)
    ]
    return "|".join(groups)


def _text(value):
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def as_text(values):
    """An object as the JSON text that XTS wraps everything in."""
    return json.dumps(values, separators=(",", ":"))
