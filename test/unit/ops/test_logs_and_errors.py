"""The log can be read without a file, errors come in groups, and neither shows a secret."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from database.stores import Stores
from domain.errors import NotFound
from services.ops.records import page_errors
from services.ops.records.errors import ErrorTracker
from services.ops.records.files import LogFiles
from services.ops.records.recent import RecentLines
from utils import request_ids
from utils.clock import ManualClock
from utils.logging import configure_logging, get_logger
from utils.settings import Settings, load_settings

CANARY = "c4n4ry-S3cret_value"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    env = tmp_path / ".env"
    env.write_text(f"APP_KEY={'a' * 64}\nAPI_KEY_PEPPER={'b' * 64}\nDATABASE_URL=sqlite:///db/openalgo.db\n")
    return load_settings(env, {}).model_copy(update={"log_to_file": True, "log_level": "DEBUG"})


@pytest.fixture
def recent(settings: Settings, restored_logging: None) -> Iterator[RecentLines]:
    configure_logging(settings, console=io.StringIO())
    lines = RecentLines(100)
    stop = lines.listen()
    yield lines
    stop()


@pytest.fixture
def tracker(
    stores: Stores, clock: ManualClock, settings: Settings, restored_logging: None
) -> Iterator[ErrorTracker]:
    configure_logging(settings, console=io.StringIO())
    opened = ErrorTracker(stores.logs, clock)
    opened.listen()
    yield opened
    opened.close()


def read(lines: RecentLines, **changes):
    asked = {"level": "DEBUG", "words": "", "after": 0, "before": None, "limit": 50}
    return lines.read(**(asked | changes))


def fail(message: str, kind: type[Exception] = ValueError) -> None:
    try:
        raise kind("bad")
    except kind:
        logging.getLogger("orders").exception(message)


def test_rows_are_found_by_level_and_words_newest_first(recent: RecentLines) -> None:
    log = get_logger("feed")
    log.info("connected", broker="acme")
    log.warning("stale", broker="acme")
    log.error("lost", broker="other")
    assert [line.message for line in read(recent)] == ["lost", "stale", "connected"]
    assert [line.message for line in read(recent, level="WARNING")] == ["lost", "stale"]
    assert [line.message for line in read(recent, words="ACME")] == ["stale", "connected"]
    assert read(recent)[0].facts == {"broker": "other"}


def test_a_tail_asks_for_what_is_newer_and_a_page_for_what_is_older(recent: RecentLines) -> None:
    for number in range(5):
        get_logger("feed").info(f"row {number}")
    numbers = [line.number for line in read(recent)]
    assert [line.number for line in read(recent, after=numbers[2])] == numbers[:2]
    assert [line.number for line in read(recent, before=numbers[2])] == numbers[3:]


def test_the_oldest_rows_make_room(recent: RecentLines) -> None:
    for number in range(130):
        get_logger("feed").info(f"row {number}")
    assert len(recent) == 100
    assert read(recent, limit=100)[-1].message == "row 30"


def test_every_row_carries_the_request_that_it_was_written_for(recent: RecentLines) -> None:
    request_ids.begin("REQUEST-1234")
    get_logger("orders").info("placed")
    logging.getLogger("third.party").warning("sent")
    request_ids.begin("")
    get_logger("orders").info("idle")
    assert [line.facts.get("request_id") for line in read(recent)] == [None, "REQUEST-1234", "REQUEST-1234"]


def test_no_secret_is_shown_from_memory_or_file(recent: RecentLines, settings: Settings) -> None:
    get_logger("canary").warning("fact", api_key=CANARY, body={"password": CANARY})
    logging.getLogger("third.party").error("token=%s", CANARY)
    logging.shutdown()
    written = str(read(recent))
    files = LogFiles(settings.log_path())
    (settings.log_path() / "old.log").write_text(
        f"2026 password={CANARY} was written before there was a mask\n"
    )
    for file in files.names():
        written += str(files.read(file.name, level="DEBUG", words="", before=None, limit=50))
    assert "fact" in written and "before there was a mask" in written
    assert CANARY not in written


@pytest.mark.parametrize("name", ["../.env", "/etc/passwd", "..", ".env", "missing.log", "log/app.log"])
def test_only_files_of_the_folder_are_read(settings: Settings, name: str) -> None:
    settings.log_path().mkdir(exist_ok=True)
    with pytest.raises(NotFound):
        LogFiles(settings.log_path()).read(name, level="DEBUG", words="", before=None, limit=5)


def test_a_link_out_of_the_folder_is_no_log_file(settings: Settings) -> None:
    settings.log_path().mkdir(exist_ok=True)
    (settings.log_path() / "trap.log").symlink_to(settings.log_path().parent / ".env")
    assert LogFiles(settings.log_path()).names() == []


def test_errors_that_differ_in_numbers_alone_are_one_group(tracker: ErrorTracker) -> None:
    request_ids.begin("REQUEST-7777")
    for number in (17, 18, 19):
        fail(f"order {number} of 'ada' failed")
    request_ids.begin("")
    fail("order 20 of 'ada' failed", KeyError)
    tracker.close()
    groups = tracker.groups(with_resolved=False)
    assert sorted((group.count, group.kind) for group in groups) == [(1, "KeyError"), (3, "ValueError")]
    group = next(group for group in groups if group.count == 3)
    assert group.request_id == "REQUEST-7777"
    assert group.message == "order 19 of 'ada' failed" and "raise kind" in (group.trace or "")


def test_warnings_are_no_errors(tracker: ErrorTracker) -> None:
    get_logger("feed").warning("stale")
    tracker.close()
    assert tracker.groups(with_resolved=True) == []


def test_a_solved_error_that_returns_is_open_again(
    stores: Stores, clock: ManualClock, settings: Settings, restored_logging: None
) -> None:
    configure_logging(settings, console=io.StringIO())
    for _ in range(2):
        tracker = ErrorTracker(stores.logs, clock)
        tracker.listen()
        fail("order failed")
        tracker.close()
        group = tracker.groups(with_resolved=False)[0]
        assert group.resolved_at is None
        tracker.resolve(group.fingerprint, "ada", is_resolved=True)
        assert tracker.groups(with_resolved=False) == []
    again = tracker.groups(with_resolved=True)[0]
    assert (again.count, again.returned, again.resolved_by) == (2, 1, "ada")


def test_a_flood_of_errors_waits_in_bounded_memory(stores: Stores, clock: ManualClock) -> None:
    tracker = ErrorTracker(stores.logs, clock, size=50)
    with stores.logs.unit():  # the store is busy, nothing can be counted meanwhile
        for number in range(400):
            tracker.add(logging.ERROR, f'{{"level":"error","logger":"x{number}","message":"m"}}')
        assert len(tracker) <= tracker.size
    assert tracker.dropped >= 400 - tracker.size - 100
    tracker.close()


def test_an_error_of_a_page_says_page_and_release_and_neither_a_query_nor_a_secret(tracker) -> None:
    stack = f"TypeError: x\n at Desk (https://desk.test/assets/a.js?v={CANARY}:3:14) password={CANARY}"
    for page in (f"/trade?token={CANARY}", f"/orderbook#{CANARY}"):
        page_errors.note(
            page_errors.PageError(
                kind="TypeError", message=f"GET /ui/api/orders?apikey={CANARY} was odd", stack=stack, page=page,
                release="index-A1",
            )
        )  # fmt: skip
    tracker.close()
    (group,) = tracker.groups(with_resolved=False)
    assert group.count == 2
    assert (group.logger, group.kind, group.place) == ("browser", "TypeError", "/orderbook · index-A1")
    assert group.message == "GET /ui/api/orders was odd"
    assert "at Desk (https://desk.test/assets/a.js:3:14) password=***" in group.trace
    assert CANARY not in str(group)
