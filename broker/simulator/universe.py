"""The instruments of the practice exchange on a day. Nothing is enumerated until somebody asks for the whole list.

Tokens are numbers built from what an instrument is, so a token never moves to another instrument of the same day:
    cash     1.. (NSE), 500001.. (BSE), 26000.. (indices)
    boards   ((board * 32 + half week of expiry) * 1024 + strike) * 2 + put; below 2**24 unless scaled
Strikes are only ever added during the life of an expiry: each closing price widens the grid, none narrows it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

from broker.simulator.expiries import live_monthlies, option_expiries
from broker.simulator.prices.noise import mix, text_code
from broker.simulator.prices.path import DAY_VERTICES, STEPS
from broker.simulator.prices.quotes import Prices
from broker.simulator.specs import (
    Board,
    Catalogue,
    Contract,
    Underlying,
    day_number,
    load_catalogue,
)
from domain.instruments import (
    Exchange,
    Instrument,
    InstrumentType,
    future_symbol,
    option_symbol,
    parse_expiry,
)
from utils.limits import lru_cache

MONTHS = 3
LIFE_DAYS = 100
WEEKLY_LIFE_DAYS = 35
FIRST_DAY = day_number(dt.date(2010, 1, 1))
_SAMPLE_DAYS = 7
_BSE_TOKENS, _INDEX_TOKENS = 500_001, 26_000
_STRIKES = 1023
_CUT_OFF = {Exchange.CDS: 12 * 60 + 30, Exchange.MCX: 23 * 60 + 30}
_USUAL_CUT_OFF = 15 * 60 + 30
_DATED = re.compile(r"(.+)(\d{2}[A-Z]{3}\d{2})(?:FUT|(\d+(?:\.\d+)?)(CE|PE))")
_KINDS = {"CE": InstrumentType.CE, "PE": InstrumentType.PE}


class Terms(NamedTuple):
    """What names a derivative within its board. strike counts steps, 0 for a future."""

    kind: InstrumentType
    expiry: dt.date
    strike: int


class Universe:
    """Finds contracts by symbol, token or Instrument, and lists all of a day.

    holidays: exchange holidays; an expiry on one moves to the trading day before. scale: 1, or 10 for about 150,000.
    """

    def __init__(self, prices: Prices, scale: int = 1, holidays: Collection[dt.date] = frozenset()) -> None:
        self._prices = prices
        self._holidays = frozenset(holidays)
        catalogue = load_catalogue(scale)
        self._catalogue: Catalogue = catalogue
        self._cash: dict[tuple[str, str], Contract] = {}
        for equity in catalogue.equities:
            for exchange in (Exchange.NSE, Exchange.BSE):
                self._add_cash(_equity_contract(equity, exchange))
        for index in catalogue.indices:
            self._add_cash(_index_contract(index))
        self._cash_tokens = {
            (key[0], contract.instrument.token): contract for key, contract in self._cash.items()
        }
        self._boards = {(board.exchange.value, board.root): board for board in catalogue.boards}
        self._board_numbers = {(board.exchange.value, board.number): board for board in catalogue.boards}
        self._contract = lru_cache(maxsize=32_768)(self._build_contract)
        self._grid = lru_cache(maxsize=8_192)(self._compute_grid)
        self._expiries = lru_cache(maxsize=4_096)(self._compute_expiries)
        self.resolve = lru_cache(maxsize=32_768)(self._resolve)

    def _add_cash(self, contract: Contract) -> None:
        self._cash[contract.instrument.exchange.value, contract.instrument.symbol] = contract

    def find(self, exchange: str, symbol: str, today: dt.date) -> Contract | None:
        """The contract that is listed under this common name today, None when there is none."""
        contract = self.resolve(exchange, symbol)
        if contract is None or contract.expiry_day is None:
            return contract
        instrument = contract.instrument
        board = self._boards[exchange, instrument.name]
        assert instrument.expiry is not None
        strike = 0 if instrument.strike is None else int(instrument.strike / board.step)
        terms = Terms(contract.kind, instrument.expiry, strike)
        return contract if self._is_listed(board, terms, today) else None

    def _resolve(self, exchange: str, symbol: str) -> Contract | None:
        """The contract of a well-formed name, listed or not (expired ones keep their past prices)."""
        cash = self._cash.get((exchange, symbol))
        if cash is not None:
            return cash
        match = _DATED.fullmatch(symbol)
        board = self._boards.get((exchange, match[1])) if match else None
        if match is None or board is None:
            return None
        try:
            expiry = parse_expiry(match[2])
        except ValueError:
            return None
        if match[3] is None:
            return self._contract(board, Terms(InstrumentType.FUT, expiry, 0))
        count = Decimal(match[3]) / board.step
        if count <= 0 or count != int(count):
            return None
        contract = self._contract(board, Terms(_KINDS[match[4]], expiry, int(count)))
        return contract if contract.instrument.symbol == symbol else None

    def by_token(self, exchange: str, token: str, today: dt.date) -> Contract | None:
        """The contract of a token within its exchange, None when nothing of today has it."""
        cash = self._cash_tokens.get((exchange, token))
        if cash is not None or not token.isdecimal() or token.startswith("0"):
            return cash
        rest, put = divmod(int(token), 2)
        rest, place = divmod(rest, 1024)
        number, slot = divmod(rest, 32)
        board = self._board_numbers.get((exchange, number))
        if board is None:
            return None
        if place == 0:
            live = [day for day in self._expiries(board, today)[0] if _slot(day) == slot]
            return self._contract(board, Terms(InstrumentType.FUT, live[0], 0)) if live and not put else None
        for expiry in self._expiries(board, today)[1]:
            low, high = self._grid(board, expiry, today)
            strike = low + (place - 1 - low) % _STRIKES
            if _slot(expiry) == slot and low <= strike <= high:
                kind = InstrumentType.PE if put else InstrumentType.CE
                return self._contract(board, Terms(kind, expiry, strike))
        return None

    def spot_contract(self, contract: Contract) -> Contract | None:
        """The listed underlying of a derivative: an index or the NSE share; None for commodity and currency."""
        exchange, _, symbol = contract.spot.key.partition(":")
        return self._cash.get((exchange, symbol))

    def instruments(self, today: dt.date) -> Iterator[Instrument]:
        """Every instrument listed today."""
        for contract in self._cash.values():
            yield contract.instrument
        for board in self._catalogue.boards:
            futures, options = self._expiries(board, today)
            for expiry in futures:
                yield _dated_instrument(board, Terms(InstrumentType.FUT, expiry, 0))
            for expiry in options:
                low, high = self._grid(board, expiry, today)
                for strike in range(low, high + 1):
                    yield _dated_instrument(board, Terms(InstrumentType.CE, expiry, strike))
                    yield _dated_instrument(board, Terms(InstrumentType.PE, expiry, strike))

    def _is_listed(self, board: Board, terms: Terms, today: dt.date) -> bool:
        futures, options = self._expiries(board, today)
        if terms.kind is InstrumentType.FUT:
            return terms.expiry in futures
        if terms.expiry not in options:
            return False
        low, high = self._grid(board, terms.expiry, today)
        return low <= terms.strike <= high

    def _compute_expiries(
        self, board: Board, today: dt.date
    ) -> tuple[tuple[dt.date, ...], tuple[dt.date, ...]]:
        futures = live_monthlies(board.future_rule, today, MONTHS, self._holidays)
        options = option_expiries(
            board.option_rule, board.weeklies, today, board.option_months, self._holidays
        )
        return tuple(futures), tuple(options)

    def _compute_grid(self, board: Board, expiry: dt.date, today: dt.date) -> tuple[int, int]:
        """Lowest and highest strike in steps. Closes since the listing widen it; the first look-back is a week."""
        last = day_number(expiry)
        life = LIFE_DAYS if expiry in self._monthlies(board, expiry) else WEEKLY_LIFE_DAYS
        start, now = last - life, day_number(today)
        width = board.strike_width * board.spot.level
        closes = [
            board.spot.tick.price(self._prices.paths.close(board.spot, day))
            for day in range(start, max(start, now - 1) + 1, _SAMPLE_DAYS)
        ]
        step = float(board.step)
        low = max(1, math.floor((min(closes) - width) / step))
        return low, math.ceil((max(closes) + width) / step)

    def _monthlies(self, board: Board, expiry: dt.date) -> list[dt.date]:
        return live_monthlies(board.option_rule, expiry, 1, self._holidays)

    def _build_contract(self, board: Board, terms: Terms) -> Contract:
        day = day_number(terms.expiry)
        cut_off = _CUT_OFF.get(board.exchange, _USUAL_CUT_OFF)
        option = terms.kind.is_option
        weekly = option and terms.expiry not in self._monthlies(board, terms.expiry)
        day_lots = self._busy_lots(board, terms)
        return Contract(
            instrument=_dated_instrument(board, terms),
            kind=terms.kind,
            spot=board.spot,
            tick=board.tick if option or not board.is_stock else board.spot.tick,
            code=mix(text_code(f"{board.exchange}:{board.root}"), day, terms.strike, text_code(terms.kind)),
            lot=board.lot,
            level_lots=max(3, day_lots // 1500),
            day_lots=day_lots,
            spread_bp=0 if board.exchange is Exchange.CDS else 20 if option else 1,
            listed_day=day - (WEEKLY_LIFE_DAYS if weekly else LIFE_DAYS),
            expiry_day=day,
            expiry_vertex=day * DAY_VERTICES + cut_off * STEPS - 1,
            strike=float(board.step * terms.strike) if option else None,
        )

    def _busy_lots(self, board: Board, terms: Terms) -> int:
        """Lots of a usual day: most in index options near the money, never so few that minutes stay empty."""
        top = 24_000 // (1 + board.spot.number // 20) if board.is_stock else 600_000 // (1 + board.number)
        if terms.kind is InstrumentType.FUT:
            return max(2_880, top // 4)
        middle = board.spot.tick.price(self._prices.paths.close(board.spot, day_number(terms.expiry) - 10))
        away = (float(board.step * terms.strike) / middle - 1.0) / board.spot.volatility
        return max(2_880, int(top / (1.0 + 120.0 * away * away)))


def _slot(expiry: dt.date) -> int:
    """Half week of an expiry, unique among the live ones."""
    return day_number(expiry) * 2 // 7 % 32


def _place(terms: Terms) -> int:
    if terms.kind is InstrumentType.FUT:
        return 0
    return (terms.strike % _STRIKES + 1) * 2 + (terms.kind is InstrumentType.PE)


def _dated_instrument(board: Board, terms: Terms) -> Instrument:
    option = terms.kind.is_option
    strike = board.step * terms.strike if option else None
    if strike is None:
        symbol = future_symbol(board.root, terms.expiry)
    else:
        symbol = option_symbol(board.root, terms.expiry, strike, terms.kind)
    tick = board.tick if option or not board.is_stock else board.spot.tick
    return Instrument(
        symbol=symbol,
        exchange=board.exchange,
        broker_symbol=symbol,
        broker_exchange=board.exchange.value,
        token=str((board.number * 32 + _slot(terms.expiry)) * 2048 + _place(terms)),
        name=board.root,
        instrument_type=terms.kind,
        lot_size=board.lot,
        tick_size=tick.size,
        expiry=terms.expiry,
        strike=strike,
        freeze_qty=board.freeze,
        multiplier=board.multiplier,
    )


def _equity_contract(equity: Underlying, exchange: Exchange) -> Contract:
    first = _BSE_TOKENS if exchange is Exchange.BSE else 1
    turnover = 8e9 / (1 + equity.number / 12) / (15 if exchange is Exchange.BSE else 1)
    shares = max(2_880, int(turnover / equity.level))
    instrument = _cash_instrument(equity, exchange, InstrumentType.EQ, first + equity.number)
    return Contract(
        instrument=instrument,
        kind=InstrumentType.EQ,
        spot=equity,
        tick=equity.tick,
        code=mix(equity.code, exchange is Exchange.BSE),
        lot=1,
        level_lots=max(5, shares // 3000),
        day_lots=shares,
        spread_bp=1,
        listed_day=FIRST_DAY,
        day_offset=exchange is Exchange.BSE,
    )


def _index_contract(index: Underlying) -> Contract:
    exchange = Exchange(index.key.partition(":")[0])
    instrument = _cash_instrument(index, exchange, InstrumentType.INDEX, _INDEX_TOKENS + index.number)
    return Contract(
        instrument=instrument, kind=InstrumentType.INDEX, spot=index, tick=index.tick, code=index.code,
        lot=1, level_lots=0, day_lots=0, spread_bp=0, listed_day=FIRST_DAY,
    )  # fmt: skip


def _cash_instrument(spot: Underlying, exchange: Exchange, kind: InstrumentType, token: int) -> Instrument:
    return Instrument(
        symbol=spot.symbol,
        exchange=exchange,
        broker_symbol=spot.symbol,
        broker_exchange=exchange.value,
        token=str(token),
        name=spot.title,
        instrument_type=kind,
        lot_size=1,
        tick_size=spot.tick.size,
    )
