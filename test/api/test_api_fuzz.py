"""Generated requests: mutated bodies on every route, and what the API description itself allows."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

HERE = Path(__file__).resolve().parent


def load(name: str):
    spec = importlib.util.spec_from_file_location(f"for_fuzz_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mutated_requests_get_proper_envelopes(api) -> None:
    fuzzer = load("fuzz").Fuzzer(api.client, api.key, load("test_api_bad_input").ROUTES, seed=1)
    assert fuzzer.run(600) == []


@pytest.mark.filterwarnings("ignore")
def test_what_the_description_allows_never_fails_inside(api) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/swagger.json", api.client.application)
    checked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def run(case) -> None:
            case.call_and_validate(headers={"X-API-KEY": api.key}, checks=[not_a_server_error])

        run()
        checked += 1
    described = api.client.get("/api/v1/swagger.json").get_json()["paths"]
    assert checked == sum(map(len, described.values())) > 30
