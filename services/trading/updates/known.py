"""What is known of one order, and who hears of a change of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence

import msgspec

from database.streams.orders import StreamRow
from domain.orders import OrderRow
from services.trading.timeline.told import Story, Told, told_of
from services.trading.updates.stream import Owner
from utils.clock import UTC, epoch_ms, ist


class Known(msgspec.Struct):
    """An order as merged so far. `complete`: seen in the broker's own words, so a change can be built from it.

    day: the Indian day it belongs to; brokers may use an order id again on a later one. source, heard_ms: how and
    when (epoch milliseconds) we learnt what it says. inherited: an earlier run told clients, and may have died before
    the story heard it.
    """

    row: OrderRow
    complete: bool
    strategy: str
    day: dt.date
    source: str
    heard_ms: int
    inherited: bool = False


class Voice(enum.Enum):
    """Who hears of a change: everybody, the story only, or nobody because it was told before."""

    ALOUD = 1
    STORY = 2
    SILENT = 3


def is_another(entry: Known, row: OrderRow, day: dt.date) -> bool:
    """Whether an id that we know belongs to another order now: one of a later day.

    Where the broker tells no time, only an order that was over can have been replaced.
    """
    return day > entry.day and (row.placed_at is not None or entry.row.status.is_terminal)


def restored(told: StreamRow) -> Known:
    """What an earlier run told clients. The broker's own words were not kept with it, so it is not `complete`."""
    heard = dt.datetime.fromtimestamp(told.at_ms / 1000, UTC)
    return Known(
        row=told.row, complete=False, strategy=told.strategy, day=ist(told.row.placed_at or heard).date(),
        source=told.source, heard_ms=told.at_ms, inherited=True,
    )  # fmt: skip


def yesterday_ms(now: dt.datetime) -> int:
    """When yesterday began: an older state may be another order's with the same id."""
    today = ist(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return epoch_ms(today - dt.timedelta(days=1))


def inherited(book: Sequence[OrderRow], entries: Mapping[str, Known]) -> list[OrderRow]:
    """Rows of orders that only an earlier run told of: a broker's first book may not show them all yet."""
    return [row for row in book if (entry := entries.get(row.order_id)) is not None and entry.inherited]


def lacks(told: Mapping[str, Told], entry: Known) -> bool:
    """Whether clients were told by an earlier run what the story does not hold."""
    return entry.inherited and told.get(entry.row.order_id) != told_of(entry.row)


def told_of_book(
    story: Story | None, owner: Owner, book: Sequence[OrderRow], since_ms: int, is_known: bool
) -> Mapping[str, Told] | None:
    """What the story holds of a first book since an instant; None for an account that was never watched.

    is_known: an order of the account was told of before.
    """
    ids = [row.order_id for row in book]
    told = story.of(owner.user_id, owner.account_id, ids, since_ms) if story else None
    return {} if told is None and is_known else told


def first_voices(
    book: Sequence[OrderRow], told: Mapping[str, Told] | None, news_since: dt.datetime
) -> dict[str, Voice]:
    """Who hears of which row of the first book of a run; of the rest everybody does.

    told: by order, what the story holds; None for an account that was never watched, of which only what changed since
    an instant is news.
    """
    if told is not None:
        return {row.order_id: Voice.SILENT for row in book if told.get(row.order_id) == told_of(row)}
    return {row.order_id: Voice.STORY for row in book if _is_old_news(row, news_since)}


def _is_old_news(row: OrderRow, since: dt.datetime) -> bool:
    changed = row.updated_at or row.placed_at
    return row.status.is_terminal if changed is None else changed < since
