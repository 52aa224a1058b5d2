"""The web desk in a real browser: the front end's own Playwright specs against the real program."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_program import ROOT, Program

from services.ops.launch import web_ui
from services.ops.launch.console import Console

FRONTEND = ROOT / "frontend"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.mark.timeout(900)
def test_the_browser_specs_pass_on_a_fresh_installation(
    launch: Callable[..., Program], tmp_path: Path
) -> None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert browser, "no Chromium: install it (Debian, Ubuntu: apt-get install chromium)"
    program = launch().expect_up()
    npm = web_ui.npm_command(ROOT, tmp_path / "node.log", Console())
    environ = {
        **web_ui.npm_environ(npm),
        "BASE_URL": program.url,
        "E2E_USER": "trader",
        "E2E_PASSWORD": f"Practice#{secrets.token_hex(6)}",
        "CHROMIUM_PATH": browser,
    }
    answer = subprocess.run(
        ["node_modules/.bin/playwright", "test"],
        cwd=FRONTEND,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=840,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-6000:]
    print(answer.stdout[-1500:])
