"""Stream codecs: the frames of every plug-in, then the same frames cut, bent, doubled and replaced by noise."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.core.roles import Control, SideCall
from domain import errors
from domain.errors import BadVendorData, UnmappedValue
from domain.market import Mode, Tick
from domain.orders import OrderUpdate

SOCKETS = {"market": "stream", "orders": "order_codec"}
# Frames longer than this are cut and bent at evenly spread places instead of everywhere.
EVERY_BYTE = 300
NOISE_OF_A_CASE = 12


def codec_of(bench: Any, socket: str = "market") -> Any:
    return getattr(bench.plugin, SOCKETS[socket])()


def wants_of(bench: Any, case: Any) -> list[Any]:
    return [(bench.instrument(key), Mode[mode]) for key, mode in case.data.get("subscribe", [])]


def as_sent(frames: Sequence[str | bytes | SideCall]) -> list[Any]:
    """A call beside the socket by its name and what it is about; the family's own tests look at its requests."""
    return [
        {frame.name: list(frame.items)} if isinstance(frame, SideCall)
        else json_or_text(frame) if isinstance(frame, str) else frame.hex()
        for frame in frames
    ]  # fmt: skip


def length_of(frame: str | bytes | SideCall) -> int:
    return len(repr(frame)) if isinstance(frame, SideCall) else len(frame)


def json_or_text(frame: str) -> Any:
    """Text frames as cases write them: JSON where it is JSON."""
    try:
        return json.loads(frame)
    except ValueError:
        return frame


def test_frames_mean_exactly_this(kit: Any, frame_case: Any, tmp_path: Path) -> None:
    data = frame_case.data
    bench = kit.Bench(
        frame_case.plugin_id, kit.ScriptedTransport([]), tmp_path, data.get("now"), data.get("settings")
    )
    codec = codec_of(bench, data.get("socket", "market"))
    if "dial" in data:
        dial = kit.canonical(codec.dial(bench.session))
        assert {name: dial.get(name) for name in data["dial"]} == data["dial"]
    if "opening" in data:
        assert as_sent(codec.opening(bench.session)) == data["opening"]
    if "heartbeat" in data:
        assert as_sent([codec.heartbeat()]) == [data["heartbeat"]]
    sent = [
        *codec.subscribe(wants_of(bench, frame_case)),
        *codec.unsubscribe([bench.instrument(key) for key in data.get("unsubscribe", [])]),
    ]
    if "sends" in data:
        assert as_sent(sent) == data["sends"]
    frames = [kit.frame_of(frame_case.plugin_id, spec) for spec in data["frames"]]
    if "raises" in data:
        for frame in frames[:-1]:
            codec.decode(frame)
        with pytest.raises(getattr(errors, data["raises"]["error"]), match=data["raises"]["message"]):
            codec.decode(frames[-1])
    else:
        events = [event for frame in frames for event in codec.decode(frame)]
        assert kit.canonical(events) == data["expect"]
    assert bench.alarms == data.get("alarms", [])


def stream_bench(kit: Any, plugin_id: str, tmp_path: Path) -> Any:
    bench = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path)
    if bench.plugin.stream is None:
        pytest.skip("no socket stream")
    return bench


def sockets_of(bench: Any) -> list[str]:
    return [name for name, role in SOCKETS.items() if getattr(bench.plugin, role) is not None]


def test_a_dial_is_absolute_and_its_text_form_is_never_needed(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    for socket in sockets_of(bench):
        dial = codec_of(bench, socket).dial(bench.session)
        assert dial.url.startswith(("wss://", "ws://"))
        assert all("\n" not in value for value in dial.headers.values())


def test_every_connection_gets_a_codec_of_its_own(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    for socket in sockets_of(bench):
        assert codec_of(bench, socket) is not codec_of(bench, socket)


def test_large_subscriptions_are_cut_into_the_declared_batches(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    bench = stream_bench(kit, plugin_id, tmp_path)
    manifest = bench.plugin.manifest
    instruments = list(bench.lookup.keys.values())
    if not instruments:
        pytest.skip("no instruments.json")
    contract = next(item for item in instruments if not item.exchange.is_index)
    few = codec_of(bench).subscribe([(contract, Mode.QUOTE)])
    many = codec_of(bench).subscribe([(contract, Mode.QUOTE)] * (manifest.stream.batch * 2 + 1))
    if not few:
        pytest.skip("subscriptions do not go over the socket")
    assert len(many) >= 3 * len(few) or manifest.stream.batch == 1
    # Whatever the wire: a frame of one batch is no longer than so many frames of one contract.
    longest = max(length_of(frame) for frame in many)
    assert longest <= manifest.stream.batch * max(length_of(frame) for frame in few) + 200


class Fuzz:
    """Throws frames at fresh codecs that went through their opening and a subscription."""

    def __init__(self, kit: Any, plugin_id: str, tmp_path: Path, case: Any = None) -> None:
        self.bench = stream_bench(kit, plugin_id, tmp_path)
        self.socket = "market" if case is None else case.data.get("socket", "market")
        self.wants = [] if case is None else wants_of(self.bench, case)

    def throw(self, frame: str | bytes, socket: str | None = None) -> None:
        """Any frame means events or is refused as unreadable; nothing else comes out, and not without end."""
        codec = codec_of(self.bench, socket or self.socket)
        codec.dial(self.bench.session)
        codec.opening(self.bench.session)
        codec.subscribe(self.wants)
        try:
            events = codec.decode(frame)
        except (BadVendorData, UnmappedValue):
            return
        assert all(isinstance(event, (Tick, OrderUpdate, Control)) for event in events)
        assert len(events) <= len(frame) + 8


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.one_of(st.binary(max_size=400), st.text(max_size=200)))
def test_noise_is_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path, noise: str | bytes) -> None:
    fuzz = Fuzz(kit, plugin_id, tmp_path)
    for socket in sockets_of(fuzz.bench):
        fuzz.throw(noise, socket)


WORDS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
DOCUMENTS = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def shapes(document: Any) -> Iterator[Any]:
    """A JSON message with each of its parts missing or of another kind."""
    if not isinstance(document, dict):
        return
    for key in document:
        yield {name: item for name, item in document.items() if name != key}
        for odd in (None, [], {}, "odd", -1, 10**30, True, [{}], {"x": None}):
            yield {**document, key: odd}
        for inner in list(shapes(document[key]))[:40]:
            yield {**document, key: inner}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS)
