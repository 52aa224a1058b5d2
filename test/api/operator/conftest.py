"""An administrator's browser, a plain user's and an API key, on one app at the practice exchange."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

USER_PASSWORD = "Someone-Else-1!"


class Desk:
    """A signed-in browser."""

    def __init__(self, client: FlaskClient, username: str, password: str) -> None:
        self.http = client
        self.token = self.get("/ui/api/bootstrap").get_json()["data"]["csrf_token"]
        answer = self.write("POST", "/ui/api/login", {"username": username, "password": password})
        assert answer.status_code == 200, answer.get_json()
        self.token = answer.get_json()["data"]["csrf_token"]

    def get(self, path: str, /, **query: Any) -> Any:
        return self.http.get(path, query_string=query)

    def data(self, path: str, /, **query: Any) -> Any:
        deadline = time.monotonic() + 10
        while (answer := self.get(path, **query)).status_code == 429 and time.monotonic() < deadline:
            time.sleep(0.1)  # tests of one desk share its sixty requests a second
        assert answer.status_code == 200, (path, answer.get_json())
        return answer.get_json()["data"]

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        return self.http.open(
            path, method=method, json={} if body is None else body, headers=headers, **options
        )


@pytest.fixture(scope="module")
def admin(api: Any, harness: Any) -> Desk:
    return Desk(api.client.application.test_client(), "tester", harness.PASSWORD)


@pytest.fixture(scope="module")
def plain_user(api: Any) -> Desk:
    api.services.users.add("plain", "plain@example.com", USER_PASSWORD)
    return Desk(api.client.application.test_client(), "plain", USER_PASSWORD)


@pytest.fixture
def until() -> Callable[..., Any]:
    """The first answer of `read` that satisfies: rows are written behind the answer's back."""

    def wait(read: Callable[[], Any], satisfies: Callable[[Any], Any] = bool) -> Any:
        deadline = time.monotonic() + 10
        while not satisfies(found := read()):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)  # a desk may ask sixty times a second
        return found

    return wait
