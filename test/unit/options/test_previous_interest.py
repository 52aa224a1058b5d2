"""Open interest of the day before: what is known, what is read for it, and what stays a dash."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from domain.errors import NotSupported, Unavailable
from domain.instruments import Exchange, InstrumentKey
from domain.market import Candle, Interval, Quote
from services.market.bars.gaps import Expected
from services.options.board import QuoteBoard
from services.options.chains import OptionChains
from services.options.interest import change
from services.options.listings import Listings
from services.options.yesterday import MOST_WAITING, RETRY_SECONDS, PreviousInterest
from test.support.waiting import wait_for
from utils.clock import UTC

MONDAY, FRIDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 20)
AT_THE_MONEY = InstrumentKey(Exchange.NFO, "NIFTY29DEC2626500CE")


def bar(day: dt.date, oi: int) -> Candle:
    start = dt.datetime.combine(day, dt.time(), UTC)
    return Candle(int(start.timestamp()), 1.0, 1.0, 1.0, 1.0, 1, oi)


class Bars:
    """Daily bars of every contract from a table, as services.market.history answers them."""

    def __init__(self, desk) -> None:
        self.desk = desk
        self.bars: list[Candle] = [bar(FRIDAY - dt.timedelta(days=1), 500), bar(FRIDAY, 1_500)]
        self.error: Exception | None = None
        self.asked: list[tuple[str, dt.date, dt.date]] = []

    def session_day(self, principal, instrument) -> dt.date:
        expected = Expected(self.desk.calendar, lambda broker: False, lambda broker, row: False)
        return expected.session_day("b", instrument, self.desk.clock.now())

    def read(self, principal, key, interval, first, last):
        assert interval is Interval.D
        self.asked.append((key.symbol, first, last))
        if self.error is not None:
            raise self.error
        return SimpleNamespace(candles=self.bars, unread=())


@pytest.fixture
def room(desk):
    board = QuoteBoard(desk.market, desk.clock)
    chains = OptionChains(
        desk.selection, Listings(desk.instruments, desk.selection), board, desk.calendar, desk.clock
    )
    desk.market.prices["NIFTY"] = Quote(ltp=26_510.0)
    desk.market.prices[AT_THE_MONEY.symbol] = Quote(ltp=100.0, oi=1_200)
    desk.bars = Bars(desk)
    desk.before = PreviousInterest(desk.bars, desk.clock, pause_seconds=0.0)
    desk.chain = lambda count=2: chains.chain(
        desk.caller, "NIFTY", Exchange.NSE_INDEX, dt.date(2026, 12, 29), strike_count=count
    )
    yield desk
    desk.before.close()


def known(room, count: int = 2) -> dict[InstrumentKey, int]:
    return room.before.of(room.caller, room.chain(count))


def read(room, legs: int, count: int = 2) -> dict[InstrumentKey, int]:
    known(room, count)
    wait_for(lambda: len(room.bars.asked) >= legs and not room.before._waiting)
    return known(room, count)


def test_the_chain_does_not_wait_and_the_last_finished_bar_is_read_once(room) -> None:
    assert known(room) == {}
    found = read(room, legs=10)
    assert found[AT_THE_MONEY] == 1_500 and len(found) == 10
    assert room.bars.asked[0] == ("NIFTY29DEC2626500CE", dt.date(2026, 11, 13), dt.date(2026, 11, 22))
    known(room)
    assert len(room.bars.asked) == 10


def test_the_change_needs_both_numbers(room) -> None:
    legs = {row.strike: row.call for row in room.chain().rows}
    assert change(legs[26_500], 1_500) == -300
    assert change(legs[26_500], None) is None
    assert change(legs[26_550], 1_500) is None
    assert change(None, 1_500) is None


@pytest.mark.parametrize("bars", [[], [bar(FRIDAY, 0)]])
def test_a_vendor_without_open_interest_leaves_it_unknown_and_is_not_asked_again(room, bars) -> None:
    room.bars.bars = bars
    assert read(room, legs=10) == {}
    room.clock.advance(RETRY_SECONDS + 1)
    assert known(room) == {} and len(room.bars.asked) == 10


def test_a_broker_without_daily_bars_is_not_asked_again(room) -> None:
    room.bars.error = NotSupported("b does not support history")
    assert read(room, legs=10) == {}
    room.clock.advance(RETRY_SECONDS + 1)
    assert known(room) == {} and len(room.bars.asked) == 10


def test_a_broker_that_did_not_answer_is_asked_again_later(room) -> None:
    room.bars.error = Unavailable("no answer")
    assert read(room, legs=10) == {}
    assert known(room) == {} and not room.before._waiting
    room.bars.error = None
    room.clock.advance(RETRY_SECONDS + 1)
    assert read(room, legs=20)[AT_THE_MONEY] == 1_500


def test_before_the_market_opens_quotes_are_those_of_friday_and_the_day_before_is_thursday(room) -> None:
    room.clock.jump(dt.datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    read(room, legs=10)
    assert {last for _, _, last in room.bars.asked} == {FRIDAY - dt.timedelta(days=1)}
    room.clock.jump(dt.datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
    assert known(room) == {}


def test_a_long_chain_is_read_from_the_money_outwards_in_bounded_parts(room) -> None:
    known(room, count=100)
    wait_for(lambda: not room.before._waiting)
    assert len(room.bars.asked) <= MOST_WAITING + 1
    assert {symbol[-7:-2] for symbol, _, _ in room.bars.asked[:6]} == {"26450", "26500", "26550"}


def test_a_contract_whose_reading_breaks_does_not_end_the_reading_of_the_others(room) -> None:
    room.bars.error = KeyError("a vendor's surprise")
    assert read(room, legs=10) == {} and len(room.bars.asked) == 10
    room.bars.error = None
    room.clock.advance(RETRY_SECONDS + 1)
    assert len(read(room, legs=20)) == 10
