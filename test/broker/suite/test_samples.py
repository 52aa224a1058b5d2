"""Every real payload is proved by a case, or somebody said why not."""

from __future__ import annotations

import json
from pathlib import Path

from test.broker.kit.data import HERE, REGISTRY, folders_of


def folders_that_use(folder: Path) -> set[Path]:
    """The folder itself, and for a family's the folders of its members."""
    members = {HERE / plugin_id for plugin_id in REGISTRY.manifests() if folder in folders_of(plugin_id)}
    return members | {folder}


def test_every_sample_is_proved_by_a_case_or_named_as_unused(plugin_id: str) -> None:
    for folder in folders_of(plugin_id):
        samples = sorted(path.name for path in (folder / "samples").glob("*"))
        told = folder / "unused_samples.json"
        unused = json.loads(told.read_text()) if told.is_file() else {}
        texts = [
            path.read_text()
            for user in folders_that_use(folder)
            for path in [*user.glob("cases/*.json"), *user.glob("frames/*.json"), *user.glob("wire.json")]
        ]
        cases = "".join(texts)
        wrong = [name for name in samples if (f'"{name}"' in cases) == (name in unused)]
        assert wrong == [], "neither in a case nor explained as unused, or both"
        assert set(unused) <= set(samples), "explains samples that are not there"
