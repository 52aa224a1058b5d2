"""Reads bars: finished days from memory, the rest in calls that identical readers share, within the rate budget.

What could not be read is told by day; nothing that came is thrown away for it, so that a repeat asks only for the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from domain.errors import InvalidInput, OpenAlgoError, Throttled, Unavailable
from domain.instruments import Instrument
from domain.market import Candle, Interval
from services.market.bars.gaps import Expected, Gap, forming
from services.market.bars.spans import Chunk, Series, by_day, chunks, days, ordered
from services.market.bars.store import FinishedBars
from services.trading.desk import BrokerReads, HasAccount
from utils.clock import Clock, ist
from utils.concurrency import Lock, QueueFull
from utils.gathering import Gatherer

HISTORY_SECONDS = 60.0
MOST_CALLS = 4
MOST_OF_A_RANGE = 400
# A long range leaves room for others between its calls.
AT_ONCE = 8
# By then a broker has completed the day before.
COMPLETE_HOUR = 6
# An older day that brought nothing will bring nothing: a holiday of a year nobody notified, or no trades.
EMPTY_DAYS = 7


class Unread(msgspec.Struct, frozen=True):
    """Days first..last that could not be read, and why."""

    first: dt.date
    last: dt.date
    error: OpenAlgoError

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """What came, ascending and unique.

    unread: ranges the broker did not answer. gaps: bars that should be in what was read and are not. forming: timestamp
    of the last bar while it can still change. ends_on: the contract's last day, when more was asked for.
    """

    candles: Sequence[Candle]
    unread: tuple[Unread, ...] = ()
    gaps: tuple[Gap, ...] = ()
    forming: int | None = None
    ends_on: dt.date | None = None


class BarReader:
    """Thread-safe."""

    def __init__(self, reads: BrokerReads, expected: Expected, clock: Clock) -> None:
        self._reads = reads
        self._expected = expected
        self._clock = clock
        self._finished = FinishedBars()
        self._lock = Lock()
        self._gatherers: dict[int, Gatherer[Chunk, Chunk, list[Candle]]] = {}

    def read(
        self, account: HasAccount, instrument: Instrument, interval: Interval, first: dt.date, last: dt.date,
        span_days: int, seconds: float = HISTORY_SECONDS,
    ) -> Bars:  # fmt: skip
        """Bars that start on the days first..last.

        Raises InvalidInput when that needs too many calls, and what the broker raised when nothing could be read.
        """
        self._reads.ready(account, "history")
        series = Series(account.account_id, account.broker, instrument, interval)
        end = self._last(instrument, last)
        kept, calls = self._plan(series, first, end, span_days)
        if len(calls) > MOST_OF_A_RANGE:
            raise InvalidInput(
                f"The range needs {len(calls)} calls to the broker; ask for a shorter one",
                errors={"start_date": ["range too long for this interval"]},
            )
        answers = self._ask(account, calls, seconds)
        unread = tuple(
            Unread(chunk.first, chunk.last, answer)
            for chunk, answer in answers.items()
            if isinstance(answer, OpenAlgoError)
        )
        if unread and len(unread) == len(calls) and not any(kept.values()):
            raise unread[0].error.with_traceback(None)
        came = [bar for answer in answers.values() if not isinstance(answer, OpenAlgoError) for bar in answer]
        candles = ordered([*(bar for bars in kept.values() for bar in bars), *came])
        return self._told(series, candles, unread, days(first, end), last)

    def session_day(self, broker: str, instrument: Instrument) -> dt.date:
        """The day whose trading the broker's quotes tell of now. Raises LookupError when nobody knows one."""
        return self._expected.session_day(broker, instrument, self._clock.now())

    def close(self) -> None:
        """End the threads; who waits is let go."""
        with self._lock:
            gatherers = list(self._gatherers.values())
            self._gatherers.clear()
        for gatherer in gatherers:
            gatherer.close()

    def _last(self, instrument: Instrument, last: dt.date) -> dt.date:
        """The last day that can have bars."""
        return min(last, ist(self._clock.now()).date(), instrument.expiry or last)

    def _plan(
        self, series: Series, first: dt.date, last: dt.date, span_days: int
    ) -> tuple[Mapping[dt.date, Sequence[Candle]], list[Chunk]]:
        wanted = days(first, last)
        if not _is_daily(series.interval):
            return {}, chunks(series, wanted, span_days)
        kept = self._finished.get(series, wanted, ist(self._clock.now()).date())
        cold = [
            day for day in wanted
            if day not in kept and self._expected.is_trading_day(series.broker, series.instrument, day)
        ]  # fmt: skip
        return kept, chunks(series, cold, span_days)

    def _ask(
        self, account: HasAccount, calls: Sequence[Chunk], seconds: float
    ) -> dict[Chunk, list[Candle] | OpenAlgoError]:
        gatherer = self._gatherer(account)
        deadline = self._clock.monotonic() + seconds
        answers: dict[Chunk, list[Candle] | OpenAlgoError] = {}
        for at in range(0, len(calls), AT_ONCE):
            part = {chunk: chunk for chunk in calls[at : at + AT_ONCE]}
            left = max(0.0, deadline - self._clock.monotonic())
            try:
                found = gatherer.get(part, left)
            except QueueFull:
                answers |= dict.fromkeys(part, Throttled("Too many readings of bars wait for the broker"))
                continue
            answers |= {chunk: _told(answer) for chunk, answer in found.items()}
        return answers

    def _gatherer(self, account: HasAccount) -> Gatherer[Chunk, Chunk, list[Candle]]:
        with self._lock:
            found = self._gatherers.get(account.account_id)
            if found is None:
                rate = self._reads.manifest(account.broker).limits.rates.get("history")
                per_second = rate.per_second if rate is not None and rate.per_second else MOST_CALLS
                found = self._gatherers[account.account_id] = Gatherer(
                    lambda batch: self._call(account, batch[0]), name="history", size=1,
                    calls=max(1, min(MOST_CALLS, int(per_second))),
                )  # fmt: skip
            return found

    def _call(self, account: HasAccount, chunk: Chunk) -> Mapping[Chunk, list[Candle]]:
        series = chunk.series
        found = self._reads.market(
            account,
            "history",
            lambda plugin, session: plugin.market.history(
                session, series.instrument, series.interval, chunk.start, chunk.end
            ),
        )
        if _is_daily(series.interval):
            self._keep(chunk, found)
        return {chunk: found}

    def _keep(self, chunk: Chunk, candles: Sequence[Candle]) -> None:
        now = ist(self._clock.now())
        grouped = by_day(candles, chunk.series.interval)
        complete = now.date() if now.hour >= COMPLETE_HOUR else now.date() - dt.timedelta(days=1)
        empty = now.date() - dt.timedelta(days=EMPTY_DAYS)
        whole = {
            day: grouped.get(day, [])
            for day in days(chunk.first, chunk.last)
            if day < complete and (day in grouped or day < empty)
        }
        self._finished.put(chunk.series, whole, now.date())

    def _told(
        self, series: Series, candles: list[Candle], unread: tuple[Unread, ...], asked: list[dt.date], last: dt.date
    ) -> Bars:  # fmt: skip
        broker, instrument, interval = series.broker, series.instrument, series.interval
        now = self._clock.now()
        read = [day for day in asked if not any(each.first <= day <= each.last for each in unread)]
        expiry = instrument.expiry
        return Bars(
            candles=candles, unread=unread,
            gaps=tuple(self._expected.gaps(broker, instrument, interval, read, candles, now)),
            forming=forming(
                candles, interval, now, is_open=self._expected.is_open(broker, instrument, now),
                is_over=self._expected.is_over(broker, instrument, ist(now).date(), now),
            ),
            ends_on=expiry if expiry is not None and last > expiry else None,
        )  # fmt: skip


def _is_daily(interval: Interval) -> bool:
    """Whether bars belong to single days; weeks and longer are few and are read each time."""
    return interval.seconds is not None or interval is Interval.D


def _told(answer: list[Candle] | Exception | None) -> list[Candle] | OpenAlgoError:
    if isinstance(answer, OpenAlgoError):
        return answer
    if isinstance(answer, TimeoutError):
        return Unavailable("The broker did not answer in time")
    if isinstance(answer, Exception):
        return Unavailable(f"The broker's answer cannot be read: {type(answer).__name__}")
    return answer or []
