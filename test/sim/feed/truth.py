"""What the vendor really sent, and whether a message of ours can be explained by it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from domain.market import Depth, Mode, Tick

RECENT = 200
BITS = 1 << 26
MOST_UNITS = 0xFFFFFFFF


class Truth:
    """Knows the facts of every tick that left the vendor. It is the sink of the twin's market.

    Recent ones are kept exactly; of all others there is one bit each, so that it holds no more after a million ticks:
    a snapshot may be as old as the last time that somebody wanted its mode.
    """

    def __init__(self) -> None:
        self._recent: dict[tuple[int, int], deque[int]] = defaultdict(lambda: deque([0] * RECENT, RECENT))
        self._ever = bytearray(BITS >> 3)

    def __call__(self, due: list[tuple[Any, Any]]) -> None:
        for tick, listed in due:
            is_index = listed.instrument.exchange.is_index
            for mode in Mode:
                if (
                    mode <= tick.mode or is_index
                ):  # the books of an index are empty: each mode shows what there is
                    mark = hash((listed.token, mode.value, _sent(mode, tick, listed, is_index)))
                    self._recent[listed.token, mode.value].append(mark)
                    place = mark % BITS
                    self._ever[place >> 3] |= 1 << (place & 7)

    def witness(self, depth: Callable[..., Depth]) -> Callable[..., Depth]:
        """The vendor's REST answers count as well: quotes may stand in for ticks."""

        def answered(listed: Any) -> Depth:
            found = depth(listed)
            row = listed.instrument
            tick = Tick(
                broker_exchange=row.broker_exchange, token=row.token, mode=Mode.DEPTH, quote=found.quote,
                bids=found.bids, asks=found.asks,
            )  # fmt: skip
            self([(tick, listed)])
            return found

        return answered

    def explains(self, token: int, message: dict[str, Any], *, is_index: bool) -> bool:
        """Whether one tick of the vendor, in the message's mode or a richer one, carries exactly its values."""
        mode = message["mode"]
        mark = hash((token, mode, _shown(mode, message["data"], is_index)))
        if message.get("snapshot"):
            place = mark % BITS
            return bool(self._ever[place >> 3] & 1 << (place & 7))
        return mark in self._recent[token, mode]


def _shown(mode: int, data: dict[str, Any], is_index: bool) -> tuple[Any, ...]:
    """The facts of a message."""
    if mode == Mode.LTP:
        return (data["ltp"],)
    facts = tuple(data.get(name) or 0.0 for name in ("ltp", "open", "high", "low", "close"))
    if is_index:
        return facts
    if mode == Mode.QUOTE:
        return (*facts, data["volume"])
    levels = [
        (row["price"], row["quantity"], row["orders"])
        for side in ("buy", "sell")
        for row in data["depth"][side]
    ]
    return (*facts, data["volume"], *levels)


def _sent(mode: Mode, tick: Any, listed: Any, is_index: bool) -> tuple[Any, ...]:
    """The same facts of a tick of the exchange, as far as Kite's packets can carry them."""

    def price(value: float | None) -> float:
        return float(round(round((value or 0) * listed.divisor) / listed.divisor, 4))

    def units(value: int | None) -> int:
        return min((value or 0) // listed.lot, MOST_UNITS)

    quote = tick.quote
    if mode is Mode.LTP:
        return (price(quote.ltp),)
    facts = tuple(map(price, (quote.ltp, quote.open, quote.high, quote.low, quote.prev_close)))
    if is_index:
        return facts
    if mode is Mode.QUOTE:
        return (*facts, units(quote.volume))
    levels = [
        (price(row.price), units(row.quantity), row.orders or 1)
        for side in (tick.bids, tick.asks)
        for row in side[:5]
    ]
    return (*facts, units(quote.volume), *levels)
