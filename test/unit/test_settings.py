"""Settings: typed, complete, and never silent about a mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from utils.settings import Settings, SettingsError, load_settings, parse_rates

GOOD = {"APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "DATABASE_URL": "sqlite:///db/openalgo.db"}


def read(
    folder: Path, changes: Mapping[str, str | None], environ: Mapping[str, str] | None = None
) -> Settings:
    values = {name: text for name, text in {**GOOD, **changes}.items() if text is not None}
    file = folder / ".env"
    file.write_text("".join(f"{name}={text}\n" for name, text in values.items()))
    return load_settings(file, environ or {})


def problems(folder: Path, changes: Mapping[str, str | None]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, changes)
    return caught.value.problems


def test_three_names_are_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, {})
    assert settings.flask_port == 5000
    assert settings.session_expiry_time == dt.time(3, 30)
    assert settings.zmq_ingress_port == settings.zmq_port + 1
    assert settings.data_dir == tmp_path.resolve()


@pytest.mark.parametrize("name", list(GOOD))
def test_each_of_the_three_is_named_when_missing(tmp_path: Path, name: str) -> None:
    assert set(problems(tmp_path, {name: None})) == {name}


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("FLASK_PORT", "65536"), ("FLASK_PORT", "five"), ("FLASK_DEBUG", "maybe"), ("FLASK_ENV", "staging"),
        ("API_RATE_LIMIT", "10 per fortnight"), ("ORDER_RATE_LIMIT", "0 per second"), ("SESSION_EXPIRY_TIME", "24:00"),
        ("SESSION_EXPIRY_TIME", "3:30"), ("WEBSOCKET_URL", "http://127.0.0.1:8765"), ("LOG_LEVEL", "LOUD"),
        ("LOG_RETENTION", "0"), ("LOG_TO_FILE", "perhaps"), ("DATABASE_URL", "mysql://db"), ("APP_KEY", "short"),
        ("API_KEY_PEPPER", "YOUR_PEPPER_HERE_YOUR_PEPPER_HERE_"), ("OPENALGO_ASYNC_MODE", "gevent"),
        ("REDIRECT_URL", "http://127.0.0.1:5000/<broker>/callback"), ("BROKER_KEEPALIVE_INTERVAL", "4"),
        ("FERNET_SALT", "xyz"), ("BROKER_KEEPALIVE_WINDOW", "9-23"), ("HOST_SERVER", "127.0.0.1:5000"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(tmp_path: Path, name: str, bad: str) -> None:
    assert set(problems(tmp_path, {name: bad})) == {name}


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, {"FLASK_PORT": "x", "LOG_LEVEL": "LOUD", "WEBSOCKET_PROT": "1", "APP_KEY": None}
    )
    assert set(found) == {"FLASK_PORT", "LOG_LEVEL", "WEBSOCKET_PROT", "APP_KEY"}


def test_a_secret_value_is_never_repeated_in_a_problem_or_a_print(tmp_path: Path) -> None:
    secret = "canary-canary-canary-canary-canary-1"
    assert secret not in repr(read(tmp_path, {"APP_KEY": secret}))
    assert "shorty-canary" not in str(problems(tmp_path, {"APP_KEY": "shorty-canary"}))


def test_a_name_that_resembles_ours_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    assert "WEBSOCKET_PORT" in problems(tmp_path, {"WEBSOCKET_PROT": "1"})["WEBSOCKET_PROT"]
    assert "BROKER_API_KEY" in problems(tmp_path, {"BROKER_API_KYE": "1"})["BROKER_API_KYE"]
    assert set(problems(tmp_path, {"CSP_NONSENSE_THING": "1"})) == {"CSP_NONSENSE_THING"}


def test_an_unreadable_line_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APP_KEY='unclosed\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / ".env", GOOD)
    assert set(caught.value.problems) == {".env line 1"}


def test_foreign_names_only_warn_in_the_file_and_are_ignored_in_the_environment(tmp_path: Path) -> None:
    settings = read(
        tmp_path, {"MY_SHOP": "1", "FLASK_DEBUG_ALLOW_EXTERNAL": "True"}, {"FLASK_APP": "x", "LANG": "C"}
    )
    assert len(settings.warnings) == 2


def test_the_environment_wins_over_the_file_and_port_over_flask_port(tmp_path: Path) -> None:
    assert read(tmp_path, {"FLASK_PORT": "7001"}, {"FLASK_PORT": "7002"}).flask_port == 7002
    assert read(tmp_path, {"FLASK_PORT": "7001"}, {"PORT": "7003"}).flask_port == 7003


def test_an_empty_value_means_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, {"FLASK_PORT": "", "CSRF_TIME_LIMIT": ""}).flask_port == 5000


def test_public_addresses_follow_the_ports(tmp_path: Path) -> None:
    settings = read(tmp_path, {"FLASK_PORT": "7001", "FLASK_HOST_IP": "0.0.0.0", "WEBSOCKET_PORT": "7002"})
    assert settings.host_server == "http://127.0.0.1:7001"
    assert settings.websocket_url == "ws://127.0.0.1:7002"


def test_two_listeners_on_one_port_are_refused(tmp_path: Path) -> None:
    assert set(problems(tmp_path, {"ZMQ_PORT": "8765"})) == {"ZMQ_PORT"}


def test_debug_mode_is_refused_beyond_loopback(tmp_path: Path) -> None:
    assert set(problems(tmp_path, {"FLASK_DEBUG": "1", "FLASK_HOST_IP": "0.0.0.0"})) == {"FLASK_DEBUG"}


@pytest.mark.parametrize(
    ("broker", "key", "good"),
    [
        ("dhan", "a:::b", True),
        ("dhan", "a", False),
        ("fivepaisa", "a:::b:::c", True),
        ("fivepaisa", "a:::b", False),
    ],
)
def test_joined_broker_keys_have_their_number_of_parts(
    tmp_path: Path, broker: str, key: str, good: bool
) -> None:
    changes = {"REDIRECT_URL": f"http://127.0.0.1:5000/{broker}/callback", "BROKER_API_KEY": key}
    if good:
        assert read(tmp_path, changes).broker_api_key.get_secret_value() == key
    else:
        assert set(problems(tmp_path, changes)) == {"BROKER_API_KEY"}


def test_broker_options_are_free(tmp_path: Path) -> None:
    settings = read(
        tmp_path, {"BROKER_ZERODHA_REST_URL": "http://127.0.0.1:9"}, {"BROKER_DHAN_SANDBOX_WS_URL": "ws://x"}
    )
    assert settings.broker_option("zerodha", "rest_url") == "http://127.0.0.1:9"
    assert settings.broker_option("dhan_sandbox", "WS_URL") == "ws://x"
    assert settings.broker_option("upstox", "rest_url") is None
    assert settings.broker_options("zerodha") == {"rest_url": "http://127.0.0.1:9"}


def test_relative_store_paths_start_at_the_data_folder(tmp_path: Path) -> None:
    settings = read(
        tmp_path, {"LOGS_DATABASE_URL": "postgresql://u:p@h/logs", "HISTORIFY_DATABASE_URL": "db/h.duckdb"}
    )
    assert settings.store_url("main") == f"sqlite:///{tmp_path.resolve()}/db/openalgo.db"
    assert settings.store_url("logs") == "postgresql://u:p@h/logs"
    assert settings.history_path() == tmp_path.resolve() / "db/h.duckdb"


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = read(tmp_path, {})
    with pytest.raises(ValidationError):
        settings.flask_port = 1  # type: ignore[misc]


def test_rate_texts_become_windows() -> None:
    assert parse_rates("10 per second; 500 per Minute") == ((10, 1), (500, 60))


def test_the_bus_leaves_loopback_only_with_keys(tmp_path: Path) -> None:
    assert "ZMQ_HOST" in problems(tmp_path, {"ZMQ_HOST": "0.0.0.0"})
    opened = read(tmp_path, {"ZMQ_HOST": "10.0.0.5", "ZMQ_KEY_FILE": "keys/bus.key_secret"})
    assert opened.bus_keys == tmp_path / "keys/bus.key_secret"
    assert read(tmp_path, {}).bus_keys is None


def test_a_forwarder_must_know_its_feed(tmp_path: Path) -> None:
    assert "WEBSOCKET_ROLE" in problems(tmp_path, {"WEBSOCKET_ROLE": "forwarder"})
