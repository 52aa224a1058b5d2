"""The table of roles says what the routes declare."""

from __future__ import annotations

from test.docs.roles_reference import GUIDE, text


def test_the_table_of_roles_does_not_drift() -> None:
    assert GUIDE.read_text(encoding="utf-8") == text(), "run: uv run python -m test.docs.roles_reference"
