"""Rows of a vendor's instrument file that once let an order reach the wrong contract, or none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from broker.core.contracts import check
from broker.zerodha.contracts import COLUMNS
from domain.errors import BadVendorData

TODAY = dt.date(2026, 3, 2)
SHARE = "{0}00,{0},SHARE{0},Share {0},0,,0,0.05,1,EQ,NSE,NSE"
FUTURE = "990000,9900,NIFTY99DECFUT,NIFTY,0,2099-12-29,0,0.05,75,FUT,NFO-FUT,NFO"
GOOD = [SHARE.format(number) for number in range(1, 21)] + [FUTURE]

BAD = {
    "duplicate row": [*GOOD, SHARE.format(7)],
    "same name, another token": [*GOOD, SHARE.format(7).replace("700,7,", "999,999,")],
    "blank row": [*GOOD, ""],
    "NaN tick": [*GOOD[:-1], FUTURE.replace("0.05,75", "nan,75")],
    "NaN lot": [*GOOD[:-1], FUTURE.replace("0.05,75", "0.05,nan")],
    "blank token": [*GOOD[:-1], FUTURE.replace("990000", "")],
    "lot and tick swapped": [*GOOD[:-1], FUTURE.replace("0.05,75", "75,0.05")],
    "expiry and strike swapped": [*GOOD[:-1], FUTURE.replace("2099-12-29,0,", "0,2099-12-29,")],
    "a column short": [*GOOD[:-1], FUTURE.replace("0.05,75,", "75,")],
}


def load(kit: Any, tmp_path: Path, header: str, rows: list[str]) -> Any:
    source = kit.Bench("zerodha", kit.ScriptedTransport([]), tmp_path).plugin.contracts
    text = "\n".join([header, *rows, ""])
    return check(source.parse([text.encode()]), None, TODAY)


def test_the_undamaged_file_is_served(kit: Any, tmp_path: Path) -> None:
    assert len(load(kit, tmp_path, ",".join(COLUMNS), GOOD).instruments) == len(GOOD)


@pytest.mark.parametrize("damage", BAD)
def test_10_a_damaged_row_serves_nothing_of_the_file(kit: Any, tmp_path: Path, damage: str) -> None:
    """P5: #1450 swapped lot and tick, #1427 NaN, e6efc1dc3, a blank row; yesterday's contracts stay in service."""
    with pytest.raises(BadVendorData):
        load(kit, tmp_path, ",".join(COLUMNS), BAD[damage])


def test_10_swapped_column_heads_serve_nothing_of_the_file(kit: Any, tmp_path: Path) -> None:
    """P5, #1450: the columns are told by their heads, and other heads are not the documented file."""
    heads = list(COLUMNS)
    heads[7], heads[8] = heads[8], heads[7]
    with pytest.raises(BadVendorData, match="columns"):
        load(kit, tmp_path, ",".join(heads), GOOD)
