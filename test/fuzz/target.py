"""What a fuzz target is, and what counts as a finding."""

from __future__ import annotations

import contextlib
import math
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

CPU_SECONDS = 2.0
"""Of one input. Processor time, so that a busy machine is no finding."""
MEMORY_BYTES = 64 * 1024 * 1024
"""By which the process may grow over one input."""
DEEPEST = 40
_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
_KILO = 1 if sys.platform == "darwin" else 1024


class Sample(msgspec.Struct, frozen=True):
    """Good bytes to begin with. about: what the target must know to read them, such as the call they answer."""

    data: bytes
    about: Any = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One parser. read: what it makes of bytes; its value is searched for numbers that are none.

    refuses: the errors that it may raise, by name; everything else is a finding. parses: modules of the product that
    the bytes go through. most: the longest input. prepare: run once before the first input, which is timed.
    """

    name: str
    read: Callable[[bytes, Any], Any]
    refuses: tuple[type[Exception], ...]
    samples: Sequence[Sample]
    parses: tuple[str, ...]
    most: int = 20_000
    prepare: Callable[[], Any] = lambda: None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with which input; `where` tells one defect from another."""

    target: str
    what: str
    where: str
    data: bytes
    about: Any

    def __str__(self) -> str:
        shown = self.data if len(self.data) <= 400 else self.data[:400] + b"..."
        return f"{self.target}: {self.what} at {self.where}\n    about {str(self.about)[:200]}\n    {shown!r}"


class Hang(BaseException):
    """An input took too much processor time. No Exception, so that no parser can swallow it."""


def _rang(*_: object) -> None:
    raise Hang


@contextmanager
def watched() -> Iterator[None]:
    """While it lasts, `try_out` ends what takes too long. For the main thread; elsewhere hangs go unnoticed."""
    before = signal.signal(signal.SIGVTALRM, _rang)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def try_out(target: Target, data: bytes, about: Any) -> Finding | None:
    """Throw one input; None when the parser read it or refused it by one of its names."""
    before = _least_memory()
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        fault = next(faults(target.read(data, about)), None)
        what, where = (fault, "its value") if fault else ("", "")
    except target.refuses:
        what, where = "", ""
    except Hang as error:
        what, where = f"takes more than {CPU_SECONDS:g} s of processor time", _place(error)
    except Exception as error:
        what, where = f"{type(error).__name__}: {str(error)[:200]}", _place(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    grown = _most_memory() - before
    if not what and grown > MEMORY_BYTES:
        what, where = f"takes {grown >> 20} MB of memory", "the whole"
    if not what:
        return None
    return Finding(target=target.name, what=what, where=where, data=data, about=about)


def faults(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Places of a value that hold a number which is none."""
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value):
            yield f"the value's {path or 'self'} is {value}"
        return
    if depth > DEEPEST:
        return
    if isinstance(value, msgspec.Struct):
        items: Any = ((name, getattr(value, name)) for name in value.__struct_fields__)
    elif isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, (list, tuple, set, frozenset)):
        items = enumerate(value)
    else:
        return
    for name, item in items:
        yield from faults(item, f"{path}.{name}", depth + 1)


def _least_memory() -> int:
    """Memory held now; the peak of what comes begins here, where the system lets it begin anew (Linux)."""
    with contextlib.suppress(OSError):
        _PEAK.write_bytes(b"5")
    return _most_memory()


def _most_memory() -> int:
    """The peak: in a process that held much once, that of the whole process tells nothing of an input."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = _STATUS.read_bytes().splitlines()
        return int(next(line for line in lines if line.startswith(b"VmHWM")).split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILO


def _place(error: BaseException) -> str:
    """The innermost line of the product that an error passed, else the innermost of all."""
    found, frame = "", error.__traceback__
    innermost = ""
    while frame is not None:
        code = frame.tb_frame.f_code
        innermost = f"{code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
        if "/test/" not in code.co_filename and "site-packages" not in code.co_filename:
            own = code.co_filename.split("/")
            if any(room in own for room in ROOMS):
                found = f"{'/'.join(own[-3:])}:{frame.tb_lineno} {code.co_name}"
        frame = frame.tb_next
    return found or innermost


ROOMS = (
    "broker", "utils", "services", "blueprints", "restx_api", "websocket_proxy", "domain", "database",
)  # fmt: skip
