"""Sections of the settings that every installation uses: web, secrets, brokers, stores, streaming."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from utils.settings.fields import (
    CommaList,
    Count,
    HexText,
    HttpUrl,
    LowerCase,
    Networks,
    Port,
    Seconds,
    SocketUrl,
    StoreUrl,
    TimeWindow,
    required,
    setting,
)

NO_SECRET = SecretStr("")


class Section(BaseModel):
    """Base of all sections: immutable values, blanks at the ends cut off."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)


class Web(Section):
    """Core and web"""

    env_config_version: str = setting("1.0.7", "Version of the settings file's format")
    host_server: HttpUrl = setting(
        "http://127.0.0.1:5000",
        "Public base URL; https switches on Secure cookies",
        derived="http://<FLASK_HOST_IP>:<FLASK_PORT>",
    )
    flask_host_ip: str = setting("127.0.0.1", "Address the app listens on")
    flask_port: Port = setting(5000, "Port the app listens on; PORT in the environment overrides it")
    flask_debug: bool = setting(False, "Debug mode; refused unless FLASK_HOST_IP is a loopback address")
    flask_env: Literal["development", "production"] = setting(
        "development", "Kind of installation", reserved=True
    )
    ngrok_allow: bool = setting(False, "Open a tunnel at start", reserved=True)
    app_mode: Annotated[Literal["integrated", "standalone"], LowerCase] = setting(
        "integrated",
        "integrated: app.py also runs the WebSocket proxy; standalone: the proxy runs on its own",
    )
    trust_proxy_headers: bool = setting(
        False, "Take the client address from forwarded headers of TRUSTED_PROXIES"
    )
    trusted_proxies: Networks = setting(
        (IPv4Network("127.0.0.1"), IPv6Network("::1")),
        "Addresses and networks of own reverse proxies, comma list; nobody else's headers count",
    )
    openalgo_git_branch: str = setting("", "Build branch shown in diagnostics", reserved=True)
    openalgo_git_commit: str = setting("", "Build commit shown in diagnostics", reserved=True)
    openalgo_data_dir: Path = setting(
        Path(), "Folder that holds .env, db/, log/ and keys/", derived="the folder of app.py"
    )
    openalgo_async_mode: Annotated[Literal["threading", "eventlet"], LowerCase] = setting(
        "threading", "Socket.IO server kind; eventlet is served without gunicorn"
    )
    openalgo_web_threads: Annotated[int, Field(ge=8, le=1024)] = setting(
        96, "Worker threads of the web server; each open browser socket holds one"
    )
    openalgo_build_ui: bool = setting(True, "Build the web UI at start when it is missing or stale")
    max_request_bytes: Annotated[int, Field(ge=1024, le=104_857_600)] = setting(
        16_777_216, "Largest request body accepted, in bytes"
    )


class Secrets(Section):
    """Secrets"""

    app_key: SecretStr = required("Signs cookies and form tokens; at least 32 characters")
    api_key_pepper: SecretStr = required(
        "Pepper of passwords and API keys, root of encryption; at least 32 characters"
    )
    fernet_salt: HexText = setting("", "Per-installation salt of the encryption keys, hexadecimal")
    fernet_salt_previous: HexText = setting(
        "", "The salt before FERNET_SALT was changed, until everything is encrypted anew"
    )
    smtp_key_salt: SecretStr = setting(NO_SECRET, "Salt of the mail password's encryption", reserved=True)
    telegram_key_salt: SecretStr = setting(NO_SECRET, "Salt of the bot token's encryption", reserved=True)
    telegram_webhook_secret: SecretStr = setting(NO_SECRET, "Header secret of the bot webhook", reserved=True)


