"""The lines that we publish, run as they are against the demo."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from e2e_program import ROOT, Program


def run_script(text: str, demo: Program, tmp_path: Path) -> str:
    script = tmp_path / "pasted.py"
    script.write_text(text)
    environ = {
        "OPENALGO_API_KEY": demo.said("API key"),
        "OPENALGO_HOST": demo.url,
        "OPENALGO_WEBSOCKET": demo.websocket_url,
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    answer = subprocess.run(
        [sys.executable, str(script)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_lines_of_the_readme_place_an_order_and_print_three_ticks(demo: Program, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len(block.splitlines()) <= 10
    text = block.replace("<your API key>", demo.said("API key"))
    text = text.replace("http://127.0.0.1:5000", demo.url).replace("ws://127.0.0.1:8765", demo.websocket_url)
    printed = run_script(text, demo, tmp_path).splitlines()
    assert "'orderid'" in printed[0]
    assert sum("'ltp'" in line for line in printed) == 3


def test_the_example_strategy_runs_as_it_is(demo: Program, tmp_path: Path) -> None:
    text = (ROOT / "strategies" / "examples" / "first_order.py").read_text()
    assert run_script(text, demo, tmp_path).count("'ltp'") == 3
