"""The settings of the whole house: one immutable model, read once, every problem reported together."""

from utils.settings.fields import Rate, parse_rates
from utils.settings.loading import (
    PASSED_ON,
    SECTIONS,
    Settings,
    SettingsError,
    known_names,
    load_settings,
    reveal,
)

__all__ = [
    "PASSED_ON",
    "SECTIONS",
    "Rate",
    "Settings",
    "SettingsError",
    "known_names",
    "load_settings",
    "parse_rates",
    "reveal",
]
