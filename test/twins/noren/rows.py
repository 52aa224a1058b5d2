"""Rows of Noren's answers from values of the simulated exchange: every value is a text, what is nil is left out."""

from domain.money import plain
from domain.orders import OrderStatus, PriceType, Product, Side
from utils.clock import UTC, from_epoch, ist
from utils.json import encode_text

STATUS = {
    OrderStatus.OPEN: "OPEN", OrderStatus.TRIGGER_PENDING: "TRIGGER_PENDING", OrderStatus.COMPLETE: "COMPLETE",
    OrderStatus.CANCELLED: "CANCELED", OrderStatus.REJECTED: "REJECTED",
}  # fmt: skip
REPORT = {
    OrderStatus.OPEN: "New", OrderStatus.TRIGGER_PENDING: "New", OrderStatus.COMPLETE: "Fill",
    OrderStatus.CANCELLED: "Canceled", OrderStatus.REJECTED: "Rejected",
}  # fmt: skip
KINDS = {PriceType.MARKET: "MKT", PriceType.LIMIT: "LMT", PriceType.SL: "SL-LMT", PriceType.SL_M: "SL-MKT"}
SIDES = {Side.BUY: "B", Side.SELL: "S"}
PRODUCTS = {Product.CNC: "C", Product.NRML: "M", Product.MIS: "I"}


def money(value):
    """Two decimals; finer prices keep theirs."""
    if value is None:
        return "0.00"
    text = plain(value) if not isinstance(value, float) else repr(value)
    return text if "." in text and len(text.partition(".")[2]) > 1 else f"{float(value):.2f}"


def moment(at):
    """HH:MM:SS DD-MM-YYYY."""
    return f"{ist(at):%H:%M:%S %d-%m-%Y}"


def _name(listed):
    return {"exch": listed.exchange, "tsym": listed.tradingsymbol, "token": listed.token.partition("|")[2]}


def _contract(listed):
    row = listed.instrument
    return {**_name(listed), "pp": "2", "ls": str(row.lot_size), "ti": plain(row.tick_size)}


def order(row, listed, user, extras):
    """One row of the order book; before a fill there is no average, without a trigger no trgprc."""
    filled = row.filled_quantity or 0
    shown = {
        "stat": "Ok", "uid": user, "actid": user, **_contract(listed), "norenordno": row.order_id,
        "status": STATUS[row.status], "trantype": SIDES[row.side], "prctyp": KINDS[row.price_type],
        "prd": PRODUCTS[row.product], "ret": "DAY", "qty": str(row.quantity), "prc": money(row.price),
        "rprc": money(row.price), "dscqty": str(row.disclosed_quantity), "amo": "No",
        "norentm": moment(row.updated_at), "ordenttm": str(int(row.placed_at.timestamp())),
        "exch_tm": f"{ist(row.updated_at):%d-%m-%Y %H:%M:%S}", "exchordid": f"1{row.order_id}", **extras,
    }  # fmt: skip
    if row.trigger_price:
        shown["trgprc"] = money(row.trigger_price)
    if filled:
        shown |= {"fillshares": str(filled), "avgprc": money(row.average_price)}
    if row.status is OrderStatus.CANCELLED:
        shown["cancelqty"] = str(row.quantity - filled)
    return shown | {
        name: value for name, value in (("rejreason", row.rejection_reason), ("remarks", row.tag)) if value
    }


def trade(row, listed, user):
    """One fill."""
    at = row.traded_at
    return {
        "stat": "Ok", "uid": user, "actid": user, **_contract(listed), "norenordno": row.order_id, "flid": row.trade_id,
        "trantype": SIDES[row.side], "prctyp": "LMT", "prd": PRODUCTS[row.product], "ret": "DAY",
        "qty": str(row.quantity), "fillshares": str(row.quantity), "flqty": str(row.quantity), "prc": money(row.price),
        "flprc": money(row.price), "norentm": moment(at), "exch_tm": "00:00:00 01-01-1980",
        "fltm": f"{ist(at):%d-%m-%Y %H:%M:%S}", "exchordid": f"1{row.order_id}",
    }  # fmt: skip


