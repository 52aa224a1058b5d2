"""Discovery: data without code, broken plug-ins recorded, the others usable."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.core.budget import Priority
from broker.core.manifest import OPERATIONS, NativeGtt
from broker.core.registry import PLUGIN_FOLDER, ContextParts, PluginBroken, load_plugins
from domain.errors import NotFound
from domain.gtt import GttTerms, TriggerType
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from utils.clock import ManualClock
from utils.ids import SeededIds

MANIFEST: dict[str, Any] = {
    "id": "demo",
    "name": "Demo",
    "family": "none",
    "version": 1,
    "auth": {"kind": "form", "credentials": {"type": "object"}, "login": {"type": "object"}},
    "exchanges": ["NSE"],
    "products": ["CNC"],
    "price_types": ["LIMIT"],
    "capabilities": dict.fromkeys(OPERATIONS, "absent") | {"place": "native"},
    "hosts": {"rest": "https://demo.example/"},
    "limits": {
        "quote_batch": 1, "depth_levels": 5, "tag_length": 0, "history": {}, "rates": {"order": {"per_second": 10}},
    },
    "evidence": {"orders": {"source": "invented", "date": "2026-11-21", "verified": False}},
    "options": {"colour": "green"},
}  # fmt: skip
ADAPTER = """
from broker.core.roles import Plugin

IMPORTED = True

def build(context):
    print("built with", context.hosts["rest"])
    return Plugin(manifest=context.manifest, auth=context, orders=None, portfolio=None, market=None, contracts=None)
