"""The sample file and the settings guide say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from utils.settings import PASSED_ON, Settings, known_names, load_settings
from utils.settings.reference import guide_text, sample_text

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "DATABASE_URL": "sqlite:///db/openalgo.db"}
REGENERATE = "run: uv run python -m utils.settings.reference"


def test_the_sample_file_does_not_drift() -> None:
    assert (ROOT / ".sample.env").read_text(encoding="utf-8") == sample_text(), REGENERATE


def test_the_settings_guide_does_not_drift() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == guide_text(), REGENERATE


def test_the_sample_file_holds_every_name_once_and_no_other() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", sample_text(), flags=re.MULTILINE)
    assert len(names) == len(set(names))
    assert set(names) == set(known_names()) | set(PASSED_ON)


def test_the_sample_file_parses_and_equals_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(sample_text())
    from_sample = load_settings(tmp_path / ".env", SECRETS)
    (tmp_path / ".env").write_text("")
    assert from_sample == load_settings(tmp_path / ".env", SECRETS)
    assert from_sample.warnings == ()


def test_every_setting_is_explained_in_one_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert len(field.description) <= 110, name
