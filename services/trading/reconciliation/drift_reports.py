"""Reads both sides of an account and reports how they differ; what nothing explains raises an alarm, once a day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from database.journal import IntentRow
from database.order_events import OrderEventRows
from database.stores import Store
from domain.errors import OpenAlgoError
from domain.orders import OrderRow, Product
from services import events
from services.accounts.principal import Principal
from services.trading.desk import Desk
from services.trading.journal import Journal
from services.trading.reconciliation.comparison import compare
from services.trading.reconciliation.drift import Drift, Facts, Kind, Place, moved, place_of
from services.trading.reconciliation.examination import LAPSED
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates.known import Known
from services.trading.updates.stream import Owner
from services.trading.writes import Account
from utils import limits
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import Lock, SharedCalls
from utils.logging import get_logger

READ_SECONDS = 60.0
ALARMS_KEPT = 10_000
T = TypeVar("T")
log = get_logger(__name__)


class DriftReport(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between a broker's books and ours. unread: book -> why it could not be compared."""

    account_id: int
    broker: str
    mode: str
    at_ms: int
    rows: list[Drift]
    unread: dict[str, str]

    @property
    def unexplained(self) -> list[Drift]:
        """Rows that nothing explains."""
        return [row for row in self.rows if not row.is_explained]


class _Carried(msgspec.Struct):
    """What an account held before today's orders."""

    day_ms: int
    units: dict[Place, int]
    is_certain: bool