"""


def write_plugin(folder: Path, adapter: str = ADAPTER, **changes: Any) -> Path:
    manifest = {**MANIFEST, **changes}
    place = folder / manifest["id"]
    place.mkdir(parents=True)
    (place / "plugin.json").write_text(json.dumps(manifest))
    (place / "adapter.py").write_text(adapter)
    return place


def parts(tmp_path: Path, **changes: Any) -> ContextParts:
    clock = ManualClock(dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    fields: dict[str, Any] = {
        "transport": None, "instruments": None, "clock": clock, "ids": SeededIds(1), "data_dir": tmp_path,
    }  # fmt: skip
    return ContextParts(**{**fields, **changes})


def test_a_manifest_is_read_without_importing_code(tmp_path: Path) -> None:
    write_plugin(tmp_path, adapter="raise RuntimeError('imported')")
    registry = load_plugins([tmp_path])
    assert registry.manifests()["demo"].name == "Demo"
    assert registry.broken() == {}


def test_a_members_manifest_is_completed_by_its_familys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {name: MANIFEST[name] for name in ("auth", "capabilities", "limits", "evidence")}
    (tmp_path / "families" / "kin").mkdir(parents=True)
    (tmp_path / "families" / "kin" / "manifest.json").write_text(
        json.dumps({**shared, "products": ["CNC", "MIS"], "options": {"colour": "red", "size": "1"}})
    )
    monkeypatch.setattr("broker.core.registry.FAMILY_FOLDER", tmp_path / "families")
    place = write_plugin(tmp_path / "own", family="kin")
    own = {name: value for name, value in MANIFEST.items() if name not in shared}
    own |= {"family": "kin", "limits": {"tag_length": 9}, "options": {"size": "2", "colour": None}}
    (place / "plugin.json").write_text(json.dumps(own))
    manifest = load_plugins([tmp_path / "own"]).manifests()["demo"]
    assert (manifest.limits.tag_length, manifest.limits.quote_batch) == (9, 1)
    assert (manifest.options, list(manifest.products)) == ({"size": "2"}, ["CNC"])


def test_a_familys_protection_holds_where_its_member_trades() -> None:
    found = load_plugins().manifests()
    for name, traded in (
        ("fivepaisaxts", {"NSE", "BSE", "NFO", "BFO"}),
        ("iifl", {"NSE", "BSE", "NFO", "BFO", "CDS", "MCX"}),
    ):
        protection = found[name].protection
        assert protection is not None
        assert {exchange for rule in protection.rules for exchange in rule.exchanges} == traded


def test_a_member_with_nothing_of_its_own_is_built_by_its_family(tmp_path: Path) -> None:
    own = json.loads((PLUGIN_FOLDER / "zebu" / "plugin.json").read_text())
    (tmp_path / "kin").mkdir()
    (tmp_path / "kin" / "plugin.json").write_text(json.dumps({**own, "id": "kin"}))
    plugin = load_plugins([tmp_path]).build("kin", parts(tmp_path))
    assert (plugin.manifest.id, type(plugin.orders).__name__) == ("kin", "TableDesk")


def test_reading_all_own_manifests_imports_no_adapter() -> None:
    code = (
        "import sys; from broker.core.registry import load_plugins; load_plugins().manifests();"
        "print([name for name in sys.modules if name.endswith('.adapter')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGIN_FOLDER.parent, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_plugin_is_built_with_hosts_options_and_a_budget(tmp_path: Path) -> None:
    write_plugin(tmp_path)
    registry = load_plugins([tmp_path])
    context: Any = registry.build("demo", parts(tmp_path, settings={"size": "3"})).auth
    assert context.hosts == {"rest": "https://demo.example"}
    assert context.settings == {"colour": "green", "size": "3"}
    context.budgets.of(1).take(("order",), Priority.ENTRY, 0)
    replaced: Any = registry.build("demo", parts(tmp_path, hosts={"rest": "http://127.0.0.1:9/"})).auth
    assert replaced.hosts == {"rest": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"surprise": 1}, "surprise"),
        ({"exchanges": ["NSE", "MOON"]}, "MOON"),
        ({"version": "one"}, "version"),
        ({"capabilities": {"place": "native"}}, "capabilities must name every operation"),
        ({"capabilities": MANIFEST["capabilities"] | {"fly": "native"}}, "fly"),
        ({"capabilities": MANIFEST["capabilities"] | {"stream": "native"}}, "stream"),
        ({"capabilities": MANIFEST["capabilities"] | {"history": "native"}}, "history"),
        ({"limits": MANIFEST["limits"] | {"rates": {"order": {}}}}, "order"),
        ({"limits": MANIFEST["limits"] | {"quote_batch": 0}}, "positive"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_recorded_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    write_plugin(tmp_path, **changes)
    write_plugin(tmp_path, id="sound")
    registry = load_plugins([tmp_path])
    assert complaint in registry.broken()["demo"]
    assert list(registry.manifests()) == ["sound"]


def test_json_that_is_none_and_a_wrong_folder_are_recorded(tmp_path: Path) -> None:
    write_plugin(tmp_path).joinpath("plugin.json").write_text("{nonsense")
    write_plugin(tmp_path, id="other").rename(tmp_path / "renamed")
    write_plugin(tmp_path, id="bare").joinpath("adapter.py").unlink()
    broken = load_plugins([tmp_path]).broken()
    assert "plugin.json" in broken["demo"]
    assert "not the folder's name" in broken["renamed"]
    assert "no adapter.py" in broken["bare"]


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [
        ("import no_such_module_anywhere", "no_such_module_anywhere"),
        ("def build(context): raise ValueError('bad day')", "bad day"),
        ("def build(context): return 5", "did not answer a Plugin"),
        ("x = 1", "build"),
    ],
)
def test_an_adapter_that_breaks_is_recorded_and_the_others_build(
    tmp_path: Path, adapter: str, complaint: str
) -> None:
    write_plugin(tmp_path, adapter=adapter)
    write_plugin(tmp_path, id="sound")
    registry = load_plugins([tmp_path])
    with pytest.raises(PluginBroken, match=complaint):
        registry.build("demo", parts(tmp_path))
    assert complaint in registry.broken()["demo"]
    assert registry.build("sound", parts(tmp_path)).manifest.id == "sound"


def test_an_id_found_twice_keeps_the_first_and_says_so(tmp_path: Path) -> None:
    write_plugin(tmp_path / "first")
    write_plugin(tmp_path / "second", name="Impostor")
    registry = load_plugins([tmp_path / "first", tmp_path / "second"])
    assert registry.manifests()["demo"].name == "Demo"
    assert "repeats the id" in registry.broken()["demo"]
    assert registry.build("demo", parts(tmp_path)).manifest.name == "Demo"


def test_an_unknown_id_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_plugins([tmp_path]).build("nobody", parts(tmp_path))


@pytest.mark.parametrize(
    ("trigger_type", "price_type", "held"),
    [("SINGLE", "MARKET", True), ("SINGLE", "LIMIT", False), ("OCO", "MARKET", False)],
)
def test_a_brokers_gtts_hold_only_terms_of_which_nothing_is_lost(
    trigger_type: str, price_type: str, held: bool
) -> None:
    native = NativeGtt(trigger_types=(TriggerType.SINGLE,), price_types=(PriceType.MARKET,))
    terms = GttTerms(
        trigger_type=TriggerType(trigger_type), symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=1,
        price_type=PriceType(price_type), product=Product.CNC,
    )  # fmt: skip
    assert native.can_hold(terms) is held


@pytest.mark.parametrize(("products", "held"), [((), True), ((Product.CNC,), False), ((Product.NRML,), True)])
def test_a_broker_may_keep_gtts_of_some_products_only(products: tuple[Product, ...], held: bool) -> None:
    terms = GttTerms(
        trigger_type=TriggerType.SINGLE, symbol="NIFTY29DEC26FUT", exchange=Exchange.NFO, side=Side.BUY, quantity=75,
        price_type=PriceType.LIMIT, product=Product.NRML,
    )  # fmt: skip
    assert NativeGtt(trigger_types=(TriggerType.SINGLE,), products=products).can_hold(terms) is held
