"""One at a time: a lock on a file, which ends with the process however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.ops.care.inventory import CareProblem


@contextmanager
def hold(path: Path, refusal: str) -> Iterator[None]:
    """Hold the file's lock. Raises CareProblem with `refusal` when somebody else holds it."""
    with path.open("ab") as handle:
        if os.name == "posix":
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CareProblem(refusal) from error
        yield


def is_held(path: Path) -> bool:
    """Whether somebody holds the file's lock now. Leaves no file behind."""
    if not path.exists():
        return False
    try:
        with hold(path, ""):
            return False
    except (CareProblem, OSError):
        return True
