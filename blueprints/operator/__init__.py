"""The operator's room in the browser: for administrators, but for the records of one's own order calls."""

from blueprints.operator import admin, audit, health, latency, limits, logs, metrics, records, retention

BLUEPRINTS = (
    health.blueprint,
    latency.blueprint,
    records.blueprint,
    logs.blueprint,
    retention.blueprint,
    audit.blueprint,
    admin.blueprint,
    metrics.blueprint,
    limits.blueprint,
)
