"""The recipe for a new broker: what it writes loads at once, and says what is left to fill."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from broker.core.registry import ContextParts, load_plugins
from broker.core.roles import Plugin
from test.broker.kit.data import REGISTRY, left_to_fill
from test.broker.new_broker import ROOT, main
from utils.clock import SystemClock
from utils.ids import SeededIds

FAMILIES = sorted(
    {
        manifest.family
        for plugin_id, manifest in REGISTRY.manifests().items()
        if REGISTRY.folder(plugin_id).parent == ROOT / "broker"
        and any((ROOT / "broker" / "families").glob(f"{manifest.family}*"))
    }
)


def built(root: Path, plugin_id: str) -> Plugin:
    registry = load_plugins((root / "broker",))
    assert registry.broken() == {}
    parts = ContextParts(
        transport=SimpleNamespace(), instruments=SimpleNamespace(), clock=SystemClock(), ids=SeededIds(1),  # type: ignore[arg-type]
        data_dir=root,
    )  # fmt: skip
    return registry.build(plugin_id, parts)


def test_the_made_up_broker_is_found_by_its_folder_alone() -> None:
    """The contract suite runs over it as over all others, though nothing of the product knows it."""
    assert "meridian" in REGISTRY.manifests()
    assert "meridian" not in load_plugins().manifests()
    mentions = [path for path in (ROOT / "broker").rglob("*.py") if "meridian" in path.read_text().lower()]
    assert mentions == []


@pytest.mark.parametrize("family", ["none", *FAMILIES])
def test_a_skeleton_loads_and_lists_what_is_left_to_fill(family: str, tmp_path: Path) -> None:
    main(["vega_two", "--name", "Vega Two", "--family", family, "--root", str(tmp_path)])
    plugin = built(tmp_path, "vega_two")
    assert (plugin.manifest.id, plugin.manifest.name) == ("vega_two", "Vega Two")
    written = json.loads((tmp_path / "broker" / "vega_two" / "plugin.json").read_text())
    assert {url.partition("://")[2] for url in written["hosts"].values()} == {"FILL.invalid"}
    assert family != "none" or not any(fact.verified for fact in plugin.manifest.evidence.values())
    left = left_to_fill(tmp_path / "broker" / "vega_two", tmp_path / "test" / "broker" / "vega_two")
    told = "\n".join(left)
    assert {"plugin.json", "SOURCES.md"} <= {line.split(":")[0] for line in left}
    assert family != "none" or any(line.startswith("adapter.py:") for line in left)
    assert family != "none" or "cases/orders.json: a limit order has a price" in told
    for path in (tmp_path / "test" / "broker" / "vega_two").rglob("*.json"):
        json.loads(path.read_text())


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    main(["vega", "--root", str(tmp_path)])
    with pytest.raises(SystemExit, match="there already"):
        main(["vega", "--root", str(tmp_path)])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["Vega!"], "cannot be an id"), (["vega", "--family", "none_such"], "no broker is of")],
)
def test_what_cannot_be_written_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=said):
        main([*arguments, "--root", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