class DriftReports:
    """seen, strategies: by account and mode what is known of orders, and order id -> strategy.

    on_book hears a paper book; a live one is read by the reconciler, so that one read settles, tells and compares.
    """

    def __init__(
        self, *, journal: Journal, reconciler: Reconciler, live: Desk,
        seen: Callable[[int, str], Mapping[str, Known]], strategies: Callable[[int, str], Mapping[str, str]],
        story: Store | None, bus: events.Events, clock: Clock,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._reconciler = reconciler
        self._live = live
        self._seen = seen
        self._strategies = strategies
        self._story = story
        self._events = bus
        self._clock = clock
        self._shared = SharedCalls()
        self._lock = Lock()
        self._read_before: dict[tuple[int, str], int] = {}
        self._carried: dict[tuple[int, str], _Carried] = {}
        self._alarmed: OrderedDict[tuple[object, ...], None] = OrderedDict()
        limits.watch(
            self._alarmed, name="alarms of drift", kind="cache", bound=ALARMS_KEPT, policy="drop_oldest", size=len,
        )  # fmt: skip

    def of(self, principal: Principal, account: Account, desk: Desk) -> DriftReport:
        """The report of an account at a desk. Raises what the read of its order book raises."""
        return self._shared.run(
            (account.account_id, desk.mode),
            lambda: self._report(principal.user_id, account, desk),
            READ_SECONDS,
        )

    def check(self, owner: Owner) -> None:
        """Look at an account that nobody asked about, for the alarms."""
        account = Account(account_id=owner.account_id, broker=owner.broker)
        try:
            self._shared.run(
                (account.account_id, self._live.mode),
                lambda: self._report(owner.user_id, account, self._live), READ_SECONDS,
            )  # fmt: skip
        except OpenAlgoError as error:
            log.info(
                "the books of an account cannot be compared", account=account.account_id, reason=error.message
            )

    def forget(self, account_id: int) -> None:
        """The account was deleted."""
        for mode in {mode for owner, mode in [*self._carried, *self._read_before] if owner == account_id}:
            self._carried.pop((account_id, mode), None)
            self._read_before.pop((account_id, mode), None)

    def _report(self, user_id: int, account: Account, desk: Desk) -> DriftReport:
        """What looks unexplained is looked at once more: orders move while their books are read one by one."""
        facts, unread = self._gather(user_id, account, desk)
        rows = compare(facts)
        if any(not row.is_explained for row in rows):
            facts, unread = self._gather(user_id, account, desk)
            rows = _after_second_look(rows, compare(facts))
        report = DriftReport(
            account_id=account.account_id, broker=account.broker, mode=desk.mode, at_ms=facts.read_ms, rows=rows,
            unread=unread,
        )  # fmt: skip
        for row in report.unexplained:
            self._alarm(user_id, account, desk.mode, row)
        return report

    def _gather(self, user_id: int, account: Account, desk: Desk) -> tuple[Facts, dict[str, str]]:
        account_id, mode = account.account_id, desk.mode
        day_ms, read_ms = self._day_ms(), epoch_ms(self._clock.now())
        known = self._seen(account_id, mode)
        book = (
            self._reconciler.look(account)
            if desk is self._live
            else desk.order_book(account_id, account.broker)
        )
        unread: dict[str, str] = {}
        trades = _readable("trades", unread, lambda: desk.trade_book(account_id, account.broker))
        positions = _readable("positions", unread, lambda: desk.positions(account_id, account.broker))
        read_before = self._read_before.get((account_id, mode))
        self._read_before[account_id, mode] = read_ms
        held = {place_of(row): row.quantity for row in positions or ()}
        facts = Facts(
            book=book, trades=trades, positions=positions, known=known,
            intents=self._intents(account_id, mode, day_ms, read_ms), strategies=self._strategies(account_id, mode),
            carried=self._carry(account_id, mode, day_ms, book, held) if positions is not None else {},
            doubts=self._reconciler.absent.doubts(account_id) if desk is self._live else [],
            corrected=self._corrected(user_id, account_id, day_ms), read_ms=read_ms, read_before_ms=read_before,
            day_ms=day_ms,
        )  # fmt: skip
        return facts, unread

    def _intents(self, account_id: int, mode: str, day_ms: int, now_ms: int) -> list[IntentRow]:
        """Those of today, and older ones that are still open or were given up within a day."""
        today = self._journal.recent(account_id, (now_ms - day_ms) / 1000 + 1)
        older = [
            row
            for row in self._journal.unresolved()
            if row.account_id == account_id
            and row.created_ms < day_ms
            and (row.code != LAPSED or now_ms - (row.decided_ms or now_ms) < 24 * 3600 * 1000)
        ]
        found = {row.tag: row for row in (*older, *today) if row.mode == mode}
        return list(found.values())

    def _carry(
        self, account_id: int, mode: str, day_ms: int, book: list[OrderRow], held: dict[Place, int]
    ) -> dict[Place, int]:
        """Units that today's orders did not account for when the account was first looked at today."""
        traded = moved(book)
        rest = {
            place: units
            for place in {*held, *traded}
            if place[2] != Product.MIS and (units := held.get(place, 0) - traded.get(place, 0))
        }
        known = self._carried.get((account_id, mode))
        if known is None or known.day_ms != day_ms:
            self._carried[account_id, mode] = _Carried(day_ms, rest, is_certain=not rest)
            return {}
        if not known.is_certain:
            # A fill between two reads looks the same; what is carried is still there at the second look.
            known.units = {place: units for place, units in known.units.items() if rest.get(place) == units}
            known.is_certain = True
        return known.units

    def _corrected(self, user_id: int, account_id: int, day_ms: int) -> dict[str, str]:
        """tag -> order id of today's intents that the story tells were reported absent first."""
        if self._story is None:
            return {}
        with self._story.reading() as unit:
            rows = OrderEventRows(unit).resolutions(user_id, account_id, day_ms)
        absent = {row.tag for row in rows if row.data.get("outcome") == "absent"}
        return {row.tag: row.order_id for row in rows if row.tag in absent and row.tag and row.order_id}

    def _day_ms(self) -> int:
        return epoch_ms(ist(self._clock.now()).replace(hour=0, minute=0, second=0, microsecond=0))

    def _alarm(self, user_id: int, account: Account, mode: str, row: Drift) -> None:
        key = (account.account_id, mode, self._day_ms(), *row.name)
        with self._lock:
            if (
                key in self._alarmed or row.kind is Kind.LATE
            ):  # the reconciler has raised the alarm of a late order
                return
            self._alarmed[key] = None
            if len(self._alarmed) > ALARMS_KEPT:
                self._alarmed.popitem(last=False)
        text = f"{row.kind}: the broker says {row.broker_says}, we say {row.we_say}; {row.explained_by}"
        log.error(
            "books differ", account=account.account_id, symbol=row.symbol, order_id=row.order_id, what=text
        )
        self._events.publish(
            events.DriftFound(
                user_id=user_id, account_id=account.account_id, broker=account.broker, mode=mode, kind=row.kind,
                tag=row.tag, order_id=row.order_id, symbol=row.symbol, exchange=row.exchange, message=text,
            )
        )  # fmt: skip


def _after_second_look(first: list[Drift], second: list[Drift]) -> list[Drift]:
    """What the first look explained stays told; of the rest only what the second one shows, too, or anew."""
    explained = [row for row in first if row.is_explained]
    named = {row.name for row in explained}
    found = [row for row in second if not (row.is_explained and row.name in named)]
    again = {row.name for row in found}
    return [*(row for row in explained if row.name not in again), *found]


def _readable(name: str, unread: dict[str, str], read: Callable[[], T]) -> T | None:
    """The book, or None with the reason; the other books are compared all the same."""
    try:
        return read()
    except OpenAlgoError as error:
        unread[name] = error.message
        return None
