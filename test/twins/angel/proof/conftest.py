import pytest

from test.twins.angel.client import AngelClient
from test.twins.angel.day import VENDORS
from test.twins.kit.fixtures import at_rest, process_of

_angel_process = process_of(VENDORS[0].start)
twin = at_rest("_angel_process", pace=[0.02, 0.05])


@pytest.fixture
def client(twin):
    """A plain client that is logged in."""
    found = AngelClient(twin)
    found.log_in()
    return found
