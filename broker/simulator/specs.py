"""What the practice exchange lists, read from dated data files: underlyings, boards of derivatives, contracts."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from broker.simulator.prices.noise import mix, text_code, unit
from domain.instruments import Exchange, Instrument, InstrumentType
from utils import json

DATA = Path(__file__).parent / "data"
EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
SYNTHETIC_START = 256
STOCK_BOARD_START = 16
BFO_STOCKS = 20
STOCK_STRIKES_EACH_SIDE = 7
EQUITY_BAND = 0.20
INDEX_BAND = 0.10


class Tick(msgspec.Struct, frozen=True):
    """A price step as the exact fraction up/down of a rupee, so that ticks * up / down is the nearest float."""

    up: int
    down: int

    @classmethod
    def of(cls, size: str | Decimal) -> Tick:
        """0.05 -> 1/20."""
        exact = Fraction(size)
        return cls(exact.numerator, exact.denominator)

    @property
    def size(self) -> Decimal:
        """Rupees."""
        return Decimal(self.up) / Decimal(self.down)

    def price(self, ticks: int) -> float:
        """Rupees of a number of steps."""
        return ticks * self.up / self.down


class Underlying(msgspec.Struct, frozen=True, eq=False):
    """Something with a price path of its own. level: rupees around which it moves. volatility: per year, as a ratio.

    band: largest move of a day against the previous close, as a ratio. lots_code feeds the hashes.
    """

    key: str
    symbol: str
    title: str
    number: int
    level: float
    tick: Tick
    volatility: float
    band: float
    code: int

    @property
    def daily_volatility(self) -> float:
        """Per calendar day: the practice exchange trades on all of them."""
        return self.volatility / math.sqrt(365.0)


class Board(msgspec.Struct, frozen=True, eq=False):
    """All futures and options of one root on one exchange.

    strike_width: how far strikes reach beyond past closes, as a ratio of the level. is_stock: on a share, with
    futures on the share's own tick.
    """

    exchange: Exchange
    number: int
    root: str
    spot: Underlying
    lot: int
    freeze: int | None
    step: Decimal
    tick: Tick
    multiplier: int
    weeklies: int
    future_rule: str
    option_rule: str
    strike_width: float
    option_months: int = 3
    is_stock: bool = False


class Contract(msgspec.Struct, frozen=True, eq=False):
    """One instrument with what pricing needs. Compared by identity: the universe hands out one object per key.

    expiry_vertex: last half second at which it trades. listed_day: first day with a price. code feeds the hashes.
    level_lots: lots that a book level shows. day_lots: lots that change hands on a day. spread_bp: of the price.
    """

    instrument: Instrument
    kind: InstrumentType
    spot: Underlying
    tick: Tick
    code: int
    lot: int
    level_lots: int
    day_lots: int
    spread_bp: int
    listed_day: int
    expiry_day: int | None = None
    expiry_vertex: int | None = None
    strike: float | None = None
    day_offset: bool = False

    @property
    def is_tradable(self) -> bool:
        """Indices are shown, not traded."""
        return self.kind is not InstrumentType.INDEX


class Catalogue(msgspec.Struct, frozen=True):
    """The data files in memory. `lots` holds the futures lot of each equity, None without derivatives."""

    equities: tuple[Underlying, ...]
    lots: tuple[int | None, ...]
    indices: tuple[Underlying, ...]
    boards: tuple[Board, ...]


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH_ORDINAL


def day_date(number: int) -> dt.date:
    """The calendar day of a day number."""
    return dt.date.fromordinal(number + EPOCH_ORDINAL)


def load_catalogue(scale: int) -> Catalogue:
    """Read the data files; `scale` - 1 further sets of invented stocks are added for load tests."""
    rows = _read("equities.json")["rows"]
    rows += _invented(len(rows) * (scale - 1))
    equities = tuple(_equity(row, _equity_number(place, row)) for place, row in enumerate(rows))
    lots = tuple(row[3] for row in rows)
    indices = tuple(_index(row, place) for place, row in enumerate(_read("indices.json")["rows"]))
    derivatives = _read("derivatives.json")
    spots = {spot.key: spot for spot in (*indices, *map(_spot, derivatives["spots"]))}
    numbers: dict[str, int] = {}
    boards = []
    for row in derivatives["rows"]:
        boards.append(_board(row, spots, numbers.get(row[0], 0)))
        numbers[row[0]] = numbers.get(row[0], 0) + 1
    for place, (equity, lot) in enumerate(zip(equities, lots, strict=True)):
        if lot is not None:
            boards.append(_stock_board(Exchange.NFO, equity, lot, "last TUE", derivatives))
            if place < BFO_STOCKS:
                boards.append(_stock_board(Exchange.BFO, equity, lot, "last THU", derivatives))
    return Catalogue(equities, lots, indices, tuple(boards))


def _read(name: str) -> Any:
    return json.decode((DATA / name).read_bytes())


def _equity_number(place: int, row: list[Any]) -> int:
    invented = row[0].startswith("SIMCO")
    return SYNTHETIC_START + row[5] if invented else place


def _invented(count: int) -> list[list[Any]]:
    """Stocks that do not exist, named SIMCOAAAA and on, with derivatives."""
    rows: list[list[Any]] = []
    for place in range(count):
        letters = "".join(chr(65 + place // 26**power % 26) for power in (3, 2, 1, 0))
        price = round(50 * 100 ** unit(mix(7, place)), 1)
        lot = max(1, int(600_000 / price))
        rows.append([f"SIMCO{letters}", f"Invented Company {letters}", price, lot, 30.0, place])
    return rows


def _equity(row: list[Any], number: int) -> Underlying:
    symbol, title, price, _, volatility = row[:5]
    tick = Tick.of("0.01" if price < 250 else "0.05")
    key = f"NSE:{symbol}"
    return Underlying(key, symbol, title, number, price, tick, volatility / 100, EQUITY_BAND, text_code(key))


def _index(row: list[Any], number: int) -> Underlying:
    exchange, symbol, title, level, volatility = row
    key = f"{exchange}:{symbol}"
    return Underlying(
        key, symbol, title, number, level, Tick.of("0.05"), volatility / 100, INDEX_BAND, text_code(key)
    )


def _spot(row: list[Any]) -> Underlying:
    key, level, tick, volatility, band = row
    symbol = key.partition(":")[2]
    return Underlying(key, symbol, symbol, 0, level, Tick.of(tick), volatility / 100, band, text_code(key))


def _board(row: list[Any], spots: dict[str, Underlying], number: int) -> Board:
    exchange, root, spot, lot, freeze, step, tick, multiplier, weeklies, future_rule, option_rule, width = row
    return Board(
        Exchange(exchange), number, root, spots[spot], lot, freeze, Decimal(step), Tick.of(tick),
        multiplier, weeklies, future_rule, option_rule, width,
    )  # fmt: skip


def _stock_board(
    exchange: Exchange, equity: Underlying, lot: int, rule: str, derivatives: dict[str, Any]
) -> Board:
    step = stock_strike_step(equity.level)
    width = STOCK_STRIKES_EACH_SIDE * float(step) / equity.level
    return Board(
        exchange, STOCK_BOARD_START + equity.number, equity.symbol, equity, lot,
        lot * derivatives["stock_freeze_lots"], step, Tick.of("0.05"), 1, 0, rule, rule, width,
        option_months=1, is_stock=True,
    )  # fmt: skip


_STEPS = (
    (25, "0.5"), (100, "1"), (250, "2.5"), (500, "5"), (1000, "10"), (2500, "20"), (5000, "50"),
    (10000, "100"), (25000, "250"),
)  # fmt: skip


def stock_strike_step(price: float) -> Decimal:
    """Distance between strikes of a stock, by its price level."""
    return next((Decimal(step) for below, step in _STEPS if price < below), Decimal(500))
