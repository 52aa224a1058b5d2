"""What waits for one browser: bounded, and a browser that does not read is cut off.

Frames tell of things that happened, so dropping one silently would leave a screen that lies. A browser that is cut
connects anew and resumes the order stream by its number; everything else it reads afresh.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

from utils.concurrency import Lock, start_thread
from utils.logging import get_logger

log = get_logger(__name__)
# Above what resuming the order stream gives in one go (blueprints.realtime.orders.MOST_MISSED), with room to spare.
MOST_FRAMES = 4_096
MOST_CHARACTERS = 4 * 1024 * 1024
BOTH_WAYS = 2  # SHUT_RDWR


class Outbox:
    """The queue of one socket, as Engine.IO uses it; policy `cut`.

    put() never waits and never raises: beyond the bounds it empties the queue, calls `cut` once and takes nothing more.
    """

    def __init__(
        self,
        queue: Any,
        cut: Callable[[], None],
        frames: int = MOST_FRAMES,
        characters: int = MOST_CHARACTERS,
    ) -> None:
        self._queue = queue
        self._cut = cut
        self._frames = frames
        self._most_characters = characters
        self._lock = Lock()
        self._characters = 0
        self.is_cut = False

    def put(self, packet: Any) -> None:
        """Queue one packet; None ends the writer and always has room."""
        if packet is None:
            self._queue.put(None)
            return
        with self._lock:
            if self.is_cut:
                return
            self._characters += _size(packet)
            self.is_cut = self._queue.qsize() >= self._frames or self._characters > self._most_characters
        if self.is_cut:
            self._empty()
            self._cut()
            return
        self._queue.put(packet)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; raises what the wrapped queue raises when there is none."""
        packet = self._queue.get(block, timeout)
        with self._lock:
            self._characters -= _size(packet)
        return packet

    def _empty(self) -> None:
        while self._queue.qsize():
            try:
                self.get(block=False)
            except Exception:  # noqa: BLE001 - the queue's own word for empty: its reader was faster
                break
            self._queue.task_done()
        self._queue.put(None)

    def task_done(self) -> None:
        """A packet was taken care of."""
        self._queue.task_done()

    def join(self) -> None:
        """Wait until every packet was."""
        self._queue.join()


class Wire(SimpleWebSocketWSGI):
    """A WebSocket whose connection can be ended from another thread while its writer is stuck."""

    def __init__(self, handler: Any, server: Any, **options: Any) -> None:
        super().__init__(handler, server, **options)
        handler.__self__.openalgo_wire = self

    def cut(self) -> None:
        """End the connection under the writer and the reader; both then find out and leave."""
        with suppress(OSError, AttributeError):
            self.ws.sock.shutdown(BOTH_WAYS)


def bound_outboxes(engine: Any) -> None:
    """Have the sockets of an Engine.IO server be cuttable; call before the first connects."""
    if engine._async["websocket"] is SimpleWebSocketWSGI:  # noqa: SLF001 - the driver table is the only seam there is
        engine._async = {**engine._async, "websocket": Wire}  # noqa: SLF001


def bound_outbox(engine: Any, sid: str, on_cut: Callable[[str], None]) -> None:
    """Bound the queue of a socket that is being welcomed."""
    socket = engine.sockets[sid]

    def cut() -> None:
        log.warning("A browser did not read and was cut off", frames=MOST_FRAMES, characters=MOST_CHARACTERS)
        on_cut(sid)
        wire = getattr(socket, "openalgo_wire", None)
        if wire is not None:
            wire.cut()
            return
        # Ending it tells the rooms, which may be what is just sending: not in this thread.
        start_thread(lambda: socket.close(wait=False, abort=True), "socketio-cut")

    socket.queue = Outbox(socket.queue, cut, MOST_FRAMES, MOST_CHARACTERS)


def _size(packet: Any) -> int:
    if packet is None:
        return 0
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str | bytes) else 64
