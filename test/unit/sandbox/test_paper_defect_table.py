"""Every known defect of paper trading elsewhere, and the test that would fail if we had it.

A name ends where a test of another name goes on: `test_29` stands for every test that begins so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEFECTS = "unit/sandbox/test_paper_defects.py"
TIME = "unit/sandbox/test_paper_defects_of_time.py"
SHAPES = "unit/sandbox/test_paper_regressions.py"
RULES = "api/paper/test_paper_rules.py"

PROVED = {
    1: ("money of resting orders handed back as leaked", (DEFECTS, "test_01_")),
    2: ("margin of a flip multiplied twice", (DEFECTS, "test_02_")),
    3: ("profit lost where no margin is released", (DEFECTS, "test_03_")),
    4: ("a resting order that became an exit keeps its block", (DEFECTS, "test_04_")),
    5: ("day orders never expire", (DEFECTS, "test_05_")),
    6: ("a change is not checked, charged, told or matched", (DEFECTS, "test_06_")),
    7: ("cancel-all forgets waiting stops", (DEFECTS, "test_07_")),
    8: ("a smart LIMIT order becomes MARKET", (RULES, "test_08_")),
    9: ("a reopened position has yesterday's date", (DEFECTS, "test_09_")),
    10: ("settlement moves another amount than was blocked", (DEFECTS, "test_10_")),
    11: ("holdings below zero, sales without profit", (DEFECTS, "test_11_")),
    12: ("no hours, holidays, ticks, bands, freeze, slippage, charges, parts", (DEFECTS, "test_12_")),
    13: ("short options without margin or spread benefit", (SHAPES, "test_16_")),
    14: ("two engines fill one order", (DEFECTS, "test_14_")),
    15: ("the index of resting orders is not told of cancels", (DEFECTS, "test_15_")),
    16: ("prices lose their ticks and their size", (DEFECTS, "test_16_")),
    17: ("resets leave orders, triggers and trades", (TIME, "test_17_")),
    18: ("local naive times", (TIME, "test_18_")),
    19: ("expiry ignores the contract's value and today's figure", (TIME, "test_19_")),
    20: ("closing a flat symbol says quantity is missing", (RULES, "test_20_")),
    21: ("exchanges without square-off, lots or products", (TIME, "test_21_")),
    22: ("the portfolio leaves out holdings and open profit", (DEFECTS, "test_22_")),
    23: ("a failed order is told as placed", (RULES, "test_23_")),
    24: ("back-filled days hold the sum of all days", (TIME, "test_24_")),
    25: ("order ids collide, index names are used twice", (DEFECTS, "test_25_")),
    26: ("paper stands still in live mode", (RULES, "test_26_")),
    27: ("quotes are asked for under anybody's key", (DEFECTS, "test_27_")),
    28: ("a toggle sends waiting orders to the other venue", (RULES, "test_28_a_call_that_waited")),
    29: ("two exits flip a position, shares are promised twice", (DEFECTS, "test_29_")),
    30: ("an oversized exit opens a position after square-off", (DEFECTS, "test_30_")),
    31: ("reserves at a better price than the order may pay", (DEFECTS, "test_31_")),
    32: ("money and position are written apart", (DEFECTS, "test_32_")),
}


@pytest.mark.parametrize("number", range(1, 33))
def test_every_defect_has_its_test(number: int) -> None:
    _, (file, name) = PROVED[number]
    assert f"def {name}" in (ROOT / file).read_text()
