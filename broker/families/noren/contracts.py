"""Noren's contract files: one CSV per segment, packed or not, read by the names of their columns."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from broker.core.contract_files.archives import unzipped
from broker.core.contract_files.naming import dated_root
from broker.core.contract_files.reading import ContractFile, FileContracts
from broker.core.contracts import derivative_symbol, text_lines
from broker.core.endpoint import download
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.families.noren.words import EXCHANGE, TRADED
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import to_decimal
from utils.limits import lru_cache

_NEEDED = {"exchange", "token", "lotsize", "symbol", "tradingsymbol", "instrument"}
_INDEX_WORDS = ("INDEX", "UNDIND")
_INDEX_OF = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}
# Index names without case, blanks and dashes.
_INDEX_NAMES = {
    "NIFTY50": "NIFTY", "NIFTYINDEX": "NIFTY", "NIFTYBANK": "BANKNIFTY", "NIFTYNEXT50": "NIFTYNXT50",
    "NIFTYFIN": "FINNIFTY", "NIFTYFINSERVICE": "FINNIFTY", "NIFTYFINANCIALSERVICES": "FINNIFTY",
    "NIFTYMIDSELECT": "MIDCPNIFTY", "NIFTYMIDCAPSELECT": "MIDCPNIFTY", "BSESENSEX": "SENSEX", "BSESENSEX50": "SENSEX50",
}  # fmt: skip
_SERIES = ("-EQ", "-BE")
# A file without ticks: the exchanges' usual ones.
_TICK, _USUAL_TICK = Decimal("0.05"), {Exchange.CDS: Decimal("0.0025")}
_KINDS = {"XX": InstrumentType.FUT, "CE": InstrumentType.CE, "PE": InstrumentType.PE}
_ROOT = re.compile(r"SENSEX50|SENSEX|BANKEX|[A-Z&-]+")
_Row = dict[str, str]
_price = lru_cache(maxsize=65536)(to_decimal)
_date = lru_cache(4096)(lambda text: dt.datetime.strptime(text, "%d-%b-%Y").date())  # noqa: DTZ007


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member's files are, below the host `files`. extra: one more file, of what the vendor's leave out."""

    paths: tuple[str, ...]
    zipped: bool
    extra: bytes = b""


_SEGMENTS = ("NSE", "NFO", "CDS", "MCX", "BSE", "BFO")
ZIPPED = Files(paths=tuple(f"/{segment}_symbols.txt.zip" for segment in _SEGMENTS), zipped=True)


class NorenContracts(FileContracts[_Row]):
    """A ContractSource of several files, handed on one behind the other; each begins with its own heads."""

    def __init__(self, context: PluginContext, rest: Rest, files: Files) -> None:
        self._files, served = files, frozenset(context.manifest.exchanges)
        self._calls = [
            download("contracts", path, "other", host="files", signed=False) for path in files.paths
        ]
        layout = ContractFile(
            vendor="noren", rows=_rows, file=self._calls[0],
            listed=lambda row: _listed(row, served=served), read=_instrument,
        )  # fmt: skip
        super().__init__(context, rest, layout)

    def fetch(self, session: Session) -> Iterator[bytes]:
        """All files, unpacked. They are public: no token goes to where they lie."""
        for call in self._calls:
            content, last = self._rest.call(session, call), b""
            for last in unzipped(content) if self._files.zipped else (content,):
                yield last
            if not last.endswith(b"\n"):
                yield b"\n"
        yield self._files.extra


