"""Four targets of each plug-in: frames of its sockets, answers of its REST calls, its contract files, its postbacks.

Found like the plug-ins themselves: a new broker has them at once, from the samples that its contract suite needs.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import broker.core.rest
from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.http import Response
from domain.errors import (
    BadVendorData,
    InvalidInput,
    NotAuthenticated,
    OutcomeUnknown,
    Refused,
    Unavailable,
    UnmappedValue,
)
from domain.market import Mode
from test.broker.kit import bench as benches
from test.broker.kit import data
from test.fuzz.target import Sample, Target
from utils.clock import ist

SOCKETS = {"market": "stream", "orders": "order_codec"}
READ_REFUSALS = (BadVendorData, UnmappedValue, Unavailable, Refused)
# A write may be live after whatever was answered: it was refused, or nobody knows.
WRITE_REFUSALS = (Refused, OutcomeUnknown)
LOGIN_REFUSALS = (*READ_REFUSALS, *WRITE_REFUSALS, InvalidInput, NotAuthenticated)
LOGINS = ("complete", "logout", "check")
# Shared by all, beside the plug-in's own modules.
SHARED = (
    "broker.core.layout", "broker.core.rest", "broker.core.tables", "broker.core.values", "broker.core.contracts",
    "broker.families.hsm", "broker.families.xts_prices",
)  # fmt: skip
NOT_ASKED = ("begin", "contracts", "postback", "fetch")
FILE_BYTES = 24_000


class Answers:
    """A transport that gives the answers of a case, one of them replaced."""

    def __init__(self) -> None:
        self.inner: Any = None

    def send(self, request: Any) -> Any:
        return self.inner.send(request)

    def close(self) -> None:
        return None


class Free(Budgets):
    """Budgets that never wait: an answer that says "too many" would hold up every later input."""

    def __init__(self) -> None:
        return None

    def of(self, account_id: int) -> Any:
        return self

    def take(self, *_: Any) -> None:
        return None

    def hold(self, *_: Any) -> None:
        return None


class Broker:
    """One plug-in on the kit of the contract suite."""

    def __init__(self, plugin_id: str) -> None:
        self.plugin_id = plugin_id
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.benches: dict[Any, Any] = {}

    @cached_property
    def manifest(self) -> Any:
        return data.manifest_of(self.plugin_id)

    @cached_property
    def own_modules(self) -> tuple[str, ...]:
        """Modules of the plug-in and of its family."""
        places = [Path(broker.core.rest.__file__).parents[1] / self.plugin_id]
        places.append(places[0].parent / "families" / self.manifest.family)
        return SHARED + tuple(
            "broker." + ".".join(path.relative_to(places[0].parent).with_suffix("").parts)
            for place in places for path in sorted(place.rglob("*.py"))
        )  # fmt: skip

    def bench(self, now: str | None = None, settings: dict[str, str] | None = None) -> Any:
        key = (now, json.dumps(settings))
        if key not in self.benches:
            broker.core.rest.FIRST_PAUSE = 0.0
            self.benches[key] = benches.Bench(
                self.plugin_id, Answers(), self.folder, now, settings, budgets=lambda _: Free()
            )
        return self.benches[key]

    def targets(self) -> Iterator[Target]:
        """Those for which the plug-in has a parser."""
        makes = {
            "frames": (self.read_frame, self.frames, (BadVendorData, UnmappedValue)),
            "answers": (self.read_answer, self.answers, ()),
            "contracts": (self.read_contracts, self.files, (BadVendorData, UnmappedValue)),
            "postback": (
                self.read_postback,
                self.postbacks,
                (BadVendorData, UnmappedValue, NotAuthenticated),
            ),
        }
        for kind, (read, samples, refuses) in makes.items():
            found = samples()
            if found:
                most = FILE_BYTES if kind == "contracts" else 20_000
                yield Target(
                    name=f"broker.{self.plugin_id}.{kind}", read=read, refuses=(*refuses, Refused_), samples=found,
                    parses=self.own_modules, most=most,
                )  # fmt: skip

    def frames(self) -> list[Sample]:
        found = []
        for case in data.frames_of(self.plugin_id):
            for spec in case.data["frames"]:
                frame = data.frame_of(self.plugin_id, spec)
                raw = frame.encode() if isinstance(frame, str) else frame
                found.append(Sample(raw, case))
        return found

    def read_frame(self, raw: bytes, case: data.Case) -> Any:
        """As a binary frame, and as a text frame where it is text; the same bytes twice on one connection."""
        bench = self.bench(case.data.get("now"), case.data.get("settings"))
        wants = [(bench.instrument(key), Mode[mode]) for key, mode in case.data.get("subscribe", [])]
        frames: list[str | bytes] = [raw, raw]
        with contextlib.suppress(UnicodeDecodeError):
            frames += [raw.decode()] * 2
        values: list[Any] = []
        codec = getattr(bench.plugin, SOCKETS[case.data.get("socket", "market")])()
        codec.dial(bench.session)
        codec.opening(bench.session)
        codec.subscribe(wants)
        for frame in frames:
            try:
                events = codec.decode(frame)
            except (BadVendorData, UnmappedValue):
                continue
            assert len(events) <= len(raw) + 8, f"{len(events)} events of {len(raw)} bytes"
            values.append(events)
        return values

    def answers(self) -> list[Sample]:
        found = []
        for case in data.cases_of(self.plugin_id):
            if case.operation in NOT_ASKED:
                continue
            for index, response in enumerate(case.responses()):
                if isinstance(response, Response):
                    found.append(Sample(response.body, (case, index, response.status)))
        return found

    def read_answer(self, raw: bytes, about: tuple[data.Case, int, int]) -> Any:
        case, index, status = about
        bench = self.bench(case.data.get("now"), case.data.get("settings"))
        transport = benches.RepeatingTransport(case)
        transport.instead = {index: Response(status, {}, raw)}
        bench.transport.inner = transport
        is_write = case.operation in benches.WRITES
        refusals = (
            WRITE_REFUSALS if is_write else LOGIN_REFUSALS if case.operation in LOGINS else READ_REFUSALS
        )
        try:
            value = bench.run(case.call)
        except refusals:
            raise Refused_ from None
        assert not is_write or isinstance(value, str), "a write answers no order id"
        assert not is_write or len(transport.requests) == len(case.exchanges), "a write was sent again"
        return value

    def files(self) -> list[Sample]:
        layout = data.wire_of(self.plugin_id).get("contracts")
        if layout is None:
            return []
        return [Sample(data.sample(self.plugin_id, layout["sample"]), layout.get("now"))]

    def read_contracts(self, raw: bytes, now: str | None) -> Any:
        bench = self.bench(now)
        rows = bench.plugin.contracts.parse(raw[at : at + 997] for at in range(0, len(raw), 997))
        return check(rows, None, ist(bench.clock.now()).date()).instruments

    def postbacks(self) -> list[Sample]:
        return [
            Sample(json.dumps(data.fill(self.plugin_id, case.call["body"])).encode(), case)
            for case in data.cases_of(self.plugin_id)
            if case.operation == "postback"
        ]

    def read_postback(self, raw: bytes, case: data.Case) -> Any:
        bench = self.bench(case.data.get("now"), case.data.get("settings"))
        return bench.plugin.postback(bench.session, raw)


class Refused_(Exception):  # noqa: N801
    """An answer was refused by one of the names that its kind of call may raise."""


@cache
def brokers() -> tuple[Broker, ...]:
    """Every plug-in that has a vendor's wire."""
    return tuple(Broker(name) for name in data.REGISTRY.manifests() if data.cases_of(name))


def targets() -> list[Target]:
    """Of all plug-ins."""
    return [target for found in brokers() for target in found.targets()]
