"""Fixtures that the proofs of most twins want: one process for all of them, and a twin at rest for each test."""

import pytest


def process_of(start, scope="session"):
    """A fixture of a running twin; start(folder) runs it."""

    @pytest.fixture(scope=scope)
    def running(tmp_path_factory):
        found = start(tmp_path_factory.mktemp("twin"))
        yield found
        found.stop()

    return running


def at_rest(process, **rules):
    """A fixture of the twin that the fixture named `process` runs: under these rules, and calm again after a test."""

    @pytest.fixture
    def twin(request):
        found = request.getfixturevalue(process)
        found.rule(**rules)
        yield found
        found.clear_faults()
        found.clear_rules()

    return twin
