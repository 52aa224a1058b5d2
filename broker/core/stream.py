"""Small tools every stream codec needs; the codecs themselves do no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from broker.core.roles import Session
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import Mode
from utils import json

T = TypeVar("T")


class QuietCodec:
    """The half of a StreamCodec for vendors whose handshake authenticates and who want no heartbeat from us."""

    def opening(self, session: Session) -> list[str | bytes]:
        """Nothing to send first."""
        return []

    def heartbeat(self) -> str | bytes | None:
        """Nothing to send in between."""
        return None


class OrdersOnly:
    """The half of a StreamCodec for a socket that brings order updates and no market data."""

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """Nothing to ask for."""
        return []

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        """Nothing to stop."""
        return []


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


def counted_packets(frame: bytes, count_bytes: int = 2, length_bytes: int = 2) -> Iterator[bytes]:
    """Packets of a frame laid out as count, then (length, packet) each, big-endian.

    Raises BadVendorData for a frame that ends early or has bytes left over.
    """
    count = int.from_bytes(frame[:count_bytes], "big")
    offset = count_bytes
    for _ in range(count):
        start = offset + length_bytes
        end = start + int.from_bytes(frame[offset:start], "big")
        if end > len(frame) or start > len(frame):
            raise BadVendorData(f"a frame of {len(frame)} bytes ends inside a packet")
        yield frame[start:end]
        offset = end
    if offset != len(frame):
        raise BadVendorData(f"a frame has {len(frame) - offset} bytes too many")


def scaled(raw: int, divisor: int) -> float:
    """A price sent as an integer. Division keeps the shortest decimal: 157315 / 100 is 1573.15."""
    return raw / divisor
