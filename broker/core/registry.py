"""Finds plug-ins: a folder with `plugin.json` (data, read now) and `adapter.py` (code, imported when first built).

A member of a family in which nothing is its own has the manifest alone: the family's `adapter.py` builds it.

A plug-in that cannot be read or imported is recorded with the reason, and every other one loads.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

import broker
from broker.core.budget import Budgets
from broker.core.manifest import OPERATIONS, Manifest, Protection, chosen
from broker.core.roles import ContextParts, Plugin, PluginContext
from domain.errors import NotFound, Unavailable

PLUGIN_FOLDER = Path(broker.__file__).parent
FAMILY_FOLDER = PLUGIN_FOLDER / "families"
# Brokers bound how often one order may be changed; the lowest bound heard of is 25.
MOST_RUNGS = 20


class PluginBroken(Unavailable):
    """The plug-in exists but cannot be used; the message says why."""

    code = "BROKER_PLUGIN_BROKEN"


class Registry:
    """The plug-ins found. Manifests are data; code is imported by `build` only."""

    def __init__(self, found: Mapping[str, tuple[Path, Manifest]], broken: Mapping[str, str]) -> None:
        self._found = dict(found)
        self._broken = dict(broken)

    def manifests(self) -> dict[str, Manifest]:
        """Readable manifests by broker id, in alphabetical order."""
        return {plugin_id: manifest for plugin_id, (_, manifest) in sorted(self._found.items())}

    def manifest(self, plugin_id: str) -> Manifest | None:
        """One readable manifest."""
        found = self._found.get(plugin_id)
        return found[1] if found is not None else None

    def broken(self) -> dict[str, str]:
        """Reasons by broker id, for plug-ins that could not be read or imported so far."""
        return dict(sorted(self._broken.items()))

    def folder(self, plugin_id: str) -> Path:
        """Where the plug-in lives. Raises NotFound."""
        if plugin_id not in self._found:
            raise NotFound(f"There is no broker plug-in {plugin_id!r}")
        return self._found[plugin_id][0]

    def proofs(self, plugin_id: str) -> dict[str, int]:
        """How many test cases prove each capability, from `proofs.json`; empty without a readable one."""
        try:
            return msgspec.json.decode(
                (self.folder(plugin_id) / "proofs.json").read_bytes(), type=dict[str, int]
            )
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}

    def build(self, plugin_id: str, parts: ContextParts) -> Plugin:
        """A new plug-in. Raises NotFound for an unknown id and PluginBroken for one that cannot be used."""
        if plugin_id not in self._found and plugin_id in self._broken:
            raise PluginBroken(f"Broker plug-in {plugin_id!r} is broken: {self._broken[plugin_id]}")
        folder = self.folder(plugin_id)
        manifest = self._found[plugin_id][1]
        try:
            context = _context(manifest, parts)
            plugin = _adapter(folder, manifest.family).build(context)
        # A plug-in is foreign code: whatever it raises is its own breakage, recorded and reported as such.
        except Exception as error:
            self._broken[plugin_id] = f"{type(error).__name__}: {error}"
            raise PluginBroken(f"Broker plug-in {plugin_id!r} is broken: {error}") from error
        if not isinstance(plugin, Plugin):
            self._broken[plugin_id] = "adapter.build() did not answer a Plugin"
            raise PluginBroken(f"Broker plug-in {plugin_id!r} is broken: {self._broken[plugin_id]}")
        self._broken.pop(plugin_id, None)
        return plugin


def _context(manifest: Manifest, parts: ContextParts) -> PluginContext:
    settings = {**manifest.options, **parts.settings}
    given = {
        **{name: getattr(parts, name) for name in ContextParts.__struct_fields__}, "settings": settings,
        "hosts": {name: url.rstrip("/") for name, url in {**manifest.hosts, **parts.hosts}.items()},
        "budgets": parts.budgets or Budgets(manifest.limits.rates, parts.clock)}  # fmt: skip
    return PluginContext(manifest=chosen(manifest, settings), **given)


def load_plugins(folders: Iterable[Path] = (PLUGIN_FOLDER,)) -> Registry:
    """Read every `<folder>/<id>/plugin.json`. A later folder may not replace an id of an earlier one."""
    found: dict[str, tuple[Path, Manifest]] = {}
    broken: dict[str, str] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/plugin.json")):
            plugin_id = path.parent.name
            if plugin_id in found or plugin_id in broken:
                broken[plugin_id] = broken.get(plugin_id, f"{path.parent} repeats the id of another plug-in")
                continue
            try:
                found[plugin_id] = (path.parent, read_manifest(path))
            except (OSError, ValueError) as error:
                broken[plugin_id] = str(error)
    return Registry(found, broken)


def read_manifest(path: Path) -> Manifest:
    """The manifest in a `plugin.json`, over that of its family. Raises OSError, or ValueError saying what is wrong."""
    try:
        data = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        manifest = msgspec.json.decode(msgspec.json.encode(with_family(data)), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"plugin.json: {error}") from None
    try:
        problems = list(manifest_problems(manifest, path.parent))
    except ArithmeticError:
        problems = ["a number is none"]
    if problems:
        raise ValueError("plugin.json: " + "; ".join(problems))
    return manifest


def with_family(data: dict[str, Any]) -> dict[str, Any]:
    """A member's manifest completed with `families/<family>/manifest.json` where its family has one.

    Objects merge field by field, anything else of the member's replaces the family's, and null takes a field away.
    Rules of protection hold on those of their exchanges that the member has.
    """
    family = data.get("family")
    is_name = isinstance(family, str) and family.isidentifier()
    if not is_name or not (shared := FAMILY_FOLDER / str(family) / "manifest.json").is_file():
        return data
    below = msgspec.json.decode(shared.read_bytes(), type=dict[str, Any])
    traded = data.get("exchanges", below.get("exchanges"))
    has = traded if isinstance(traded, list) else []
    for rule in below.get("protection", {}).get("rules", ()):
        rule["exchanges"] = [name for name in rule["exchanges"] if name in has]
    return _merged(below, data)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for name, value in above.items():
        under = below.get(name)
        both = isinstance(value, dict) and isinstance(under, dict)
        found[name] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return {name: value for name, value in found.items() if value is not None}


def manifest_problems(manifest: Manifest, folder: Path) -> Iterable[str]:
    """What types alone cannot tell about a manifest."""
    if manifest.id != folder.name or not manifest.id.isidentifier():
        yield f"id {manifest.id!r} is not the folder's name {folder.name!r}"
    if not any((place / "adapter.py").is_file() for place in (folder, FAMILY_FOLDER / manifest.family)):
        yield "there is no adapter.py, and none of its family"
    if set(manifest.capabilities) != set(OPERATIONS):
        odd = sorted(set(manifest.capabilities) ^ set(OPERATIONS))
        yield f"capabilities must name every operation once; missing or unknown: {', '.join(odd)}"
        return
    if manifest.supports("stream") != (manifest.stream is not None):
        yield "capability `stream` and section `stream` disagree"
    if (manifest.capabilities["gtt"] == "native") != (manifest.gtt is not None):
        yield "capability `gtt` and section `gtt` disagree"
    if manifest.supports("history") != bool(manifest.limits.history):
        yield "capability `history` and limits.history disagree"
    if manifest.limits.quote_batch < 1 or manifest.limits.tag_length < 0:
        yield "limits must be positive"
    for name, rate in manifest.limits.rates.items():
        rates = [calls for calls, _ in rate.windows]
        if not rates or min(rates) <= 0 or rate.exit_reserve < 0:
            yield f"rate class {name!r} needs a positive limit"
    if manifest.protection is not None:
        yield from _protection_problems(manifest, manifest.protection)


def _protection_problems(manifest: Manifest, section: Protection) -> Iterable[str]:
    if "protection" not in manifest.evidence:
        yield "section `protection` needs its evidence"
    if (section.option is None) != (not section.by_option) or section.option not in (None, *manifest.options):
        yield "protection.option must be an option of the plug-in, and protection.by_option name its values"
    for number, rule in enumerate(section.rules):
        ladder = rule.ladder
        if not rule.price_types or any(kind.needs_price for kind in rule.price_types):
            yield f"protection rule {number} is about MARKET and SL-M only"
        if not rule.exchanges or set(rule.exchanges) - set(manifest.exchanges):
            yield f"protection rule {number} names exchanges that the broker does not have"
        widest = ladder.first_percent + ladder.step_percent * (ladder.rungs - 1)
        if not 1 <= ladder.rungs <= MOST_RUNGS or ladder.rung_seconds < 1:
            yield f"protection rule {number}: 1 to {MOST_RUNGS} rungs of at least a second"
        if min(ladder.first_percent, ladder.step_percent, rule.stop_percent) < 0 or widest >= 100:
            yield f"protection rule {number}: percentages from 0 to below 100"


def _adapter(folder: Path, family: str) -> types.ModuleType:
    if not (folder / "adapter.py").is_file():
        return importlib.import_module(f"broker.families.{family}.adapter")
    if folder.parent == PLUGIN_FOLDER:
        return importlib.import_module(f"broker.{folder.name}.adapter")
    package = f"openalgo_plugin_{folder.name}_{zlib.crc32(str(folder).encode()):08x}"
    if package not in sys.modules:
        parent = types.ModuleType(package)
        parent.__path__ = [str(folder)]
        sys.modules[package] = parent
    return importlib.import_module(f"{package}.adapter")
