"""Building and closing the services gives everything back."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from services.container import build_app_services
from utils.settings import Settings

CYCLES = 50


@pytest.mark.timeout(180)
def test_fifty_lives_leave_no_descriptor_and_no_thread(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    process = psutil.Process()

    def live_once() -> None:
        services = build_app_services(settings)
        services.start()
        services.close()

    def held() -> tuple[int, int]:
        gc.collect()
        return process.num_fds(), threading.active_count()

    live_once()
    descriptors, threads = held()
    for _ in range(CYCLES):
        live_once()
    end = time.monotonic() + 5
    while time.monotonic() < end and (held()[0] > descriptors or held()[1] > threads):
        time.sleep(0.05)
    assert held()[0] <= descriptors
    assert held()[1] <= threads
