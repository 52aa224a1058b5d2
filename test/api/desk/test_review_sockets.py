"""A stranger's socket must not occupy one of the server's threads."""

from __future__ import annotations

from typing import Any


def test_a_stranger_gets_no_engine_session_at_all(signed_in: Any) -> None:
    stranger = signed_in.app.test_client()
    answer = stranger.get("/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 401
    assert signed_in.http.get("/socket.io/?EIO=4&transport=polling").status_code == 200
