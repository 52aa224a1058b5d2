"""/metrics: absent without a token, exact in its format, and silent about people and secrets."""

from __future__ import annotations

import re

import pytest

TOKEN = "prometheus-scrapes-here"
SAMPLE = re.compile(r'^[a-z_]+(\{([a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? -?[0-9.e+-]+(Inf)?$')


@pytest.fixture
def with_token(api, monkeypatch):
    settings = api.services.settings
    token = type(settings.metrics_token)(TOKEN)
    monkeypatch.setattr(api.services, "settings", settings.model_copy(update={"metrics_token": token}))
    return api


def scrape(api, token: str = TOKEN):
    return api.client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_without_a_token_there_is_no_such_page(api) -> None:
    assert api.client.get("/metrics").status_code == 404
    assert scrape(api, "").status_code == 404


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ünïcödé"])
def test_another_token_is_refused(with_token, token: str) -> None:
    answer = scrape(with_token, token.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert "openalgo_" not in answer.get_data(as_text=True)


def test_every_line_is_of_the_text_format(with_token, order) -> None:
    with_token.post("placeorder", order())
    answer = scrape(with_token)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.get_data(as_text=True)
    assert text.endswith("\n")
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in typed, "a family comes once"
            typed.add(name)
        elif not line.startswith("# HELP "):
            assert SAMPLE.match(line), line
            name = re.sub(r"_(bucket|sum|count)$", "", re.split(r"[{ ]", line)[0])
            assert name in typed or re.split(r"[{ ]", line)[0] in typed, line


def test_buckets_grow_and_end_at_the_count(with_token, order) -> None:
    for _ in range(5):
        with_token.post("placeorder", order())
    text = scrape(with_token).get_data(as_text=True)
    chosen = 'kind="request",name="POST /api/v1/placeorder",broker="",stage="total"'
    buckets = [
        int(line.rsplit(" ", 1)[1]) for line in text.splitlines() if chosen in line and "_bucket{" in line
    ]
    counts = [line for line in text.splitlines() if chosen in line and "_count{" in line]
    assert len(buckets) == 14 and buckets == sorted(buckets)
    assert buckets[-1] == int(counts[0].rsplit(" ", 1)[1]) >= 5


def test_nobody_is_named(with_token) -> None:
    text = scrape(with_token).get_data(as_text=True)
    for secret in ("tester", "Practice", with_token.key, "127.0.0.1", TOKEN):
        assert secret not in text
