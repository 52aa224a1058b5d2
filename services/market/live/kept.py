"""Answers of brokers kept for a moment, so that the same question is not asked again while its answer stands."""

from __future__ import annotations

import datetime as dt
import math
from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from domain.instruments import Instrument, InstrumentKey
from services.market.live.hours import MarketHours
from services.market.live.uses import Seen
from services.trading.desk import HasAccount
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock

V = TypeVar("V")
MOST_ANSWERS = 20_000


class _Answer(msgspec.Struct, Generic[V], frozen=True):
    instrument: Instrument
    value: V
    at: dt.datetime
    monotonic: float


class KeptAnswers(Generic[V]):
    """At most 20,000 answers, each of the account that asked; when full, the one that came first goes."""

    def __init__(self, hours: MarketHours, clock: Clock, most: int = MOST_ANSWERS) -> None:
        self._hours = hours
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._answers: OrderedDict[tuple[int, InstrumentKey], _Answer[V]] = OrderedDict()
        limits.watch(
            self._answers, name="answers of brokers", kind="cache", bound=most, policy="drop_oldest", size=len,
        )  # fmt: skip

    def put(self, account: HasAccount, instrument: Instrument, value: V) -> None:
        """It came just now."""
        answer = _Answer(instrument, value, self._clock.now(), self._clock.monotonic())
        place = account.account_id, instrument.key
        with self._lock:
            self._answers[place] = answer
            self._answers.move_to_end(place)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def get(
        self, account: HasAccount, instrument: Instrument, seconds: float, *, younger: float = math.inf
    ) -> Seen[V] | None:
        """The answer while it stands, and only if the name still means what it meant when it was asked.

        younger: an answer as old as this is not wanted.
        """
        answer = self._answers.get((account.account_id, instrument.key))
        if answer is None or not _is_same(answer.instrument, instrument):
            return None
        age = self._clock.monotonic() - answer.monotonic
        if age >= younger:
            return None
        if age <= seconds or self._hours.is_unchanged(
            account.broker, instrument, answer.at, self._clock.now()
        ):
            return Seen(answer.value, age, "broker")
        return None

    def forget(self, account_id: int) -> None:
        """The account's session changed: nothing of the old one is shown any more."""
        with self._lock:
            for place in [place for place in self._answers if place[0] == account_id]:
                del self._answers[place]

    def __len__(self) -> int:
        return len(self._answers)


def _is_same(one: Instrument, other: Instrument) -> bool:
    return one is other or (one.broker_exchange, one.token) == (other.broker_exchange, other.token)
