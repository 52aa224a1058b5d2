"""The broker matrix: `python -m test.broker.matrix` writes docs/brokers/matrix.md and each plug-in's proofs.json.

Capabilities, limits and evidence come from the manifests; the proofs are cases and frames of the contract suite that
run for the plug-in, its family's included.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from broker.core.manifest import OPERATIONS, Manifest, RateClass
from broker.core.registry import load_plugins
from test.broker.kit.data import CAPABILITY, Case, cases_of, frames_of

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT / "docs" / "brokers" / "matrix.md"
COMMAND = "python -m test.broker.matrix"
TITLES = {
    "place": "Place", "modify": "Modify", "cancel": "Cancel", "order_book": "Orders", "trade_book": "Trades",
    "positions": "Positions", "holdings": "Holdings", "funds": "Funds", "margin": "Margin", "quotes": "Quotes",
    "depth": "Depth", "history": "Bars", "contracts": "Contracts", "stream": "Stream", "order_updates": "Updates",
    "gtt": "GTT",
}  # fmt: skip
UPDATES = {
    "market_socket": "with the prices", "own_socket": "socket of its own", "in_process": "in process",
    "postback": "posted to us", "poll": "polled",
}  # fmt: skip
INTRO = f"""# Broker matrix

Written by `{COMMAND}` from the manifests and the data of the contract suite; a test holds it current.

## What each broker can do

A figure is native, proven by so many test cases; with `~` we make it from other calls; `–` is absent. The
practice exchange is no vendor's wire: tests of its own prove it.

"""


def proofs_of(plugin_id: str) -> dict[str, int]:
    """Cases and frames that prove each capability of a plug-in."""
    found = Counter(CAPABILITY.get(case.operation, case.operation) for case in cases_of(plugin_id))
    found["stream"] = len(frames_of(plugin_id))
    found["order_updates"] = found["postback"] + sum(tells_an_order(case) for case in frames_of(plugin_id))
    return {name: found[name] for name in OPERATIONS if found[name]}


def tells_an_order(frame: Case) -> bool:
    return frame.data.get("socket") == "orders" or '"OrderUpdate"' in json.dumps(frame.data.get("expect", []))


def proofs_text(plugin_id: str) -> str:
    """One plug-in's proofs.json."""
    return json.dumps(proofs_of(plugin_id)) + "\n"


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def table(heads: Sequence[str], rows: Iterable[Iterable[str]], align: str = "---") -> str:
    return row(heads) + row(["---", *[align] * (len(heads) - 1)]) + "".join(map(row, rows))


def capability(manifest: Manifest, operation: str, proofs: dict[str, int]) -> str:
    kind = manifest.capabilities[operation]
    if kind == "absent":
        return "–"
    figure = "yes" if manifest.practice else str(proofs.get(operation, 0))
    return figure if kind == "native" else f"~{figure}"


def rate(name: str, limits: RateClass) -> str:
    words = {
        "per_second": "s",
        "per_minute": "min",
        "per_half_hour": "30 min",
        "per_hour": "h",
        "per_day": "day",
    }
    told = [f"{getattr(limits, field):g}/{unit}" for field, unit in words.items() if getattr(limits, field)]
    return f"{name} {', '.join(told)}"


def limits(manifest: Manifest) -> list[str]:
    most = max((limit.days for limit in manifest.limits.history.values()), default=0)
    stream, gtt = manifest.stream, manifest.gtt
    return [
        manifest.name, " ".join(manifest.exchanges), " ".join(manifest.price_types), str(manifest.limits.quote_batch),
        str(manifest.limits.depth_levels), str(manifest.limits.tag_length or "–"),
        "; ".join(rate(name, each) for name, each in manifest.limits.rates.items()),
        f"{', '.join(manifest.limits.history)}; up to {most} days a call" if most else "–",
        f"{stream.sockets} × {stream.instruments_per_socket}" if stream else "–",
        UPDATES[stream.order_updates] if stream else "polled",
        " ".join(gtt.trigger_types) if gtt else "–",
    ]  # fmt: skip


def evidence(manifest: Manifest) -> Iterable[list[str]]:
    for section, fact in manifest.evidence.items():
        yield [
            manifest.name,
            section,
            fact.source.replace("|", "\\|"),
            fact.date,
            "yes" if fact.verified else "no",
        ]


def matrix_text() -> str:
    """The whole page."""
    manifests = sorted(load_plugins().manifests().values(), key=lambda manifest: manifest.name.lower())
    does = [
        [each.name, *(capability(each, name, proofs_of(each.id)) for name in OPERATIONS)]
        for each in manifests
    ]
    heads = [
        "Broker", "Exchanges", "Price types", "Quotes a call", "Depth", "Tag", "Rates", "Bars", "Sockets × contracts",
        "Order updates", "GTT",
    ]  # fmt: skip
    return (
        INTRO
        + table(["Broker", *TITLES.values()], does, "--:")
        + "\n## Limits\n\n"
        + table(heads, map(limits, manifests))
        + "\n## Evidence\n\n`Verified` means read in the vendor's own documents, client or payloads.\n\n"
        + table(
            ["Broker", "About", "Source", "Read on", "Verified"],
            (line for each in manifests for line in evidence(each)),
        )
    )


def main() -> None:
    """Write what has changed."""
    wanted = {MATRIX: matrix_text()}
    registry = load_plugins()
    for plugin_id in registry.manifests():
        if cases_of(plugin_id):
            wanted[registry.folder(plugin_id) / "proofs.json"] = proofs_text(plugin_id)
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main()
