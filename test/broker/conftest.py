"""The contract suite's fixtures: every plug-in as found, its cases as data, the tools of test/broker/kit.

A case file `test/broker/<id>/cases/*.json` is a list of cases:
    name, call {operation, …}, exchanges [{request, response}], and expect (a value) or raises {error, message?, …}.
`{"$sample": "orders.json", "path": ["data"]}` anywhere in a response stands for that sample (or a part of it), and
`rows` [{code: …}, …] makes one case of each row, with `"$code"` anywhere in the case standing for the row's value.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from broker.core.manifest import Manifest
from broker.core.registry import Registry
from test.broker.kit import bench, data


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`plugin_id`: every plug-in. `case`, `happy_case`, `frame_case`: every case of every plug-in.

    What a family shares runs whole for every member; under failure it runs for its first member only.
    """
    plugins = list(data.REGISTRY.manifests())
    if "plugin_id" in metafunc.fixturenames:
        metafunc.parametrize("plugin_id", plugins)
    cases = [case for plugin_id in plugins for case in data.cases_of(plugin_id)]
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", cases, ids=lambda case: case.id)
    if "happy_case" in metafunc.fixturenames:
        first = {data.manifest_of(plugin_id).family: plugin_id for plugin_id in reversed(plugins)}
        found = [
            case
            for case in cases
            if case.succeeds
            and case.exchanges
            and (not case.shared or first[data.manifest_of(case.plugin_id).family] == case.plugin_id)
        ]
        metafunc.parametrize("happy_case", found, ids=lambda case: case.id)
    if "frame_case" in metafunc.fixturenames:
        found = [case for plugin_id in plugins for case in data.frames_of(plugin_id)]
        metafunc.parametrize("frame_case", found, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the cases of a module: a plug-in on a scripted transport keeps nothing there."""
    return tmp_path_factory.mktemp("data")


class Kit:
    """The tools of test/broker/kit under one name."""

    HERE = data.HERE
    SECRETS = data.SESSION["credentials"]
    WRITES = bench.WRITES
    Bench = bench.Bench
    Lookup = bench.Lookup
    ScriptedTransport = bench.ScriptedTransport
    RepeatingTransport = bench.RepeatingTransport
    registry: Registry = data.REGISTRY
    sample = staticmethod(data.sample)
    fill = staticmethod(data.fill)
    canonical = staticmethod(bench.canonical)
    request_facts = staticmethod(bench.request_facts)
    response_of = staticmethod(data.response_of)
    cases_of = staticmethod(data.cases_of)
    frames_of = staticmethod(data.frames_of)
    frame_of = staticmethod(data.frame_of)
    secrets_of = staticmethod(data.secrets_of)
    wire_of = staticmethod(data.wire_of)

    def manifest(self, plugin_id: str) -> Manifest:
        return data.manifest_of(plugin_id)


@pytest.fixture
def kit() -> Kit:
    return Kit()
