"""The whole settings model and how it is read: `.env`, the process environment over it, every problem at once."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from dotenv.parser import parse_stream
from pydantic import PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from utils.settings.core import Broker, Secrets, Stores, Streaming, Web
from utils.settings.features import Features, Health, Logs
from utils.settings.policy import ContentPolicy, RateLimits, Sessions

SECTIONS = (
    Web,
    Secrets,
    Broker,
    Stores,
    Streaming,
    Sessions,
    ContentPolicy,
    RateLimits,
    Logs,
    Health,
    Features,
)

# Read by libraries, not by us: a value in `.env` is handed on to the process environment.
PASSED_ON = {
    "TZ": "Clock of the container; OpenAlgo itself always reckons in IST",
    "TMPDIR": "Folder of temporary files",
    "NUMBA_CACHE_DIR": "Cache of strategies' compiled code",
    "LLVMLITE_TMPDIR": "Temporary files of strategies' compiler",
    "MPLCONFIGDIR": "Cache of strategies' plots",
    "OPENBLAS_NUM_THREADS": "Threads of numeric libraries",
    "OMP_NUM_THREADS": "Threads of numeric libraries",
    "MKL_NUM_THREADS": "Threads of numeric libraries",
    "NUMEXPR_NUM_THREADS": "Threads of numeric libraries",
    "NUMBA_NUM_THREADS": "Threads of numeric libraries",
}
RETIRED = {
    "FLASK_DEBUG_ALLOW_EXTERNAL": "debug mode never listens beyond loopback",
    "TRUSTED_PROXY_COUNT": "TRUSTED_PROXIES lists the proxies by address",
}
# What scripts and the published client read; harmless in a shared `.env`.
_OF_CLIENTS = {
    "STRATEGY_ID", "STRATEGY_NAME", "OPENALGO_STRATEGY_EXCHANGE", "OPENALGO_HOST", "OPENALGO_API_KEY", "PORT",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"(?i)^(your|change|replace|example|placeholder|xxx|<)")
_BROKER_OPTION = re.compile(r"BROKER_[A-Z0-9]+(_[A-Z0-9]+)+")
_CALLBACK = re.compile(r"https?://[^/\s]+(?:/[^\s]*)?/([a-z0-9_]+)/callback")
_KEY_PARTS = {"fivepaisa": 3, "flattrade": 2, "dhan": 2}
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """One or more bad settings. `problems` maps the variable's name to what is wrong and how to mend it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("\n".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = problems


class Settings(
    Features,
    Health,
    Logs,
    RateLimits,
    ContentPolicy,
    Sessions,
    Streaming,
    Stores,
    Broker,
    Secrets,
    Web,
    BaseSettings,
):
    """Every setting; the attribute is the variable's name in lower case. Immutable, shared by all processes."""

    model_config = SettingsConfigDict(frozen=True, str_strip_whitespace=True, extra="forbid")
    _options: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what load_settings() hands over; nothing is read behind its back."""
        return (init_settings,)

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, values: Any) -> Any:
        values = dict(values)
        bus = str(values.get("zmq_port", 5555))
        if bus.isdigit():
            values.setdefault("zmq_ingress_port", int(bus) + 1)
        web = _reachable(str(values.get("flask_host_ip", "127.0.0.1")))
        values.setdefault("host_server", f"http://{web}:{values.get('flask_port', 5000)}")
        proxy = _reachable(str(values.get("websocket_host", "127.0.0.1")))
        values.setdefault("websocket_url", f"ws://{proxy}:{values.get('websocket_port', 8765)}")
        return values

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = list(_cross_problems(self))
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def data_dir(self) -> Path:
        """Absolute folder that holds .env, db/, log/ and keys/."""
        return self.openalgo_data_dir.resolve()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What load_settings() found odd but not wrong, one sentence each."""
        return self._warnings

    def with_findings(self, options: dict[str, str], warnings: list[str]) -> Self:
        """These settings with the free broker options and the warnings found while reading."""
        self._options = options
        self._warnings = tuple(warnings)
        return self

    def store_url(self, store: str) -> str:
        """URL of store `main`, `logs`, `latency`, `health` or `sandbox`, SQLite paths made absolute."""
        name = "database_url" if store == "main" else f"{store}_database_url"
        url: str = getattr(self, name)
        prefix = "sqlite:///"
        if not url.startswith(prefix) or url == prefix + ":memory:":
            return url
        return prefix + str(self.data_dir / url.removeprefix(prefix))

    def history_path(self) -> Path:
        """Absolute path of the DuckDB history file, whichever of its two names was set."""
        text = self.historify_database_url or self.historify_database_path
        return self.data_dir / text.removeprefix("duckdb:///")

    def log_path(self) -> Path:
        """Absolute folder of log files."""
        return self.data_dir / self.log_dir

    @property
    def ws_stats_path(self) -> Path:
        """File into which a streaming process that runs whole writes its figures; parts write beside it."""
        return self.openalgo_data_dir / self.ws_proxy_stats_file

    @property
    def bus_keys(self) -> Path | None:
        """File with the keys of the bus; None when it stays on loopback without any."""
        return self.openalgo_data_dir / self.zmq_key_file if self.zmq_key_file else None

    def broker_option(self, broker: str, name: str) -> str | None:
        """Value of BROKER_<BROKER>_<NAME>, such as ("zerodha", "rest_url"); None when not set."""
        return self._options.get(f"BROKER_{broker}_{name}".upper())

    def broker_options(self, broker: str) -> dict[str, str]:
        """All options of one broker by lower-case name."""
        prefix = f"BROKER_{broker}_".upper()
        return {
            key.removeprefix(prefix).lower(): text
            for key, text in self._options.items()
            if key.startswith(prefix)
        }


