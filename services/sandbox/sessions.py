"""When paper orders may trade, end, are squared off and settle. Everything is a question about a stored instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from domain.calendar import INDIA, Calendar, india_instant
from domain.instruments import Exchange, Instrument
from services.sandbox.options import SQUARE_OFF_OF_EXCHANGE, PaperOptions
from utils.clock import epoch_ms

SEARCH_DAYS = 40
OPENING_DAYS = 10


class Sessions:
    """Answers from the calendar. A practice market never closes; its days begin at the session boundary."""

    def __init__(self, calendar: Calendar, boundary: dt.time, is_practice: Callable[[str], bool]) -> None:
        self._calendar = calendar
        self._boundary = boundary.hour * 60 + boundary.minute
        self._is_practice = is_practice

    def day_of(self, instant: dt.datetime) -> dt.date:
        """The trading day an instant belongs to: it begins at the session boundary."""
        return (instant.astimezone(INDIA) - dt.timedelta(minutes=self._boundary)).date()

    def begin(self, day: dt.date) -> dt.datetime:
        """When a trading day begins."""
        return india_instant(day, self._boundary)

    def is_open(self, broker: str, exchange: Exchange, instant: dt.datetime) -> bool:
        """Whether orders may trade."""
        return self._is_practice(broker) or self._calendar.is_open(exchange, instant)

    def order_end(self, broker: str, exchange: Exchange, instant: dt.datetime) -> dt.datetime:
        """When a DAY order placed now ends."""
        if not self._is_practice(broker):
            for offset in range(-1, OPENING_DAYS):
                day = instant.astimezone(INDIA).date() + dt.timedelta(days=offset)
                rows = self._calendar.trading_sessions(exchange, day)
                if rows and rows[-1].end > instant:
                    return rows[-1].end
        return self.begin(self.day_of(instant) + dt.timedelta(days=1))

    def square_off_after(
        self, broker: str, exchange: Exchange, opened: dt.datetime, options: PaperOptions
    ) -> dt.datetime | None:
        """The first square-off strictly after an intraday position was opened."""
        text = getattr(options, SQUARE_OFF_OF_EXCHANGE[exchange])
        configured = dt.time.fromisoformat(text)
        first = opened.astimezone(INDIA).date()
        for offset in range(SEARCH_DAYS):
            at = self._square_off(broker, exchange, first + dt.timedelta(days=offset), configured)
            if at is not None and at > opened:
                return at
        return None

    def _square_off(
        self, broker: str, exchange: Exchange, day: dt.date, configured: dt.time
    ) -> dt.datetime | None:
        if self._is_practice(broker) or exchange is Exchange.CRYPTO:
            return india_instant(day, configured.hour * 60 + configured.minute)
        return self._calendar.square_off_at(exchange, day, configured)

    def is_past_square_off(
        self, broker: str, exchange: Exchange, now: dt.datetime, options: PaperOptions
    ) -> bool:
        """Whether today's square-off has been, so that no new intraday position may begin."""
        if self._is_practice(broker) or exchange is Exchange.CRYPTO:
            return False
        configured = dt.time.fromisoformat(getattr(options, SQUARE_OFF_OF_EXCHANGE[exchange]))
        at = self._square_off(broker, exchange, now.astimezone(INDIA).date(), configured)
        return at is not None and now >= at

    def settles_on(self, exchange: Exchange, traded: dt.datetime) -> dt.date:
        """The settlement day of a delivery trade: T+1 by the calendar."""
        day = traded.astimezone(INDIA).date()
        settlement = self._calendar.settlement_date(day, 1)
        if not self._calendar.is_trading_day(exchange, settlement):
            settlement = self._calendar.next_trading_day(exchange, settlement)
        return settlement

    def expiry_end(self, instrument: Instrument) -> dt.datetime | None:
        """When a contract stops trading, None for one that never does."""
        if instrument.expiry is None:
            return None
        rows = self._calendar.trading_sessions(instrument.exchange, instrument.expiry)
        if rows:
            return rows[-1].end
        return india_instant(instrument.expiry, 15 * 60 + 30)

    def is_trading_day(self, day: dt.date) -> bool:
        """Whether daily figures are kept for the day."""
        return self._calendar.is_trading_day(Exchange.NSE, day) or self._calendar.is_trading_day(
            Exchange.MCX, day
        )

    def begin_ms(self, instant: dt.datetime) -> int:
        """When the trading day of an instant began, epoch milliseconds."""
        return epoch_ms(self.begin(self.day_of(instant)))
