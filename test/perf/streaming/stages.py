"""When a tick passed each stage: marks set around the real functions of the process under test, for sampled ticks."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

STAGES = (
    "due to read from broker socket",
    "decode",
    "decoded to published on the bus",
    "bus to fan-out",
    "frame and queue for all clients",
    "queue to socket write",
    "socket write to client",
    "due to client, all stages",
)
EVERY = 7


class Marks:
    """Times by tick number, in the order of STAGES."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.times: dict[int, list[float]] = {}
        self._written: list[int] = []

    def clear(self) -> None:
        """Forget the last row."""
        self.times.clear()

    def wanted(self, symbol_number: int, seq: int) -> int | None:
        """The tick's number when it is sampled."""
        return seq * self._count + symbol_number if (symbol_number + seq) % EVERY == 0 else None

    def install(self, process: Any, plugin: Any) -> Any:
        """Wrap codec, bus, fan-out and flusher; answers the plug-in with its codec wrapped."""
        self._wrap_bus(process)
        self._wrap_fanout(process)
        build = plugin.stream

        def stream() -> Any:
            codec = build()
            decode = codec.decode

            def timed(frame: Any) -> Any:
                begun = time.monotonic()
                events = decode(frame)
                ended = time.monotonic()
                for event in events:
                    quote = getattr(event, "quote", None)
                    if quote is not None:
                        tick = self.wanted(int(event.token) // 256 - 1, quote.volume)
                        if tick is not None:
                            self.times[tick] = [begun, ended]
                return events

            codec.decode = timed
            return codec

        import msgspec

        return msgspec.structs.replace(plugin, stream=stream)

    def _mark(self, body: Any) -> int | None:
        return (
            self.wanted(int(body.symbol[1:]), body.volume)
            if getattr(body, "volume", None) is not None
            else None
        )

    def _wrap_bus(self, process: Any) -> None:
        publish = process.feed._bus.publish

        def published(topic: bytes, body: Any) -> None:
            tick = self._mark(body) if topic.startswith(b"md|") else None
            if tick in self.times:
                self.times[tick].append(time.monotonic())
            publish(topic, body)

        process.feed._bus.publish = published

    def _wrap_fanout(self, process: Any) -> None:
        fanout, flusher = process.server._fanout, process.server._flusher
        deliver: Callable[[Any], None] = fanout._deliver
        flush = flusher._flush

        def delivered(channel: Any) -> None:
            tick = self._mark(channel.last)
            if tick not in self.times:
                deliver(channel)
                return
            self.times[tick].append(time.monotonic())
            deliver(channel)
            self.times[tick].append(time.monotonic())
            self._written.append(tick)

        def flushed() -> None:
            written, self._written = self._written, []
            begun = time.monotonic()
            flush()
            middle = (begun + time.monotonic()) / 2
            for tick in written:
                self.times[tick].append(middle)

        fanout._deliver = delivered
        flusher._flush = flushed


def split(times: dict[str, list[float]], seen: dict[str, Any], rate: float) -> list[list[float]]:
    """Durations of each stage and their sum, seconds, one row per sampled message."""
    rows = []
    for tick, arrived in seen["samples"]:
        marks = times.get(str(tick))
        if marks is not None and len(marks) == len(STAGES) - 2:
            due = seen["begin"] + (tick - seen["first"]) / rate
            points = [due, *marks, arrived]
            steps = [later - sooner for sooner, later in itertools.pairwise(points)]
            rows.append([*steps, arrived - due])
    return rows
