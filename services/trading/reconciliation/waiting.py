"""How long this run has waited for open intents, by the clock that nobody can set."""

from __future__ import annotations

from collections.abc import Iterable

from database.journal import IntentRow
from utils.clock import Clock


class Waiting:
    """Instants on this run's monotonic clock. Who changes it holds the lock of the open intents.

    An intent of an earlier run counts from when this run took it up: how long ago it was sent only the wall clock
    says, and that may have been set while nobody looked.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def begin(self, tag: str) -> None:
        """Waited for from now on."""
        self._since[tag] = self._clock.monotonic()

    def begin_all(self, tags: Iterable[str]) -> None:
        """The same for several."""
        for tag in tags:
            self.begin(tag)

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
