"""The settings of the whole house: one immutable model, read once, every problem reported together."""

from utils.settings.fields import Rate, parse_rates
from utils.settings.loading import (
    PASSED_ON,
    SECTIONS,
    Settings,
    SettingsError,
    env_file_of,
    known_names,
    load_settings,
    process_settings,
    reveal,
)

__all__ = [
    "PASSED_ON",
    "SECTIONS",
    "Rate",
    "Settings",
    "SettingsError",
    "env_file_of",
    "known_names",
    "load_settings",
    "parse_rates",
    "process_settings",
    "reveal",
]
