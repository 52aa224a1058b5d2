"""The watchdog's times, in seconds."""

from __future__ import annotations

import msgspec


class WatchTerms(msgspec.Struct, frozen=True, kw_only=True):
    """first: until an instrument ticks for the first time after it was asked for. young: until one of which the usual
    rate is not known yet is asked for again; it doubles up to audit. audit: until a rare one is checked. mute: until a
    connection of rare instruments is checked. certain: the learned patience up to which a connection's silence needs
    no second opinion. ping, resubscribe, reconnect: what each step is given to help. proof: a trade that another
    source knows must have ticked by then. quiet: how long quotes must stand still to prove that nothing trades. down:
    until a lost connection is stood in for. alarm: until the owner hears of it; signed_out: the same while nobody is
    logged in. retry: between reconnects of a connection that stays mute, doubling up to eightfold. spare: between
    reconnects for the sake of some instruments. poll: the shortest pause between quotes.
    """

    first: float = 20.0
    young: float = 10.0
    audit: float = 300.0
    mute: float = 120.0
    ping: float = 1.0
    resubscribe: float = 2.0
    reconnect: float = 5.0
    proof: float = 2.0
    quiet: float = 3.0
    down: float = 10.0
    alarm: float = 30.0
    signed_out: float = 60.0
    retry: float = 30.0
    spare: float = 300.0
    certain: float = 10.0
    aloud: float = 5.0
    poll: float = 1.0
    most_pardon: float = 16.0
