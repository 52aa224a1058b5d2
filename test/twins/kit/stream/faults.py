"""Faults of a stream that stand for a while and befall frames on their way out.

kind        what happens while it stands
silence     nothing goes out: no tick, no heartbeat, no order message, no answer
mute        heartbeats go on, ticks do not; `tokens` limits it to these instruments
delay       every frame waits `lag` seconds; their order stays
duplicate   every frame goes out twice
reorder     frames change places two by two
garble      a `share` of the frames is replaced by garbage of a kind that the connection survives
"""

from dataclasses import dataclass

from test.twins.kit.stream.garbage import ENDING, garbage

KINDS = ("silence", "mute", "delay", "duplicate", "reorder", "garble")


@dataclass(frozen=True)
class Standing:
    """One fault. until: loop time. sockets: numbers of the connections it befalls, None for all, later ones too."""

    kind: str
    until: float
    sockets: frozenset | None = None
    tokens: frozenset = frozenset()
    lag: float = 0.5
    share: float = 0.5

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}")


class StreamFaults:
    """The faults that stand. `dice` is a random.Random; `makers` make garbage by kind (see garbage.py)."""

    def __init__(self, dice, makers):
        self._dice = dice
        self._makers = makers
        self._survived = [kind for kind in makers if kind not in ENDING]
        self._standing = []

    def add(self, standing):
        """Let one stand."""
        self._standing.append(standing)

    def clear(self):
        """End all."""
        self._standing.clear()

    def _of(self, kind, number, at):
        if not self._standing:
            return []
        self._standing = [each for each in self._standing if each.until > at]
        return [
            each for each in self._standing
            if each.kind == kind and (each.sockets is None or number in each.sockets)
        ]  # fmt: skip

    def is_silent(self, number, at):
        """Whether connection `number` says nothing at loop time `at`."""
        return bool(self._of("silence", number, at))

    def is_mute(self, number, token, at):
        """Whether an instrument brings no ticks."""
        return any(not each.tokens or token in each.tokens for each in self._of("mute", number, at))

    def lag(self, number, at):
        """Seconds that a frame waits."""
        return max((each.lag for each in self._of("delay", number, at)), default=0.0)

    def doubles(self, number, at):
        """Whether a frame goes out twice."""
        return bool(self._of("duplicate", number, at))

    def swaps(self, number, at):
        """Whether frames change places."""
        return bool(self._of("reorder", number, at))

    def garbled(self, number, at, frame):
        """The frames that go out instead of this one."""
        if any(self._dice.random() < each.share for each in self._of("garble", number, at)):
            return garbage(self._makers, self._dice.choice(self._survived), self._dice)
        return [frame]
