"""What an instrument is worth, given the tick of its underlying: a monotone map, frozen for five minutes ("block").

Listings and futures scale the spot (carry by whole days, so a future meets its spot on expiry day); options are
Black-76 on that same forward with a smile that is fixed per strike and day. Monotone and frozen means that the
extremes of an option within a block are its prices at the extremes of the underlying.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

from broker.simulator.prices.noise import gauss, mix
from broker.simulator.prices.path import BLOCK_MINUTES, BLOCKS, DAY_VERTICES, MINUTES, STEPS, SpotPaths
from broker.simulator.specs import Contract
from domain.instruments import InstrumentType
from utils.limits import lru_cache

RATE = 0.065
_YEAR_VERTICES = DAY_VERTICES * 365
_ATM, _OFFSET = 21, 22
_ROOT_HALF = math.sqrt(0.5)

Fair = Callable[[int], int]


class BlockRange(NamedTuple):
    """Running extremes of an option through each block of a day, ticks."""

    highest: array[int]
    lowest: array[int]


class FairValues:
    """Maps from the spot's ticks to a contract's ticks (at least one)."""

    def __init__(self, paths: SpotPaths) -> None:
        self._paths = paths
        self._linear = lru_cache(maxsize=16_384)(self._compute_linear)
        self._option = lru_cache(maxsize=16_384)(self._compute_option)
        self._smile = lru_cache(maxsize=16_384)(self._compute_smile)
        self.block_range = lru_cache(maxsize=3_072)(self._compute_block_range)

    def at(self, contract: Contract, day: int, minute: int) -> Fair:
        """The map that holds during a minute."""
        if contract.strike is None:
            return self._linear(contract, day)
        return self._option(contract, day, minute // BLOCK_MINUTES)

    def carry(self, contract: Contract, day: int) -> float:
        """Forward over spot: continuous interest for the whole days to expiry."""
        days = max(0, (contract.expiry_day or day) - day)
        return math.exp(RATE * days / 365.0)

    def volatility(self, contract: Contract, day: int) -> float:
        """The volatility at which an option is priced on a day."""
        return self._smile(contract, day)

    def _compute_linear(self, contract: Contract, day: int) -> Fair:
        spot = contract.spot
        if contract.tick == spot.tick and contract.expiry_day is None:
            if not contract.day_offset:
                return _same
            offset = mix(self._paths.seed, contract.code, _OFFSET, day) % 5 - 2
            return lambda ticks: max(1, ticks + offset)
        scale = spot.tick.up * contract.tick.down / (spot.tick.down * contract.tick.up)
        factor = scale * self.carry(contract, day)
        return lambda ticks: max(1, int(ticks * factor + 0.5))

    def _compute_smile(self, contract: Contract, day: int) -> float:
        """A level per underlying that breathes from day to day, with skew and wings by standardised moneyness."""
        assert contract.strike is not None
        spot = contract.spot
        level = 1.1 * spot.volatility * (1.0 + 0.06 * gauss(mix(self._paths.seed, spot.code, _ATM, day)))
        forward = spot.tick.price(self._paths.day_bar(spot, day).open) * self.carry(contract, day)
        years = max((contract.expiry_day or day) - day, 7) / 365.0
        distance = math.log(contract.strike / forward) / (level * math.sqrt(years))
        distance = max(-4.0, min(4.0, distance))
        return level * (1.0 - 0.04 * distance + 0.02 * distance * distance)

    def _compute_option(self, contract: Contract, day: int, block: int) -> Fair:
        assert contract.strike is not None and contract.expiry_vertex is not None
        start = day * DAY_VERTICES + block * BLOCK_MINUTES * STEPS
        years = (contract.expiry_vertex + 1 - start) / _YEAR_VERTICES
        carry = self.carry(contract, day)
        to_forward = contract.spot.tick.up / contract.spot.tick.down * carry
        to_ticks = contract.tick.down / contract.tick.up
        call = contract.kind is InstrumentType.CE
        if years <= 0.0:
            return _intrinsic(contract.strike, to_forward, to_ticks, call)
        deviation = self._smile(contract, day) * math.sqrt(years)
        return _black76(contract.strike, to_forward, to_ticks / carry, deviation, call)

    def _compute_block_range(self, contract: Contract, day: int) -> BlockRange:
        tops, bottoms = self._paths.block_extremes(contract.spot, day)
        highs, lows = [], []
        for block in range(BLOCKS):
            fair = self._compute_option(contract, day, block)
            first, second = fair(bottoms[block]), fair(tops[block])
            lows.append(min(first, second))
            highs.append(max(first, second))
        return BlockRange(array("i", accumulate(highs, max)), array("i", accumulate(lows, min)))


def last_block(day_vertex: int) -> int:
    """The block of a vertex of the day."""
    return min(day_vertex // (BLOCK_MINUTES * STEPS), MINUTES // BLOCK_MINUTES - 1)


def _same(ticks: int) -> int:
    return ticks


def _intrinsic(strike: float, to_forward: float, to_ticks: float, call: bool) -> Fair:
    if call:
        return lambda ticks: max(1, int((ticks * to_forward - strike) * to_ticks + 0.5))
    return lambda ticks: max(1, int((strike - ticks * to_forward) * to_ticks + 0.5))


def _black76(strike: float, to_forward: float, to_ticks: float, deviation: float, call: bool) -> Fair:
    """Black-76 with everything but the spot folded into constants; `to_ticks` carries the discount factor."""
    log, erf = math.log, math.erf
    half, inverse = 0.5 * deviation, 1.0 / deviation
    put = 0.0 if call else 1.0

    def fair(ticks: int) -> int:
        forward = ticks * to_forward
        d1 = log(forward / strike) * inverse + half
        value = 0.5 * (
            forward * (1.0 + erf(d1 * _ROOT_HALF)) - strike * (1.0 + erf((d1 - deviation) * _ROOT_HALF))
        )
        price = int((value - put * (forward - strike)) * to_ticks + 0.5)
        return price if price > 0 else 1

    return fair