def test_json_noise_is_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path, document: Any) -> None:
    fuzz = Fuzz(kit, plugin_id, tmp_path)
    for socket in sockets_of(fuzz.bench):
        fuzz.throw(json.dumps(document), socket)


def frames_in(kit: Any, plugin_id: str, tmp_path: Path) -> list[tuple[Fuzz, str | bytes]]:
    """Each different frame of the cases, with a fuzz that is subscribed as its case is."""
    found: dict[tuple[str, str | bytes], tuple[Fuzz, str | bytes]] = {}
    for case in kit.frames_of(plugin_id):
        fuzz = Fuzz(kit, plugin_id, tmp_path, case)
        for spec in case.data["frames"]:
            frame = kit.frame_of(plugin_id, spec)
            found.setdefault((fuzz.socket, frame), (fuzz, frame))
    return list(found.values())


def places(frame: str | bytes) -> range:
    return range(0, len(frame), max(1, len(frame) // EVERY_BYTE))


def test_messages_of_another_shape_are_refused_or_understood(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    stream_bench(kit, plugin_id, tmp_path)
    for fuzz, frame in frames_in(kit, plugin_id, tmp_path):
        if isinstance(frame, str):
            for document in shapes(json_or_text(frame)):
                fuzz.throw(json.dumps(document))


def test_cut_and_bent_frames_are_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    stream_bench(kit, plugin_id, tmp_path)
    frames = frames_in(kit, plugin_id, tmp_path)
    assert frames
    for fuzz, frame in frames:
        for place in places(frame):
            fuzz.throw(frame[:place])
            fuzz.throw(bent(frame, place, 1))


def bent(frame: str | bytes, place: int, length: int) -> str | bytes:
    """The frame with the largest value at a place: as a count, that is a huge one."""
    odd: Any = "\u00ff" * length if isinstance(frame, str) else b"\xff" * length
    return frame[:place] + odd + frame[place + length :]  # type: ignore[no-any-return]


def flipped(frame: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(frame)
    for _ in range(3):
        if damaged:
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def shuffled(frame: str | bytes, rng: random.Random) -> str | bytes:
    parts = [frame[start : start + 7] for start in range(0, len(frame), 7)]
    rng.shuffle(parts)
    return "".join(parts) if isinstance(frame, str) else b"".join(parts)  # type: ignore[arg-type]


DAMAGE: dict[str, Callable[[Any, random.Random], Any]] = {
    "emptied": lambda frame, _: frame[:0],
    "doubled": lambda frame, _: frame + frame,
    "a huge count in front": lambda frame, _: bent(frame, 0, 4),
    "a huge count after two bytes": lambda frame, _: bent(frame, 2, 4),
    "zeroes": lambda frame, _: "\x00" * len(frame) if isinstance(frame, str) else bytes(len(frame)),
    "of the other kind": lambda frame, _: frame.encode() if isinstance(frame, str) else frame.decode("latin-1"),
    "flipped bits": lambda frame, rng: frame if isinstance(frame, str) else flipped(frame, rng),
    "shuffled": shuffled,
}  # fmt: skip


def test_damaged_frames_are_refused_or_understood(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    stream_bench(kit, plugin_id, tmp_path)
    rng = random.Random(plugin_id)
    for fuzz, frame in frames_in(kit, plugin_id, tmp_path):
        for damage in DAMAGE.values():
            for _ in range(NOISE_OF_A_CASE if "rng" in damage.__code__.co_varnames else 1):
                fuzz.throw(damage(frame, rng))
