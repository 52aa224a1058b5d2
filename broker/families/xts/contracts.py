"""The contract master of XTS: a file per segment, separated by bars and without a header, and two lists of indices.

Columns differ with the kind of row: 22 of cash, 23 of options, 21 of futures, 20 or 21 of spreads.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from broker.core import tables as t
from broker.core.contracts import derivative_symbol
from broker.core.endpoint import FILE_BYTES, FILE_SECONDS, Endpoint, field, get, keyed
from broker.core.index_names import INDEX_NAMES
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.families.parts import Load, PartedContracts
from broker.families.xts.mapping import EXCHANGE
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import to_decimal
from utils.limits import lru_cache

MASTER: Endpoint[str] = Endpoint(
    name="master", method="POST", path="/instruments/master", rate=("master",), body="json",
    answer=lambda data: t.text("result")({"result": data}), fields=(field("exchangeSegmentList", lambda name: [name]),),
    safe_to_retry=True, max_bytes=FILE_BYTES, timeout=FILE_SECONDS)  # fmt: skip
INDEX_LIST = get("index list", "/instruments/indexlist", t.an_object, "master", keyed("exchangeSegment"))
# Our own first field for the lines of an index list, which has none: INDEX|1|NIFTY 50_26000.
INDEX, INDICES = "INDEX", {"1": ("NSECM", Exchange.NSE_INDEX), "11": ("BSECM", Exchange.BSE_INDEX)}
_NAMES = {**INDEX_NAMES[Exchange.BSE_INDEX], "FIN": "BSEFINANCIALSERVICES", "BSEPBI": "BSEPSU"}
COLUMNS = {"8": 22, "1": 21, "2": 23}
SPREAD, OPTIONS = "4", {"3": InstrumentType.CE, "4": InstrumentType.PE}
# Beside EQ these trade as shares; their names keep the series, because a share may be listed in two.
_SHARES, _NO_SHARES = frozenset({"BE", "BZ", "SM", "ST"}), frozenset({"F", "G", "SPOT"})
_price = lru_cache(maxsize=65536)(to_decimal)
_day = lru_cache(maxsize=4096)(lambda text: dt.datetime.fromisoformat(text).date())


def source(context: PluginContext, rest: Rest) -> PartedContracts:
    """The ContractSource of a member's exchanges."""

    def file(segment: str) -> Load:
        return lambda session: rest.call(session, MASTER, segment)

    def names(number: str) -> Load:
        def load(session: Session) -> str:
            listed = rest.call(session, INDEX_LIST, {"exchangeSegment": number}).get("indexList") or []
            return "".join(f"{INDEX}|{number}|{name}\n" for name in listed)

        return load

    traded = [EXCHANGE.encode(item) for item in context.manifest.exchanges if not item.is_index]
    indices = {f"index list {number}": names(number) for number in INDICES}
    return PartedContracts(context, "xts", {**{name: file(name) for name in traded}, **indices}, read)


def read(line: str) -> Instrument | None:
    """One line; None for spreads, test symbols, debt and other series, and for the BSE's indices among its shares."""
    row = line.split("|")
    if row[0] == INDEX:
        return _index(*row)
    kind, name, expiry, strike, word = row[2], row[3], None, None, row[4]
    if kind == SPREAD or "NSETEST" in name:
        return None
    if len(row) != COLUMNS[kind]:
        raise ValueError(line)
    exchange, listed = EXCHANGE.decode(row[0]), InstrumentType.EQ
    if kind == "8":
        symbol, word = _share(exchange, name, row[5], row[6]), row[14]
    else:
        listed, expiry = OPTIONS[row[18]] if kind == "2" else InstrumentType.FUT, _day(row[16])
        strike = _price(row[17]) if kind == "2" else None
        symbol = derivative_symbol(name, listed, expiry, strike)
    return None if symbol is None else Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=row[0], token=str(int(row[1])), name=name,
        instrument_type=listed, lot_size=int(row[12]), tick_size=_price(row[11]), expiry=expiry, strike=strike,
        multiplier=int(row[13]))  # fmt: skip


def _index(_: str, number: str, word: str) -> Instrument:
    segment, exchange = INDICES[number]
    name, _, token = word.rpartition("_")
    if exchange is Exchange.BSE_INDEX:
        symbol = _NAMES.get(name, name)
    else:
        symbol = INDEX_NAMES[exchange].get(name) or name.replace(" ", "").replace("-", "")
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=segment, token=str(int(token)), name=name,
        instrument_type=InstrumentType.INDEX, lot_size=1, tick_size=Decimal("0.05"))  # fmt: skip


def _share(exchange: Exchange, name: str, series: str, listed: str) -> str | None:
    if exchange is Exchange.BSE:
        return None if series in _NO_SHARES else name
    return name if series == "EQ" else listed if series in _SHARES else None
