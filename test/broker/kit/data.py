"""What a plug-in's tests are made of, all data in test/broker/<id>: cases, frames, samples, instruments, session.

What the members of a family share lies in `test/broker/_family_<family>`: its cases run for every member that claims
what they are about, with `{rest}`, `{ws}` and the like standing for the member's hosts and options; its samples,
instruments and session serve where the member has none of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from broker.core.http import Response
from broker.core.manifest import OPERATIONS, Manifest
from broker.core.registry import PLUGIN_FOLDER, load_plugins
from domain import errors
from domain.instruments import Instrument

HERE = Path(__file__).parents[1]
# The made-up vendor is found like any other: by its folder.
REGISTRY = load_plugins((PLUGIN_FOLDER, HERE / "made_up"))
# Operations of the cases that a capability stands for under another name.
CAPABILITY = {
    **dict.fromkeys(("place_gtt", "modify_gtt", "delete_gtt", "gtt_book"), "gtt"), "fetch": "contracts",
    "stream": "stream",
}  # fmt: skip
SESSION = {
    "user": "AB1234",
    "credentials": {"api_key": "KEY", "api_secret": "SECRETVALUE", "access_token": "TOKENVALUE"},
    "tokens": {"api_key": "KEY", "api_secret": "SECRETVALUE", "access_token": "TOKENVALUE"},
    "public": ["api_key"],
}


class Case:
    """One case of one plug-in. `shared`: it belongs to the family."""

    def __init__(self, plugin_id: str, file: str, data: dict[str, Any], shared: bool = False) -> None:
        self.plugin_id = plugin_id
        self.id = f"{plugin_id}-{file}-{data['name'].replace(' ', '_')}"
        self.call: dict[str, Any] = data["call"]
        self.operation: str = self.call["operation"]
        self.exchanges: list[dict[str, Any]] = data.get("exchanges", [])
        self.data = data
        self.shared = shared

    @property
    def succeeds(self) -> bool:
        return "expect" in self.data

    def responses(self) -> list[Response | Exception]:
        return [response_of(self.plugin_id, exchange["response"]) for exchange in self.exchanges]


def manifest_of(plugin_id: str) -> Manifest:
    return REGISTRY.manifests()[plugin_id]


def family_folder(plugin_id: str) -> Path | None:
    """Where the family's shared data lies, None for a broker that stands alone."""
    folder = HERE / f"_family_{manifest_of(plugin_id).family}"
    return folder if folder.is_dir() else None


def folders_of(plugin_id: str) -> list[Path]:
    """The plug-in's own folder and the family's."""
    family = family_folder(plugin_id)
    return [HERE / plugin_id, *([family] if family else [])]


def sample_path(plugin_id: str, name: str) -> Path:
    paths = [folder / "samples" / name for folder in folders_of(plugin_id)]
    return next((path for path in paths if path.is_file()), paths[0])


def sample(plugin_id: str, name: str) -> bytes:
    return sample_path(plugin_id, name).read_bytes()


def fill(plugin_id: str, value: Any) -> Any:
    """`value` with every `$sample` reference replaced."""
    if isinstance(value, dict) and "$sample" in value:
        found = json.loads(sample(plugin_id, value["$sample"]))
        for step in value.get("path", []):
            found = found[step]
        return {**found, **value["but"]} if "but" in value else found
    if isinstance(value, dict):
        return {key: fill(plugin_id, item) for key, item in value.items()}
    return [fill(plugin_id, item) for item in value] if isinstance(value, list) else value


def response_of(plugin_id: str, spec: dict[str, Any]) -> Response | Exception:
    if "failure" in spec:
        failure: Exception = getattr(errors, spec["failure"])("scripted")
        return failure
    if "text" in spec:
        body = spec["text"].encode()
    elif "file" in spec:
        body = sample(plugin_id, spec["file"])
    else:
        body = json.dumps(fill(plugin_id, spec["json"])).encode()
    return Response(spec.get("status", 200), spec.get("headers", {}), body)


