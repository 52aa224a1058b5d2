"""The log viewer and the groups of errors."""

from __future__ import annotations

from typing import Any, Literal

import flask
import msgspec
from pydantic import Field, StrictBool

from blueprints.edge import Call, Form, session_route
from services.ops.records import page_errors

blueprint = flask.Blueprint("operator_logs", __name__)
ROOT = "/ui/api/operator"


class LogQuery(Form):
    """file: a name of the list, empty for the memory of the running process. after: only rows that are newer."""

    file: str = Field("", max_length=100)
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    words: str = Field("", max_length=100)
    after: int = Field(0, ge=0)
    before: int | None = Field(None, ge=1)
    limit: int = Field(200, ge=1, le=500)


class ErrorsQuery(Form):
    """resolved: solved ones, too."""

    resolved: bool = False


class ResolveForm(Form):
    """Solved, or open again."""

    resolved: StrictBool


class PageErrorForm(Form):
    """What went wrong on a page of the desk. kind: name of the exception. release: as the page was built."""

    kind: str = Field("Error", min_length=1, max_length=100)
    message: str = Field(min_length=1, max_length=1_000)
    stack: str = Field("", max_length=10_000)
    page: str = Field("", max_length=200)
    release: str = Field("", max_length=80)


@session_route(blueprint, f"{ROOT}/logs", auth="admin", query=LogQuery)
def show_log(call: Call) -> Any:
    """Rows, newest first, without secrets."""
    asked: LogQuery = call.query
    room = call.services.operator
    if asked.file:
        lines = room.files.read(
            asked.file, level=asked.level, words=asked.words, before=asked.before, limit=asked.limit
        )
    else:
        lines = room.recent.read(
            level=asked.level, words=asked.words, after=asked.after, before=asked.before, limit=asked.limit
        )
    return {
        "rows": [msgspec.structs.asdict(line) for line in lines], "held": len(room.recent),
        "room": room.recent.size, "before": lines[-1].number if lines else None,
    }  # fmt: skip


@session_route(blueprint, f"{ROOT}/logs/files", auth="admin")
def show_log_files(call: Call) -> Any:
    """Log files of the installation, newest first."""
    return [msgspec.structs.asdict(file) for file in call.services.operator.files.names()]


@session_route(blueprint, f"{ROOT}/errors", auth="admin", query=ErrorsQuery)
def show_errors(call: Call) -> Any:
    """Groups of errors, last seen first."""
    groups = call.services.operator.errors.groups(with_resolved=call.query.resolved)
    return [msgspec.structs.asdict(group) for group in groups]


@session_route(blueprint, f"{ROOT}/errors/<fingerprint>", methods=("PUT",), auth="admin", body=ResolveForm)
def resolve_error(call: Call, fingerprint: str) -> Any:
    """Mark a group as solved; it opens again by itself when the error returns."""
    errors, by = call.services.operator.errors, call.principal.username
    return msgspec.structs.asdict(errors.resolve(fingerprint, by, is_resolved=call.body.resolved))


@session_route(blueprint, "/ui/api/errors/browser", methods=("POST",), body=PageErrorForm, limit="page_error")
def note_page_error(call: Call) -> Any:
    """An error of the desk itself, into the same groups."""
    form: PageErrorForm = call.body
    page_errors.note(page_errors.PageError(**form.model_dump()))
    return {}
