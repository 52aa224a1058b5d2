"""The built desk: its page, its assets, and nothing outside its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def desk(browser: Any, tmp_path: Path) -> Any:
    """A browser in front of a tiny build."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>desk</title>")
    (dist / "assets" / "main-abc.js").write_text("plain")
    (dist / "assets" / "main-abc.js.br").write_bytes(b"packed")
    (tmp_path / "secret.txt").write_text("secret")
    browser.app.config["DESK_FOLDER"] = str(dist)
    return browser


@pytest.mark.parametrize("path", ["/", "/login", "/orderbook", "/settings/keys"])
def test_a_page_of_the_desk_is_its_index(desk: Any, path: str) -> None:
    answer = desk.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_an_asset_is_immutable_and_packed_when_the_browser_takes_it(desk: Any) -> None:
    packed = desk.get("/assets/main-abc.js", headers={"Accept-Encoding": "gzip, br"})
    plain = desk.get("/assets/main-abc.js")
    assert (packed.data, packed.headers["Content-Encoding"]) == (b"packed", "br")
    assert plain.data == b"plain" and "Content-Encoding" not in plain.headers
    assert packed.mimetype == plain.mimetype == "text/javascript"
    assert "immutable" in plain.headers["Cache-Control"]


def test_the_service_worker_is_asked_for_anew_and_an_icon_is_kept_for_an_hour(desk: Any) -> None:
    folder = Path(desk.app.config["DESK_FOLDER"])
    (folder / "sw.js").write_text("worker")
    (folder / "icon.png").write_bytes(b"icon")
    worker, icon = desk.get("/sw.js"), desk.get("/icon.png")
    assert (worker.mimetype, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert icon.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "path", ["/assets/missing.js", "/api/v1/nothing", "/ui/api/nothing", "/api", "/ui/api", "/../secret.txt"]
)
def test_what_is_no_page_is_a_json_404(desk: Any, path: str) -> None:
    answer = desk.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["status"] == "error"


def test_an_unbuilt_desk_says_how_to_build_it(browser: Any, tmp_path: Path) -> None:
    browser.app.config["DESK_FOLDER"] = str(tmp_path / "nowhere")
    answer = browser.get("/login")
    assert answer.status_code == 503
    assert b"npm run build" in answer.data


@pytest.fixture
def pages(desk: Any) -> Any:
    """A build whose pages say which they are."""
    folder = Path(desk.app.config["DESK_FOLDER"]) / "pages"
    for name in ("dashboard", "orderbook", "desk", "login", "setup", "hi/orderbook"):
        page = folder / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(name)
    return desk


def test_who_is_not_signed_in_gets_the_page_of_an_entrance(pages: Any) -> None:
    sent = {path: pages.get(path).text for path in ("/", "/orderbook", "/setup", "/pages/../secret")}
    assert sent == {"/": "login", "/orderbook": "login", "/setup": "setup", "/pages/../secret": "login"}


def test_who_is_signed_in_gets_the_page_with_the_frame_of_its_path(pages: Any, signed_in: Any) -> None:
    sent = {
        path: signed_in.get(path).text for path in ("/", "/login", "/orderbook", "/strategies/7", "/nowhere")
    }
    assert sent == {
        "/": "dashboard", "/login": "dashboard", "/orderbook": "orderbook", "/strategies/7": "desk", "/nowhere": "desk",
    }  # fmt: skip


def test_the_page_is_in_the_language_that_the_browser_remembers(pages: Any, signed_in: Any) -> None:
    signed_in.http.set_cookie("desk_language", "hi")
    assert signed_in.get("/orderbook").text == "hi/orderbook"
    assert signed_in.get("/dashboard").text == "<!doctype html><title>desk</title>"
