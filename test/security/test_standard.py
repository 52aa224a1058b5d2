"""What the ASVS asks for and no other test shows."""

from __future__ import annotations

from test.security.house import Home


def test_the_trace_method_is_refused(home: Home) -> None:
    for path in ("/", "/ui/api/bootstrap", "/api/v1/ping"):
        assert home.app.test_client().open(path, method="TRACE").status_code in (404, 405)


def test_answers_of_the_rest_api_are_kept_nowhere(home: Home) -> None:
    assert home.call("funds").headers["Cache-Control"] == "no-store"
    assert home.app.test_client().post("/api/v1/funds", json={}).headers["Cache-Control"] == "no-store"
