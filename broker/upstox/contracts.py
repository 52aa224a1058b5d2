"""Upstox's instrument file: one gzipped JSON array for all exchanges, refreshed at about 06:00 IST."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from broker.core import tables as t
from broker.core.contract_files.archives import gunzipped
from broker.core.contract_files.json_array import json_objects
from broker.core.contract_files.reading import ContractFile
from broker.core.contracts import derivative_symbol
from broker.core.endpoint import download
from broker.core.index_names import index_symbol
from broker.core.tables import Table
from broker.upstox.mapping import SEGMENT
from domain.instruments import Exchange, Instrument, InstrumentType
from utils.clock import from_epoch, ist
from utils.limits import lru_cache

KIND = Table("upstox instrument_type", {InstrumentType(word): word for word in ("FUT", "CE", "PE")})
# A share trades in one of these series at a time; other series of its name are bonds, warrants and the like.
SHARE_SERIES, LONGEST_SERIES = frozenset({"EQ", "BE", "BZ", "SM", "ST", "SZ"}), 2
NOT_SERVED = frozenset({"NSE_COM"})
_day = lru_cache(maxsize=4096)(lambda ms: ist(from_epoch(ms / 1000)).date())
_key, _segment, _word = (t.text(name) for name in ("instrument_key", "segment", "trading_symbol"))
_kind, _name = t.filled("instrument_type"), t.filled("name")
_tick, _strike = t.decimal("tick_size"), t.decimal("strike_price")
_lot, _expiry = t.integer("lot_size"), t.integer("expiry")
_freeze, _multiplier = (t.unless_zero(t.integer, name) for name in ("freeze_quantity", "qty_multiplier"))


def _listed(row: dict[str, Any]) -> Exchange | str | None:
    segment, series = _segment(row), _kind(row) or ""
    exchange = None if segment in NOT_SERVED else SEGMENT.decode_or_keep(segment)
    is_odd = isinstance(exchange, Exchange) and exchange.is_cash and not 0 < len(series) <= LONGEST_SERIES
    return f"{segment}/{series}" if is_odd else exchange


def _instrument(row: dict[str, Any], exchange: Exchange) -> Instrument:
    """Ticks come in paise; indices have neither lot nor tick. World indices are known by their keys."""
    key, kind, lot, tick = _key(row), InstrumentType.INDEX, 1, Decimal("0.05")
    word = key.partition("|")[2] if exchange is Exchange.GLOBAL_INDEX else _word(row)
    name, expiry, strike, freeze, multiplier = _name(row) or word, None, None, None, 1
    if not exchange.is_index:
        lot, tick, freeze = _lot(row), _tick(row) / 100, _freeze(row)
        # Beside a lot of several units a multiplier would count those units twice.
        multiplier = _multiplier(row) or 1 if lot == 1 else 1
    if exchange.is_derivative:
        # The first word of `NIFTY 19650 CE 15 FEB 24`: other fields say GOLD also of GOLDGUINEA.
        kind, expiry, name = KIND.decode(_kind(row)), _day(_expiry(row)), word.partition(" ")[0]
        strike = _strike(row) if kind.is_option else None
        symbol = derivative_symbol(name, kind, expiry, strike)
    elif exchange.is_index:
        symbol = index_symbol(exchange, word)
    else:
        kind, symbol = InstrumentType.EQ, word
        # On NSE a bond or a warrant bears its company's name, so that its series must tell it from the share.
        if exchange is Exchange.NSE and (series := _kind(row)) not in SHARE_SERIES:
            symbol = word = f"{word.removesuffix(f'-{series}')}-{series}"
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=_segment(row), token=key, name=name,
        instrument_type=kind, lot_size=lot, tick_size=tick, expiry=expiry, strike=strike, freeze_qty=freeze,
        multiplier=multiplier)  # fmt: skip


FILE = ContractFile[dict[str, Any]](
    vendor="upstox", rows=lambda chunks, name: json_objects(gunzipped(chunks), name), listed=_listed, read=_instrument,
    file=download("file", "/market-quote/instruments/exchange/complete.json.gz", "other", host="assets", signed=False)
)  # fmt: skip
