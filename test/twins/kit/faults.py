"""Faults of a vendor, switched on from outside and counted down.

kind            what happens to a matching request
delay_before    waits `seconds`, then goes on as usual
delay_after     the exchange has done its work, the answer waits `seconds`
drop_before     the connection dies, nothing was done
drop_after      the work is done, the connection dies without an answer
status          answers `status` with `error_type` and `message`, nothing was done
html            answers `status` with a page instead of JSON, nothing was done
garbled         the work is done, half of the answer's body comes under a whole one's envelope
reset           the connection ends with a reset (RST), nothing was done

The handshake of a stream knows delay_before, drop_before, status and html, under the path "stream".
"""

import asyncio
from dataclasses import asdict, dataclass

KINDS = ("delay_before", "delay_after", "drop_before", "drop_after", "status", "html", "garbled", "reset")


@dataclass
class Fault:
    """One switch. path: beginning of the request path. times: requests it still hits, -1 for ever.

    error_type: the vendor's code or word for the error; each twin says which of its own "" means.
    """

    kind: str
    path: str = "/"
    method: str = ""
    times: int = 1
    seconds: float = 0.0
    status: int = 429
    error_type: str = ""
    message: str = "Too many requests"

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}")


class Faults:
    """The switches that are on."""

    def __init__(self):
        self._faults = []
        self._waiting = set()

    def add(self, **values):
        """Switch one on. Raises ValueError or TypeError for unknown words."""
        self._faults.append(Fault(**values))

    def clear(self):
        """Switch all off. Who waits goes on at once, so that no switch of later hits a request of now."""
        self._faults.clear()
        for delay in self._waiting:
            if not delay.done():
                delay.set_result(None)

    def show(self):
        """The switches as plain values."""
        return [asdict(fault) for fault in self._faults]

    def take(self, method, path, *kinds):
        """The first matching switch of these kinds, counted down; None when there is none."""
        for fault in self._faults:
            fits = fault.kind in kinds and path.startswith(fault.path) and fault.method in ("", method)
            if fits and fault.times:
                if fault.times > 0:
                    fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None

    async def delay(self, method, path, kind):
        """Wait if a delay of this kind is on."""
        fault = self.take(method, path, kind)
        if fault is not None:
            delay = asyncio.get_running_loop().create_future()
            self._waiting.add(delay)
            await asyncio.wait({delay}, timeout=fault.seconds)
            self._waiting.discard(delay)
