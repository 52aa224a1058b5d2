"""The same trading day for every plug-in with a twin. One vendor alone: pytest test/broker/day -k <broker id>."""

import asyncio

import pytest

from test.broker.day.script import NEEDED, STEPS, Day
from test.twins.kit.vendor import vendors

VENDORS = vendors()


@pytest.mark.parametrize("broker", VENDORS)
def test_a_trading_day(broker, tmp_path, subtests):
    twin = VENDORS[broker].start(tmp_path / "twin")
    twin.rule(pace=[0.02, 0.05])
    day = Day(VENDORS[broker], twin, tmp_path)

    async def run():
        for step in STEPS:
            passed = False
            with subtests.test(step.__name__):
                await step(day)
                passed = True
            if step in NEEDED and not passed:
                return

    try:
        asyncio.run(run())
    finally:
        day.house.close()
        twin.stop()
