"""`docs/operations/doctor.md` is derived from the checks.

uv run python -m services.ops.doctor.reference      # writes it; a test fails when it drifts
"""

from __future__ import annotations

from pathlib import Path

from services.ops.doctor import checks
from services.ops.doctor.findings import CHECKS

PAGE = Path("docs") / "operations" / "doctor.md"
_HEAD = """\
# The doctor

```
uv run app.py doctor            # every finding, the worst first, each with what to do
uv run app.py doctor --json     # the same for programs
```

It reads settings, files, stores, the machine and the program, changes nothing, and works while OpenAlgo runs and
where it does not start. No finding shows a secret. The exit code is 0 when all is well or only notes were found, 1
for warnings, 2 for critical findings: it does not start, loses data, or is open to strangers. A check that cannot
look is the warning `doctor.could-not-look`. Looking through the stores takes a second for each gigabyte or so. With
`--json` the answer is an object with `program`, `data_dir`, `checks` (how many looked) and `findings`, each with
`id`, `severity` (`info`, `warning`, `critical`), `detail` and `remedy`.

This list is derived from `services/ops/doctor/checks`; do not edit, run `uv run python -m
services.ops.doctor.reference`.

| Finding | Severity | What is wrong | Remedy |
| --- | --- | --- | --- |
"""


def page_text() -> str:
    """Contents of the page."""
    assert checks.__all__
    rows = [
        f"| `{each.id}` | {each.severity.name.lower()} | {_cell(each.look.__doc__ or '')} | {_cell(each.remedy)} |\n"
        for each in sorted(CHECKS.values(), key=lambda each: each.id)
    ]
    return _HEAD + "".join(rows)


def _cell(text: str) -> str:
    # A name in angle brackets would be taken for a tag.
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    (Path(__file__).resolve().parents[3] / PAGE).write_text(page_text(), encoding="utf-8")
