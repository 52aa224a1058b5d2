"""What is written about the settings is derived from them: `.sample.env` and `docs/settings.md`.

uv run python -m utils.settings.reference      # writes both; a test fails when they drift
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from utils.settings.loading import PASSED_ON, RETIRED, SECTIONS

ROOT = Path(__file__).resolve().parents[2]
_SAMPLE_HEAD = """\
# All settings of OpenAlgo with their defaults. app.py writes a short .env by itself; copy the lines you change.
# An empty value means "not set". The process environment wins over the file. More: docs/settings.md
"""
_GUIDE_HEAD = """\
# Settings

Derived from `utils/settings`; do not edit, run `uv run python -m utils.settings.reference`.

Settings are read from `.env` in the data folder (`OPENALGO_DATA_DIR`, else the folder of `app.py`), and from the
process environment, which wins. The first start writes `.env` with fresh secrets; nothing else is required. An empty
value means "not set". Every bad value, and every unknown name that resembles one of ours, is reported at start with
its remedy.

*later* marks names that are accepted from existing `.env` files and that no code reads yet.
"""
_GUIDE_TAIL = """\
## Brokers' own options

`BROKER_<ID>_<NAME>` reaches the plug-in of that broker, e.g. `BROKER_ZERODHA_REST_URL` and `BROKER_ZERODHA_WS_URL` for
another host. What a plug-in understands stands in its `plugin.json` (`hosts`, `options`).
"""


def sample_text() -> str:
    """Contents of `.sample.env`."""
    lines = [_SAMPLE_HEAD]
    for section in SECTIONS:
        lines.append(f"# --- {section.__doc__}")
        for name, field in section.model_fields.items():
            later = " (later)" if _extra(field, "reserved") else ""
            lines += [f"# {field.description}{later}", f"{name.upper()}={_quoted(_sample_value(field))}"]
        lines.append("")
    lines.append("# --- Handed on to the process environment")
    for name, meaning in PASSED_ON.items():
        lines += [f"# {meaning}", f"{name}="]
    return "\n".join(lines) + "\n"


def guide_text() -> str:
    """Contents of `docs/settings.md`."""
    parts = [_GUIDE_HEAD]
    for section in SECTIONS:
        rows = [_row(name, field) for name, field in section.model_fields.items()]
        parts.append(_table(str(section.__doc__), ("Name", "Default", "Value", "Meaning"), rows))
    passed = [(f"`{name}`", meaning) for name, meaning in PASSED_ON.items()]
    parts.append(_table("Handed on to the process environment", ("Name", "Meaning"), passed))
    retired = [(f"`{name}`", f"no effect: {why}") for name, why in RETIRED.items()]
    parts += [_table("Retired", ("Name", "Why"), retired), _GUIDE_TAIL]
    return "\n".join(parts)


def write() -> None:
    """Bring both files up to date."""
    (ROOT / ".sample.env").write_text(sample_text(), encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(guide_text(), encoding="utf-8")


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", _cells(head), _cells(tuple("---" for _ in head)), *map(_cells, rows), ""]
    return "\n".join(lines)


def _cells(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    derived = _extra(field, "derived")
    text = derived or _sample_value(field)
    default = f"`{text}`" if text else "empty"
    later = " *later*" if _extra(field, "reserved") else ""
    return f"`{name.upper()}`", default, _kind(field), f"{field.description}{later}"


def _quoted(text: str) -> str:
    return f'"{text}"' if set(text) & {"'", "#"} else text


def _extra(field: FieldInfo, key: str) -> Any:
    extra = field.json_schema_extra
    return extra.get(key) if isinstance(extra, dict) else None


def _sample_value(field: FieldInfo) -> str:
    if field.default is PydanticUndefined or _extra(field, "derived"):
        return ""
    return _text(field.default)


def _text(value: Any) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, tuple):
        return ",".join(str(part).removesuffix("/32").removesuffix("/128") for part in value)
    return value.strftime("%H:%M") if isinstance(value, dt.time) else str(value)


def _kind(field: FieldInfo) -> str:
    kinds = [_kind_of(kind) for kind in _alternatives(field.annotation) if kind is not type(None)]
    low, high = _bound(field, ("ge", "gt")), _bound(field, ("le", "lt"))
    span = (
        f" {low}–{high}" if low is not None and high is not None else f" ≥ {low}" if low is not None else ""
    )
    return " or ".join(kinds) + span


def _alternatives(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        yield from get_args(annotation)
    else:
        yield annotation


def _kind_of(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    if get_origin(kind) is tuple:
        return "comma list"
    names = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        dt.time: "HH:MM",
        SecretStr: "secret",
    }
    return names.get(kind, "text")


def _bound(field: FieldInfo, names: tuple[str, ...]) -> Any:
    for item in field.metadata:
        for name in names:
            if getattr(item, name, None) is not None:
                return getattr(item, name)
    return None


if __name__ == "__main__":
    write()
