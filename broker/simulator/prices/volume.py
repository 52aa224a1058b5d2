"""Traded volume and open interest: cumulative curves that every bar and quote reads, so that they always add up."""

from __future__ import annotations

from itertools import accumulate

from broker.simulator.prices.noise import mix
from broker.simulator.prices.path import MINUTES, STEPS, SpotPaths
from broker.simulator.specs import Contract
from domain.instruments import InstrumentType

_DAY_LOTS, _OI = 31, 32
_SESSION = (9 * 60 + 15, 15 * 60 + 30)
_GRAIN = (
    256 * STEPS * 256
)  # finest part of a minute's weight: jitter of the minute x step x jitter of the step


def _weights() -> list[int]:
    """Trading is busiest while India is awake, at the open and the close of the usual session."""
    start, end = _SESSION
    weights = []
    for minute in range(MINUTES):
        if start <= minute < end:
            edge = min(minute - start, end - 1 - minute)
            weights.append(40 + 60 * max(0, 45 - edge) // 45)
        else:
            weights.append(8)
    return weights


_CURVE = [0, *accumulate(_weights())]
_TOTAL = _CURVE[-1] * _GRAIN


class Volumes:
    """Volume and open interest of contracts; indices have none."""

    def __init__(self, paths: SpotPaths) -> None:
        self._paths = paths

    def day_lots(self, contract: Contract, day: int) -> int:
        """Lots that change hands on a whole day."""
        if contract.kind is InstrumentType.INDEX:
            return 0
        share = 160 + mix(self._paths.seed, contract.code, _DAY_LOTS, day) % 193
        return contract.day_lots * share // 256

    def through_minutes(self, contract: Contract, day: int, first: int, last: int) -> list[int]:
        """Cumulative volume at the start of minutes first..last (inclusive; last may be 1440), units."""
        jitter = self._paths.day(contract.spot, day).jitter
        lots, lot = self.day_lots(contract, day), contract.lot
        step = _GRAIN // 256
        return [lots * _edge(minute, jitter) * step // _TOTAL * lot for minute in range(first, last + 1)]

    def through_vertex(self, contract: Contract, day: int, vertex: int) -> int:
        """Volume of the day up to and including a vertex, units."""
        minute, step = divmod(vertex, STEPS)
        jitter = self._paths.day(contract.spot, day).jitter
        low = _edge(minute, jitter)
        if step == STEPS - 1:
            part = STEPS * 256
        else:
            part = (step + 1) * 256 - self._paths.minute(contract.spot, day, minute).jitter[step]
        weight = low * (STEPS * 256) + (_edge(minute + 1, jitter) - low) * part
        return self.day_lots(contract, day) * weight // _TOTAL * contract.lot

    def open_interest(self, contract: Contract, day: int, minute: int) -> int:
        """Open interest during a minute, units: a straight line between two hashed ends of the day."""
        if contract.expiry_day is None:
            return 0
        start, end = self._day_interest(contract, day), self._day_interest(contract, day + 1)
        return (start * (MINUTES - minute) + end * minute) // MINUTES * contract.lot

    def _day_interest(self, contract: Contract, day: int) -> int:
        share = 448 + mix(self._paths.seed, contract.code, _OI, day) % 129
        return max(1, contract.day_lots * share // 1024)


def _edge(minute: int, jitter: bytes) -> int:
    """Weight before a minute, in 1/256 of the curve: the curve plus a part of the minute to come, never falling."""
    if minute == 0:
        return 0
    if minute == MINUTES:
        return _CURVE[MINUTES] * 256
    return _CURVE[minute] * 256 + (_CURVE[minute + 1] - _CURVE[minute]) * jitter[minute]
