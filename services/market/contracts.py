"""Loading contract masters: session, vendor file, rows, gates, a new generation, the swap. A failing load keeps
yesterday's contracts in service and says so, with their age."""

from __future__ import annotations

import datetime as dt
import zlib
from pathlib import Path
from zoneinfo import ZoneInfo

from broker.core.roles import Session
from database.contracts import Contracts, LoadStatus
from database.stores import Store
from domain.errors import Conflict, OpenAlgoError
from domain.instruments import Exchange
from services.events import ContractsChanged, Events, SessionChanged
from services.market.calendar import PUBLISHED, Calendar
from services.market.contract_load import ContractLoad
from services.market.contract_status import (
    UTC_ZONE,
    Accounts,
    Brokers,
    Cutoffs,
    Freshness,
    MasterStatus,
    is_alive,
    judge,
    master_status,
)
from services.market.instruments import Instruments
from utils.clock import IST, Clock
from utils.concurrency import Event, Flag, Lock, start_thread
from utils.logging import get_logger

JITTER_MINUTES = 10
FIRST_RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 1800.0
CLOSE_SECONDS = 2.0
log = get_logger(__name__)


class ContractMaster:
    """Loads contract masters; at most one load per broker at a time."""

    def __init__(
        self, store: Store, brokers: Brokers, accounts: Accounts, instruments: Instruments, calendar: Calendar,
        events: Events, clock: Clock, *, folder: Path | None = None, cutoffs: Cutoffs = Cutoffs(),  # noqa: B008
    ) -> None:  # fmt: skip
        """`folder`: where vendor files are spooled, the system's temporary folder by default."""
        self._store = store
        self._brokers = brokers
        self._accounts = accounts
        self._instruments = instruments
        self._calendar = calendar
        self._events = events
        self._clock = clock
        self._loading = ContractLoad(
            store, brokers, instruments, clock, folder=folder,
            is_due=lambda broker: self.freshness(broker).should_download,
        )  # fmt: skip
        self._cutoffs = cutoffs
        self._guard = Lock()
        self._running: dict[str, Flag] = {}
        self._retry: dict[str, tuple[float, float]] = {}
        self._closing = Event()
        events.subscribe(SessionChanged, self._session_changed)

    def status(self, broker: str) -> MasterStatus:
        """What is served and how the last load went."""
        found = self._stored(broker)
        running = found is not None and self._is_running(found, self._clock.now())
        return master_status(broker, found, self._clock.now(), is_running=running)

    def is_ready(self, broker: str) -> bool:
        """Whether instruments of the broker can be resolved."""
        return self.status(broker).is_ready

    def freshness(self, broker: str) -> Freshness:
        """The rule a login follows: download unless today's file was fetched after the cut-off."""
        zone, cutoff = self._cutoff(broker)
        found = self._stored(broker)
        return judge(found.downloaded_at if found else None, self._clock.now(), zone, cutoff)

    def refresh(self, broker: str, account_id: int) -> None:
        """Download now, in the background. Raises SessionDead, or Conflict while a download is under way."""
        session = self._accounts.session(account_id)
        if not self._start(broker, session):
            raise Conflict(f"A download for {broker} is already under way", code="DOWNLOAD_RUNNING")

    def ensure_fresh(self, broker: str, account_id: int) -> bool:
        """After a login: download in the background if due. Answers whether a download was started."""
        if not self.freshness(broker).should_download:
            self._instruments.index(broker)
            return False
        return self._start(broker, self._accounts.session(account_id))

    def load(self, broker: str, session: Session) -> MasterStatus:
        """Download, check and swap in this thread. Raises what the vendor or the gates raised, Conflict when busy."""
        finished = self._claim(broker)
        if finished is None:
            raise Conflict(f"A download for {broker} is already under way", code="DOWNLOAD_RUNNING")
        self._load(broker, session, finished)
        return self.status(broker)

    def start(self) -> None:
        """Read or fetch what brokers with a valid session need, in the background."""
        start_thread(self.sweep, "contracts-start")

    def sweep(self) -> None:
        """Once a minute: fetch what is missing, and the day's file after the cut-off, while a session is valid."""
        for broker in self._brokers.manifests():
            if self._closing.is_set():
                return
            try:
                self._sweep(broker)
            except OpenAlgoError as error:
                log.warning(
                    "Contracts of a broker cannot be looked after", broker=broker, reason=error.message
                )

    def _sweep(self, broker: str) -> None:
        _, not_before = self._retry.get(broker, (0.0, 0.0))
        account = next((row for row in self._accounts.of_broker(broker) if row.state == "valid"), None)
        if account is None:
            return
        self._instruments.index(broker)
        if self._clock.monotonic() >= not_before and self._is_due(broker):
            self._start(broker, self._accounts.session(account.id))

    def wait(self, broker: str, timeout: float) -> bool:
        """Whether no load of the broker runs in this process any more within `timeout` seconds."""
        finished = self._running.get(broker)
        return finished is None or finished.wait(timeout)

    def close(self) -> None:
        """Begin no further load; what loads is given a moment to end and else left behind."""
        self._closing.set()
        deadline = self._clock.monotonic() + CLOSE_SECONDS
        for finished in list(self._running.values()):
            finished.wait(max(0.0, deadline - self._clock.monotonic()))

    def _session_changed(self, event: SessionChanged) -> None:
        if event.state == "valid" and not self._closing.is_set():
            self.ensure_fresh(self._accounts.find(event.account_id).broker, event.account_id)

    def _is_due(self, broker: str) -> bool:
        """The scheduled rule: never loaded, or the cut-off of a trading day passed since."""
        zone, cutoff = self._cutoff(broker)
        found = self._stored(broker)
        if found is None or found.downloaded_at is None:
            return True
        now = self._clock.now().astimezone(zone)
        due = dt.datetime.combine(now.date(), cutoff, zone)
        due += dt.timedelta(seconds=zlib.crc32(broker.encode()) % (JITTER_MINUTES * 60))
        trades = zone is UTC_ZONE or any(
            self._calendar.is_trading_day(each, now.date()) for each in PUBLISHED
        )
        return trades and found.downloaded_at < due <= now

    def _cutoff(self, broker: str) -> tuple[ZoneInfo, dt.time]:
        manifest = self._brokers.manifests().get(broker)
        is_crypto = manifest is not None and set(manifest.exchanges) == {Exchange.CRYPTO}
        return (UTC_ZONE, self._cutoffs.crypto) if is_crypto else (IST, self._cutoffs.exchange)

    def _start(self, broker: str, session: Session) -> bool:
        finished = self._claim(broker)
        if finished is None:
            return False
        start_thread(lambda: self._load_quietly(broker, session, finished), f"contracts-{broker}")
        return True

    def _claim(self, broker: str) -> Flag | None:
        """Take the broker's turn, also against other processes; None when it is taken."""
        now = self._clock.now()
        with self._guard:
            running = self._running.get(broker)
            if self._closing.is_set() or (running is not None and not running.is_set()):
                return None
            with self._store.unit() as unit:
                unit.exclusive(f"contracts of {broker}")
                contracts = Contracts(unit)
                found = contracts.status(broker)
                if found is not None and found.status == "downloading" and is_alive(found, now):
                    return None
                contracts.note(broker, "downloading", "Downloading the contract master", now)
            finished = self._running[broker] = Event()
            return finished

    def _stored(self, broker: str) -> LoadStatus | None:
        with self._store.reading() as unit:
            return Contracts(unit).status(broker)

    def _is_running(self, found: LoadStatus, now: dt.datetime) -> bool:
        local = self._running.get(found.broker)
        return (local is not None and not local.is_set()) or is_alive(found, now)

    def _load_quietly(self, broker: str, session: Session, finished: Flag) -> None:
        try:
            self._load(broker, session, finished)
        except OpenAlgoError as error:
            log.warning("A contract master could not be loaded", broker=broker, reason=error.message)
        except Exception as error:
            if not self._closing.is_set():
                raise
            # It outlived the moment it was given, and with that the store; the next start loads again.
            log.info("A contract load was left behind", broker=broker, reason=type(error).__name__)

    def _load(self, broker: str, session: Session, finished: Flag) -> None:
        started = self._clock.monotonic()
        self._tell(broker, "downloading", 0, "Downloading the contract master")
        try:
            total = self._loading.run(broker, session, started)
            self._retry.pop(broker, None)
            self._tell(broker, "success", total, f"{total} instruments loaded")
            self._loading.clean(broker)
            self._instruments.settle(broker)
        except OpenAlgoError as error:
            self._failed(broker, error.message)
            raise
        except Exception:
            self._failed(broker, "The contract master could not be read")
            raise
        finally:
            finished.set()

    def _failed(self, broker: str, reason: str) -> None:
        """Keep what is served; remember why and when to try again."""
        now = self._clock.now()
        with self._store.unit() as unit:
            contracts = Contracts(unit)
            found = contracts.status(broker)
            kept = _kept(found, now)
            contracts.note(broker, "error", f"{reason}. {kept}", now)
        wait, _ = self._retry.get(broker, (FIRST_RETRY_SECONDS / 2, 0.0))
        wait = min(wait * 2, LONGEST_RETRY_SECONDS)
        self._retry[broker] = wait, self._clock.monotonic() + wait
        self._tell(broker, "error", found.total if found else 0, f"{reason}. {kept}")

    def _tell(self, broker: str, status: str, total: int, message: str) -> None:
        self._events.publish(ContractsChanged(broker=broker, status=status, total=total, message=message))


def _kept(found: LoadStatus | None, now: dt.datetime) -> str:
    if found is None or found.downloaded_at is None:
        return "No contracts are in service"
    hours = (now - found.downloaded_at).total_seconds() / 3600
    return f"The {found.total} contracts of {hours:.1f} hours ago stay in service"
