"""Figures for Prometheus, text format 0.0.4. Labels name endpoints, brokers and parts of the house, never people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.ops.latency.board import LatencyBoard
from services.ops.latency.histogram import BOUNDS
from services.ops.monitor.components import FAIL, OFF, PASS, UNKNOWN, WARN, Depth
from services.ops.monitor.monitor import Report
from utils.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_VALUES = {PASS: 1, OFF: 1, UNKNOWN: 0.5, WARN: 0.5, FAIL: 0}
# Every sixth bound of the board's buckets: half decades from 0.1 ms to 100 s.
_SHOWN = range(0, len(BOUNDS), 6)
_FIGURES = {
    "memory_bytes": ("openalgo_process_resident_memory_bytes", "gauge", "Resident memory"),
    "cpu_seconds": ("openalgo_process_cpu_seconds_total", "counter", "Processor time"),
    "descriptors": ("openalgo_process_open_fds", "gauge", "Open descriptors"),
    "threads": ("openalgo_process_threads", "gauge", "Threads"),
    "disk_free_bytes": ("openalgo_disk_free_bytes", "gauge", "Free space on the disk of the data folder"),
}


def exposition(report: Report, board: LatencyBoard, queues: Sequence[Depth]) -> str:
    """The whole answer to a scrape."""
    lines = _family("openalgo_info", "gauge", "Version", [({"version": VERSION}, 1)])
    for figure, (name, kind, words) in _FIGURES.items():
        if figure in report.figures:
            lines += _family(name, kind, words, [({}, report.figures[figure])])
    kinds: dict[str, float] = {}
    for component in report.components:
        # By kind: the name of an account is its owner's.
        kinds[component.kind] = min(kinds.get(component.kind, 1.0), _VALUES.get(component.state, 0.5))
    lines += _family(
        "openalgo_component_up", "gauge",
        "1 works, 0.5 unknown or somebody should look, 0 does not work; the worst of a kind",
        [({"kind": kind}, value) for kind, value in sorted(kinds.items())],
    )  # fmt: skip
    lines += _family(
        "openalgo_queue_waiting", "gauge", "What waits in a bounded queue",
        [({"queue": queue.name, "policy": queue.policy}, queue.waiting) for queue in queues],
    )  # fmt: skip
    lines += _family(
        "openalgo_queue_lost_total", "counter", "What a full queue gave up by its policy",
        [({"queue": queue.name, "policy": queue.policy}, queue.lost) for queue in queues],
    )  # fmt: skip
    return "\n".join([*lines, *_durations(board), ""])


def _durations(board: LatencyBoard) -> Iterable[str]:
    name = "openalgo_duration_seconds"
    yield f"# HELP {name} Time of requests, broker calls and stages of order calls"
    yield f"# TYPE {name} histogram"
    failed: list[tuple[dict[str, str], float]] = []
    for key, counts, total_ms, bad in board.ever():
        labels = {"kind": key.kind, "name": key.name, "broker": key.broker, "stage": key.stage}
        seen, at = 0, 0
        for bound in _SHOWN:
            seen += sum(counts[at : bound + 1])
            at = bound + 1
            yield _line(f"{name}_bucket", {**labels, "le": f"{BOUNDS[bound] / 1000:g}"}, seen)
        count = sum(counts)
        yield _line(f"{name}_bucket", {**labels, "le": "+Inf"}, count)
        yield _line(f"{name}_sum", labels, round(total_ms / 1000, 6))
        yield _line(f"{name}_count", labels, count)
        failed.append((labels, bad))
    yield from _family("openalgo_failed_total", "counter", "Those of them that failed", failed)


def _family(name: str, kind: str, words: str, samples: Sequence[tuple[dict[str, str], float]]) -> list[str]:
    return [
        f"# HELP {name} {words}", f"# TYPE {name} {kind}",
        *(_line(name, labels, value) for labels, value in samples),
    ]  # fmt: skip


def _line(name: str, labels: dict[str, str], value: float) -> str:
    shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    number = int(value) if float(value).is_integer() else value
    return f"{name}{{{shown}}} {number}" if shown else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
