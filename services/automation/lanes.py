"""A thread for each account that has something to do, and only as long as it has."""

from __future__ import annotations

from collections.abc import Callable

from utils.concurrency import Event, Flag, Lock, Thread, start_thread
from utils.logging import get_logger

PAUSE_AFTER_FAULT = 1.0
CLOSE_SECONDS = 5.0
log = get_logger(__name__)


class _Lane:
    """One account's thread, and the flag that something changed for it."""

    def __init__(self) -> None:
        self.signal: Flag = Event()
        self.thread: Thread | None = None


class Lanes:
    """`step(account)` does one piece of work and answers the seconds until the next, None when there is none."""

    def __init__(self, step: Callable[[int], float | None], name: str) -> None:
        self._step = step
        self._name = name
        self._lock = Lock()
        self._lanes: dict[int, _Lane] = {}
        self._stopped = True

    def open(self) -> None:
        """From now on lanes run."""
        self._stopped = False

    def close(self) -> None:
        """Finish the pieces of work under way."""
        with self._lock:
            self._stopped = True
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.signal.set()
        for lane in lanes:
            if lane.thread is not None:
                lane.thread.join(CLOSE_SECONDS)
        with self._lock:
            self._lanes.clear()

    def wake(self, account_id: int) -> None:
        """There is something to do for an account."""
        with self._lock:
            if self._stopped:
                return
            lane = self._lanes.get(account_id)
            if lane is not None:
                lane.signal.set()
                return
            lane = self._lanes[account_id] = _Lane()
            lane.thread = start_thread(lambda: self._run(account_id, lane), f"{self._name}-{account_id}")

    def _run(self, account_id: int, lane: _Lane) -> None:
        while not self._stopped:
            lane.signal.clear()
            try:
                pause = self._step(account_id)
            except Exception:
                log.exception("a lane failed", lane=self._name, account=account_id)
                pause = PAUSE_AFTER_FAULT
            if pause is None:
                with self._lock:
                    if not lane.signal.is_set():
                        self._lanes.pop(account_id, None)
                        return
            elif pause > 0:
                lane.signal.wait(pause)
