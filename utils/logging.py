"""Logging: structlog over the standard library, one pipeline for our events and everybody else's records.

Every event carries the bound context (request id, user, account, order id). Secrets are masked twice: by key while
the event is still a dictionary, by pattern on the finished line.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import structlog
from pydantic import SecretStr

from utils import request_ids
from utils.clock import from_epoch, ist
from utils.redaction import redact, redact_text, remember

if TYPE_CHECKING:
    from utils.settings import Settings

ERRORS_FILE = "errors.jsonl"
ERRORS_KEPT = 1000
_QUIET = {"werkzeug": logging.WARNING, "engineio": logging.WARNING, "socketio": logging.WARNING,
          "httpx": logging.WARNING, "httpcore": logging.WARNING, "websockets": logging.WARNING,
          "apscheduler": logging.WARNING, "alembic": logging.WARNING, "gunicorn": logging.WARNING,
          "urllib3": logging.WARNING, "flask_limiter": logging.ERROR}  # fmt: skip
_COLORS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m"}
_RESET = "\x1b[0m"

EventDict = MutableMapping[str, Any]
Logger = structlog.stdlib.BoundLogger


def get_logger(name: str) -> Logger:
    """Logger for one module. Events are short sentences; facts are keyword arguments."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def log_context(**facts: Any) -> Iterator[None]:
    """Bind request_id, user, account, order_id … to every event inside the block (this thread or task only)."""
    with structlog.contextvars.bound_contextvars(**facts):
        yield


def configure_logging(settings: Settings, process: str = "app", console: TextIO | None = None) -> None:
    """Set up the pipeline of this process from LOG_*; replaces what was configured before.

    process: names the daily file (`<process>.log`). console: where lines go, standard error unless given.
    """
    remember(*secrets_of(settings))
    stream = console or sys.stderr
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    handlers[0].setFormatter(_line_formatter(settings, _wants_color(settings, stream)))
    folder = settings.log_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.log_to_file:
        daily = logging.handlers.TimedRotatingFileHandler(
            folder / f"{process}.log",
            when="midnight",
            backupCount=settings.log_retention,
            encoding="utf-8",
            delay=True,
        )
        daily.setFormatter(_line_formatter(settings, color=False))
        handlers.append(daily)
    handlers.append(_errors_handler(folder))
    handlers.append(_sinks_handler())
    _install(handlers, settings.log_level)


