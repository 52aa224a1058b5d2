"""Checks what was typed into a broker's form against the JSON Schema in its manifest. All values are text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.errors import InvalidInput

LONGEST = 1024


def check_form(schema: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """The filled-in fields, blanks cut off. Raises InvalidInput with every complaint under its field.

    Honours properties, required, minLength, maxLength, pattern and enum. Fields the schema does not name are refused.
    """
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    errors: dict[str, list[str]] = {}
    clean: dict[str, str] = {}
    for name in values.keys() - properties.keys():
        errors[name] = ["is not asked for"]
    for name, rules in properties.items():
        text = values.get(name, "").strip()
        if not text:
            if name in schema.get("required", ()):
                errors[name] = [f"{rules.get('title', name)} is required"]
            continue
        complaint = _complaint(text, rules)
        if complaint:
            errors[name] = [complaint]
        clean[name] = text
    if errors:
        first = next(iter(sorted(errors)))
        raise InvalidInput(f"{first}: {errors[first][0]}", errors=errors)
    return clean


def _complaint(text: str, rules: Mapping[str, Any]) -> str | None:
    longest = min(int(rules.get("maxLength", LONGEST)), LONGEST)
    if len(text) > longest:
        return f"must have at most {longest} characters"
    if len(text) < int(rules.get("minLength", 0)):
        return f"must have at least {rules['minLength']} characters"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        return "must not contain control characters"
    if "enum" in rules and text not in rules["enum"]:
        return f"must be one of {', '.join(rules['enum'])}"
    if "pattern" in rules and re.search(rules["pattern"], text) is None:
        return "does not have the expected form"
    return None
