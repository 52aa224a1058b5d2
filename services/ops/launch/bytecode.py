"""Compiled modules of every later start, for installations that keep none beside the sources.

Without them a start compiles some 1,200 modules, which more than doubles its time. That is the case where
PYTHONDONTWRITEBYTECODE is set, as in many containers, or where the program's folder cannot be written.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

FOLDER = Path("tmp") / "bytecode"
PREFIX = "PYTHONPYCACHEPREFIX"
DO_NOT_WRITE = "PYTHONDONTWRITEBYTECODE"
ROOT = Path(__file__).resolve().parents[3]


def keep_bytecode(data_dir: Path, environ: MutableMapping[str, str]) -> None:
    """Let this process and those that get `environ` keep compiled modules in `<data_dir>/tmp/bytecode`.

    Does nothing when Python finds or can write them beside the sources, or was told another place.
    """
    if sys.pycache_prefix is not None or all(_is_kept(source) for source in _samples()):
        return
    folder = data_dir / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return
    sys.pycache_prefix = environ[PREFIX] = str(folder)
    sys.dont_write_bytecode = False
    environ.pop(DO_NOT_WRITE, None)


def _samples() -> list[Path]:
    """One of our modules and one of the libraries', both loaded by every start."""
    library = importlib.util.find_spec("flask")
    ours = ROOT / "utils" / "settings" / "loading.py"
    return [ours, Path(library.origin)] if library and library.origin else [ours]


def _is_kept(source: Path) -> bool:
    """Whether the compiled module lies beside its source, or will after this start."""
    kept = Path(importlib.util.cache_from_source(source))
    if kept.exists():
        return True
    folder = kept.parent if kept.parent.exists() else kept.parent.parent
    return not sys.dont_write_bytecode and os.access(folder, os.W_OK)
