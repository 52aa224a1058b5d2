"""The program itself: web UI, packages, plug-ins, compiled modules."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import tomllib
from collections.abc import Iterator

from broker.core.registry import PLUGIN_FOLDER, load_plugins
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from services.ops.launch import web_ui

_PIN = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^;\s]+)\s*(?:;\s*platform_system != 'Windows')?")


@check(
    "program.ui-missing",
    Severity.CRITICAL,
    "Set OPENALGO_BUILD_UI=True, or build it: cd frontend, npm ci, npm run build",
)
def ui_missing(patient: Patient) -> Iterator[str]:
    """No desk, and nobody builds it."""
    built = (patient.root / "frontend" / "dist" / "index.html").exists()
    if not built and patient.settings is not None and not patient.settings.openalgo_build_ui:
        yield "the web UI is not built"


@check("program.ui-stale", Severity.INFO, "Start app.py: it builds the web UI anew")
def ui_stale(patient: Patient) -> Iterator[str]:
    """Built from other sources than these."""
    frontend = patient.root / "frontend"
    if (frontend / "src").is_dir() and not web_ui.is_fresh(frontend):
        yield "the web UI is missing or older than its sources"


@check("program.no-node", Severity.WARNING, "Install Node 22, or let a start with Internet access fetch it")
def no_node(patient: Patient) -> Iterator[str]:
    """The web UI must be built and there is nothing to build it with."""
    frontend = patient.root / "frontend"
    builds = patient.settings is None or patient.settings.openalgo_build_ui
    if not builds or not (frontend / "src").is_dir() or web_ui.is_fresh(frontend):
        return
    path = patient.environ.get("PATH", os.defpath)
    if not any(shutil.which(name, path=path) for name in ("npm", "npm.cmd")):
        yield "the web UI must be built, and no npm is found"


def _pins(patient: Patient) -> dict[str, str]:
    project = tomllib.loads((patient.root / "pyproject.toml").read_text(encoding="utf-8"))
    matches = map(_PIN.match, project["project"]["dependencies"])
    pins = {match[1]: match[2] for match in matches if match}
    return {name: version for name, version in pins.items() if os.name == "posix" or name != "gunicorn"}


@check("program.packages-missing", Severity.CRITICAL, "uv sync")
def packages_missing(patient: Patient) -> Iterator[str]:
    """The program does not start."""
    for name in _pins(patient):
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} is not installed"


@check("program.packages-differ", Severity.WARNING, "uv sync")
def packages_differ(patient: Patient) -> Iterator[str]:
    """Other versions than those that were tried together."""
    for name, wanted in _pins(patient).items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if found != wanted:
            yield f"{name} is {found}, not {wanted}"


@check("program.plugins", Severity.WARNING, "Update the program anew: the plug-in's folder is damaged")
def plugins(patient: Patient) -> Iterator[str]:
    """A broker whose manifest cannot be used is not offered."""
    folder = patient.root / "broker"
    registry = load_plugins((folder if folder.is_dir() else PLUGIN_FOLDER,))
    yield from (f"{name}: {problem}" for name, problem in registry.broken().items())
