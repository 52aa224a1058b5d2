"""Fixtures that start the real program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_program import START_SECONDS, Program, end, ports_environ, start_program
from gateways import Gateway, TwinGateway, connect_broker, connect_kite


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
    # Several files share its key and run faster than ten order calls a second.
    program = start_program("demo", environ={**ports_environ(), "ORDER_RATE_LIMIT": "50 per second"})
    if program.process.poll() is not None:
        pytest.fail("\n".join(program.lines))
    yield program
    end(program)


@pytest.fixture(scope="session")
def kite_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwinGateway]:
    """The program with a Zerodha account at the Kite twin."""
    gateway = connect_kite(tmp_path_factory.mktemp("kite"))
    yield gateway
    gateway.close()


# More brokers by id, each at its twin: E2E_BROKERS=dhan,upstox python -m pytest test/e2e/test_sdk_journey.py
MORE = [name for name in os.environ.get("E2E_BROKERS", "").split(",") if name]


@pytest.fixture(scope="session", params=["practice-exchange", "kite-twin", *MORE])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """Every broker that a client's script must work with unchanged."""
    if request.param == "kite-twin":
        yield request.getfixturevalue("kite_gateway")
    elif request.param == "practice-exchange":
        demo: Program = request.getfixturevalue("demo")
        yield Gateway(demo, demo.said("API key"), "simulator")
    else:
        one = connect_broker(request.param, request.getfixturevalue("tmp_path_factory").mktemp(request.param))
        yield one
        one.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(START_SECONDS + 60))
    items.sort(key=lambda item: item.path.stem != "test_browser")  # the longest first, beside all the others
