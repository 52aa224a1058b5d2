"""Bars of every interval, read from the same path as the ticks. The last bar ends at the last price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from operator import sub

from broker.simulator.prices.path import DAY_VERTICES, MINUTES, STEPS
from broker.simulator.prices.quotes import Prices, vertex_day
from broker.simulator.specs import Contract, day_date, day_number
from domain.instruments import InstrumentType
from domain.market import Candle, Interval
from utils.clock import ist

_DAY_SECONDS = 86_400
_IST_SECONDS = 19_800
_UNIX_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Columns = tuple[list[int], list[int], list[int], list[int]]


class Candles:
    """History of contracts. Intraday bars are aligned to midnight IST, for the exchange never closes."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def bars(
        self, contract: Contract, interval: Interval, start: dt.datetime, end: dt.datetime, now: dt.datetime
    ) -> list[Candle]:
        """Bars that start within [start, end] and not after `now`, ascending.

        Intraday bars compare instants, D and longer compare IST dates (a week starts on Monday). The bar in
        progress covers what has happened up to `now`.
        """
        vertex = self._prices.vertex(contract, now)
        seconds = interval.seconds
        if seconds is None:
            first, last = day_number(ist(start).date()), day_number(ist(end).date())
            if interval is Interval.D:
                return self._days(contract, max(first, contract.listed_day), last, vertex)
            return self._periods(contract, interval, first, last, vertex)
        first_second = -(_ist_us(start) // -1_000_000)
        last_second = min(_ist_us(end) // 1_000_000, vertex // 2)
        first_second = max(first_second, contract.listed_day * _DAY_SECONDS)
        rows: list[Candle] = []
        for day in range(first_second // _DAY_SECONDS, last_second // _DAY_SECONDS + 1):
            begin = max(0, first_second - day * _DAY_SECONDS)
            until = min(_DAY_SECONDS - 1, last_second - day * _DAY_SECONDS)
            build = self._second_bars if seconds % 60 else self._minute_bars
            rows += build(contract, day, range(-(begin // -seconds), until // seconds + 1), seconds, vertex)
        return rows

    def _minute_bars(
        self, contract: Contract, day: int, bars: range, seconds: int, vertex: int
    ) -> list[Candle]:
        """Bars of whole minutes; `bars` counts bar lengths since midnight."""
        if not bars:
            return []
        length = seconds // 60
        first, stop = bars.start * length, min(bars.stop * length, MINUTES)
        stop = min(stop, (vertex - day * DAY_VERTICES) // STEPS + 1)
        opens, highs, lows, closes = self._minute_columns(contract, day, first, stop, vertex)
        if length > 1:
            places = range(0, stop - first, length)
            opens = opens[::length]
            highs = [max(highs[place : place + length]) for place in places]
            lows = [min(lows[place : place + length]) for place in places]
            closes = [closes[min(place + length, stop - first) - 1] for place in places]
        edges = [*range(first, stop, length), stop]
        totals = self._volume_edges(contract, day, edges, vertex)
        interest = [
            self._prices.volumes.open_interest(contract, day, edge - 1) if contract.expiry_day else 0
            for edge in edges[1:]
        ]
        midnight = day * _DAY_SECONDS - _IST_SECONDS
        up, down = contract.tick.up, contract.tick.down
        return list(
            map(
                Candle,
                [midnight + edge * 60 for edge in edges[:-1]],
                [tick * up / down for tick in opens],
                [tick * up / down for tick in highs],
                [tick * up / down for tick in lows],
                [tick * up / down for tick in closes],
                map(sub, totals[1:], totals),
                interest,
            )
        )

    def _volume_edges(self, contract: Contract, day: int, edges: list[int], vertex: int) -> list[int]:
        """Cumulative volume at the minute edges; the last edge counts only up to `vertex`."""
        volumes = self._prices.volumes
        if len(edges) == edges[-1] - edges[0] + 1:
            totals = volumes.through_minutes(contract, day, edges[0], edges[-1])
        else:
            totals = [volumes.through_minutes(contract, day, edge, edge)[0] for edge in edges]
        if vertex < day * DAY_VERTICES + edges[-1] * STEPS:
            totals[-1] = volumes.through_vertex(contract, day, vertex - day * DAY_VERTICES)
        return totals

    def _minute_columns(self, contract: Contract, day: int, first: int, stop: int, vertex: int) -> Columns:
        """Open, high, low and close ticks of minutes first..stop-1; the minute of `vertex` only up to it."""
        paths = self._prices.paths
        path = paths.day(contract.spot, day)
        opens = [path.minute_open(first), *path.closes[first : stop - 1]]
        highs, lows, closes = (
            list(path.highs[first:stop]),
            list(path.lows[first:stop]),
            list(path.closes[first:stop]),
        )
        forming, step = divmod(vertex - day * DAY_VERTICES, STEPS)
        if first <= forming < stop:
            now = paths.minute(contract.spot, day, forming)
            place = forming - first
            highs[place], lows[place], closes[place] = now.highest[step], now.lowest[step], now.values[step]
        fair_at = self._prices.fair.at
        if contract.strike is None:
            fair = fair_at(contract, day, first)
            return tuple([fair(tick) for tick in column] for column in (opens, highs, lows, closes))  # type: ignore[return-value]
        fairs = [fair_at(contract, day, minute) for minute in range(first, stop)]
        ends = [fair(tick) for fair, tick in zip(fairs, closes, strict=True)]
        # Within a pricing block a minute opens at the price at which the one before closed.
        begins = [fairs[0](opens[0])]
        begins += [
            ends[place] if fairs[place] is fair else fair(opens[place + 1])
            for place, fair in enumerate(fairs[1:])
        ]
        falling = contract.kind is InstrumentType.PE
        tops = [fair(tick) for fair, tick in zip(fairs, lows if falling else highs, strict=True)]
        bottoms = [fair(tick) for fair, tick in zip(fairs, highs if falling else lows, strict=True)]
        return begins, tops, bottoms, ends

    def _second_bars(
        self, contract: Contract, day: int, bars: range, seconds: int, vertex: int
    ) -> Iterator[Candle]:
        """Bars of 1 to 59 seconds, straight from the vertices."""
        size = seconds * 2
        midnight = day * DAY_VERTICES
        volumes, price = self._prices.volumes, contract.tick.price
        held: tuple[int, list[int]] = (-1, [])
        for bar in bars:
            first = bar * size
            last = min(first + size, vertex - midnight + 1) - 1
            values: list[int] = []
            for minute in range(first // STEPS, last // STEPS + 1):
                if held[0] != minute:
                    held = minute, self._prices.minute_values(contract, day, minute)
                begin = max(first - minute * STEPS, 0)
                values += held[1][begin : last - minute * STEPS + 1]
            before = volumes.through_vertex(contract, day, first - 1) if first else 0
            yield Candle(
                day * _DAY_SECONDS - _IST_SECONDS + bar * seconds,
                price(values[0]), price(max(values)), price(min(values)), price(values[-1]),
                volumes.through_vertex(contract, day, last) - before,
                volumes.open_interest(contract, day, last // STEPS),
            )  # fmt: skip

    def _days(self, contract: Contract, first: int, last: int, vertex: int) -> list[Candle]:
        return [self._day(contract, day, vertex) for day in range(first, min(last, vertex_day(vertex)) + 1)]

    def _day(self, contract: Contract, day: int, vertex: int) -> Candle:
        """One day's bar, up to `vertex` when that lies in it."""
        prices = self._prices
        price = contract.tick.price
        end = min(vertex, (day + 1) * DAY_VERTICES - 1)
        whole = end % DAY_VERTICES == DAY_VERTICES - 1
        if whole and contract.strike is None:
            fair = prices.fair.at(contract, day, 0)
            opening, high, low, last = (fair(tick) for tick in prices.paths.day_bar(contract.spot, day))
        else:
            opening, high, low, last = prices.day_so_far(contract, end)
        if whole:
            volume = prices.volumes.day_lots(contract, day) * contract.lot
        else:
            volume = prices.volumes.through_vertex(contract, day, end % DAY_VERTICES)
        interest = prices.volumes.open_interest(contract, day, end % DAY_VERTICES // STEPS)
        return Candle(
            day * _DAY_SECONDS, price(opening), price(high), price(low), price(last), volume, interest
        )

    def _periods(
        self, contract: Contract, interval: Interval, first: int, last: int, vertex: int
    ) -> list[Candle]:
        """Weeks, months, quarters or years that start within [first, last]."""
        rows: list[Candle] = []
        start = _period_start(interval, day_date(first))
        if day_number(start) < first:
            start = _next_period(interval, start)
        while (begin := day_number(start)) <= min(last, vertex_day(vertex)):
            start = _next_period(interval, start)
            days = self._days(contract, max(begin, contract.listed_day), day_number(start) - 1, vertex)
            if days:
                rows.append(_join(begin * _DAY_SECONDS, days))
        return rows


def _join(timestamp: int, bars: list[Candle]) -> Candle:
    return Candle(
        timestamp, bars[0].open, max(bar.high for bar in bars), min(bar.low for bar in bars), bars[-1].close,
        sum(bar.volume for bar in bars), bars[-1].oi,
    )  # fmt: skip


def _ist_us(instant: dt.datetime) -> int:
    """Microseconds since midnight IST of 1970-01-01."""
    return (instant - _UNIX_EPOCH) // dt.timedelta(microseconds=1) + _IST_SECONDS * 1_000_000


def _period_start(interval: Interval, day: dt.date) -> dt.date:
    if interval is Interval.W:
        return day - dt.timedelta(days=day.weekday())
    months = {Interval.M: 1, Interval.Q: 3, Interval.Y: 12}[interval]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _next_period(interval: Interval, start: dt.date) -> dt.date:
    if interval is Interval.W:
        return start + dt.timedelta(days=7)
    months = {Interval.M: 1, Interval.Q: 3, Interval.Y: 12}[interval]
    index = start.year * 12 + start.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)
