"""Whatever reads bytes from outside has a fuzz target: modules by what they call, brokers by what they have."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

from test.architecture.sources import nodes
from test.broker.kit.bench import Bench, ScriptedTransport
from test.broker.kit.data import REGISTRY, cases_of
from test.fuzz.registry import all_targets

# Methods and functions that make values of bytes or text, and names of modules whose `decode` does.
READERS = frozenset({
    "unpack", "unpack_from", "from_bytes", "fromhex", "b64decode", "urlsafe_b64decode", "b32decode", "decompress",
    "decompressobj", "strptime", "parse_qsl", "parse_qs", "parse_stream", "ip_address", "ip_network", "raw_decode",
    "loads", "ZipFile", "reader", "Decoder", "fromisoformat", "get_data",
})  # fmt: skip
DECODERS = frozenset({"json", "msgpack", "z85"})
INSIDE = tomllib.loads((Path(__file__).parent / "inside.toml").read_text(encoding="utf-8"))


def reads_bytes(node: ast.AST) -> bool:
    """Whether a node is a call that makes values of bytes or text."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Name):
        return called.id in READERS
    if not isinstance(called, ast.Attribute):
        return False
    owner = called.value
    named = (
        owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    )
    if called.attr == "reader":
        return named == "csv"
    return called.attr in READERS or (called.attr == "decode" and named in DECODERS)


def readers() -> set[str]:
    """Modules of the product, but for the practice exchange, that make values of bytes or text."""
    return {
        name.removesuffix(".__init__")
        for name, found in nodes().items()
        if not name.startswith("broker.simulator") and any(map(reads_bytes, found))
    }


def test_every_module_that_reads_bytes_from_outside_has_a_fuzz_target() -> None:
    thrown_at = {module for target in all_targets() for module in target.parses}
    explained = {module for group in INSIDE["inside"] for module in group["modules"]}
    assert readers() - thrown_at - explained == set(), "give it a target, or say in inside.toml why not"
    assert explained - readers() == set(), "reads no bytes any more"
    assert explained & thrown_at == set(), "has a target"


def test_every_module_that_a_target_names_exists() -> None:
    named = {module for target in all_targets() for module in target.parses}
    assert {name for name in named if name not in nodes() and f"{name}.__init__" not in nodes()} == set()


def test_every_broker_has_a_target_for_each_thing_that_its_vendor_sends(tmp_path: Path) -> None:
    """Plug-ins are found by their folders: a new one without samples fails here."""
    names = {target.name for target in all_targets()}
    missing = []
    for plugin_id, manifest in REGISTRY.manifests().items():
        if manifest.practice:
            continue
        assert cases_of(plugin_id), f"{plugin_id} has no cases"
        plugin = Bench(plugin_id, ScriptedTransport([]), tmp_path).plugin
        wanted = {"answers", "contracts"}
        wanted |= {"frames"} if plugin.stream or plugin.order_codec else set()
        wanted |= {"postback"} if plugin.postback else set()
        missing += [f"{plugin_id}.{kind}" for kind in wanted if f"broker.{plugin_id}.{kind}" not in names]
    assert missing == []


def test_every_target_begins_with_what_its_parser_reads() -> None:
    """Mutations of a sample that is refused at its first byte reach nothing."""
    dead = []
    for target in all_targets():
        alive = False
        for sample in target.samples:
            try:
                target.read(sample.data, sample.about)
            except target.refuses:
                continue
            alive = True
            break
        if not alive:
            dead.append(target.name)
    assert dead == []
