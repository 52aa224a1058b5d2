"""Fixtures that start the real program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_program import START_SECONDS, Program, end, ports_environ, start_program


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts programs in a fresh data folder; whatever is left of them is ended afterwards."""
    started: list[Program] = []

    def start(*arguments: str, **changes: str) -> Program:
        environ = {"OPENALGO_DATA_DIR": str(tmp_path / "data"), **ports_environ(), **changes}
        program = start_program(*arguments, environ=environ)
        started.append(program)
        return program

    yield start
    for program in started:
        end(program)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """`app.py demo`, shared by the tests that only use it."""
    program = start_program("demo", environ=ports_environ())
    if program.process.poll() is not None:
        pytest.fail("\n".join(program.lines))
    yield program
    end(program)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(START_SECONDS + 60))
