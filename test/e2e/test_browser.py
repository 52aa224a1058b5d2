"""The web desk in a real browser: the front end's own Playwright specs against the real program."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from e2e_program import ROOT, Program

FRONTEND = ROOT / "frontend"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.mark.timeout(600)
def test_the_browser_specs_pass(demo: Program) -> None:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert browser, "no Chromium: install it (Debian, Ubuntu: apt-get install chromium)"
    environ = {
        **os.environ,
        "CI": "1",
        "BASE_URL": demo.url,
        "WEBSOCKET_URL": demo.websocket_url,
        "OPENALGO_USER": demo.said("User"),
        "OPENALGO_PASSWORD": demo.said("Password"),
        "OPENALGO_API_KEY": demo.said("API key"),
        "CHROMIUM_PATH": browser,
    }
    answer = subprocess.run(
        ["node_modules/.bin/playwright", "test", "--reporter=line"],
        cwd=FRONTEND,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=540,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-6000:]
    print(answer.stdout[-500:])
