"""A setting either does something or says that it does not yet."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from utils.route_policy import policy_of
from utils.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app.py", "blueprints", "broker", "database", "restx_api", "services", "utils", "websocket_proxy")
# Read under a name that is put together, or outside Python.
BY_OTHER_NAME = {
    "simulator_seed": "option of the simulator's manifest",
    "simulator_scale": "option of the simulator's manifest",
    "shm_size": "docker-compose.yaml",
}


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


def limits_in_use(app: Flask) -> set[str]:
    """Settings whose limit class some route spends."""
    views = app.view_functions
    classes = {
        policy.limit
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if (policy := policy_of(views[rule.endpoint], method))
    }
    return {f"{name}_rate_limit" for name in classes}


def test_only_what_no_code_reads_is_marked_as_later(app: Flask) -> None:
    used = read_names() | set(BY_OTHER_NAME) | limits_in_use(app)
    wrong = {}
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        later = bool(extra.get("reserved")) if isinstance(extra, dict) else False
        if later == (name in used):
            wrong[name] = "is read, unmark it" if later else "is not read, mark it reserved=True"
    assert wrong == {}
