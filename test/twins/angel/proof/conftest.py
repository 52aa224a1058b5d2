import pytest

from test.twins.angel.client import AngelClient
from test.twins.angel.day import VENDORS


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