def rows_of(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A case for each of its `rows`, with `"$name"` standing for the row's value; the case itself without rows."""
    if "rows" not in data:
        yield data
        return
    for row in data["rows"]:
        rest = {key: item for key, item in data.items() if key != "rows"}
        told = " ".join(str(item) for item in row.values() if not isinstance(item, (dict, list)))
        yield {**_put(rest, row), "name": f"{data['name']} {told}"}


def _put(value: Any, row: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("$") and value[1:] in row:
        return row[value[1:]]
    if isinstance(value, dict):
        return {key: _put(item, row) for key, item in value.items()}
    return [_put(item, row) for item in value] if isinstance(value, list) else value


def _host_words(manifest: Manifest, text: str) -> str:
    for name, word in {**manifest.options, **manifest.hosts}.items():
        text = text.replace(f"{{{name}}}", word)
    return text


def _for_member(manifest: Manifest, value: Any) -> Any:
    if isinstance(value, str):
        return _host_words(manifest, value)
    if isinstance(value, dict):
        return {key: _for_member(manifest, item) for key, item in value.items()}
    return [_for_member(manifest, item) for item in value] if isinstance(value, list) else value


def _claimed(manifest: Manifest, data: dict[str, Any]) -> bool:
    """Whether a shared case is about something this member has."""
    call, only = data.get("call", {"operation": "stream"}), data.get("options", {})
    capability = CAPABILITY.get(call["operation"], call["operation"])
    if capability in OPERATIONS and not manifest.supports(capability):
        return False
    named = [
        call.get("instrument"),
        *call.get("instruments", []),
        *(key for key, _ in data.get("subscribe", [])),
    ]
    exchanges = {str(key).partition(":")[0] for key in named if key}
    exchanges |= {terms["exchange"] for terms in [call.get("terms", {}), *call.get("legs", [])] if terms}
    return exchanges <= {item.value for item in manifest.exchanges} and all(
        manifest.options.get(name) == wanted for name, wanted in only.items()
    )


def _found(plugin_id: str, kind: str) -> Iterator[Case]:
    manifest = manifest_of(plugin_id)
    for folder in folders_of(plugin_id):
        shared = folder.name != plugin_id
        for path in sorted((folder / kind).glob("*.json")):
            for whole in json.loads(path.read_text()):
                if "fill" in whole or (shared and not _claimed(manifest, whole)):
                    continue
                for data in rows_of(_for_member(manifest, whole) if shared else whole):
                    yield Case(plugin_id, path.stem, {"call": {"operation": "stream"}, **data}, shared)


@cache
def cases_of(plugin_id: str) -> tuple[Case, ...]:
    """The plug-in's cases, and those of its family."""
    return tuple(_found(plugin_id, "cases"))


@cache
def frames_of(plugin_id: str) -> tuple[Case, ...]:
    """The plug-in's stream frames, and those of its family."""
    return tuple(_found(plugin_id, "frames"))


@cache
def instruments_of(plugin_id: str) -> tuple[Instrument, ...]:
    """The contracts of the cases; one of the plug-in's own replaces the family's of the same name."""
    found: dict[str, Instrument] = {}
    for folder in reversed(folders_of(plugin_id)):
        path = folder / "instruments.json"
        if path.is_file():
            rows = msgspec.json.decode(path.read_bytes(), type=list[Instrument])
            found.update({str(row.key): row for row in rows})
    return tuple(found.values())


@cache
def session_of(plugin_id: str) -> dict[str, Any]:
    """`session.json`: user, credentials, tokens, and the names of those which are `public` and no secret."""
    paths = [folder / "session.json" for folder in folders_of(plugin_id)]
    found: dict[str, Any] = next((json.loads(path.read_text()) for path in paths if path.is_file()), SESSION)
    return found


def secrets_of(plugin_id: str) -> set[str]:
    """What may appear in no message, log line or printed value."""
    session = session_of(plugin_id)
    both = {**session["credentials"], **session["tokens"]}
    return {value for name, value in both.items() if name not in session.get("public", [])}


@cache
def wire_of(plugin_id: str) -> dict[str, Any]:
    """`wire.json`: what the suite must know of the wire, see test/broker/README.md; a member's keys go first."""
    found: dict[str, Any] = {}
    for folder in reversed(folders_of(plugin_id)):
        path = folder / "wire.json"
        if path.is_file():
            found.update(json.loads(path.read_text()))
    return found


def frame_of(plugin_id: str, spec: dict[str, Any]) -> str | bytes:
    """A frame as a case writes it: json, text, hex, a sample's hex, a line of a sample's text, or counted packets."""
    if "json" in spec:
        return json.dumps(fill(plugin_id, spec["json"]))
    if "text" in spec:
        return str(spec["text"])
    if "line" in spec:
        return sample(plugin_id, spec["file"]).decode().splitlines()[spec["line"]]
    if "packets" in spec:
        packets = [bytes.fromhex(packet) for packet in spec["packets"]]
        parts = [len(packet).to_bytes(2, "big") + packet for packet in packets]
        return len(packets).to_bytes(2, "big") + b"".join(parts)
    text = sample(plugin_id, spec["file"]).decode() if "file" in spec else spec["hex"]
    return bytes.fromhex(text.strip())


def left_to_fill(plugin: Path, tests: Path) -> list[str]:
    """What a skeleton still asks of its author: marks in the plug-in's files, `fill` in its data."""
    marked = [path for folder in (plugin, tests / "samples") for path in sorted(folder.glob("*.*"))]
    found = [
        f"{path.name}: {line.partition('FILL')[2][:80]}"
        for path in marked
        if path.suffix in (".py", ".json", ".md")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "FILL" in line
    ]
    for path in sorted([*tests.glob("*.json"), *tests.glob("cases/*.json"), *tests.glob("frames/*.json")]):
        document = json.loads(path.read_text())
        items = document if isinstance(document, list) else [document]
        name = path.relative_to(tests).as_posix()
        found += [f"{name}: {item.get('name', '')} ({item['fill']})" for item in items if "fill" in item]
    return found