def _rows(chunks: Iterable[bytes], name: str) -> Iterator[tuple[int, _Row]]:
    """(line number, values by head in lower case); a line of heads begins each file.

    `plain` is a share's name without its series. Of two series the trade-to-trade one keeps its own, so those wait.
    """
    heads: list[str] = []
    waiting: list[tuple[int, _Row]] = []
    roots: set[str] = set()
    try:
        for number, values in enumerate(csv.reader(text_lines(chunks)), start=1):
            if values[:1] == ["Exchange"]:
                heads = [head.strip().casefold() for head in values]
                continue
            if len(values) != len(heads) or not set(heads) >= _NEEDED:
                raise BadVendorData(f"{name}: line {number} does not have the documented columns")
            row = dict(zip(heads, values, strict=True))
            root, series = row["tradingsymbol"][:-3], row["tradingsymbol"][-3:]
            row["plain"] = root if row["exchange"] == "NSE" and series in _SERIES else row["tradingsymbol"]
            if row["plain"] == root and series == "-BE":
                waiting.append((number, row))
            else:
                roots.add(row["plain"])
                yield number, row
    except csv.Error:
        raise BadVendorData(f"{name}: not a CSV file") from None
    for number, row in waiting:
        yield number, {**row, "plain": row["tradingsymbol"]} if row["plain"] in roots else row


def _listed(row: _Row, served: frozenset[Exchange]) -> Exchange | str | None:
    code, instrument, token = row["exchange"], row["instrument"], row["token"]
    if code not in TRADED:
        return code or "a blank exchange"
    exchange = EXCHANGE.decode(code)
    if exchange.is_cash:
        exchange = _INDEX_OF[exchange] if instrument in _INDEX_WORDS else exchange
        return exchange if exchange in served else None
    is_dummy = exchange is Exchange.CDS and token.isdecimal() and int(token) <= 100
    if is_dummy or not (row["tradingsymbol"] or row["symbol"]):
        return None
    if _kind(row) is None:
        return f"{code} {instrument or 'without an instrument'}"
    return exchange if _factor(row) else f"{code} {row['symbol']} in broken units"


def _instrument(row: _Row, exchange: Exchange) -> Instrument:
    tick = _price(row["ticksize"]) if "ticksize" in row else _USUAL_TICK.get(exchange, _TICK)
    found = Instrument(
        symbol=row["plain"], exchange=exchange, broker_symbol=row["tradingsymbol"], broker_exchange=row["exchange"],
        token=row["token"], name=row["symbol"], instrument_type=InstrumentType.EQ, lot_size=int(row["lotsize"]),
        tick_size=tick / 100 if exchange.is_cash and tick >= 1 else tick,  # files of shares may count it in paise
    )  # fmt: skip
    if exchange.is_index:
        bare = found.broker_symbol.upper().replace(" ", "").replace("-", "").removeprefix("S&P")
        names = {"symbol": _INDEX_NAMES.get(bare, bare), "instrument_type": InstrumentType.INDEX}
        return replace(found, **names, lot_size=1, tick_size=_TICK)
    return _derivative(row, found) if exchange.is_derivative else found


def _factor(row: _Row) -> int:
    """Rupees per point and unit, which must be whole with us; 0 where it is not."""
    factor = row.get("gngd") or row.get("multiplier") or "1"
    return int(factor.removesuffix(".00")) if factor.removesuffix(".00").isdecimal() else 0


def _derivative(row: _Row, found: Instrument) -> Instrument:
    kind, expiry = _kind(row), _date(row["expiry"])
    if kind is None:
        raise ValueError(row["instrument"])
    strike = _price(row.get("strikeprice") or row.get("strike") or "") if kind.is_option else None
    name = _root(found.name, found.broker_symbol, expiry) if found.exchange is Exchange.BFO else found.name
    names = {"symbol": derivative_symbol(name, kind, expiry, strike), "name": name, "instrument_type": kind}
    return replace(found, **names, expiry=expiry, strike=strike, multiplier=_factor(row))


def _kind(row: _Row) -> InstrumentType | None:
    """FUT, CE or PE; from the trading symbol's end where the file has no column for it, None for neither."""
    word = row["instrument"][:3]
    kind = row.get("optiontype") or row["tradingsymbol"][-2:]
    return InstrumentType.FUT if word == "FUT" else _KINDS.get(kind) if word == "OPT" else None


def _root(code: str, word: str, expiry: dt.date) -> str:
    """The underlying of a BSE contract, whose Symbol may be the code of a bucket of contracts."""
    if code and word.startswith(code):
        return code
    with suppress(ValueError):
        return dated_root(word, expiry)
    return str(_ROOT.findall(word)[0])
