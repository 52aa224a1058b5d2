"""Damaged contract masters: refused by the reader or the gates, or harmless. None loads silently wrong (P5)."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.core.contracts import check
from domain.errors import BadVendorData, OpenAlgoError, UnmappedValue
from domain.instruments import Instrument, InstrumentType
from test.broker.kit.masters import Row, read_master
from utils.clock import ist

FEWEST = 20
SEEDS = 40
Cells = Callable[[Row, dict[str, str]], None]


class Loaded:
    """The clean load of a plug-in's sample, and how another file loads against it."""

    def __init__(self, kit: Any, plugin_id: str, tmp_path: Path) -> None:
        self.layout = kit.wire_of(plugin_id)["contracts"]
        self.columns: dict[str, str] = {role: str(name) for role, name in self.layout["columns"].items()}
        self.bench = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path, self.layout.get("now"))
        self.today = ist(self.bench.clock.now()).date()
        self.content = kit.sample(plugin_id, self.layout["sample"])
        self.master = read_master(self.content, self.layout)
        self.clean = self.load(self.content)
        self.names = {row.key: row for row in self.clean}
        self.tokens = {(row.broker_exchange, row.token): row for row in self.clean}

    def load(self, content: bytes) -> list[Instrument]:
        """Through the reader and the gates. Raises BadVendorData or UnmappedValue."""
        rows = self.bench.plugin.contracts.parse(content[at : at + 997] for at in range(0, len(content), 997))
        before = check(self.clean, None, self.today).counts if hasattr(self, "clean") else None
        return check(rows, before, self.today).instruments

    def row_of(self, *kinds: InstrumentType) -> int | None:
        """The number of a row that came out as one of these kinds."""
        token, symbol = self.columns["token"], self.columns.get("symbol")
        wanted = {(row.token, row.broker_symbol): row for row in self.clean if row.instrument_type in kinds}
        tokens = {row_token for row_token, _ in wanted}
        for number, row in enumerate(self.master.rows):
            if str(row[token]) in tokens and (
                symbol is None or (str(row[token]), str(row[symbol])) in wanted
            ):
                return number
        return next((n for n, row in enumerate(self.master.rows) if str(row[token]) in tokens), None)

    def verdict(self, content: bytes, added: bool = False) -> str:
        """`refused`, `harmless`, or what is wrong with what was loaded. added: new names are allowed."""
        try:
            found = self.load(content)
        except (BadVendorData, UnmappedValue):
            return "refused"
        for row in found:
            if row.key in self.names and row != self.names[row.key]:
                return f"{row.key} is another contract now: {row}"
            known = self.tokens.get((row.broker_exchange, row.token))
            if known is not None and known != row:
                return f"token {row.token} leads to {row.key} instead of {known.key}"
            if row.key not in self.names and not added:
                return f"{row.key} was never listed"
        return "harmless"


def put(role: str, value: Any) -> Cells:
    """A cell with another value; as a number where the file has numbers."""

    def change(row: Row, columns: dict[str, str]) -> None:
        name = columns[role]
        number = (
            isinstance(row[name], (int, float)) and isinstance(value, str) and value.lstrip("-").isdigit()
        )
        row[name] = int(value) if number else value

    change.roles = (role,)  # type: ignore[attr-defined]
    return change


def swap(one: str, other: str) -> Cells:
    def change(row: Row, columns: dict[str, str]) -> None:
        row[columns[one]], row[columns[other]] = row[columns[other]], row[columns[one]]

    change.roles = (one, other)  # type: ignore[attr-defined]
    return change


