"""Files that a person or another program may have written: settings, tables to upload, backups, keys, logs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from broker.core.registry import read_manifest
from domain.errors import InvalidInput
from services.market import freezes
from services.ops.audit.anchor import AnchorBroken, AnchorFile
from services.ops.care import manifest as manifests
from services.ops.care.inventory import CareProblem, is_inside
from services.ops.records.recent import shown
from test.fuzz.target import Sample, Target
from utils.redaction import redact_text
from utils.settings import SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-files-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

ENV = (
    b"APP_KEY=" + b"a" * 64 + b"\nAPI_KEY_PEPPER=" + b"b" * 64 + b"\nDATABASE_URL=sqlite:///db/openalgo.db\n"
    b"FERNET_SALT=00112233\nFLASK_PORT=5000\nAPI_RATE_LIMIT=50 per second\nSESSION_EXPIRY_TIME=03:30\n"
    b"TRUSTED_PROXIES=127.0.0.1, 10.0.0.0/8\nHOST_SERVER='https://desk.example'\nLOG_RETENTION=14\n"
)  # fmt: skip
FREEZES = b"SYMBOL,VOL_FRZ_QTY\nNIFTY,1800\nBANKNIFTY,900\n"
MANIFEST = msgspec.json.encode({
    "format": 1, "made_at": "2026-11-30T10:00:00Z", "program": "0.1.0", "python": "3.11", "sqlite": "3.45",
    "has_keys": True, "probe": "oa1.x.y.z", "left_out": {},
    "entries": [{"role": "main", "file": "main.db", "bytes": 3, "sha256": "0" * 64, "schemas": {"main": "main_0001"}}],
})  # fmt: skip
LINES = (
    b'{"ts":"2026-11-30T10:00:00+05:30","level":"ERROR","logger":"a","message":"m","request":{"x":1},"exception":"t"}',
    b"2026-11-30 10:00:00 ERROR broker.core: token=abcdef0123456789 failed",
)  # fmt: skip


def written(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def env(data: bytes, _: Any) -> Any:
    settings = load_settings(written(".env", data), {})
    return settings.model_dump()


def backup(data: bytes, _: Any) -> Any:
    """A folder whose manifest was changed: what it names is never outside of the folder."""
    folder = written("openalgo-x/manifest.json", data).parent
    manifest = manifests.read(folder)
    manifests.differences(folder, manifest)
    for entry in manifest.entries:
        assert not is_inside(entry.file) or (folder / entry.file).resolve().is_relative_to(folder.resolve())
    return manifest


def anchor(data: bytes, _: Any) -> Any:
    written("audit-anchor.json", data)
    return AnchorFile(FOLDER, lambda text: f"{len(text):064d}").read()


def plugin(data: bytes, name: str) -> Any:
    written(f"{name}/adapter.py", b"")
    return read_manifest(written(f"{name}/plugin.json", data))


def upload(data: bytes, _: Any) -> Any:
    """As the form hands it over: text."""
    found = freezes.parse(data.decode("utf-8", "replace"))
    assert all(quantity >= 1 for quantity in found.values())
    return found


def log_line(data: bytes, _: Any) -> Any:
    text = data.decode("utf-8", "replace")
    redact_text(text)
    return shown(1, text)


def targets() -> list[Target]:
    """Each named after its file."""
    plugin_files = [
        Sample((ROOT / f"broker/{name}/plugin.json").read_bytes(), name) for name in ("zerodha", "angel")
    ]
    return [
        Target(
            name="file.env", read=env, refuses=(SettingsError,), samples=[Sample(ENV)],
            parses=("utils.settings.loading", "utils.settings.fields"),
        ),
        Target(
            name="file.freezes", read=upload, refuses=(InvalidInput,), samples=[Sample(FREEZES)],
            parses=("services.market.freezes",),
        ),
        Target(
            name="file.backup", read=backup, refuses=(CareProblem,), samples=[Sample(MANIFEST)],
            parses=("services.ops.care.manifest",),
        ),
        Target(
            name="file.anchor", read=anchor, refuses=(AnchorBroken,),
            samples=[Sample(b'{"seq":3,"digest":"ab","seal":"' + b"0" * 62 + b'11"}')],
            parses=("services.ops.audit.anchor",),
        ),
        Target(
            name="file.plugin", read=plugin, refuses=(ValueError,), samples=plugin_files,
            parses=("broker.core.registry", "broker.core.manifest"),
        ),
        Target(
            name="file.log", read=log_line, refuses=(), samples=[Sample(line) for line in LINES],
            parses=("services.ops.records.recent", "utils.redaction"),
        ),
    ]  # fmt: skip
