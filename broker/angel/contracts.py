"""Angel One's scrip master: one public JSON array for all exchanges, all of its values text, prices in 1/100.

A share's series is a suffix of its symbol. Only one of a share's series bears the plain name: EQ where there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from broker.core import tables as t
from broker.core.contract_files.json_array import json_objects
from broker.core.contract_files.reading import ContractFile, FileContracts
from broker.core.contracts import derivative_symbol
from broker.core.endpoint import download
from broker.core.index_names import INDEX_NAMES
from domain.instruments import MONTHS, Exchange, Instrument, InstrumentKey, InstrumentType
from domain.money import to_decimal
from utils.limits import lru_cache

EXCHANGES = {code: Exchange(code) for code in ("NSE", "BSE", "NFO", "BFO", "CDS", "MCX")}
INDICES = {"NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX}
CASH, INDEX = "", "AMXIDX"
FUTURES = frozenset({"FUTIDX", "FUTSTK", "FUTCOM", "FUTCUR", "FUTIRC", "FUTIRT"})
OPTIONS = frozenset({"OPTIDX", "OPTSTK", "OPTFUT", "OPTCUR", "OPTIRC"})
# The first that a share has bears its plain name.
SERIES = ("-EQ", "-BE", "-MF", "-SG")
JOINED = {
    "NIFTY50": "NIFTY", "NIFTYBANK": "BANKNIFTY", "NIFTYFINSERVICE": "FINNIFTY", "NIFTYNEXT50": "NIFTYNXT50",
    "NIFTYMIDSELECT": "MIDCPNIFTY", "NIFTYMIDCAPSELECT": "MIDCPNIFTY", "SNSX50": "SENSEX50"}  # fmt: skip
# Indices cannot be traded; their lot and tick mean nothing.
INDEX_LOT, INDEX_TICK = 1, Decimal("0.05")
_place, _kind = t.text("exch_seg"), t.text("instrumenttype")


@lru_cache(maxsize=65536)
def _price(text: str, exchange: Exchange) -> Decimal:
    return to_decimal(text) / (10_000_000 if exchange is Exchange.CDS else 100)


@lru_cache(maxsize=4096)
def _date(text: str) -> dt.date:
    return dt.date(int(text[5:]), MONTHS.index(text[2:5]) + 1, int(text[:2]))


def _listed(row: dict[str, Any]) -> Exchange | str | None:
    place, kind = _place(row), _kind(row)
    if place == "NCDEX":
        return None
    exchange = (INDICES if kind == INDEX else EXCHANGES).get(place)
    is_known = kind == INDEX or (kind == CASH if place in ("NSE", "BSE") else kind in FUTURES | OPTIONS)
    return exchange if exchange is not None and is_known else f"{place}/{kind}"


def _index_symbol(exchange: Exchange, name: str) -> str:
    """Names come as the exchanges show them, or without their blanks."""
    shown = name.upper().removeprefix("S&P ")
    bare = shown.replace(" ", "").replace("-", "")
    return INDEX_NAMES.get(exchange, {}).get(shown) or JOINED.get(bare, bare)


def _rank(word: str) -> int:
    return next((rank for rank, suffix in enumerate(SERIES) if word.endswith(suffix)), 0)


def _instrument(row: dict[str, Any], exchange: Exchange) -> Instrument:
    word, name, kind_word, is_index = row["symbol"], row["name"], row["instrumenttype"], exchange.is_index
    kind, expiry, strike = InstrumentType.INDEX if is_index else InstrumentType.EQ, None, None
    if is_index:
        symbol = _index_symbol(exchange, name or word)
    elif kind_word == CASH:
        symbol = next((word.removesuffix(suffix) for suffix in SERIES if word.endswith(suffix)), word)
    else:
        expiry = _date(row["expiry"])
        kind = InstrumentType(word[-2:]) if kind_word in OPTIONS else InstrumentType.FUT
        strike = _price(row["strike"], exchange) if kind.is_option else None
        symbol = derivative_symbol(name, kind, expiry, strike)
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=row["exch_seg"], token=row["token"],
        name=name, instrument_type=kind, lot_size=INDEX_LOT if is_index else int(row["lotsize"]),
        tick_size=INDEX_TICK if is_index else _price(row["tick_size"], exchange), expiry=expiry, strike=strike,
    )  # fmt: skip


FILE = ContractFile(
    vendor="angel", rows=json_objects, listed=_listed, read=_instrument,
    file=download("instruments", "/OpenAPI_File/files/OpenAPIScripMaster.json", "file", host="files", signed=False),
)  # fmt: skip


class AngelContracts(FileContracts[dict[str, Any]]):
    """The scrip master with one series per share."""

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """See ContractSource. Series other than the first wait until the end, and give way to an earlier one."""
        ranks: dict[InstrumentKey, int] = {}
        waiting: list[tuple[int, Instrument]] = []
        for found in super().parse(chunks):
            rank = _rank(found.broker_symbol) if found.exchange.is_cash else 0
            if rank:
                waiting.append((rank, found))
                continue
            if found.exchange.is_cash:
                ranks[found.key] = rank
            yield found
        for rank, found in sorted(waiting, key=lambda item: item[0]):
            if ranks.setdefault(found.key, rank) == rank:
                yield found