EQUITY, OPTION = (InstrumentType.EQ,), (InstrumentType.CE, InstrumentType.PE)
DERIVATIVE = (*OPTION, InstrumentType.FUT)
CELLS: dict[str, tuple[tuple[InstrumentType, ...], Cells]] = {
    "equity lot NaN": (EQUITY, put("lot", "NaN")),
    "equity lot zero": (EQUITY, put("lot", "0")),
    "equity lot negative": (EQUITY, put("lot", "-1")),
    "equity lot blank": (EQUITY, put("lot", "")),
    "equity tick NaN": (EQUITY, put("tick", "NaN")),
    "equity tick zero": (EQUITY, put("tick", "0")),
    "equity tick negative": (EQUITY, put("tick", "-5")),
    "equity tick text": (EQUITY, put("tick", "five paise")),
    "equity without a token": (EQUITY, put("token", "")),
    "equity with the token NaN": (EQUITY, put("token", "nan")),
    "equity without a symbol": (EQUITY, put("symbol", "")),
    "equity on an unknown exchange": (EQUITY, put("exchange", "LSE")),
    "equity of an unknown kind": (EQUITY, put("kind", "SWAP")),
    "lot NaN": (DERIVATIVE, put("lot", "NaN")),
    "lot zero": (DERIVATIVE, put("lot", "0")),
    "lot negative": (DERIVATIVE, put("lot", "-75")),
    "lot of half a unit": (DERIVATIVE, put("lot", "0.5")),
    "lot blank": (DERIVATIVE, put("lot", "")),
    "lot text": (DERIVATIVE, put("lot", "many")),
    "lot absurd": (DERIVATIVE, put("lot", "9" * 25)),
    "tick zero": (DERIVATIVE, put("tick", "0")),
    "tick infinite": (DERIVATIVE, put("tick", "Infinity")),
    "tick blank": (DERIVATIVE, put("tick", "")),
    "token blank": (DERIVATIVE, put("token", "")),
    "expired": (DERIVATIVE, put("expiry", "2001-01-25")),
    "expiry blank": (DERIVATIVE, put("expiry", "")),
    "expiry text": (DERIVATIVE, put("expiry", "someday")),
    "expiry of the 31st of February": (DERIVATIVE, put("expiry", "2031-02-31")),
    "kind unknown": (DERIVATIVE, put("kind", "SWAP")),
    "strike NaN": (OPTION, put("strike", "NaN")),
    "strike zero": (OPTION, put("strike", "0")),
    "strike negative": (OPTION, put("strike", "-100")),
    "strike blank": (OPTION, put("strike", "")),
    "strike text": (OPTION, put("strike", "at the money")),
    "strike absurd": (OPTION, put("strike", "9" * 25)),
    "lot and tick swapped": (DERIVATIVE, swap("lot", "tick")),
    "expiry and strike swapped": (OPTION, swap("expiry", "strike")),
    "token and lot swapped": (DERIVATIVE, swap("token", "lot")),
}


def twice(loaded: Loaded, **changes: str) -> bytes:
    """The file with an equity row repeated, some of its cells changed."""
    number = loaded.row_of(*EQUITY)
    number = loaded.row_of(*DERIVATIVE) if number is None else number
    master = loaded.master.copy()
    row = dict(master.rows[number or 0])
    for role, value in changes.items():
        if role in loaded.columns:
            name = loaded.columns[role]
            row[name] = type(row[name])(value) if isinstance(row[name], int) else value
    master.rows.append(row)
    return master.bytes()


def warrant(loaded: Loaded) -> dict[str, str]:
    """What tells a warrant from its equity besides the token; a vendor's own words where wire.json has them."""
    return {"token": "99887766", **loaded.layout.get("warrant", {})}


def other_exchange(loaded: Loaded) -> str:
    """The vendor's word for another exchange than the first equity's."""
    name = loaded.columns.get("exchange")
    words = [str(row[name]) for row in loaded.master.rows] if name else []
    return next((word for word in words if word != words[0]), "BSE")


def holed(loaded: Loaded) -> bytes:
    master = loaded.master.copy()
    master.rows.insert(1, {})
    return master.bytes()


def renamed(loaded: Loaded, names: dict[str, str]) -> bytes:
    """Columns under another name: in the header, or as keys of every row. Files without names lose columns instead."""
    master = loaded.master.copy()
    if master.head is not None:
        master.head = [names.get(name, name) for name in master.head]
    else:
        master.rows = [{names.get(name, name): item for name, item in row.items()} for row in master.rows]
    return master.bytes()


def swapped_heads(loaded: Loaded) -> bytes:
    lot, tick = loaded.columns["lot"], loaded.columns["tick"]
    if loaded.master.head is None and all(name.isdigit() for name in loaded.master.rows[0]):
        master = loaded.master.copy()
        for row in master.rows:
            row[lot], row[tick] = row[tick], row[lot]
        return master.bytes()
    return renamed(loaded, {lot: tick, tick: lot})


def dropped(loaded: Loaded, role: str) -> bytes:
    name = loaded.columns[role]
    master = loaded.master.copy()
    if master.head is not None:
        master.head = [item for item in master.head if item != name]
    master.rows = [{key: item for key, item in row.items() if key != name} for row in master.rows]
    return master.bytes()


