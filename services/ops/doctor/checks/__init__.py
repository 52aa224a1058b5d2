"""The checks, by what they look at. Importing this package registers all of them."""

from services.ops.doctor.checks import (
    brokers,
    data,
    exposure,
    files,
    machine,
    program,
    secrets,
    settings,
    stores,
)

__all__ = ["brokers", "data", "exposure", "files", "machine", "program", "secrets", "settings", "stores"]
