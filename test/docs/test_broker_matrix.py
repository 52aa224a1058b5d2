"""What the product says of its brokers: no more proofs than there are, and every broker on the page."""

from __future__ import annotations

from broker.core.registry import load_plugins
from test.broker import matrix
from test.broker.kit.data import cases_of

REGENERATE = f"run: {matrix.COMMAND}"


def test_no_broker_claims_more_proofs_than_there_are() -> None:
    registry = load_plugins()
    for plugin_id in registry.manifests():
        there, claimed = matrix.proofs_of(plugin_id), registry.proofs(plugin_id)
        assert all(count <= there.get(name, 0) for name, count in claimed.items()), (plugin_id, REGENERATE)


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
