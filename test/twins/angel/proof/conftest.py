import time

import pytest

from test.twins.angel.client import AngelClient
from test.twins.angel.day import VENDORS


def wait_until(condition, seconds=10.0):
    """The first true answer of `condition`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def _angel_process(tmp_path_factory):
    running = VENDORS[0].start(tmp_path_factory.mktemp("angel"))
    yield running
    running.stop()


@pytest.fixture
def twin(_angel_process):
    _angel_process.rule(pace=[0.02, 0.05])
    yield _angel_process
    _angel_process.clear_faults()
    _angel_process.clear_rules()


@pytest.fixture
def client(twin):
    """A plain client that is logged in."""
    found = AngelClient(twin)
    found.log_in()
    return found