def known_names() -> tuple[str, ...]:
    """Environment names of all settings, in documented order."""
    return tuple(name.upper() for section in SECTIONS for name in section.model_fields)


def load_settings(env_file: Path, environ: Mapping[str, str]) -> Settings:
    """Settings of `.env` with the process environment over it.

    Empty values mean "not set". Unknown names in the file that resemble ours are errors, others warnings; unknown
    names in the environment belong to somebody else. Raises SettingsError with every problem found.
    """
    in_file, unreadable = _read_file(env_file)
    known = set(known_names())
    options = {
        key: value for key, value in {**in_file, **environ}.items() if value and _is_option(key, known)
    }
    problems, warnings = _unknown_names(set(in_file) - known - set(options))
    problems |= unreadable
    merged = {**in_file, **{key: value for key, value in environ.items() if value}}
    if environ.get("PORT") and not environ.get("FLASK_PORT"):
        merged["FLASK_PORT"] = environ["PORT"]
    values = {key.lower(): value for key, value in merged.items() if key in known and value.strip()}
    values["openalgo_data_dir"] = str(env_file.parent / values.get("openalgo_data_dir", ""))
    problems |= _placeholder_problems(values)
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems = {**_validation_problems(error), **problems}
    if settings is None or problems:
        raise SettingsError(problems)
    return settings.with_findings(options, [*warnings, *_without_effect(values)])


