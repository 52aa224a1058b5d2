"""How long one order call spent in each stage. Pure: steps in, milliseconds out."""

from __future__ import annotations

from services.trading.timeline.trace import Trace

# stage -> the steps that begin and end it.
_BOUNDS = {
    "validate": ("read", "received"),
    "risk": ("received", "admitted"),
    "journal": ("admitted", "journalled"),
    "write": ("sent", "answered"),
}


def stages(trace: Trace | None, ended: float) -> dict[str, float]:
    """Milliseconds by stage: receive, validate, risk, journal, write, answer.

    What was not reached is missing; a call of several orders has no risk, journal and write of its own.
    """
    if trace is None or not trace.steps:
        return {}
    at: dict[str, float] = {}
    orders = 0
    for step in trace.steps:
        at.setdefault(step.stage, step.at)
        orders += step.stage == "admitted"
    if "received" not in at:
        return {}
    found = {"receive": (at["read"] - trace.begun) * 1000} if "read" in at else {}
    for stage, (first, last) in _BOUNDS.items():
        if first in at and last in at and (orders == 1 or stage == "validate"):
            found[stage] = (at[last] - at[first]) * 1000
    if orders == 1 and "answered" in at:
        found["answer"] = (ended - at["answered"]) * 1000
    return found
