"""What the product says of its brokers is what manifests and tests say."""

from __future__ import annotations

from broker.core.registry import load_plugins
from test.broker import matrix
from test.broker.kit.data import cases_of

REGENERATE = f"run: {matrix.COMMAND}"


def test_the_page_does_not_drift() -> None:
    assert matrix.MATRIX.read_text(encoding="utf-8") == matrix.matrix_text(), REGENERATE


def test_the_proofs_that_the_desk_shows_do_not_drift() -> None:
    registry = load_plugins()
    claimed = {plugin_id: registry.proofs(plugin_id) for plugin_id in registry.manifests()}
    assert claimed == {plugin_id: matrix.proofs_of(plugin_id) for plugin_id in claimed}, REGENERATE


def test_the_page_has_every_broker_with_limits_and_evidence() -> None:
    text = matrix.matrix_text()
    manifests = load_plugins().manifests().values()
    for manifest in manifests:
        assert text.count(f"\n| {manifest.name} | ") == 2 + len(manifest.evidence), manifest.id
    assert all(title in text for title in matrix.TITLES.values())


def test_a_vendors_native_capabilities_are_proved() -> None:
    for plugin_id, manifest in load_plugins().manifests().items():
        native = [name for name, kind in manifest.capabilities.items() if kind == "native"]
        unproved = set(native) - matrix.proofs_of(plugin_id).keys() - {"order_updates"}
        assert not cases_of(plugin_id) or unproved == set(), plugin_id