def secrets_of(settings: Settings) -> list[str]:
    """The values of all secret settings."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return [*found, settings.fernet_salt, settings.fernet_salt_previous]


Sink = Callable[[int, str], None]
_sinks: list[tuple[int, Sink]] = []


def listen(level: int, sink: Sink) -> Callable[[], None]:
    """Hand every row of at least `level` to `sink(level number, JSON text)`, redacted, on the thread that logs.

    The text has the keys of the errors file. A sink must neither wait nor log. Answers what takes it back.
    """
    entry = (level, sink)
    _sinks.append(entry)
    return lambda: _sinks.remove(entry) if entry in _sinks else None


def trim_errors(folder: Path, keep: int = ERRORS_KEPT) -> None:
    """Cut the errors file to its last `keep` lines; called once at start, before anybody writes."""
    path = folder / ERRORS_FILE
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        last = deque(lines, maxlen=keep)
    spare = path.with_suffix(".tmp")
    spare.write_text("".join(last), encoding="utf-8")
    spare.chmod(0o600)
    spare.replace(path)


def _install(handlers: list[logging.Handler], level: str) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def _with_request(_: Any, __: str, event: EventDict) -> EventDict:
    request_id = request_ids.current()
    if request_id:
        event.setdefault("request_id", request_id)
    return event


def _redact_event(_: Any, __: str, event: EventDict) -> EventDict:
    meta = {key: event.pop(key) for key in ("_record", "_from_structlog", "exc_info") if key in event}
    return {**redact(dict(event)), **meta}


def _stamp(_: Any, __: str, event: EventDict) -> EventDict:
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        event["ts"] = ist(from_epoch(record.created)).isoformat(timespec="milliseconds")
        event["module"] = record.module
    return event


# Control characters as they are written in Python, line breaks above all, and what some viewers take for one.
_WRITTEN_OUT = {
    code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029) if code != 9
}


def _as_line(_: Any, __: str, event: EventDict) -> str:
    text = str(event.pop("event", ""))
    trace = event.pop("exception", None)
    for key in ("level", "logger", "ts", "module"):
        event.pop(key, None)
    facts = " ".join(
        f"{key}={value!r}" if isinstance(value, str) else f"{key}={value}" for key, value in event.items()
    )
    line = f"{text} {facts}".rstrip().translate(_WRITTEN_OUT)
    # Rows of a trace are set in: a text with line breaks cannot pass for a row of its own.
    within = [f"  | {row.translate(_WRITTEN_OUT)}" for row in (trace or "").splitlines()]
    return "\n".join(part for part in (line, *within) if part)


def _as_error_row(_: Any, __: str, event: EventDict) -> EventDict:
    record: logging.LogRecord | None = event.get("_record")
    row = {key: event.pop(key, None) for key in ("ts", "level", "logger", "module")}
    row["file"] = f"{Path(record.pathname).name}:{record.lineno}" if record is not None else None
    row["message"] = event.pop("event", "")
    row["exception"] = event.pop("exception", None)
    row["request"] = {key: value for key, value in event.items() if not key.startswith("_")}
    return {**row, "_record": event.get("_record"), "_from_structlog": event.get("_from_structlog")}


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    _with_request,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    _redact_event,
]


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks secrets in the finished line, tracebacks included, and colours it by level."""

    def __init__(self, *, color: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._color = color

    def format(self, record: logging.LogRecord) -> str:
        line = redact_text(super().format(record))
        paint = _COLORS.get(record.levelname.lower()) if self._color else None
        return f"{paint}{line}{_RESET}" if paint else line


def _formatter(
    last: list[Any], line_format: str = "%(message)s", *, color: bool = False
) -> logging.Formatter:
    return _RedactingFormatter(
        color=color,
        fmt=line_format,
        foreign_pre_chain=_SHARED,
        processors=[_stamp, structlog.processors.format_exc_info, *last],
        keep_exc_info=False,
    )


def _line_formatter(settings: Settings, color: bool) -> logging.Formatter:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format.lower() == "json":
        return _formatter([remove_meta, structlog.processors.JSONRenderer()])
    return _formatter([remove_meta, _as_line], settings.log_format, color=color)


def _errors_handler(folder: Path) -> logging.Handler:
    handler = _PrivateFile(folder / ERRORS_FILE, encoding="utf-8", delay=True)
    handler.setLevel(logging.ERROR)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(_formatter([_as_error_row, remove_meta, structlog.processors.JSONRenderer()]))
    return handler


def _sinks_handler() -> logging.Handler:
    handler = _SinkHandler()
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(_formatter([_as_error_row, remove_meta, structlog.processors.JSONRenderer()]))
    return handler


class _SinkHandler(logging.Handler):
    """Formats a row once for all who listen, and not at all where nobody does."""

    def emit(self, record: logging.LogRecord) -> None:
        wanted = [sink for level, sink in list(_sinks) if record.levelno >= level]
        if wanted:
            try:
                text = self.format(record)
                for sink in wanted:
                    sink(record.levelno, text)
            except Exception:  # noqa: BLE001 - the standard library's own way to report a failed handler
                self.handleError(record)


class _PrivateFile(logging.FileHandler):
    """A file only its owner may read."""

    def _open(self) -> Any:
        stream = super()._open()
        os.chmod(self.baseFilename, 0o600)
        return stream


def _wants_color(settings: Settings, stream: TextIO) -> bool:
    if settings.no_color or not settings.log_colors:
        return False
    return stream.isatty() or settings.force_color not in ("", "0")
