"""The stored settings of paper trading: read once, replaced as a whole, told to the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from database.sandbox.preferences import PaperSettings
from database.stores import Store
from domain.charges import RateChange
from domain.errors import InvalidInput
from services.sandbox.options import PRESETS, PaperOptions, changed
from utils import json
from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock


class Preferences:
    """The options in force. `on_change(before, after)` hears of a stored change."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._options: PaperOptions | None = None
        self.on_change: Callable[[PaperOptions, PaperOptions], None] = lambda _before, _after: None

    def get(self) -> PaperOptions:
        """The options in force."""
        options = self._options
        if options is None:
            with self._store.reading() as unit:
                stored = PaperSettings(unit).all()
            options = self._options = changed(
                PaperOptions(), {name: json.decode(text) for name, text in stored.items()}
            )
        return options

    def charge_rates(self) -> tuple[RateChange, ...]:
        """What the user knows better than the table of charges."""
        return self.get().charge_rates

    def put(self, values: Mapping[str, Any], preset: str | None = None) -> PaperOptions:
        """Change some settings, after a preset of leverages if one is named. Raises InvalidInput."""
        if preset is not None and preset not in PRESETS:
            names = " or ".join(sorted(PRESETS))
            raise InvalidInput(f"preset: must be {names}", errors={"preset": [f"must be {names}"]})
        with self._lock:
            before = self.get()
            after = changed(before, {**PRESETS.get(preset or "", {}), **values})
            self._write(after)
        self.on_change(before, after)
        return after

    def _write(self, options: PaperOptions) -> None:
        default = PaperOptions()
        stored = {
            name: json.encode_text(_plain(getattr(options, name)))
            for name in PaperOptions.__struct_fields__
            if getattr(options, name) != getattr(default, name)
        }
        with self._store.unit() as unit:
            PaperSettings(unit).replace(stored, epoch_ms(self._clock.now()))
        self._options = options


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
