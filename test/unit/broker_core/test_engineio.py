"""Engine.IO 3 with Socket.IO 2: frames to messages, placeholders to bytes, and nothing without bound."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.families.engineio import Closed, Connected, EngineIo, Event, Heartbeat, Opened
from domain.errors import BadVendorData


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":60000}', Opened(25.0, 60.0)),
        ("40", Connected()), ("40/feed,", Connected()), ("3", Heartbeat()), ("3probe", Heartbeat()),
        ("2", Heartbeat("3")),
        ("2probe", Heartbeat("3probe")), ("6", None), ("1", Closed()), ("41", Closed()),
        ('44"no"', Closed(refused=True, detail='"no"')), ('42["a",1,{"b":2}]', Event("a", (1, {"b": 2}))),
        ('4217["a"]', Event("a", ())), ('42/feed,["a"]', Event("a", ())), ('42/feed,9["a"]', Event("a", ())),
    ],
)  # fmt: skip
def test_a_text_frame_is_one_message(frame: str, message: object) -> None:
    assert EngineIo().decode(frame) == message


@pytest.mark.parametrize(
    "frame",
    ["", "4", "49", "5", "42", "42{}", "42[]", "42[1]", "42[", "0", "0{}", '0{"pingInterval":"x","pingTimeout":1}',
     '45-["a"]', '450-["a"]', '4517-["a"]', '45\u0661-["a"]', "9", "\u0000"],
)  # fmt: skip
def test_what_is_no_message_is_refused(frame: str) -> None:
    with pytest.raises(BadVendorData):
        EngineIo().decode(frame)


def test_attachments_take_the_place_of_their_placeholders_without_their_type_byte() -> None:
    wire = EngineIo()
    assert (
        wire.decode('452-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0},{"x":1}]') is None
    )
    assert wire.decode(b"\x04one") is None
    assert wire.decode(b"\x04two") == Event("a", (b"two", b"one", {"x": 1}))
    with pytest.raises(BadVendorData):
        wire.decode(b"\x04three")


@pytest.mark.parametrize("number", [1, -1, True, "0", None])
def test_a_placeholder_of_no_attachment_is_refused(number: object) -> None:
    wire = EngineIo()
    wire.decode("451-" + json.dumps(["a", {"_placeholder": True, "num": number}]))
    with pytest.raises(BadVendorData):
        wire.decode(b"\x04x")


def test_a_missing_attachment_costs_its_own_event_only() -> None:
    wire = EngineIo()
    for wrong in ("3", b"\x05x"):
        wire.decode('451-["a",{"_placeholder":true,"num":0}]')
        with pytest.raises(BadVendorData):
            wire.decode(wrong)
        assert wire.decode('42["b"]') == Event("b", ())


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=16))
def test_any_attachments_come_back_in_order(parts: list[bytes]) -> None:
    wire = EngineIo()
    marks = [{"_placeholder": True, "num": number} for number in range(len(parts))]
    messages = [wire.decode(f"45{len(parts)}-" + json.dumps(["a", *marks]))]
    messages += [wire.decode(b"\x04" + part) for part in parts]
    assert messages == [None] * len(parts) + [Event("a", tuple(parts))]
