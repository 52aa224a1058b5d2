"""Errors of the desk's own pages, logged as the program's are: they are grouped, masked and solved like them."""

from __future__ import annotations

import re

import msgspec

from utils.logging import get_logger

LOGGER = "browser"
# What follows ? or # of an address may hold keys, and tells nothing of what broke.
_ADDRESS_TAIL = re.compile(r"(?<=[\w/.-])[?#][^\s\"'<>)]*?(?=(?::\d+){0,2}(?:[\s\"'<>)]|$))")
log = get_logger(LOGGER)


class PageError(msgspec.Struct, frozen=True, kw_only=True):
    """kind: name of the exception. stack: as the browser tells it, empty where it does not. page: path of the address.

    release: what the page was built as, in its own words; it may be older than this program.
    """

    kind: str
    message: str
    stack: str
    page: str
    release: str


def note(error: PageError) -> None:
    """Log it. Whoever sent it may have made it up, so it is cut and shown, and nothing else."""
    page = error.page.split("?")[0].split("#")[0]
    log.error(
        without_queries(error.message), error=error.kind, page=page, release=error.release or "unknown",
        page_stack=without_queries(error.stack) or None,
    )  # fmt: skip


def without_queries(text: str) -> str:
    """Text whose addresses end before their query; line and column behind it stay."""
    return _ADDRESS_TAIL.sub("", text)
