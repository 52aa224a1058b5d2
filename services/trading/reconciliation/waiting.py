"""How long open intents were waited for, by the clock that nobody can set: a leap of the other proves nothing."""

from __future__ import annotations

from collections.abc import Iterable

from database.journal import IntentRow
from utils.clock import Clock, epoch_ms


class Waiting:
    """Instants on this run's monotonic clock. Who changes it holds the lock of the open intents."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def begin(self, tag: str) -> None:
        """Sent just now."""
        self._since[tag] = self._clock.monotonic()

    def resume(self, row: IntentRow) -> None:
        """Sent by an earlier run: as long ago as the wall clock says now, and not in the future."""
        age_ms = epoch_ms(self._clock.now()) - row.created_ms
        self._since[row.tag] = self._clock.monotonic() - max(0, age_ms) / 1000

    def resume_all(self, rows: Iterable[IntentRow]) -> None:
        """The same for several."""
        for row in rows:
            self.resume(row)

    def youngest(self, rows: Iterable[IntentRow], found: dict[int, int]) -> dict[int, int]:
        """Account -> milliseconds that its youngest intent has waited, where less than `found` says."""
        for row in rows:
            age = self.ms(row.tag)
            found[row.account_id] = min(age, found.get(row.account_id, age))
        return found

    def end(self, tag: str) -> None:
        """No longer waited for."""
        self._since.pop(tag, None)

    def ms(self, tag: str) -> int:
        """Milliseconds so far."""
        return int((self._clock.monotonic() - self._since[tag]) * 1000)

    def longer_than(self, seconds: float, at: float) -> set[str]:
        """Tags that had waited so long at an instant."""
        return {tag for tag, since in list(self._since.items()) if at - since >= seconds}
