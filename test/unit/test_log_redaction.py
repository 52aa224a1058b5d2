"""Canary secrets must not survive any way of writing them down."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

from utils.logging import configure_logging, get_logger, log_context, trim_errors
from utils.redaction import is_secret_key, redact, redact_text
from utils.settings import Settings, load_settings

CANARY = "c4n4ry-S3cret_value"
KEYS = [
    "apikey", "api_key", "api-key", "API Key", "X-API-KEY", "app_key", "APP_KEY", "api_secret", "apiSecret",
    "password", "passwd", "new_password", "pepper", "API_KEY_PEPPER", "access_token", "accessToken", "enctoken",
    "feed_token", "session_token", "auth_token", "authToken", "Authorization", "secret", "token", "refresh_token",
    "request_token", "totp", "totp_code", "otp", "mpin", "cookie", "Set-Cookie", "jwtToken", "csrf_token", "ticket",
    "BROKER_API_SECRET_MARKET", "telegram_webhook_secret", "private_key", "user_key", "checksum",
]  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    env = tmp_path / ".env"
    env.write_text(f"APP_KEY={'a' * 64}\nAPI_KEY_PEPPER={'b' * 64}\nDATABASE_URL=sqlite:///db/openalgo.db\n")
    return load_settings(env, {})


@pytest.fixture
def restored_logging():
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in before:
            handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("key", KEYS)
def test_every_spelling_of_a_secret_key_is_masked_in_dictionaries(key: str) -> None:
    masked = redact({"order": [{"deep": {key: CANARY, "symbol": "SBIN"}}]})
    assert CANARY not in repr(masked)
    assert masked["order"][0]["deep"]["symbol"] == "SBIN"


@pytest.mark.parametrize("key", [key for key in KEYS if key != "Authorization"])
@pytest.mark.parametrize(
    "shape",
    [
        '{{"{key}": "{value}"}}',
        "{{'{key}': '{value}'}}",
        "{key}={value}",
        "{key}: {value}",
        "https://host/path?x=1&{key}={value}&y=2",
        '"{{\\"{key}\\":\\"{value}\\"}}"',
    ],
)
def test_every_spelling_of_a_secret_is_masked_in_text(key: str, shape: str) -> None:
    assert CANARY not in redact_text(shape.format(key=key, value=CANARY))


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"Authorization: token key:{CANARY}",
        f"sent header 'authorization': 'enctoken {CANARY}'",
        f"got Bearer {CANARY}",
        f"postgresql://openalgo:{CANARY}@db/main",
        f"wss://ws.kite.trade/?api_key=abc&access_token={CANARY}",
    ],
)
def test_headers_and_addresses_with_credentials_are_masked(text: str) -> None:
    assert CANARY not in redact_text(text)


def test_keys_and_tokens_are_masked_by_shape_alone() -> None:
    api_key = "0f" * 32
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    assert api_key not in redact_text(f"looked up {api_key} in the cache")
    assert jwt not in redact_text(f"received {jwt}")


@pytest.mark.parametrize(
    "key", ["symbol", "instrument_token", "symboltoken", "exchange_token", "order_id", "quantity"]
)
def test_public_words_stay_readable(key: str) -> None:
    assert not is_secret_key(key)
    assert redact({key: "12345"}) == {key: "12345"}
    assert redact_text(f"{key}=12345") == f"{key}=12345"


@pytest.mark.parametrize("log_format", ["json", "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"])
@pytest.mark.usefixtures("restored_logging")
def test_no_way_of_logging_lets_a_secret_through(settings: Settings, log_format: str) -> None:
    console = io.StringIO()
    settings = settings.model_copy(update={"log_format": log_format, "log_to_file": True})
    configure_logging(settings, console=console)
    log = get_logger("canary")
    log.warning("fact", api_key=CANARY, body={"apikey": CANARY, "legs": [{"password": CANARY}]})
    interpolated = f"interpolated password={CANARY}"
    log.warning(interpolated)
    logging.getLogger("third.party").error("args %s and %s", {"token": CANARY}, f"apikey={CANARY}")
    try:
        raise ValueError(f"https://host/login?access_token={CANARY}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("third.party").exception("failed too")
    logging.shutdown()
    written = console.getvalue() + "".join(path.read_text() for path in settings.log_path().iterdir())
    assert "failed too" in written and "ValueError" in written
    assert CANARY not in written


@pytest.mark.usefixtures("restored_logging")
def test_bound_context_is_on_every_line_and_gone_afterwards(settings: Settings) -> None:
    console = io.StringIO()
    configure_logging(settings.model_copy(update={"log_format": "json"}), console=console)
    with log_context(request_id="R1", user="asha", account=3, order_id="O9"):
        get_logger("trading").info("order sent")
        logging.getLogger("foreign").warning("seen")
    get_logger("trading").info("idle")
    first, second, third = (json.loads(line) for line in console.getvalue().splitlines())
    for row in (first, second):
        assert (row["request_id"], row["user"], row["account"], row["order_id"]) == ("R1", "asha", 3, "O9")
    assert "request_id" not in third
    assert first["level"] == "info" and first["logger"] == "trading" and first["ts"].endswith("+05:30")


@pytest.mark.usefixtures("restored_logging")
def test_errors_are_kept_as_rows_that_only_the_owner_reads(settings: Settings) -> None:
    configure_logging(settings, console=io.StringIO())
    with log_context(request_id="R2"):
        get_logger("orders").error("broker said no", code="RMS")
    path = settings.log_path() / "errors.jsonl"
    row = json.loads(path.read_text())
    assert list(row) == ["ts", "level", "logger", "module", "file", "message", "exception", "request"]
    assert row["message"] == "broker said no" and row["request"] == {"request_id": "R2", "code": "RMS"}
    assert row["module"] == "test_log_redaction"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_errors_file_is_cut_to_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "errors.jsonl").write_text("".join(f"{number}\n" for number in range(10)))
    trim_errors(tmp_path, keep=3)
    assert (tmp_path / "errors.jsonl").read_text() == "7\n8\n9\n"


def test_no_text_passes_for_a_row_of_its_own_in_the_plain_format(
    settings: Settings, restored_logging: None
) -> None:
    stream = io.StringIO()
    configure_logging(settings, console=stream)
    forged = "x\r\n2026-12-01 10:00:00 INFO audit: nothing happened\x1b[2J\u2028y"
    get_logger("test.forged").warning(forged, device=forged)
    logging.getLogger("test.foreign").warning("%s", forged)
    try:
        raise ValueError(forged)
    except ValueError:
        get_logger("test.forged").exception("it failed")
    rows = stream.getvalue().splitlines()
    assert sum("nothing happened" in row for row in rows) >= 3
    assert [row for row in rows if row.startswith("2026-12-01 10:00:00")] == []
    assert "\x1b" not in stream.getvalue() and "\\r\\n2026" in rows[0]
    assert all(row.startswith("  | ") for row in rows[3:]), "a trace is set in"
