"""Every kind of record that grows, and how long it is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from database.stores import Stores
from services.ops.retention import Retention
from services.ops.upkeep.jobs import Job
from utils.settings import Settings

Forgetting = Callable[[dt.datetime], int]
ERROR_DAYS = 90
ATTEMPT_DAYS = 365
# Long enough for every repeat under a caller's key.
WAITING_DAYS = 7
RUN_DAYS = 90


def kept_records(settings: Settings, stores: Stores, attempts: Forgetting) -> list[Job]:
    """The jobs of an installation. attempts: forgets sign-in attempts before an instant."""
    gone = Retention(stores)
    calls, traffic = settings.api_log_retention_days, settings.traffic_log_retention_days
    stories, health = settings.order_event_retention_days, settings.health_retention_days
    of_calls, of_traffic = "API_LOG_RETENTION_DAYS", "TRAFFIC_LOG_RETENTION_DAYS"
    return [
        Job(name="traffic", store="logs", days=traffic, run=gone.traffic, setting=of_traffic),
        Job(name="broker_calls", store="logs", days=traffic, run=gone.broker_calls, setting=of_traffic),
        Job(name="api_calls", store="logs", days=calls, run=gone.calls, setting=of_calls),
        Job(name="latency", store="latency", days=calls, run=gone.latencies, setting=of_calls),
        Job(
            name="order_stories", store="logs", days=stories, run=gone.stories,
            setting="ORDER_EVENT_RETENTION_DAYS",
        ),
        Job(name="health", store="logs", days=health, run=gone.health, setting="HEALTH_RETENTION_DAYS"),
        Job(name="errors", store="logs", days=ERROR_DAYS, run=gone.errors),
        Job(name="sign_ins", store="main", days=ATTEMPT_DAYS, run=attempts),
        Job(
            name="decided_approvals", store="main", days=WAITING_DAYS, run=gone.waiting_orders, is_adjustable=False
        ),
        Job(name="retention_runs", store="logs", days=RUN_DAYS, run=gone.runs, is_adjustable=False),
        Job(name="audit_trail", store="main", days=None, run=None, is_adjustable=False),
    ]  # fmt: skip