def position(row, listed):
    """One net position; a flat one has no net average."""
    realised = row.realized_pnl or 0
    return {
        "stat": "Ok", **_contract(listed), "prd": PRODUCTS[row.product], "netqty": str(row.quantity),
        "netavgprc": money(row.average_price) if row.quantity else "0.00",
        "daybuyavgprc": money(row.average_price), "lp": money(row.ltp), "rpnl": money(realised),
        "urmtom": money((row.pnl or 0) - realised), "mult": "1",
        "prcftr": f"{listed.instrument.multiplier}.000000",
    }  # fmt: skip


def holding(row, places):
    """One holding with every exchange that lists it, no price."""
    return {
        "stat": "Ok", "exch_tsym": [_contract(place) for place in places], "holdqty": str(row.quantity), "colqty": "0",
        "btstqty": "0", "btstcolqty": "0", "usedqty": "0", "upldprc": money(row.average_price),
    }  # fmt: skip


def limits(funds):
    """Cash of the morning and what is used of it."""
    shown = {
        "cash": money(funds.available_cash + funds.utilised),
        "payin": "0.00",
        "brkcollamt": money(funds.collateral),
    }
    return shown | ({"marginused": money(funds.utilised)} if funds.utilised else {})


def quote(listed, depth):
    """What GetQuotes and the stream's depth share; an index has neither volume nor book."""
    found = depth.quote
    prices = {
        "lp": found.ltp, "o": found.open, "h": found.high, "l": found.low, "c": found.prev_close,
        "ap": found.average_price, "uc": found.upper_circuit, "lc": found.lower_circuit,
    }  # fmt: skip
    shown = {name: money(value) for name, value in prices.items() if value is not None}
    if found.last_trade_at_ms:
        shown["ltt"] = f"{ist(from_epoch(found.last_trade_at_ms / 1000)):%H:%M:%S}"
    if found.exchange_at_ms:
        shown["ft"] = str(found.exchange_at_ms // 1000)
    if listed.instrument.exchange.is_index:
        return shown
    counts = {
        "v": found.volume, "oi": found.oi, "ltq": found.last_quantity, "tbq": found.total_buy_quantity,
        "tsq": found.total_sell_quantity,
    }  # fmt: skip
    shown |= {name: str(value) for name, value in counts.items() if value is not None}
    for side, levels in (("b", depth.bids), ("s", depth.asks)):
        for number in range(5):
            level = levels[number] if number < len(levels) else None
            parts = (money(level.price), level.quantity, level.orders or 1) if level else ("0.00", 0, 0)
            shown |= {
                f"{side}{part}{number + 1}": str(value) for part, value in zip("pqo", parts, strict=True)
            }
    return shown


TOUCH = ("lp", "o", "h", "l", "c", "ap", "v", "oi", "ft", "bp1", "bq1", "sp1", "sq1")


def touch(shown):
    """The fields of a touchline."""
    return {name: shown[name] for name in TOUCH if name in shown}


def whole(listed, shown):
    """A quote as GetQuotes answers it."""
    row = listed.instrument
    return {**_contract(listed), "symname": row.name, "instname": "EQ", "mult": "1", **shown}


def image(listed, shown):
    """A quote as a stream's first message of an instrument."""
    row = listed.instrument
    return {
        "ts": listed.tradingsymbol,
        "pp": "2",
        "ls": str(row.lot_size),
        "ti": plain(row.tick_size),
        **shown,
    }


def candle(bar):
    """One row of TPSeries."""
    at = from_epoch(bar.timestamp)
    return {
        "stat": "Ok", "time": f"{ist(at):%d-%m-%Y %H:%M:%S}", "ssboe": str(bar.timestamp), "into": money(bar.open),
        "inth": money(bar.high), "intl": money(bar.low), "intc": money(bar.close), "intvwap": money(bar.close),
        "intv": str(bar.volume), "intoi": "0", "oi": str(bar.oi), "v": str(bar.volume),
    }  # fmt: skip


def day(bar):
    """One row of EODChartData, JSON within JSON."""
    at = from_epoch(bar.timestamp).astimezone(UTC)
    return encode_text({
        "time": f"{at:%d-%b-%Y}".upper(), "into": money(bar.open), "inth": money(bar.high), "intl": money(bar.low),
        "intc": money(bar.close), "ssboe": str(bar.timestamp), "intv": f"{bar.volume}.00",
    })  # fmt: skip
