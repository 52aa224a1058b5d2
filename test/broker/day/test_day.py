"""The same trading day for every plug-in with a twin. One vendor alone: pytest test/broker/day -k <broker id>."""

import asyncio
import contextlib

import pytest

from broker.core.registry import PLUGIN_FOLDER
from test.broker.day.script import NEEDED, STEPS, Day
from test.twins.kit.vendor import vendors

# A twin may be there before its plug-in is.
VENDORS = {name: each for name, each in vendors().items() if (PLUGIN_FOLDER / name / "plugin.json").is_file()}


@pytest.mark.timeout(180)  # a bound for a busy machine; it takes four seconds of an idle one
@pytest.mark.parametrize("broker", VENDORS)
def test_a_trading_day(broker, tmp_path, subtests):
    with contextlib.ExitStack() as stack:
        twin = VENDORS[broker].start(tmp_path / "twin")
        stack.callback(twin.stop)
        twin.rule(pace=[0.02, 0.05])
        day = Day(VENDORS[broker], twin, tmp_path)
        stack.callback(day.house.close)
        asyncio.run(run(day, subtests))


async def run(day, subtests):
    """Every step, whatever became of the ones before, unless there can be no day without them."""
    for step in STEPS:
        passed = False
        with subtests.test(step.__name__):
            await step(day)
            passed = True
        if step in NEEDED and not passed:
            return