class Broker(Section):
    """Brokers"""

    broker_api_key: SecretStr = setting(NO_SECRET, "Application key of the broker named in REDIRECT_URL")
    broker_api_secret: SecretStr = setting(NO_SECRET, "Application secret of the same broker")
    broker_api_key_market: SecretStr = setting(
        NO_SECRET, "Second application key (market data) of XTS brokers"
    )
    broker_api_secret_market: SecretStr = setting(NO_SECRET, "Second application secret of XTS brokers")
    redirect_url: str = setting("", "Login callback, ends /<broker>/callback; names the default broker")
    valid_brokers: CommaList = setting((), "Brokers offered, comma list; empty offers every plug-in found")
    broker_vendor_code: str = setting("", "Vendor code, for brokers that ask for one")
    broker_client_id: str = setting("", "Client id, for brokers that ask for one")
    broker_user_id: str = setting("", "User id, for brokers that ask for one")
    broker_password: SecretStr = setting(NO_SECRET, "Password, for brokers that ask for one", reserved=True)
    broker_totp_secret: SecretStr = setting(
        NO_SECRET, "TOTP seed, for brokers that ask for one", reserved=True
    )
    broker_partner_id: str = setting("", "Partner id, for brokers that ask for one", reserved=True)
    broker_partner_secret: SecretStr = setting(
        NO_SECRET, "Partner secret, for brokers that ask for one", reserved=True
    )
    broker_api_url: HttpUrl = setting(
        "https://openapi.motilaloswal.com", "API origin of motilal", reserved=True
    )
    angel_history_min_interval: Seconds = setting(
        0.5, "Seconds between history calls to angel", reserved=True
    )
    angel_quote_min_interval: Seconds = setting(0.15, "Seconds between quote calls to angel", reserved=True)
    delta_base_url: HttpUrl = setting(
        "https://api.india.delta.exchange", "API origin of deltaexchange", reserved=True
    )
    delta_default_leverage: Annotated[int, Field(ge=1, le=200)] | None = setting(
        None, "Leverage set before deltaexchange orders; empty leaves it alone", reserved=True
    )
    delta_abort_on_leverage_failure: bool = setting(
        False, "Refuse the order when leverage cannot be set", reserved=True
    )
    dhan_api_base_url: HttpUrl = setting("https://api.dhan.co", "API origin of dhan", reserved=True)
    dhan_auth_base_url: HttpUrl = setting("https://auth.dhan.co", "Login origin of dhan", reserved=True)
    dhan_market_feed_wss: SocketUrl = setting("wss://api-feed.dhan.co", "Market feed of dhan", reserved=True)
    dhan_sandbox_base_url: HttpUrl = setting(
        "https://sandbox.dhan.co", "API origin of dhan_sandbox", reserved=True
    )
    dhan_disable_20_level_depth: bool = setting(
        False, "Do not open dhan's 20-level depth feed", reserved=True
    )
    hdfcsky_uat: bool = setting(False, "Use hdfcsky's test hosts", reserved=True)
    nubra_use_uat: bool = setting(False, "Use nubra's test hosts", reserved=True)
    definedge_algo_id: str = setting("", "Algo tag sent to definedge", reserved=True)
    broker_connection_keepalive: bool = setting(
        True, "Keep one pooled connection to the broker warm", reserved=True
    )
    broker_keepalive_interval: Annotated[float, Field(ge=5, le=3600)] = setting(
        20, "Seconds between keep-warm calls", reserved=True
    )
    broker_keepalive_window: TimeWindow = setting(
        "09:00-23:30", "Keep-warm hours, Monday to Friday, IST", reserved=True
    )
    order_updates_enabled: bool = setting(True, "Listen to the broker's own order updates")
    order_poll_interval: Annotated[float, Field(ge=0.5, le=3600)] = setting(
        5, "Seconds between order-book reads where a broker pushes nothing"
    )
    semi_auto_modify: Annotated[Literal["refused", "live", "approval"], LowerCase] = setting(
        "refused", "A modify of a semi-auto key: `refused`, `live` (executes) or `approval` (queued)"
    )
    approval_life_seconds: Annotated[float, Field(ge=10, le=86_400)] = setting(
        900, "Seconds that a queued order may wait; it ends with its exchange's session at the latest"
    )
    approval_confirm_seconds: Annotated[float, Field(ge=1, le=86_400)] = setting(
        120, "A queued order older than this is approved only after a second look"
    )
    approval_confirm_percent: Annotated[Decimal, Field(ge=0, le=100)] = setting(
        Decimal("0.5"), "So is one whose price moved by more than this many percent"
    )
    risk_orders_per_second: Count = setting(
        9,
        "Orders a second of an account, while the desk's risk page sets none; the exchanges' threshold is 10",
    )
    simulator_seed: int = setting(1, "Seed of the practice exchange's prices")
    simulator_scale: Annotated[int, Field(ge=1, le=15)] = setting(
        1, "Size of the practice exchange's universe: 1 is 10,000 instruments, 15 is 150,000"
    )


