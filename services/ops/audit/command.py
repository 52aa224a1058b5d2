"""The audit trail from the command line: `app.py audit …`, beside the running program.

app.py audit verify                go through the whole chain; exit 0 when it is whole, 1 when it is not
app.py audit verify SEQ:DIGEST     and look for an end that was written down elsewhere
app.py audit anchor                print the end, to be kept elsewhere
app.py audit accept REASON         after a restored backup: go on from what is there, and say so in the trail
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from database.migrate import SchemaError
from services.container import Foundation
from services.ops.audit.chain import Anchor
from services.ops.audit.trail import AuditTrail
from utils.clock import SystemClock
from utils.ids import SystemIds
from utils.settings import Settings

USAGE = "Use: app.py audit verify [SEQ:DIGEST] | anchor | accept REASON"
OPERATOR = "operator's command line"
EXIT_BROKEN, EXIT_PROBLEM = 1, 2
_END = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def run(arguments: Sequence[str], settings: Settings, say: Callable[[str], None]) -> int:
    """Carry out one command; the exit code."""
    verb, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    expected = _END.fullmatch(rest[0]) if verb == "verify" and len(rest) == 1 else None
    fits = {
        "verify": not rest or expected is not None,
        "anchor": not rest,
        "accept": len(rest) == 1 and rest[0],
    }
    if not fits.get(verb):
        say(USAGE)
        return EXIT_PROBLEM
    try:
        house = Foundation(settings, SystemClock(), SystemIds(), (), owner=False)
    except SchemaError as error:
        say(str(error))
        return EXIT_PROBLEM
    trail = AuditTrail(house.stores.main, house.vault, settings.data_dir / "db", house.clock)
    try:
        if verb == "accept":
            trail.accept(rest[0], OPERATOR)
            say("The trail goes on from here, and says so.")
            return 0
        end = Anchor(seq=int(expected[1]), digest=expected[2]) if expected else None
        return _verify(trail, end, say, only_end=verb == "anchor")
    finally:
        trail.close()
        house.close()


def _verify(trail: AuditTrail, end: Anchor | None, say: Callable[[str], None], *, only_end: bool) -> int:
    verdict = trail.verify(end)
    for fault in verdict.faults:
        say(fault.message)
    if not verdict.is_whole:
        say("The audit trail is NOT whole.")
        return EXIT_BROKEN
    if only_end:
        say(f"{verdict.last.seq}:{verdict.last.digest}")
    else:
        say(f"The audit trail is whole: {verdict.rows} rows, anchored at row {verdict.anchored or 0}.")
    return 0
