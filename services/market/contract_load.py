"""One load of a contract master: vendor file, rows, gates, a new generation, the swap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from broker.core.contracts import CheckedContracts, check, spool
from broker.core.roles import Plugin, Session
from database.contracts import Contracts, LoadStatus
from database.stores import Store
from domain.calendar import INDIA
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument
from services.market.contract_status import Brokers
from services.market.index import InstrumentIndex
from services.market.instruments import Instruments
from utils.clock import Clock

BATCH = 5000
FLOORS = {
    Exchange.NSE: 1500, Exchange.BSE: 3000, Exchange.NFO: 20_000, Exchange.BFO: 1000, Exchange.CDS: 200,
    Exchange.MCX: 500, Exchange.NSE_INDEX: 30, Exchange.BSE_INDEX: 15,
}  # fmt: skip


class ContractLoad:
    """The steps of a load; whose turn it is and when is decided by ContractMaster."""

    def __init__(
        self, store: Store, brokers: Brokers, instruments: Instruments, clock: Clock,
        *, folder: Path | None, is_due: Callable[[str], bool],
    ) -> None:  # fmt: skip
        """`is_due`: whether even an unchanged file of the broker counts as news (freshness rule)."""
        self._store = store
        self._brokers = brokers
        self._instruments = instruments
        self._clock = clock
        self._folder = folder
        self._is_due = is_due

    def _stored(self, broker: str) -> LoadStatus | None:
        with self._store.reading() as unit:
            return Contracts(unit).status(broker)

    def _elapsed(self, started: float) -> int:
        return round((self._clock.monotonic() - started) * 1000)

    def run(self, broker: str, session: Session, started: float) -> int:
        """Download, check, write and swap in; answers the number of instruments in service.

        `started`: monotonic seconds at which the load began. Raises what the vendor or the gates raised.
        """
        plugin = self._brokers.plugin(broker)
        before = self._stored(broker)
        with spool(plugin.contracts.fetch(session), self._folder) as file:
            if before is not None and file.sha256 == before.sha256 and not self._is_due(broker):
                return self._confirm(before, started)
            self._beat(broker)
            checked = self._checked(plugin, plugin.contracts.parse(file.chunks()), before)
            sha256 = file.sha256
        try:
            index = InstrumentIndex(checked.instruments, None, self._instruments.freezes)
        except ValueError as error:
            raise BadVendorData(f"The contract master cannot be indexed: {error}") from None
        generation = self._write(broker, checked.instruments, sha256)
        now = self._clock.now()
        status = LoadStatus(
            broker=broker, status="success", message=f"{index.total} instruments loaded", updated_at=now,
            total=index.total, counts=checked.counts, downloaded_at=now, duration_ms=self._elapsed(started),
            sha256=sha256, warnings=checked.warnings,
        )  # fmt: skip
        with self._store.unit() as unit:
            Contracts(unit).publish(status, generation)
        index.generation = generation
        self._instruments.serve(broker, index)
        return index.total

    def _checked(
        self, plugin: Plugin, rows: Iterable[Instrument], before: LoadStatus | None
    ) -> CheckedContracts:
        """Rows through the gates. A local source decides its own size, so only vendors are held to yesterday's."""
        today = self._clock.now().astimezone(INDIA).date()
        is_local = plugin.local_ticks is not None
        checked = check(rows, None if is_local or before is None else before.counts, today)
        if is_local:
            return checked
        served = set(plugin.manifest.exchanges)
        small = tuple(
            f"{exchange.value} has {checked.counts.get(exchange, 0)} rows, usually at least {floor}"
            for exchange, floor in FLOORS.items()
            if exchange in served and checked.counts.get(exchange, 0) < floor
        )
        return CheckedContracts(checked.instruments, checked.counts, checked.warnings + small)

    def _confirm(self, before: LoadStatus, started: float) -> int:
        """The file is the one in service."""
        message = f"{before.total} instruments, unchanged"
        with self._store.unit() as unit:
            Contracts(unit).confirm(before.broker, message, self._clock.now(), self._elapsed(started))
        return before.total

    def _write(self, broker: str, instruments: list[Instrument], sha256: str) -> int:
        """Rows in short transactions, so that the order journal never waits long for its turn."""
        with self._store.unit() as unit:
            generation = Contracts(unit).begin(broker, sha256, self._clock.now())
        for start in range(0, len(instruments), BATCH):
            with self._store.unit() as unit:
                Contracts(unit).add(generation, instruments[start : start + BATCH])
        self._beat(broker)
        return generation

    def _beat(self, broker: str) -> None:
        with self._store.unit() as unit:
            Contracts(unit).note(broker, "downloading", "Reading the contract master", self._clock.now())

    def clean(self, broker: str) -> None:
        """Delete generations that are neither current nor previous, in short transactions."""
        with self._store.reading() as unit:
            old = Contracts(unit).superseded(broker)
        for generation in old:
            deleted = BATCH
            while deleted == BATCH:
                with self._store.unit() as unit:
                    deleted = Contracts(unit).delete_some(generation, BATCH)
