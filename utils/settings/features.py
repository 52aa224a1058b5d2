"""Sections of the settings about logs, health and optional features."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from utils.settings.core import NO_SECRET, Section
from utils.settings.fields import CommaList, Count, HttpUrl, LowerCase, Seconds, TimeOfDay, UpperCase, setting

Days = Annotated[int, Field(ge=1, le=36_500)]
SHORTEST_TOKEN = 16


def _long_or_none(token: SecretStr) -> SecretStr:
    if 0 < len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
    return token


class Logs(Section):
    """Logging and retention"""

    log_to_file: bool = setting(False, "Also write a daily file in LOG_DIR")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], UpperCase] = setting(
        "INFO", "Least level written"
    )
    log_dir: str = setting("log", "Folder of log files; a relative path starts at OPENALGO_DATA_DIR")
    log_format: str = setting(
        "[%(asctime)s] %(levelname)s in %(module)s: %(message)s",
        "`json`, or a %-style format of console lines",
    )
    log_retention: Days = setting(14, "Days that daily log files are kept")
    log_colors: bool = setting(True, "Colours on a terminal")
    force_color: str = setting("", "Colours even without a terminal when set to anything but 0")
    no_color: str = setting("", "No colours when set")
    traffic_log_retention_days: Days = setting(30, "Days that the traffic log is kept")
    order_event_retention_days: Days = setting(
        365,
        "Days that the time line of an order is kept once it is over; open and unsettled orders keep theirs",
    )
    order_stream_retention_days: Days = setting(
        7,
        "Days that order updates are kept for clients that resume; behind that they are told to read the book",
    )
    order_stream_retention_events: Annotated[int, Field(ge=100, le=1_000_000)] = setting(
        20_000, "Order updates that are kept per account, of live and of paper, for clients that resume"
    )
    api_log_retention_days: Days = setting(
        90, "Days that API calls of orders, live and paper, and their latency samples are kept"
    )
    strategy_log_max_files: Count = setting(10, "Log files kept per hosted script", reserved=True)
    strategy_log_max_size_mb: Count = setting(50, "Megabytes of logs kept per hosted script", reserved=True)
    strategy_log_retention_days: Days = setting(7, "Days that hosted scripts' logs are kept", reserved=True)
    strategy_tag_retention_days: Days = setting(
        30, "Days that strategy tags of orders are kept", reserved=True
    )
    flow_execution_retention_count: Count = setting(500, "Flow runs kept", reserved=True)
    flow_execution_retention_days: Days = setting(30, "Days that flow runs are kept", reserved=True)


class Health(Section):
    """Health"""

    health_monitor_enabled: bool = setting(True, "Sample the process's resources")
    health_sample_interval: Annotated[float, Field(ge=1, le=3600)] = setting(10, "Seconds between samples")
    health_retention_days: Days = setting(7, "Days that samples are kept")
    health_fd_warning_threshold: Count = setting(700, "Open descriptors that raise a warning")
    health_fd_critical_threshold: Count = setting(900, "Open descriptors that raise an alarm")
    health_memory_warning_threshold: Count = setting(1000, "Megabytes of memory that raise a warning")
    health_memory_critical_threshold: Count = setting(2000, "Megabytes of memory that raise an alarm")
    health_db_warning_threshold: Count = setting(
        10, "Database connections that raise a warning", reserved=True
    )
    health_db_critical_threshold: Count = setting(
        20, "Database connections that raise an alarm", reserved=True
    )
    metrics_token: Annotated[SecretStr, AfterValidator(_long_or_none)] = setting(
        NO_SECRET,
        "Bearer token of /metrics for Prometheus, at least 16 characters; without one it does not exist",
    )
    health_ws_warning_threshold: Count = setting(10, "Broker sockets that raise a warning", reserved=True)
    health_ws_critical_threshold: Count = setting(20, "Broker sockets that raise an alarm", reserved=True)
    health_thread_warning_threshold: Count = setting(250, "Threads that raise a warning")
    health_thread_critical_threshold: Count = setting(500, "Threads that raise an alarm")


class Features(Section):
    """Features"""

    master_contract_cutoff_time: TimeOfDay = setting(
        dt.time(8, 0), "Contracts older than this time are stale, IST"
    )
    crypto_master_contract_cutoff_time: TimeOfDay = setting(dt.time(0, 0), "The same for crypto brokers, UTC")
    sandbox_engine_type: Annotated[Literal["websocket", "polling"], LowerCase] = setting(
        "websocket", "What drives paper fills", reserved=True
    )
    sandbox_engine_fallback: bool = setting(
        True, "Ask for snapshots where the feed is silent and a paper order rests"
    )
    quote_follow_limit: Annotated[int, Field(ge=0, le=10_000)] = setting(
        500,
        "Instruments of a broker, at most a tenth of its feed, that repeated REST quotes keep on the feed; 0 none",
    )
    webhook_dedup_seconds: Annotated[float, Field(ge=0, le=86_400)] = setting(
        30, "Seconds within which a webhook message of equal content is a repeat and trades nothing; 0 never"
    )
    webhook_delivery_retention_days: Annotated[int, Field(ge=2, le=36_500)] = setting(
        30, "Days that webhook deliveries are kept"
    )
    strategy_memory_limit_mb: Count = setting(1024, "Memory of one hosted script", reserved=True)
    flow_history_cache_ttl: Seconds = setting(
        30, "Seconds that a flow's history reads are cached", reserved=True
    )
    flow_history_flight_timeout: Seconds = setting(
        60, "Seconds that a flow waits for another's history read", reserved=True
    )
    historify_delay_min: Seconds = setting(1, "Least seconds between history downloads")
    historify_delay_max: Seconds = setting(3, "Most seconds between history downloads")
    historify_max_workers: Annotated[int, Field(ge=1, le=64)] = setting(
        5, "History downloads at once", reserved=True
    )
    whatsapp_attachment_roots: CommaList = setting(
        (), "Folders whose files may be sent, comma list", reserved=True
    )
    mcp_http_enabled: bool = setting(False, "Serve the remote tool endpoint")
    mcp_public_url: str = setting("", "Public https origin of the remote tool endpoint")
    mcp_oauth_require_approval: bool = setting(
        True, "An administrator approves each remote tool client", reserved=True
    )
    mcp_oauth_write_scope_enabled: bool = setting(
        False, "Remote tools may ask for write access", reserved=True
    )
    mcp_http_cors_origins: CommaList = setting(
        (), "Web origins that may call the remote tool endpoint", reserved=True
    )
    mcp_oauth_access_ttl: Seconds = setting(900, "Seconds that an access token lives", reserved=True)
    mcp_oauth_refresh_ttl: Seconds = setting(2_592_000, "Seconds that a refresh token lives", reserved=True)
    mcp_oauth_keys_dir: str = setting("keys", "Folder of the token signing keys", reserved=True)
    mcp_loopback_url: HttpUrl | None = setting(None, "Address at which tools reach the API", reserved=True)
    openalgo_mcp_toolsets: CommaList = setting((), "Tool sets offered; empty offers all", reserved=True)
    shm_size: str = setting("512m", "Shared memory of the container (read by compose)")
    browser_path: str = setting("/usr/bin/chromium", "Browser for static chart images", reserved=True)
    chrome_bin: str = setting("/usr/bin/chromium", "The same, older name", reserved=True)
