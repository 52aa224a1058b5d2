"""Which brokers cannot be reached now, told by every call to them, and who hears that one answers again."""

from __future__ import annotations

from collections.abc import Callable


class Connectivity:
    """Costs a call nothing but a look into an almost always empty set.

    on_return hears the broker whose call succeeded after failures, on the caller's thread: it may set a flag, no more.
    """

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self.on_return: Callable[[str], None] = lambda _broker: None

    def failed(self, broker: str) -> None:
        """A call got no answer."""
        self._failing.add(broker)

    def answered(self, broker: str) -> None:
        """A call succeeded."""
        if broker in self._failing:
            self._failing.discard(broker)
            self.on_return(broker)

    def is_failing(self, broker: str) -> bool:
        """Whether the last call to the broker got no answer."""
        return broker in self._failing
