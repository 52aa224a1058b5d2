"""A browser at the desk of an app, signed in as the tests' user."""

from __future__ import annotations

from typing import Any

USERNAME, PASSWORD = "tester", "Api-Test-1!"


class SignedIn:
    """Keeps the session's cookie and the token of its forms."""

    def __init__(self, app: Any, username: str = USERNAME, password: str = PASSWORD) -> None:
        self.http = app.test_client()
        self.token = self.http.get("/ui/api/bootstrap").get_json()["data"]["csrf_token"]
        fresh = self.send("POST", "/ui/api/login", {"username": username, "password": password})
        assert fresh.status_code == 200, fresh.data
        self.token = fresh.get_json()["data"]["csrf_token"]

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One call with the form's token."""
        return self.http.open(path, method=method, json=body or {}, headers={"X-CSRFToken": self.token})

    def data(self, method: str, path: str, body: Any = None) -> Any:
        """What a call that succeeds answers."""
        answer = self.send(method, path, body)
        assert answer.status_code == 200, answer.data
        return answer.get_json()["data"]

    def get(self, path: str, **query: Any) -> Any:
        """What a read answers."""
        answer = self.http.get(path, query_string=query)
        assert answer.status_code == 200, answer.data
        return answer.get_json()["data"]