# Damage to the file as a whole, and whether it adds rows.
FILES: dict[str, tuple[Callable[[Loaded], bytes], bool]] = {
    "duplicate row": (twice, True),
    "one name with two tokens": (lambda loaded: twice(loaded, token="99887766"), True),
    "a warrant with the equity's name": (lambda loaded: twice(loaded, **warrant(loaded)), True),
    "the same token on two exchanges": (lambda loaded: twice(loaded, exchange=other_exchange(loaded)), True),
    "blank row": (holed, False),
    "a column renamed": (lambda loaded: renamed(loaded, {loaded.columns["token"]: "identifier"}), False),
    "lot and tick under each other's name": (swapped_heads, False),
    "no token column": (lambda loaded: dropped(loaded, "token"), False),
    "no lot column": (lambda loaded: dropped(loaded, "lot"), False),
    "cut inside a row": (lambda loaded: loaded.content[: len(loaded.content) - 9], False),
    "a third of the file": (lambda loaded: loaded.content[: len(loaded.content) // 3], False),
    "one byte": (lambda loaded: loaded.content[:1], False),
    "empty": (lambda _: b"", False),
    "a page instead": (lambda _: b"<!DOCTYPE html><html><body>Service unavailable</body></html>", False),
    "an error instead": (lambda _: b'{"status":"error","message":"Token expired","data":null}', False),
    "null instead": (lambda _: b"null", False),
    "packed garbage": (lambda _: gzip.compress(b"\x00\xff" * 500), False),
    "broken packing": (lambda _: gzip.compress(b"x" * 500)[:40], False),
    "another encoding": (lambda loaded: loaded.master.bytes().decode("utf-8", "replace").encode("utf-16"), False),
    "foreign bytes": (lambda loaded: loaded.content[:50] + b"\xff\xfe\x80" + loaded.content[50:], False),
    "zeroes": (lambda loaded: bytes(2000), False),
    "byte order mark": (lambda loaded: b"\xef\xbb\xbf" + loaded.content, False),
    "windows line ends": (lambda loaded: loaded.content.replace(b"\n", b"\r\n"), False),
    "twice over": (lambda loaded: loaded.content + loaded.content, True),
}  # fmt: skip


def damaged(loaded: Loaded) -> dict[str, tuple[bytes, bool]]:
    """Every damage that the sample's columns and rows allow."""
    found: dict[str, tuple[bytes, bool]] = {}
    for name, (kinds, change) in CELLS.items():
        number = loaded.row_of(*kinds)
        if number is None or any(role not in loaded.columns for role in change.roles):  # type: ignore[attr-defined]
            continue
        master = loaded.master.copy()
        change(master.rows[number], loaded.columns)
        found[name] = (master.bytes(), False)
    for name, (damage, added) in FILES.items():
        found[name] = (damage(loaded), added)
    return found


@pytest.fixture
def loaded(kit: Any, plugin_id: str, tmp_path: Path) -> Loaded:
    if not kit.cases_of(plugin_id):
        pytest.skip("no cases: not a vendor's file")
    return Loaded(kit, plugin_id, tmp_path)


def test_the_sample_itself_is_served_and_may_be_taken_apart(loaded: Loaded) -> None:
    assert loaded.clean
    assert loaded.load(loaded.master.bytes()) == loaded.clean
    assert any(loaded.row_of(kind) is not None for kind in InstrumentType)


def test_10_a_damaged_master_is_refused_or_harmless(loaded: Loaded) -> None:
    """P5: what loads in spite of a damage names no other contract than before. `cannot_tell` explains exceptions."""
    damages = damaged(loaded)
    assert len(damages) >= FEWEST
    explained = loaded.layout.get("cannot_tell", {})
    verdicts = {name: loaded.verdict(content, added) for name, (content, added) in damages.items()}
    wrong = {name: told for name, told in verdicts.items() if told not in ("refused", "harmless")}
    assert {name: told for name, told in wrong.items() if name not in explained} == {}
    assert set(explained) <= set(wrong), "explains what is refused anyway"
    assert sum(told == "refused" for told in verdicts.values()) >= FEWEST // 2


def test_random_damage_never_escapes_the_error_tree(loaded: Loaded, plugin_id: str) -> None:
    for seed in range(SEEDS):
        rng = random.Random(f"{plugin_id} {seed}")
        content = bytearray(loaded.content)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(content))
            piece = rng.choice(
                [b"", b"\x00", b"\xff", b",", b"\n", b'"', b"{", b"NaN", b"-1", rng.randbytes(3)]
            )
            content[at : at + rng.randrange(4)] = piece
        try:
            loaded.load(bytes(content))
        except OpenAlgoError:
            continue