class Stores(Section):
    """Databases"""

    database_url: StoreUrl = required("Main store; relative SQLite paths start at OPENALGO_DATA_DIR")
    logs_database_url: StoreUrl = setting("sqlite:///db/logs.db", "Store of API and traffic logs")
    latency_database_url: StoreUrl = setting("sqlite:///db/latency.db", "Store of latency samples")
    health_database_url: StoreUrl = setting(
        "sqlite:///db/health.db", "Store of health samples", reserved=True
    )
    sandbox_database_url: StoreUrl = setting("sqlite:///db/sandbox.db", "Store of paper trading")
    historify_database_url: str = setting("", "Older name of HISTORIFY_DATABASE_PATH; wins when set")
    historify_database_path: str = setting("db/historify.duckdb", "History store (DuckDB file)")
    backup_dir: str = setting("db/backups", "Where `app.py backup` collects backups")
    backup_keep: Count = setting(7, "Backups that stay; older ones make room for a new one")


class Streaming(Section):
    """Streaming"""

    websocket_host: str = setting("127.0.0.1", "Address the WebSocket proxy listens on")
    websocket_port: Port = setting(8765, "Port the WebSocket proxy listens on")
    websocket_url: SocketUrl = setting(
        "ws://127.0.0.1:8765", "URL handed to browsers", derived="ws://<WEBSOCKET_HOST>:<WEBSOCKET_PORT>"
    )
    websocket_role: Literal["all", "feed", "proxy", "forwarder"] = setting(
        "all", "Parts of the streaming process that run here: all of them, or one apart from the others"
    )
    zmq_host: str = setting("127.0.0.1", "Address of the internal bus; off loopback only with ZMQ_KEY_FILE")
    zmq_port: Port = setting(5555, "Port on which the feed publishes")
    zmq_ingress_port: Port = setting(
        5556, "Port on which the app publishes to the bus", derived="ZMQ_PORT + 1"
    )
    zmq_upstream_host: str = setting("", "Address of the feed that a forwarder stands in for")
    zmq_upstream_port: Port = setting(5555, "Port of that feed; its ingress is the next one")
    zmq_key_file: str = setting(
        "", "Keys of the bus, made by `python -m websocket_proxy.bus.keys keys`; needed off loopback"
    )
    max_symbols_per_websocket: Count = setting(
        1000, "Instruments per broker socket, capped by the broker's manifest"
    )
    max_websocket_connections: Annotated[int, Field(ge=1, le=50)] = setting(
        3, "Broker sockets per account, capped by the broker's manifest"
    )
    enable_connection_pooling: bool = setting(True, "Open more than one broker socket when needed")
    ws_auth_grace_seconds: Annotated[float, Field(gt=0, le=600)] = setting(
        15, "Seconds after which an unauthenticated client is closed (4401)"
    )
    ws_max_queue: Count = setting(1024, "Messages waiting per client before ticks are merged")
    ws_ping_interval: Seconds = setting(20, "Seconds between pings to clients")
    ws_ping_timeout: Seconds = setting(20, "Seconds a client has to answer a ping")
    ws_stale_tick_warn_seconds: Seconds = setting(
        120,
        "Silence after which a broker connection of rarely traded instruments is checked, market hours only",
    )
    ws_proxy_stats_file: str = setting(
        "log/ws_proxy_stats.json", "File through which the proxy reports its figures"
    )
    ws_max_clients: Count = setting(1000, "WebSocket clients served at once")
    ws_max_clients_per_key: Count = setting(20, "WebSocket clients of one API key served at once")
    ws_throttle_ms: Annotated[int, Field(ge=0, le=60_000)] = setting(
        0, "Least milliseconds between LTP ticks of one symbol to one client; 0 sends every tick"
    )