def _read_file(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Names and values of the file, and a problem for each line that cannot be read."""
    if not path.exists():
        return {}, {}
    try:
        with path.open(encoding="utf-8") as stream:
            lines = list(parse_stream(stream))
    except UnicodeDecodeError:
        return {}, {path.name: "is not UTF-8 text; write it anew with a text editor"}
    problems = {
        f"{path.name} line {line.original.line}": "cannot be read; write NAME=value, quotes around blanks and quotes"
        for line in lines
        if line.error
    }
    return {line.key: line.value or "" for line in lines if line.key and not line.error}, problems


def env_file_of(environ: Mapping[str, str]) -> Path:
    """Absolute path of `.env`: in OPENALGO_DATA_DIR, else in the folder of app.py."""
    folder = environ.get("OPENALGO_DATA_DIR")
    return (Path(folder) if folder else Path(__file__).resolve().parents[2]).resolve() / ".env"


def process_settings() -> Settings:
    """Settings of this process. Raises SettingsError."""
    return load_settings(env_file_of(os.environ), os.environ)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in _EVERYWHERE else host


def _is_option(name: str, known: set[str]) -> bool:
    if name in known or _BROKER_OPTION.fullmatch(name) is None:
        return False
    return not difflib.get_close_matches(name, known, n=1, cutoff=0.88)


def _unknown_names(names: set[str]) -> tuple[dict[str, str], list[str]]:
    known = known_names()
    prefixes = {name.split("_")[0] for name in known}
    problems: dict[str, str] = {}
    warnings: list[str] = []
    for name in sorted(names - set(PASSED_ON) - _OF_CLIENTS):
        if name in RETIRED:
            warnings.append(f"{name} has no effect any more: {RETIRED[name]}")
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.75)
        if near:
            problems[name] = f"unknown setting; did you mean {near[0]}?"
        elif name.split("_")[0] in prefixes:
            problems[name] = "unknown setting; docs/settings.md lists all names. Remove the line"
        else:
            warnings.append(f"{name} in .env is not a setting of OpenAlgo and is ignored")
    return problems, warnings


def _without_effect(values: Mapping[str, str]) -> list[str]:
    """A sentence for each value that asks for something this program does not do yet."""
    found = []
    for name, text in values.items():
        field = Settings.model_fields[name]
        extra = field.json_schema_extra
        asks = text.strip().lower() not in ("", "false", "0", str(field.default).lower())
        if isinstance(extra, dict) and extra.get("reserved") and asks and name != "env_config_version":
            found.append(f"{name.upper()} has no effect in this version")
    return found


def _placeholder_problems(values: dict[str, str]) -> dict[str, str]:
    problems = {}
    for name in ("app_key", "api_key_pepper"):
        text = values.get(name, "")
        if not text:
            problems[name.upper()] = "missing; start app.py once and it is written into .env"
        elif len(text) < 32 or _PLACEHOLDER.match(text):
            problems[name.upper()] = "too short or a placeholder; use at least 32 random characters"
    if not values.get("database_url"):
        problems["DATABASE_URL"] = "missing; use for instance sqlite:///db/openalgo.db"
    return problems


def _cross_problems(settings: Settings) -> list[str]:
    found = []
    if settings.flask_debug and settings.flask_host_ip not in _LOOPBACK:
        found.append(
            "FLASK_DEBUG|refused because FLASK_HOST_IP is not a loopback address; set FLASK_DEBUG=False"
        )
    ports = {"FLASK_PORT": settings.flask_port, "WEBSOCKET_PORT": settings.websocket_port}
    ports |= {"ZMQ_PORT": settings.zmq_port, "ZMQ_INGRESS_PORT": settings.zmq_ingress_port}
    if settings.zmq_host not in _LOOPBACK and not settings.zmq_key_file:
        found.append("ZMQ_HOST|is reachable from other machines; set ZMQ_KEY_FILE to the keys of the bus")
    if settings.websocket_role == "forwarder" and not settings.zmq_upstream_host:
        found.append("WEBSOCKET_ROLE|a forwarder needs ZMQ_UPSTREAM_HOST")
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port and port in seen:
            found.append(f"{name}|{port} is also {seen[port]}; give each its own port")
        seen.setdefault(port, name)
    if settings.redirect_url:
        found += _redirect_problems(settings)
    if settings.historify_delay_min > settings.historify_delay_max:
        found.append("HISTORIFY_DELAY_MIN|is greater than HISTORIFY_DELAY_MAX; lower it")
    if settings.mcp_http_enabled and not settings.mcp_public_url.startswith("https://"):
        found.append("MCP_PUBLIC_URL|must be an https origin when MCP_HTTP_ENABLED is true")
    return found


def _redirect_problems(settings: Settings) -> list[str]:
    match = _CALLBACK.fullmatch(settings.redirect_url)
    if match is None:
        return ["REDIRECT_URL|must end /<broker>/callback with a broker's name, e.g. …:5000/zerodha/callback"]
    broker = match[1]
    found = []
    if settings.valid_brokers and broker not in settings.valid_brokers:
        found.append(f"REDIRECT_URL|names {broker}, which VALID_BROKERS does not hold; add it there")
    parts = _KEY_PARTS.get(broker)
    key = settings.broker_api_key.get_secret_value()
    if parts and key and len(key.split(":::")) != parts:
        found.append(f"BROKER_API_KEY|for {broker} it has {parts} parts joined with :::")
    return found


def _validation_problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for item in error.errors():
        text = item["msg"].removeprefix("Value error, ")
        if not item["loc"]:
            problems |= dict(line.split("|", 1) for line in text.splitlines())
            continue
        name = str(item["loc"][0])
        field = Settings.model_fields.get(name)
        secret = field is not None and "Secret" in str(field.annotation)
        given = (
            ""
            if secret or item["type"] == "missing" or isinstance(item["input"], dict)
            else f"{item['input']!r} "
        )
        problems[name.upper()] = f"{given}{text[0].lower()}{text[1:]}; correct it in .env or the environment"
    return problems


def reveal(secret: SecretStr) -> str:
    """The text of a secret; a name to search for when asking who reads secrets."""
    return secret.get_secret_value()
