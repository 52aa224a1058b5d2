"""Small tools every stream codec needs; the codecs themselves do no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from broker.core.roles import Outgoing, PluginContext, Session, StreamEvent
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import Mode
from domain.orders import OrderRow, OrderUpdate
from utils import json

T = TypeVar("T")
_Kinds = defaultdict[int, list[Instrument]]


class QuietCodec:
    """The half of a StreamCodec for vendors whose handshake authenticates and who want no heartbeat from us."""

    def opening(self, session: Session) -> list[str | bytes]:
        """Nothing to send first."""
        return []

    def heartbeat(self) -> str | bytes | None:
        """Nothing to send in between."""
        return None


class Subscribing:
    """The half of a StreamCodec for vendors who number the kinds of message that an instrument is asked for under.

    It remembers the kinds of each instrument. What a changed mode no longer needs is stopped before anything starts.
    """

    def __init__(self, context: PluginContext) -> None:
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._kinds: dict[tuple[str, str], tuple[int, ...]] = {}

    def kinds(self, instrument: Instrument, mode: Mode) -> tuple[int, ...]:
        """The kinds of message that bring an instrument at a mode."""
        raise NotImplementedError

    def ask(self, starts: bool, kind: int, batch: Sequence[Instrument]) -> Outgoing:
        """What starts or stops a kind of message of a batch of instruments."""
        raise NotImplementedError

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> Sequence[Outgoing]:
        """In batches per kind; an instrument is asked for again even where it has the kind already."""
        stopped, started = _Kinds(list), _Kinds(list)
        for item, mode in wants:
            kinds, place = self.kinds(item, mode), (item.broker_exchange, item.token)
            for kind in self._kinds.get(place, ()):
                if kind not in kinds:
                    stopped[kind].append(item)
            for kind in kinds:
                started[kind].append(item)
            self._kinds[place] = kinds
        return [*self._asking(False, stopped), *self._asking(True, started)]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> Sequence[Outgoing]:
        """The same for everything that was asked of them."""
        stopped = _Kinds(list)
        for item in instruments:
            for kind in self._kinds.pop((item.broker_exchange, item.token), ()):
                stopped[kind].append(item)
        return self._asking(False, stopped)

    def _asking(self, starts: bool, items: _Kinds) -> list[Outgoing]:
        asked = ((kind, batch) for kind in sorted(items) for batch in batches(items[kind], self._batch))
        return [self.ask(starts, kind, batch) for kind, batch in asked]


class OrdersOnly(QuietCodec):
    """Most of a StreamCodec for a socket that brings order updates and no market data. read: a row of an order book."""

    def __init__(self, url: str, read: Callable[[Any], OrderRow]) -> None:
        self._url, self._read = url, read

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        return []

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        return []

    def changed(self, row: Any) -> list[StreamEvent]:
        """What a frame says that holds an order."""
        return [OrderUpdate(row=self._read(row), source="push")]


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most `size` items, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def parse_object(frame: str | bytes) -> dict[str, Any]:
    """A text frame that must be one JSON object. Raises BadVendorData."""
    try:
        value = json.decode(frame)
    except ValueError:
        raise BadVendorData("a text frame is not JSON") from None
    if not isinstance(value, dict):
        raise BadVendorData("a text frame is not a JSON object")
    return value


def counted_packets(frame: bytes) -> Iterator[bytes]:
    """Packets of a frame laid out as count, then (length, packet) each; the numbers are 16 bits wide, big-endian.

    Raises BadVendorData for a frame that ends early or has bytes left over.
    """
    offset = 2
    for _ in range(int.from_bytes(frame[:2], "big")):
        start = offset + 2
        end = start + int.from_bytes(frame[offset:start], "big")
        if end > len(frame) or start > len(frame):
            raise BadVendorData(f"a frame of {len(frame)} bytes ends inside a packet")
        yield frame[start:end]
        offset = end
    if offset != len(frame):
        raise BadVendorData(f"a frame has {len(frame) - offset} bytes too many")
