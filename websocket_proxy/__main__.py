"""Run the streaming process: `python -m websocket_proxy`.

Reads the same settings as the app, prints one line when it listens, and ends within two seconds of SIGTERM or SIGINT.
The launcher makes it follow its parent; started by hand it runs until it is stopped.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from utils.clock import SystemClock
from utils.logging import configure_logging, get_logger
from utils.private import keep_private
from utils.settings import Settings, SettingsError, env_file_of, load_settings
from websocket_proxy.bus import KeysMissing
from websocket_proxy.options import ProxyOptions, proxy_options
from websocket_proxy.process import ForwardingProcess, StreamingProcess
from websocket_proxy.wiring import HouseBrokers, HouseGate, HouseSessions

if TYPE_CHECKING:
    from services.container import ProxyServices

log = get_logger(__name__)

P = TypeVar("P", StreamingProcess, ForwardingProcess)

EXIT_SETTINGS = 2
EXIT_START = 3
_AMENDMENT_SECONDS = 10.0


def main() -> int:
    """Serve until asked to stop; the exit code."""
    keep_private()
    try:
        settings = load_settings(env_file_of(os.environ), os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    configure_logging(settings, "websocket_proxy")
    return _run(settings)


def _run(settings: Settings) -> int:
    if settings.websocket_role == "forwarder":
        return _in_loop(_forward(proxy_options(settings)))
    from database.migrate import SchemaError
    from services.container import build_proxy_services

    try:
        services = build_proxy_services(settings)
    except SchemaError as error:
        log.error("The stores are not ready", reason=str(error))
        return EXIT_START
    try:
        return _in_loop(_serve(settings, services))
    finally:
        services.close()


def _in_loop(work: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner(loop_factory=_selector_loop) as runner:
        return runner.run(work)


async def _serve(settings: Settings, services: ProxyServices) -> int:
    options = proxy_options(settings)

    def build() -> StreamingProcess:
        return StreamingProcess(
            options, HouseGate(services), HouseSessions(services), HouseBrokers(services), services.clock,
            services.calendar, services.order_replays,
        )  # fmt: skip

    def told(process: StreamingProcess) -> str:
        if process.server is None:
            return f"websocket_proxy feeds the bus at {process.bus_endpoint}"
        return f"websocket_proxy listens on ws://{settings.websocket_host}:{process.port}"

    amending = asyncio.create_task(_follow_amendments(services), name="calendar-amendments")
    try:
        return await _live(build, told)
    finally:
        amending.cancel()
        await asyncio.gather(amending, return_exceptions=True)


async def _forward(options: ProxyOptions) -> int:
    return await _live(
        lambda: ForwardingProcess(options, SystemClock()),
        lambda process: f"websocket_proxy forwards the bus at {process.bus_endpoint}",
    )


async def _live(build: Callable[[], P], told: Callable[[P], str]) -> int:
    """Build and start a process, say so, and serve until a signal."""
    stop = asyncio.Event()
    _on_signals(stop)
    try:
        process = build()
        await process.start()
    except (OSError, KeysMissing, ValueError) as error:
        log.error("The streaming process cannot listen", reason=str(error))
        return EXIT_START
    sys.stdout.write(told(process) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await process.stop()
    return 0


async def _follow_amendments(services: ProxyServices) -> None:
    """The operator amends the market calendar in the app; it is read again every few seconds."""
    while True:
        await asyncio.sleep(_AMENDMENT_SECONDS)
        try:
            await asyncio.to_thread(services.calendar_amendments.start)
        except Exception:  # the store is busy: the calendar in force stays
            log.exception("The amendments of the calendar could not be read")


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))


def _selector_loop() -> asyncio.AbstractEventLoop:
    """The bus watches ZeroMQ descriptors, which only a selector loop can (Windows defaults to another)."""
    return asyncio.SelectorEventLoop(selectors.DefaultSelector())


if __name__ == "__main__":
    sys.exit(main())
