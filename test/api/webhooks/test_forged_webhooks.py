"""A small draw of `python -m test.api.forged_webhooks`, which sends as many as one likes."""

from __future__ import annotations

from pathlib import Path

from test.api.forged_webhooks import run


def test_of_forged_and_replayed_messages_none_is_accepted(tmp_path: Path) -> None:
    sent, taken = run(300, 7, tmp_path)
    assert taken == []
    assert len(sent) == 15
