"""Contract masters that come in several downloads, each of which may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from broker.core.contracts import text_lines
from broker.core.roles import PluginContext, Session
from broker.core.tables import log_alarm
from domain.errors import BadVendorData, OpenAlgoError
from domain.instruments import Instrument
from utils.clock import ist

Load = Callable[[Session], str]


class PartedContracts:
    """A ContractSource of lines: parts by name, and a reader of one line (None for rows left out on purpose).

    A part that fails or is empty costs the others nothing; when all fail, the last reason is raised. `read` raises
    ValueError, LookupError, ArithmeticError or one of ours.
    """

    def __init__(
        self, context: PluginContext, vendor: str, parts: Mapping[str, Load], read: Callable[[str], Instrument | None]
    ) -> None:  # fmt: skip
        self._exchanges = frozenset(context.manifest.exchanges)
        self._clock = context.clock
        self._alarm = context.alarm or log_alarm
        self._vendor, self._parts, self._read = vendor, parts, read

    def fetch(self, session: Session) -> Iterator[bytes]:
        """Part after part; the alarm rings for each that fails."""
        got, failure = False, None
        for name, load in self._parts.items():
            try:
                text = load(session).strip()
            except OpenAlgoError as error:
                failure = error
                self._alarm(f"{self._vendor} master", f"{name} could not be loaded: {error.message}")
                continue
            got = got or bool(text)
            yield text.encode() + b"\n"
        if failure is not None and not got:
            raise failure

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Rows of the exchanges we serve, without what expired before today."""
        today = ist(self._clock.now()).date()
        for number, line in enumerate(text_lines(chunks), 1):
            try:
                found = self._read(line.strip()) if line.strip() else None
            except (ValueError, LookupError, ArithmeticError, OpenAlgoError):
                raise BadVendorData(f"{self._vendor} master: line {number} cannot be read") from None
            is_served = found is not None and found.exchange in self._exchanges
            if found and is_served and (found.expiry is None or found.expiry >= today):
                yield found
