"""Settings, stores, logs and keys can be read by their owner alone, whatever was there before."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from services.ops.launch import privacy
from services.ops.launch.console import Console, StartProblem
from utils.private import keep_private


def open_folder(folder: Path) -> Path:
    """A data folder as a careless copy leaves it; its settings file."""
    for name in ("db/backups", "log", "keys"):
        (folder / name).mkdir(parents=True)
    for name in (".env", "db/openalgo.db", "db/backups/old.db", "log/app.log", "keys/bus.key"):
        (folder / name).write_text("secret")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder / ".env"


def test_a_start_makes_files_and_folders_private_and_says_so(tmp_path: Path) -> None:
    env_file, out = open_folder(tmp_path), io.StringIO()
    privacy.repair(tmp_path, env_file, Console(out))
    for path in privacy.private_paths(tmp_path, env_file):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert "9 that others could read" in out.getvalue()
    privacy.repair(tmp_path, env_file, Console(out := io.StringIO()))
    assert out.getvalue() == ""


def test_what_cannot_be_made_private_refuses_the_start_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file = open_folder(tmp_path)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # a file system without modes
    with pytest.raises(StartProblem, match="chown"):
        privacy.repair(tmp_path, env_file, Console(io.StringIO()))


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    outside.chmod(0o644)
    data = tmp_path / "data"
    data.mkdir()
    env_file = open_folder(data)
    (data / "db" / "link").symlink_to(outside)
    privacy.repair(data, env_file, Console(io.StringIO()))
    assert outside.stat().st_mode & 0o777 == 0o644


def test_what_a_process_creates_is_private_from_the_start(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        keep_private()
        (tmp_path / "new.db").write_text("")
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
