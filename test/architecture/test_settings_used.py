"""A setting either does something or says that it does not yet."""

from __future__ import annotations

import re
from pathlib import Path

from utils.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app.py", "blueprints", "broker", "database", "restx_api", "services", "utils", "websocket_proxy")
# Read through a name that is put together: BROKER_* of the manifest, CSP_* and limits by their endings.
BY_PATTERN = re.compile(r".*_rate_limit(_min|_hour)?$|strategy_.*_limit$|shm_size$|env_config_version$")


def read_names() -> set[str]:
    """Every word in the product's source, but for the settings' own definitions."""
    words: set[str] = set()
    for room in ROOMS:
        found = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
        for path in found:
            text = path.read_text(encoding="utf-8")
            if path.parent.name == "settings" and path.name in ("core.py", "policy.py", "features.py"):
                continue
            words |= set(re.findall(r"[a-z][a-z0-9_]+", text))
    return words


def test_only_what_no_code_reads_is_marked_as_later() -> None:
    words = read_names()
    wrong = {}
    for name, field in Settings.model_fields.items():
        if BY_PATTERN.match(name):
            continue
        extra = field.json_schema_extra
        later = bool(extra.get("reserved")) if isinstance(extra, dict) else False
        if later == (name in words):
            wrong[name] = "is read, unmark it" if later else "is not read, mark it reserved=True"
    assert wrong == {}
