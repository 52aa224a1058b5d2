"""Stream codecs: the frames of every plug-in, then the same frames cut, bent and replaced by noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.core.roles import Control
from domain import errors
from domain.errors import BadVendorData, UnmappedValue
from domain.market import Mode, Tick
from domain.orders import OrderUpdate


def frame_of(kit: Any, plugin_id: str, spec: dict[str, Any]) -> str | bytes:
    if "json" in spec:
        return json.dumps(kit.fill(plugin_id, spec["json"]))
    if "text" in spec:
        return str(spec["text"])
    if "packets" in spec:
        packets = [bytes.fromhex(packet) for packet in spec["packets"]]
        parts = [len(packet).to_bytes(2, "big") + packet for packet in packets]
        return len(packets).to_bytes(2, "big") + b"".join(parts)
    text = kit.sample(plugin_id, spec["file"]).decode() if "file" in spec else spec["hex"]
    return bytes.fromhex(text.strip())


def codec_of(bench: Any) -> Any:
    return bench.plugin.stream()


def wants_of(bench: Any, case: Any) -> list[Any]:
    return [(bench.instrument(key), Mode[mode]) for key, mode in case.data["subscribe"]]


def as_sent(frames: list[str | bytes]) -> list[Any]:
    return [json.loads(frame) if isinstance(frame, str) else frame.hex() for frame in frames]


def test_frames_mean_exactly_this(kit: Any, frame_case: Any, tmp_path: Path) -> None:
    bench = kit.Bench(frame_case.plugin_id, kit.ScriptedTransport([]), tmp_path, frame_case.data.get("now"))
    codec = codec_of(bench)
    sent = codec.subscribe(wants_of(bench, frame_case))
    sent += codec.unsubscribe([bench.instrument(key) for key in frame_case.data.get("unsubscribe", [])])
    if "sends" in frame_case.data:
        assert as_sent(sent) == frame_case.data["sends"]
    frames = [frame_of(kit, frame_case.plugin_id, spec) for spec in frame_case.data["frames"]]
    if "raises" in frame_case.data:
        raises = frame_case.data["raises"]
        for frame in frames[:-1]:
            codec.decode(frame)
        with pytest.raises(getattr(errors, raises["error"]), match=raises["message"]):
            codec.decode(frames[-1])
    else:
        events = [event for frame in frames for event in codec.decode(frame)]
        assert kit.canonical(events) == frame_case.data["expect"]
    assert bench.alarms == frame_case.data.get("alarms", [])


def stream_bench(kit: Any, plugin_id: str, tmp_path: Path) -> Any:
    bench = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path)
    if bench.plugin.stream is None:
        pytest.skip("no socket stream")
    return bench


def test_a_dial_is_absolute_and_its_text_form_is_never_needed(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    dial = codec_of(bench).dial(bench.session)
    assert dial.url.startswith(("wss://", "ws://"))
    assert all("\n" not in value for value in dial.headers.values())


def test_every_connection_gets_a_codec_of_its_own(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    assert codec_of(bench) is not codec_of(bench)


def test_large_subscriptions_are_cut_into_the_declared_batches(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    manifest = bench.plugin.manifest
    instruments = list(bench.lookup.keys.values())
    if not instruments:
        pytest.skip("no instruments.json")
    wants = [
        (instruments[index % len(instruments)], Mode.QUOTE) for index in range(manifest.stream.batch * 2 + 1)
    ]
    frames = codec_of(bench).subscribe(wants)
    assert len(frames) >= 3
    longest = max(text.count(",") for text in map(str, frames))
    assert longest <= manifest.stream.batch + 10


def assert_events(bench: Any, frame: str | bytes) -> None:
    """Any frame means events or is refused as unreadable; nothing else comes out."""
    try:
        events = codec_of(bench).decode(frame)
    except (BadVendorData, UnmappedValue):
        return
    assert all(isinstance(event, (Tick, OrderUpdate, Control)) for event in events)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.one_of(st.binary(max_size=400), st.text(max_size=200)))
def test_noise_is_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path, noise: str | bytes) -> None:
    assert_events(stream_bench(kit, plugin_id, tmp_path), noise)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["order", "error", "message", "x"]), data=JSON)
def test_json_noise_is_refused_or_understood(
    kit: Any, plugin_id: str, tmp_path: Path, kind: str, data: Any
) -> None:
    assert_events(stream_bench(kit, plugin_id, tmp_path), json.dumps({"type": kind, "data": data}))


def test_cut_and_bent_frames_are_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    cases = list(kit.frames_of(plugin_id))
    frames = [frame_of(kit, plugin_id, spec) for case in cases for spec in case.data["frames"]]
    assert frames
    for frame in frames:
        for end in range(len(frame)):
            assert_events(bench, frame[:end])
        for index in range(len(frame)):
            bent = "\u00ff" if isinstance(frame, str) else b"\xff"
            assert_events(bench, frame[:index] + bent + frame[index + 1 :])  # type: ignore[operator]
