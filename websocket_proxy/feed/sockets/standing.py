"""How the connections of an account stand, and what that makes of the whole."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from websocket_proxy.feed.runtime import State

_BEST_FIRST = (
    State.LIVE, State.STALE, State.AUTHENTICATING, State.DIALING, State.ROLLOVER, State.NO_SESSION,
    State.STOPPED,
)  # fmt: skip


class Standing(msgspec.Struct):
    """What a connection last said of itself. settled: it has been live, or has failed once. trouble: the watchdog's."""

    said: State = State.DIALING
    reason: str = ""
    settled: bool = False
    trouble: str = ""

    @property
    def state(self) -> State:
        """A live connection that does not bring what it should is stale."""
        return State.STALE if self.said is State.LIVE and self.trouble else self.said

    @property
    def why(self) -> str:
        """The reason to show."""
        return self.trouble or self.reason


def overall(standings: Sequence[Standing]) -> tuple[State, str]:
    """The state of the whole: its best connection's, and stale when others are not live.

    A connection that is being opened for the first time takes nothing from those that stand.
    """
    best = min(standings, key=lambda standing: _BEST_FIRST.index(standing.state))
    behind = [each for each in standings if each.state is not State.LIVE and each.settled]
    if best.state is not State.LIVE or not behind:
        return best.state, best.why
    return State.STALE, f"{len(behind)} of {len(standings)} connections are not live: {behind[0].why}"
