"""The doctor's page lists what the doctor finds."""

from __future__ import annotations

from pathlib import Path

from services.ops.doctor.reference import PAGE, page_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_findings_does_not_drift() -> None:
    written = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written == page_text(), "run: uv run python -m services.ops.doctor.reference"
