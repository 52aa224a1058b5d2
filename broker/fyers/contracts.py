"""Fyers' public symbol files: CSV without heads, and JSON where only that edition tells how many units a lot has."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from broker.core.contract_files.naming import distinct_names
from broker.core.contract_files.reading import ContractFile, FileContracts
from broker.core.contracts import derivative_symbol, text_lines
from broker.core.endpoint import Endpoint, download
from broker.core.index_names import index_symbol
from broker.core.roles import Session
from broker.core.stream import parse_object
from broker.fyers.mapping import EXCHANGE
from domain.errors import BadVendorData, UnmappedValue
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import to_decimal
from utils import json
from utils.clock import from_epoch, ist
from utils.limits import lru_cache

Row = dict[str, str]
INDEX_NAMES, *FILES = (
    "index_hsm_mapping.json", "NSE_CM.csv", "BSE_CM.csv", "NSE_FO.csv", "BSE_FO.csv", "NSE_CD_sym_master.json",
    "MCX_COM_sym_master.json")  # fmt: skip
COLUMNS = (
    "fyToken", "symbolDetails", "exInstType", "minLotSize", "tickSize", "isin", "session", "updated", "expiryDate",
    "symTicker", "exchange", "segment", "exToken", "underSym", "underToken", "strikePrice", "optType", "underFyToken",
    "underExpiry", "is_mtf_tradable", "mtf_margin")  # fmt: skip
# Kinds of the cash files; preference shares, debentures, warrants, funds and bonds are left out.
KINDS = {
    Exchange.NSE: {"0": Exchange.NSE, "9": Exchange.NSE, "10": Exchange.NSE_INDEX},
    Exchange.BSE: {**dict.fromkeys(("0", "4", "50"), Exchange.BSE), "10": Exchange.BSE_INDEX}}  # fmt: skip
LONGEST_LINE = 64 * 1024
SERVED = frozenset({Exchange.NFO, Exchange.BFO, Exchange.CDS, Exchange.MCX})
LOTS_IN_JSON = frozenset({Exchange.CDS, Exchange.MCX})
OPTION = {"XX": InstrumentType.FUT, "": InstrumentType.FUT, "CE": InstrumentType.CE, "PE": InstrumentType.PE}
_price = lru_cache(maxsize=65536)(to_decimal)
_day = lru_cache(maxsize=4096)(lambda epoch: ist(from_epoch(int(epoch))).date())


def _file(name: str) -> Endpoint[bytes]:
    return download("contracts", f"/sym_details/{name}", "all", host="files", signed=False)


def _rows(chunks: Iterable[bytes], name: str) -> Iterator[tuple[int, Row]]:
    """Rows of both editions, all as text, under the JSON's names; the names of the indices come first."""
    index_names: dict[str, Any] = {}
    for number, line in enumerate(text_lines(chunks), 1):
        if not line.startswith("{"):
            values = next(csv.reader([line]), []) if len(line) <= LONGEST_LINE else []
            if len(values) != len(COLUMNS):
                raise BadVendorData(f"{name}: line {number} has {len(values)} columns")
            row = dict(zip(COLUMNS, values, strict=True))
        elif "fyToken" in (found := parse_object(line)):
            row = {key: str(value) for key, value in found.items()}
        else:
            index_names = found
            continue
        yield number, {**row, "title": str(index_names.get(row.get("symTicker", ""), ""))}


def _listed(row: Row) -> Exchange | str | None:
    code, kind = row["exchange"] + row["segment"], row["exInstType"]
    try:
        exchange = EXCHANGE.decode(code)
    except UnmappedValue:
        return code
    if exchange in KINDS:
        government = exchange is Exchange.NSE and kind == "2" and row["symTicker"].endswith("-GB")
        return exchange if government else KINDS[exchange].get(kind)
    if exchange in LOTS_IN_JSON and (row["minLotSize"] != "1" or "qtyMultiplier" not in row):
        return f"{exchange.value} without the size of a lot"
    return exchange if exchange in SERVED else code


def _instrument(row: Row, exchange: Exchange) -> Instrument:
    if not row["fyToken"].startswith(row["exchange"] + row["segment"]):
        raise ValueError(row["fyToken"])
    ticker, root, kind, expiry, strike = row["symTicker"], row["underSym"], InstrumentType.EQ, None, None
    lot = row["qtyMultiplier" if exchange in LOTS_IN_JSON else "minLotSize"]
    symbol, name = root, row["symbolDetails"]
    if exchange.is_index:  # its name is the one by which the stream knows it
        kind, name, lot = InstrumentType.INDEX, row["title"] or ticker[4:].removesuffix("-INDEX"), "1"
        symbol = index_symbol(exchange, root.upper().replace(" ", "").replace("-", ""))
    elif exchange.is_derivative:
        kind, expiry, name = OPTION[row["optType"]], _day(row["expiryDate"]), root
        strike = _price(row["strikePrice"]) if kind.is_option else None
        symbol = derivative_symbol(root, kind, expiry, strike)
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=ticker, broker_exchange=exchange.value, name=name,
        token=row["fyToken"], instrument_type=kind, lot_size=int(lot), tick_size=_price(row["tickSize"]), expiry=expiry,
        strike=strike)  # fmt: skip


FILE = ContractFile(vendor="fyers", rows=_rows, file=_file(INDEX_NAMES), listed=_listed, read=_instrument)


class FyersContracts(FileContracts[Row]):
    """The ContractSource: several files, one after the other."""

    def fetch(self, session: Session) -> Iterator[bytes]:
        """CSV as it comes; of a JSON file each value on a line of its own."""
        names = self._rest.call(session, self._layout.file)
        yield json.encode(parse_object(names)) + b"\n"
        for file in FILES:
            content = self._rest.call(session, _file(file))
            lines = [content] if file.endswith(".csv") else map(json.encode, parse_object(content).values())
            yield from (line.rstrip() + b"\n" for line in lines)

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Of cash rows with one root `-EQ` is the share; other series are known by their tickers."""
        return distinct_names(
            super().parse(chunks), is_main=lambda row: row.broker_symbol.endswith("-EQ"),
            full_name=lambda row: row.broker_symbol.partition(":")[2])  # fmt: skip
