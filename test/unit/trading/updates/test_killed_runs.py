"""A process killed between learning of a change, storing and telling it leaves no hole, and repeats nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.orders import OrderStatus

CHILD = Path(__file__).with_name("killed_run.py")


@pytest.mark.parametrize("point", ["queued", "stored", "told"])
def test_nothing_is_missed_and_nothing_repeated_after_a_kill(
    world: Any, row: Any, tmp_path: Path, point: str
) -> None:
    child = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path), point], capture_output=True, text=True, check=False
    )
    assert child.returncode == -9, child.stderr
    heard = [(int(seq), order_id) for seq, order_id in map(str.split, child.stdout.splitlines())]
    assert [order_id for _, order_id in heard] == list("1234" if point == "told" else "123")

    world.clock.advance(5)
    run = world.run()
    done = {"status": OrderStatus.COMPLETE, "filled_quantity": 10, "pending_quantity": 0}
    run.poll(*(row(order_id=each, **done) for each in "1234"))
    run.tell()
    got = [(sent.seq, sent.message.orderid) for sent in world.after(heard[-1][0])]
    assert heard + got == [(sent.seq, sent.message.orderid) for sent in world.journal()]
    assert [order_id for _, order_id in heard + got] == list("1234")
