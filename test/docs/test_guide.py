"""The user guide shows the desk: a picture of every page, none that is missing, left over or heavy."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
ROUTER = (ROOT / "frontend/src/app/router.tsx").read_text("utf-8")
MOST_BYTES = 60 * 1024
SIDES = {(1440, 900), (390, 844)}


def shown() -> set[Path]:
    """Every picture that a document draws."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return {
        (page.parent / target).resolve()
        for page in pages
        for target in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", page.read_text("utf-8"))
    }


def name_of(route: str) -> str:
    """`/strategies/:strategyId` is drawn in strategies-one, whatever has no address in not-found."""
    if route == "*":
        return "not-found"
    return re.sub(r"/:\w+", "-one", route).strip("/").replace("/", "-")


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a WebP: in its extended header, or, without loss, 14 bits each behind a signature."""
    assert picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"
    if picture[12:16] == b"VP8X":
        width, height = (int.from_bytes(picture[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    assert picture[12:16] == b"VP8L"
    bits = int.from_bytes(picture[21:25], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def test_every_picture_of_the_documents_exists_and_none_is_left_over() -> None:
    pictures = {path.resolve() for path in IMAGES.iterdir()}
    assert pictures == {path for path in shown() if path.is_relative_to(IMAGES)}


def test_no_picture_is_heavy_and_all_are_windows_of_the_desk() -> None:
    heavy = {path.name: path.stat().st_size for path in IMAGES.iterdir() if path.stat().st_size > MOST_BYTES}
    assert heavy == {}
    assert {path.name for path in IMAGES.iterdir() if size_of(path.read_bytes()) not in SIDES} == set()


def test_every_page_of_the_desk_has_a_picture() -> None:
    routes = re.findall(r"\bpath: '([^']+)'", ROUTER)
    assert "/trade" in routes and "*" in routes
    drawn = {route for route in routes if (IMAGES / f"{name_of(route)}.webp").exists()}
    missing = set(routes) - drawn
    assert missing == set(), "make them with frontend/scripts/guide-images.mjs and draw them in docs/guide"


def test_the_guide_is_found_from_the_readme_and_leads_to_each_of_its_pages() -> None:
    assert "](docs/guide/README.md)" in (ROOT / "README.md").read_text("utf-8")
    index = (ROOT / "docs/guide/README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs/guide").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()
