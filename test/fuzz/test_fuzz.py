"""A few hundred seeded cases of every target, and each input that once broke a parser.

`python -m test.fuzz --seconds 600 --seed 7` goes on where this ends.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from broker.core.contracts import LONGEST_LINE, derivative_symbol
from domain.errors import BadVendorData
from domain.instruments import InstrumentType
from domain.money import to_decimal
from test.fuzz.mutate import Mutator
from test.fuzz.registry import all_targets
from test.fuzz.running import findings_of
from test.fuzz.target import Sample, Target, try_out, watched
from test.fuzz.targets import files, wires
from utils.addresses import client_address

SEED = 20261201
CASES = {"http": 30, "file.env": 60, "signin.passkey": 60, "file.csv": 60}
USUAL_CASES = 200
TARGETS = {target.name: target for target in all_targets()}


@pytest.mark.parametrize("room", sorted({name.partition(".")[0] for name in TARGETS}))
def test_mutated_bytes_are_read_or_refused_by_name(room: str) -> None:
    found = [
        finding
        for name, target in TARGETS.items()
        if name.partition(".")[0] == room
        for finding in findings_of([target], CASES.get(name, CASES.get(room, USUAL_CASES)), SEED)
    ]
    assert not found, "\n".join(map(str, found))


def mutilated(broker: str, at: int, **cells: Any) -> bytes:
    """A row of a broker's sample file that is JSON, with other cells."""
    rows = json.loads(TARGETS[f"broker.{broker}.contracts"].samples[0].data)
    rows[at] |= cells
    return json.dumps(rows).encode()


def csv_with(name: str, old: bytes, new: bytes) -> bytes:
    content = TARGETS[f"broker.{name}.contracts"].samples[0].data
    assert old in content
    return content.replace(old, new, 1)


# What each of these did before it was repaired stands in its name.
BROKE: dict[str, tuple[str, bytes]] = {
    "a token that is a number was found by no tick": (
        "broker.angel.contracts", mutilated("angel", 0, token=3045),
    ),
    "a name that is a list ended the load with a TypeError": (
        "broker.angel.contracts", mutilated("angel", 0, name=["SBIN"], symbol=["SBIN-EQ"]),
    ),
    "a lot of 4,400 digits could not be complained about": (
        "broker.dhan.contracts", csv_with("dhan", b",1.0,", b"," + b"9" * 4400 + b","),
    ),
    "NaN was taken for JSON": ("file.json_array", b'[{"token": NaN}]'),
    "a damaged directory of an archive was a ValueError": ("file.zip", wires.zipped("a.txt", b"x" * 99)[40:]),
    "a cell of 140,000 characters was a csv.Error": ("file.csv", b'token,symbol,lot\n1,"' + b"x" * 140_000),
    "a file without line ends was copied once for each chunk": ("file.lines", b"x" * (LONGEST_LINE + 70_000)),
    "an opening with an endless interval was an OverflowError": (
        "wire.engineio", b'0{"pingInterval":25000,"pingTimeout":1' + b"0" * 400 + b"}",
    ),
    "an announcement of a milliard attachments was believed": (
        "wire.engineio", b'450016999999999-["x",{"_placeholder":true,"num":0}]\n \x04a',
    ),
    "a price that is NaN became a tick": (
        "broker.dhan.frames", bytes.fromhex("02100001350500000048ceff7f1f8e67"),
    ),
    "a leg of an order that is a list was a TypeError": (
        "broker.dhan.frames",
        b'{"Type":"order_alert","Data":{"Exchange":"NSE","Segment":"E","OrderNo":"1","LegNo":["x"]}}',
    ),
    "settings that are no text were a UnicodeDecodeError": ("file.env", files.ENV + b"\xff\n"),
    "a manifest of a backup that is no text was a UnicodeDecodeError": (
        "file.backup", files.MANIFEST.replace(b"main.db", b"\xff"),
    ),
    "a file of 300 letters in a backup was an OSError": (
        "file.backup", files.MANIFEST.replace(b"main.db", b"x" * 300),
    ),
    "an anchor that is no text was a UnicodeDecodeError": ("file.anchor", b'{"seq":1,"digest":"\xff","seal":""}'),
    "a carriage return in an upload was a csv.Error": ("file.freezes", b"SYMBOL,VOL_FRZ_QT\rY\nNIFTY,1800\n"),
    "a quantity of 4,400 digits in an upload was a ValueError": (
        "file.freezes", b"SYMBOL,VOL_FRZ_QTY\nNIFTY," + b"9" * 4400,
    ),
    "a plug-in's NaN per cent was an InvalidOperation": (
        "file.plugin",
        TARGETS["file.plugin"].samples[1].data.replace(b'"first_percent": 1', b'"first_percent": "NaN"'),
    ),
    "a zone of an address went into logs and limits": ("edge.forwarded", b"203.0.113.7, fe80::1%<b>"),
    "an address of mail could hold control characters": (
        "signin.person", b"asha\nasha@\x00desk.example\nCorrect-Horse7!",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKE)
def test_what_once_broke_a_parser(name: str) -> None:
    target, data = TARGETS[BROKE[name][0]], BROKE[name][1]
    with watched():
        finding = try_out(target, data, target.samples[-1].about)
    assert finding is None, str(finding)


def test_a_numeric_token_refuses_the_whole_file() -> None:
    target = TARGETS["broker.angel.contracts"]
    with pytest.raises(BadVendorData):
        target.read(mutilated("angel", 0, token=3045), target.samples[0].about)


def test_a_number_that_would_fill_the_memory_is_none() -> None:
    """Written out or made whole, it never ends: `int(Decimal("1e999999999"))` is not even interrupted."""
    for text in ("1e999999999", "-1e-999999999", "0e-999999999"):
        with pytest.raises(ValueError, match="digits"):
            to_decimal(text)
    with pytest.raises(ValueError, match="strike"):
        derivative_symbol("NIFTY", InstrumentType.CE, dt.date(2026, 12, 29), Decimal("1e999999999"))


def test_a_zone_ends_the_chain_at_the_proxy_behind_it() -> None:
    assert client_address("127.0.0.1", ["fe80::1%eth0"], ()) == "127.0.0.1"


def broken(read: Any) -> Target:
    return Target(name="x", read=read, refuses=(ValueError,), samples=[Sample(b"x")], parses=())


def swallows() -> Any:
    return bytearray(200 * 1024 * 1024)[:1]


def spins() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda data, _: {}["x"], "KeyError"),
        (lambda data, _: [{"price": float("nan")}], "is nan"),
        (lambda data, _: spins(), "processor time"),
        (lambda data, _: swallows(), "MB of memory"),
    ],
)
def test_the_judge_finds_other_errors_hangs_greed_and_numbers_that_are_none(
    read: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Taking memory takes time, too.
    monkeypatch.setattr("test.fuzz.target.CPU_SECONDS", 0.05 if told == "processor time" else 5.0)
    with watched():
        finding = try_out(broken(read), b"x", None)
    assert finding is not None and told in finding.what


def test_a_named_refusal_is_no_finding() -> None:
    with watched():
        assert try_out(broken(lambda data, _: int(data)), b"x", None) is None


def test_one_seed_gives_one_sequence() -> None:
    first, second = (Mutator("seed", [b'{"a":1}'], 1000) for _ in range(2))
    thrown = [first.next(b'{"a":1}') for _ in range(50)]
    assert thrown == [second.next(b'{"a":1}') for _ in range(50)] and len(set(thrown)) > 20
