"""Persistence: engines, typed models, repositories, one unit of work per request or job, migrations."""
