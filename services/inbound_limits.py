"""Limits on what callers may ask of us: exact moving windows in memory, per class and caller."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping

from domain.errors import Throttled
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock
from utils.settings import Rate, Settings, parse_rates

MOST_CALLERS = 20_000
# One key may serve several machines, each with the contract's rate, but not the whole internet.
MACHINES = 5
OF_KEY = "{} of a key"
MESSAGE = "Rate limit exceeded. Please slow down your requests."


class InboundLimits:
    """`rates`: windows by class name, all of which apply. A class without windows is not limited."""

    def __init__(self, rates: Mapping[str, tuple[Rate, ...]], clock: Clock) -> None:
        self._rates = dict(rates)
        self._clock = clock
        self._lock = Lock()
        self._logs: OrderedDict[tuple[str, str], list[deque[float]]] = OrderedDict()
        limits.watch(
            self._logs, name="callers under a limit", kind="cache", bound=MOST_CALLERS, policy="drop_oldest", size=len,
        )  # fmt: skip

    def spend_of_key(self, limit: str, key_id: int | None, address: str) -> None:
        """Count one call of a key: the contract's rate for each address, and a multiple of it for all together."""
        self.spend(limit, f"key:{key_id}:{address}")
        self.spend(OF_KEY.format(limit), f"key:{key_id}")

    def spend(self, limit: str, caller: str) -> None:
        """Count one call. Raises Throttled with the seconds until the next is admitted, KeyError for no such class."""
        rates = self._rates[limit]
        if not rates:
            return
        now = self._clock.monotonic()
        with self._lock:
            logs = self._log(limit, caller, len(rates))
            wait = 0.0
            for rate, calls in zip(rates, logs, strict=True):
                while calls and now - calls[0] >= rate.seconds:
                    calls.popleft()
                if len(calls) >= rate.calls:
                    wait = max(wait, calls[0] + rate.seconds - now)
            if wait == 0.0:
                for calls in logs:
                    calls.append(now)
                return
        raise Throttled(MESSAGE, retry_after=wait)

    def _log(self, limit: str, caller: str, windows: int) -> list[deque[float]]:
        key = (limit, caller)
        logs = self._logs.get(key)
        if logs is None:
            logs = self._logs[key] = [deque() for _ in range(windows)]
            if len(self._logs) > MOST_CALLERS:
                self._logs.popitem(last=False)
        else:
            self._logs.move_to_end(key)
        return logs


def api_rates(settings: Settings) -> dict[str, tuple[Rate, ...]]:
    """Windows by class: `order` for ORDER_RATE_LIMIT, `api` for API_RATE_LIMIT and so on."""
    rates = {
        field.removesuffix("_rate_limit"): parse_rates(getattr(settings, field))
        for field in type(settings).model_fields
        if field.endswith("_rate_limit")
    }
    of_keys = {
        OF_KEY.format(name): tuple(Rate(rate.calls * MACHINES, rate.seconds) for rate in windows)
        for name, windows in rates.items()
    }
    return rates | of_keys
