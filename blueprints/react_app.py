"""Serves the built desk: hashed assets for ever, everything else that is no file is the desk's own page."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any

import flask
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from blueprints.edge import Call, session_route

blueprint = flask.Blueprint("react_app", __name__)

DIST = Path(__file__).resolve().parents[1] / "frontend" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
# Paths of machines: an unknown one is a JSON 404, never the desk's page.
NOT_PAGES = (
    "api/", "ui/api/", "socket.io/", "auth/", "postback/", "strategy/webhook/", "chartink/webhook/",
)  # fmt: skip
# What is open to everybody; whoever is not signed in is led to one of them.
ENTRANCES = ("login", "setup", "reset-password")
PAGE_NAME = re.compile(r"[a-z-]+")
NOT_BUILT = b"The web desk has not been built. Run `npm ci && npm run build` in frontend/ and reload.\n"
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")


@session_route(blueprint, "/", auth="public", limit="static")
def serve_front(call: Call) -> Any:
    """The desk's page."""
    return serve(call, "")


@session_route(blueprint, "/<path:path>", auth="public", limit="static")
def serve(call: Call, path: str) -> Any:
    """A file of the built desk, or its page."""
    if f"{path}/".startswith(NOT_PAGES):
        raise NotFound
    dist = Path(flask.current_app.config.get("DESK_FOLDER", DIST))
    found = _file(dist, path) if path else None
    if found is not None:
        return _send(found, _cache_of(path))
    if "." in path.rsplit("/", 1)[-1]:
        raise NotFound
    page = _page(dist, path, is_signed_in=call.caller is not None)
    if not page.is_file():
        return flask.Response(NOT_BUILT, status=503, mimetype="text/plain")
    return _send(page, "no-cache")


def _page(dist: Path, path: str, *, is_signed_in: bool) -> Path:
    """The page that names the scripts and first reads of `path`; none of them holds anything of a user's."""
    name = path.strip("/") or "dashboard"
    if is_signed_in:
        name = "dashboard" if name in ("login", "setup") else name
        wanted = (name, "desk")
    else:
        wanted = (name if name in ENTRANCES else "login",)
    # Set by the page itself (public/theme-boot.js), so that what is seen first is in the language of the rest.
    folder = dist / "pages" / ("hi" if flask.request.cookies.get("desk_language") == "hi" else "")
    pages = (folder / f"{one}.html" for one in wanted if PAGE_NAME.fullmatch(one))
    return next((page for page in pages if page.is_file()), dist / "index.html")


def _cache_of(path: str) -> str:
    """Scripts without their content in their name (the service worker's above all) must follow an upgrade at once."""
    if path.startswith("assets/"):
        return FOR_EVER
    return "no-cache" if path.endswith((".js", ".webmanifest")) else "public, max-age=3600"


def _file(dist: Path, path: str) -> Path | None:
    joined = safe_join(str(dist), path)
    if joined is None or path.endswith((".br", ".gz", ".map")):
        return None
    found = Path(joined)
    return found if found.is_file() else None


def _send(file: Path, cache: str) -> flask.Response:
    """The file, in the best compressed form that the build left and the browser takes."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    accepted = flask.request.accept_encodings
    chosen, encoding = file, None
    for name, suffix in ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if accepted.quality(name) > 0 and packed.is_file():
            chosen, encoding = packed, name
            break
    response = flask.send_file(chosen, mimetype=kind, conditional=True, etag=True)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = cache
    return response
