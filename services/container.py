"""The composition root: builds every use case once per process and ends them in reverse order.

    services = build_app_services(load_settings(...))
    services.start()
    ...
    services.close()

`build_app_services` migrates the stores; `build_proxy_services` (another process) only checks them.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from broker.core.http import LateTransport, Transport
from broker.core.registry import PLUGIN_FOLDER, load_plugins
from broker.core.roles import InstrumentLookup, Login, Session
from database.history import HistoryStore
from database.housekeeping.checkpoints import Checkpoints
from database.migrate import check, migrate
from database.stores import Stores
from database.writers import LogWriters
from domain.feed import FeedState
from domain.instruments import Instrument, InstrumentKey
from domain.triggers.held import HeldGtt
from services.accounts.api_keys import ApiKeys
from services.accounts.broker_accounts import BrokerAccounts
from services.accounts.broker_logins import BrokerLogins
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.installation import Installation, is_open_to_network
from services.accounts.keys.desk import KeyDesk
from services.accounts.passwords import Passwords
from services.accounts.signin.audit import SecurityRecord
from services.accounts.signin.room import SignInRoom
from services.accounts.tickets import Tickets
from services.accounts.users import Users
from services.accounts.web_sessions import WebSessions
from services.approvals.recheck import Limits
from services.approvals.room import Approvals
from services.automation.room import Automation
from services.automation.room import Parts as AutomationParts
from services.automation.signatures import Signatures
from services.automation.strategies import StrategyDesk
from services.bans.desk import BanDesk
from services.bans.elsewhere import WrongKeys
from services.bans.reading import BanList
from services.brokers import BrokerHost
from services.defaults import default_credentials, store_urls
from services.desk.preferences import ChartPreferences, Documents
from services.desk.watchlists import WatchlistDesk
from services.events import Events, FeedStateChanged
from services.inbound_limits import InboundLimits, api_rates
from services.market.amendments import CalendarAmendments
from services.market.bars.gaps import Expected
from services.market.bars.reading import BarReader
from services.market.calendar import Calendar
from services.market.contract_status import Cutoffs
from services.market.contracts import ContractMaster
from services.market.feed_client import FeedClient
from services.market.feed_notices import FeedNotices
from services.market.freezes import QuantityFreezes
from services.market.history import History
from services.market.instruments import Instruments, SqlInstrumentLookup
from services.market.live.service import MarketData
from services.market.live.uses import RISK
from services.market.quotes import Quotes
from services.market.session_doubts import SessionDoubts
from services.notify.feed_alarms import FeedAlarms
from services.notify.mail_desk import MailDesk
from services.notify.notifier import Notifier
from services.notify.outbox import Outbox
from services.ops.account_closure import AccountClosure
from services.ops.account_closure import Room as ClosingRoom
from services.ops.assembly import observed, operator_parts
from services.ops.health import Health
from services.ops.latency.board import LatencyBoard
from services.ops.monitor.rounds import Rounds
from services.ops.room import OperatorRoom
from services.ops.streaming import StreamingFigures
from services.ops.traffic import Traffic
from services.options.board import QuoteBoard
from services.options.chains import OptionChains
from services.options.greeks import GreeksDesk
from services.options.leg_market import LegMarket
from services.options.listings import Listings
from services.options.picking import LegPicker
from services.options.selection import OptionSelection
from services.options.yesterday import PreviousInterest
from services.portfolio.account import Portfolio
from services.portfolio.charges import ChargeEstimates
from services.portfolio.day_profit import DayProfit
from services.sandbox.room import Sandbox, SandboxParts
from services.trading.assembly import Trading, TradingParts
from services.trading.call_log import CallLog
from services.trading.desk import BrokerReads
from services.trading.gate.desk import RiskDesk
from services.trading.protection.average import TradeAverages
from services.trading.reconciliation.connectivity import Connectivity
from services.trading.risk import Limits as RiskLimits
from services.trading.timeline.reading import TimeLines
from services.trading.timeline.recorder import Recorder
from services.trading.updates.market_hours import MarketHours
from services.trading.updates.replays import OrderReplays
from services.trading.updates.stream import Kept
from services.triggers.assembly import TriggerParts, Triggers
from services.triggers.exits.room import ExitParts, ExitRoom
from services.triggers.watching import Watcher
from utils.clock import Clock, SystemClock
from utils.concurrency import Lock, Periodic
from utils.ids import IdSource, SystemIds
from utils.logging import get_logger
from utils.settings import Settings, reveal

SWEEP_SECONDS = 30.0
CHECKPOINT_SECONDS = 1.0
TIDY_SECONDS = 3600.0
ATTEMPT_DAYS = 365
CONTRACT_SECONDS = 60.0
SQUARE_OFF_SECONDS = 30.0
log = get_logger(__name__)


class Foundation:
    """What both processes build alike: stores, identity and plug-ins."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: IdSource,
        plugin_folders: tuple[Path, ...],
        *,
        owner: bool,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.calendar = Calendar()
        self._closing = ExitStack()
        self.events = Events(_report_subscriber)
        self._closing.callback(self.events.close)
        self.stores = Stores(store_urls(settings), settings.openalgo_data_dir)
        self._closing.callback(self.stores.close)
        self.order_replays = OrderReplays(self.stores.logs)
        try:
            if owner:
                for backup in migrate(self.stores, clock.now()):
                    log.info("A store was backed up before its upgrade", file=backup.name)
            else:
                check(self.stores)
            self._build_identity(plugin_folders)
        except BaseException:
            self._closing.close()
            raise

    def _build_identity(self, plugin_folders: tuple[Path, ...]) -> None:
        settings, clock, main = self.settings, self.clock, self.stores.main
        salts = [text for text in (settings.fernet_salt, settings.fernet_salt_previous) if text]
        self.vault = Vault(reveal(settings.api_key_pepper), salts)
        self.passwords = Passwords(self.vault)
        self.callers = Callers(main, clock)
        self.installation = Installation(
            main, self.vault, self.events, clock,
            open_to_network=is_open_to_network(
                settings.flask_host_ip, str(settings.host_server), behind_proxy=settings.trust_proxy_headers
            ),
        )  # fmt: skip
        self.users = Users(main, self.passwords, self.installation, clock)
        self.api_keys = ApiKeys(
            main, self.vault, self.passwords, self.callers, self.events, clock, self.installation.app_mode
        )
        self.key_desk = KeyDesk(main, self.api_keys, SecurityRecord(main, clock), clock)
        self.tickets = Tickets(main, self.vault, self.callers, clock)
        self.brokers = BrokerHost(
            load_plugins(plugin_folders), settings, self._transport(), self.lookup, clock, self.ids,
            renew=self._renew,
        )  # fmt: skip
        self._closing.callback(self.brokers.close)
        self.accounts = BrokerAccounts(
            main, self.vault, self.brokers, self.callers, self.events, clock, default_credentials(settings)
        )

    def _renew(self, session: Session, login: Login) -> Session:
        """Accounts are built on plug-ins, so plug-ins reach them late."""
        return self.accounts.renew(session, login)

    def _transport(self) -> Transport:
        """Built with the first request to a vendor: paper trading on a silent broker needs none."""

        def build() -> Transport:
            from broker.core.transport import HttpxTransport

            return HttpxTransport(clock=self.clock)

        return LateTransport(build)

    def lookup(self, _broker: str) -> InstrumentLookup:
        """The contract master of a broker."""
        return _NoInstruments()

    def closing(self, end: Callable[[], None]) -> None:
        """Have something end with the house."""
        self._closing.callback(end)

    def close(self) -> None:
        """End everything, newest first."""
        self._closing.close()


class AppServices(Foundation):
    """Everything the app process serves from."""

    def __init__(
        self, settings: Settings, clock: Clock, ids: IdSource, plugin_folders: tuple[Path, ...]
    ) -> None:
        super().__init__(settings, clock, ids, plugin_folders, owner=True)
        main = self.stores.main
        expiry = None if settings.disable_session_expiry else settings.session_expiry_time
        self.web_sessions = WebSessions(main, self.vault, self.events, clock, expiry=expiry)
        self.mail = MailDesk(main, self.vault, clock)
        self.sign_in = build_sign_in(self, self.web_sessions, self.mail)
        self.logins = BrokerLogins(main, self.vault, self.brokers, self.accounts, clock)
        self.preferences = Documents(main, self.events, clock)
        self.chart_preferences = ChartPreferences(main, self.events, clock)
        self.bans = BanDesk(self.stores.logs, clock, settings.trusted_proxies)
        self._closing.callback(self.bans.flush)
        self.writers = LogWriters(self.stores)
        self._closing.callback(self.writers.close)
        self.rounds = Rounds(clock)
        self.latency = LatencyBoard(clock)
        self.traffic = Traffic(self.writers, self.latency, clock)
        self.history_store = _history_store(settings)
        self._closing.callback(self.history_store.close)
        self.instruments = Instruments(main, clock, self.calendar)
        self.watchlists = WatchlistDesk(main, self.instruments, self.events, clock)
        self.quantity_freezes = QuantityFreezes(main, self.instruments)
        self.calendar_amendments = CalendarAmendments(main, self.calendar, clock)
        self.contracts = ContractMaster(
            main, self.brokers, self.accounts, self.instruments, self.calendar, self.events, clock,
            cutoffs=Cutoffs(settings.master_contract_cutoff_time, settings.crypto_master_contract_cutoff_time),
        )  # fmt: skip
        self._closing.callback(self.contracts.close)
        self._build_trading()
        self.automation = Automation(_automation_parts(self))
        self._closing.callback(self.automation.close)
        self.account_closure = _account_closure(self)

    def _build_trading(self) -> None:
        settings, clock = self.settings, self.clock
        self.limits = InboundLimits(api_rates(settings), clock)
        self.feed_client = self._closing.enter_context(closing(_feed_client(self)))
        self.feed_notices = FeedNotices(self.events, self.feed_client)
        connectivity = self.connectivity = Connectivity()
        self.market_data = self._closing.enter_context(closing(_market_data(self, connectivity)))
        self.sandbox = self._build_sandbox()
        self.trading = Trading(_trading_parts(self, connectivity))
        observed(self, self.trading.live)
        self.feed_client.on_order_state = functools.partial(self.trading.sources.stream_changed, own=True)
        self._closing.callback(self.trading.close)
        self.risk_desk = RiskDesk(self.trading.risk, self.accounts.list, self.api_keys.names_of)
        self.session_doubts = SessionDoubts(
            events=self.events, sessions=self.accounts, brokers=self.brokers, feed_state=self.feed_client.feed_state,
            connected=lambda: [owner.account_id for owner in self.trading.owners.connected()],
        )  # fmt: skip
        self.portfolio = Portfolio(
            desk=self.trading.books.desk, instruments=self.instruments, brokers=self.brokers, clock=clock,
            writes=self.trading.writes_of,
        )  # fmt: skip
        self.quotes = Quotes(self.market_data, self.instruments)
        self._build_triggers()
        self._build_options()
        self.history = self._closing.enter_context(closing(_history(self)))
        self.previous_interest = self._closing.enter_context(
            closing(PreviousInterest(self.history, self.clock))
        )
        self.charges, self.day_profit = _profit(self)
        self._build_approvals()
        self._build_records()

    def _build_sandbox(self) -> Sandbox:
        """Paper trading: of the brokers it gets market data and nothing else."""
        settings, clock = self.settings, self.clock
        return Sandbox(
            SandboxParts(
                store=self.stores.sandbox, feed=self.feed_client, calendar=self.calendar, clock=clock, ids=self.ids,
                snapshot=self.market_data.snapshot,
                boundary=settings.session_expiry_time, fallback=settings.sandbox_engine_fallback,
                is_practice=lambda broker: self.brokers.manifest(broker).practice,
            )
        )  # fmt: skip

    def _build_triggers(self) -> None:
        def watcher(on_change: Callable[[HeldGtt], None]) -> Watcher:
            return Watcher(
                store=self.stores.main, feed=self.feed_client, orders=self.trading.router,
                caller=lambda user_id: self.callers.principal(user_id, "gtt"),
                app_mode=self.trading.modes.app_mode, is_open=self.sandbox.sessions.is_open, clock=self.clock,
                on_change=on_change,
            )  # fmt: skip

        self.triggers = Triggers(
            TriggerParts(
                store=self.stores.main, trading=self.trading, brokers=self.brokers, sessions=self.accounts,
                instruments=self.instruments, quote=self.quotes.quote, events=self.events,
                reserve=self.sandbox.gtt_holds, clock=self.clock, ids=self.ids,
            ),
            watcher,
        )  # fmt: skip
        self._closing.callback(self.triggers.close)
        self.trigger_watcher, self.gtts = self.triggers.watcher, self.triggers.gtts
        self.position_exits = self._closing.enter_context(closing(_exits(self)))

    def _build_options(self) -> None:
        board = QuoteBoard(self.quotes, self.clock)
        self.option_selection = OptionSelection(self.instruments, board)
        self.trading.router.plans.options = self.option_selection
        listings = Listings(self.instruments, self.option_selection)
        self.option_chains = OptionChains(self.option_selection, listings, board, self.calendar, self.clock)
        self.option_greeks = GreeksDesk(
            self.instruments, listings, self.option_chains, board, self.calendar, self.clock
        )
        self.leg_picker = LegPicker(self.option_selection, self.instruments)
        self.leg_market = LegMarket(
            self.instruments, self.option_selection, listings, self.option_chains, board, self.calendar, self.clock
        )  # fmt: skip

    def _build_approvals(self) -> None:
        settings = self.settings
        self.approvals = Approvals(
            store=self.stores.main, trading=self.trading, quotes=self.quotes, calendar=self.calendar,
            bus=self.events, clock=self.clock, ids=self.ids, username=self._username,
            limits=Limits(
                confirm_seconds=settings.approval_confirm_seconds, life_seconds=settings.approval_life_seconds,
                confirm_percent=settings.approval_confirm_percent,
            ),
        )  # fmt: skip
        self.trading.router.approvals = self.approvals.intake

    def _build_records(self) -> None:
        self.health = Health(self.stores, self.settings.data_dir, self.feed_client.feeds)
        self.streaming = StreamingFigures(self.settings.ws_stats_path, self.clock)
        self.call_log = CallLog(self.writers, self.stores.logs, self.latency.order_call)
        self.call_log.listen(self.events)
        self.time_lines = TimeLines(self.stores.logs, self.stores.main)
        self.order_recorder = Recorder(self.writers, self.stores.logs, self.events, self.clock)
        self.order_recorder.listen()
        self.operator = OperatorRoom(operator_parts(self))
        self._closing.callback(self.operator.close)
        self.notifier = Notifier(self.events)
        self.feed_alarms = _feed_alarms(self)

    def _username(self, user_id: int) -> str:
        user = self.users.get(user_id)
        return user.username if user is not None else ""

    def feed_said(self, state: FeedState) -> None:
        """The feed of an account changed its state."""
        self.trading.sources.stream_changed(state)
        self.events.publish(FeedStateChanged(broker=state.broker))

    def feed_reached(self, is_reachable: bool) -> None:
        """The streaming process came or went."""
        if not is_reachable:
            self.trading.sources.streams_lost()
        self.events.publish(FeedStateChanged(broker=None))

    def _tidy(self) -> None:
        """Forget records that are older than the settings keep them."""
        now = self.clock.now()
        self.sign_in.sweep(now - dt.timedelta(days=ATTEMPT_DAYS))
        self.trading.stream.sweep()
        self.automation.sweep()

    def start(self) -> None:
        """Begin the background work."""
        self.every(CHECKPOINT_SECONDS, Checkpoints(self.stores).run, "checkpoints")
        self.operator.start(self.every)
        self.feed_client.start()
        self.approvals.start()
        self.trading.start()
        self.triggers.start()
        self.position_exits.start()
        self.automation.start()
        self.account_closure.start()
        self.every(SQUARE_OFF_SECONDS, self.automation.square_off.round, "square-off")
        self.quantity_freezes.start()
        self.calendar_amendments.start()
        self.contracts.start()
        self.every(CONTRACT_SECONDS, self.contracts.sweep, "contracts")
        self.every(TIDY_SECONDS, self._tidy, "tidy")
        self.every(SWEEP_SECONDS, self.market_data.following.sweep, "market-data")
        for name, sweep in (
            ("web-sessions", self.web_sessions.sweep),
            ("api-keys", self.api_keys.sweep),
            ("approvals", self.approvals.sweep),
            ("broker-sessions", self.accounts.sweep),
            ("bans", self.bans.flush),
        ):
            self.every(SWEEP_SECONDS, sweep, name)

    def lookup(self, broker: str) -> InstrumentLookup:
        """The in-memory contract master of a broker."""
        return self.instruments.lookup(broker)

    def every(self, seconds: float, work: Callable[[], None], name: str) -> None:
        """Repeat `work` until close()."""
        watched = self.rounds.watched(name, seconds, work)
        periodic = Periodic(watched, seconds, name, lambda error: _report_subscriber(name, error))
        self._closing.callback(periodic.stop)


def build_sign_in(
    house: Foundation, web_sessions: WebSessions | None = None, mail: MailDesk | None = None
) -> SignInRoom:
    """The sign-in room, also for a command that has no running app around it."""
    outbox = Outbox()
    house.closing(outbox.close)
    return SignInRoom(
        house.stores.main, house.vault, house.passwords, house.callers,
        web_sessions or WebSessions(house.stores.main, house.vault, house.events, house.clock, expiry=None),
        mail or MailDesk(house.stores.main, house.vault, house.clock), outbox, house.events,
        house.clock, url=str(house.settings.host_server).rstrip("/"),
    )  # fmt: skip


def _trading_parts(house: AppServices, connectivity: Connectivity) -> TradingParts:
    """What the trading room needs of the built house."""
    settings, clock = house.settings, house.clock
    return TradingParts(
        store=house.stores.main, logs=house.stores.logs, brokers=house.brokers, sessions=house.accounts,
        instruments=house.instruments, events=house.events, publisher=house.feed_client,
        app_mode=house.installation.app_mode, order_mode=house.api_keys.order_mode, clock=clock, ids=house.ids,
        poll_seconds=settings.order_poll_interval, updates_enabled=settings.order_updates_enabled,
        kept=Kept(settings.order_stream_retention_days, settings.order_stream_retention_events),
        is_open=MarketHours(house.calendar, house.brokers, clock).is_open,
        paper=house.sandbox, semi_auto_modify=settings.semi_auto_modify,
        limits=RiskLimits(orders_per_second=settings.risk_orders_per_second), connectivity=connectivity,
        last_price=lambda account, instrument: house.market_data.last(account, instrument, RISK),
        bands=TradeAverages(house.feed_client, clock),
    )  # fmt: skip


def _automation_parts(house: AppServices) -> AutomationParts:
    """What webhook strategies need of the built house."""
    settings, main = house.settings, house.stores.main
    return AutomationParts(
        store=main, trading=house.trading, events=house.events, clock=house.clock,
        desk=StrategyDesk(main, house.vault, house.accounts, house.instruments, house.clock),
        signatures=Signatures(main, house.vault, house.clock),
        caller=house.callers.principal, keyed=house.api_keys.stand_for,
        account=house.accounts.own, pending=house.approvals.execution.read,
        withdraw=house.approvals.decisions.withdraw,
        is_open=house.sandbox.sessions.is_open, open_quantity=house.portfolio.open_quantity,
        window_seconds=settings.webhook_dedup_seconds, keep_days=settings.webhook_delivery_retention_days,
    )  # fmt: skip


def _account_closure(app: AppServices) -> AccountClosure:
    """The rooms that keep something open for accounts."""
    rooms: dict[str, ClosingRoom] = {
        "exits of positions": app.position_exits, "GTTs": app.triggers.held,
        "waiting approvals": app.approvals.decisions, "queued webhook orders": app.automation.dispatch,
        "paper orders and positions": app.sandbox.rounds.days,
    }  # fmt: skip
    return AccountClosure(rooms, app.accounts.known, app.events)


def _feed_client(app: AppServices) -> FeedClient:
    """The app's end of the bus."""
    settings = app.settings
    bus = f"tcp://{settings.zmq_host}"
    return FeedClient(
        f"{bus}:{settings.zmq_port}", f"{bus}:{settings.zmq_ingress_port}", app.clock, key_file=settings.bus_keys,
        on_state=app.feed_said, on_reachable=app.feed_reached,
    )  # fmt: skip


def _market_data(app: AppServices, connectivity: Connectivity) -> MarketData:
    """Prices for everybody inside."""
    return MarketData(
        reads=observed(app, BrokerReads(app.brokers, app.accounts, app.clock, connectivity)), feed=app.feed_client,
        calendar=app.calendar, clock=app.clock, events=app.events, follow_limit=app.settings.quote_follow_limit,
    )  # fmt: skip


def _history_store(settings: Settings) -> HistoryStore:
    """Kept bars, and where copies of them go."""
    path = settings.historify_database_url or settings.historify_database_path
    return HistoryStore(settings.openalgo_data_dir / path, settings.openalgo_data_dir / "db" / "backups")


def _history(app: AppServices) -> History:
    """Bars of brokers."""
    expected = Expected(
        app.calendar, lambda broker: app.brokers.manifest(broker).practice, app.instruments.in_closing_auction
    )
    reader = BarReader(app.trading.live, expected, app.clock)
    return History(app.trading.live, reader, app.instruments)


def _profit(app: AppServices) -> tuple[ChargeEstimates, DayProfit]:
    """What orders cost; whose profit today's is, and how it went."""
    charges = ChargeEstimates(app.instruments, app.sandbox.preferences.charge_rates, app.clock)
    return charges, DayProfit(
        portfolio=app.portfolio, books=app.trading.books, history=app.history, quotes=app.quotes,
        instruments=app.instruments, charges=charges, clock=app.clock,
    )  # fmt: skip


def _exits(app: AppServices) -> ExitRoom:
    """The exits of positions, live and on paper: known to smart orders, and ended with paper books that begin anew."""
    trading, paper = app.trading, app.sandbox

    def reset(account_id: int) -> None:
        app.gtts.withdraw_paper(account_id)
        room.end_paper(account_id)

    room = ExitRoom(
        ExitParts(
            store=app.stores.main, feed=app.feed_client, orders=trading.router.exiting, events=app.events,
            desks={desk.mode: desk for desk in (trading.live, paper.desk)}, instruments=app.instruments,
            modes=trading.modes, quote=app.quotes.quote, sessions=paper.sessions, clock=app.clock,
            caller=lambda user_id: app.callers.principal(user_id, "exit"),
        )
    )  # fmt: skip
    trading.router.plans.exits = room.attachments
    paper.rounds.days.on_reset = reset
    return room


def _feed_alarms(app: AppServices) -> FeedAlarms:
    """Everybody with an account at the broker hears of its feed."""
    feed = app.feed_client
    return FeedAlarms(
        app.events, feeds=lambda: feed.feeds() if feed.connected else None,
        users=lambda broker: {account.user_id for account in app.accounts.of_broker(broker)},
    )  # fmt: skip


class ProxyServices(Foundation):
    """What the WebSocket proxy process needs of the house; contract rows stay in the store."""

    def __init__(
        self, settings: Settings, clock: Clock, ids: IdSource, plugin_folders: tuple[Path, ...]
    ) -> None:
        self._lookup_lock = Lock()
        self._lookups: dict[str, SqlInstrumentLookup] = {}
        super().__init__(settings, clock, ids, plugin_folders, owner=False)
        self.ban_list = BanList(self.stores.logs, clock, settings.trusted_proxies)
        self.wrong_keys = WrongKeys(self.stores.logs, clock, settings.trusted_proxies)
        self._closing.callback(self.wrong_keys.flush)
        self.calendar_amendments = CalendarAmendments(self.stores.main, self.calendar, clock)
        self.calendar_amendments.start()

    def lookup(self, broker: str) -> SqlInstrumentLookup:
        """The contract master of a broker."""
        with self._lookup_lock:
            return self._lookups.setdefault(broker, SqlInstrumentLookup(self.stores.main, broker, self.clock))


def build_app_services(
    settings: Settings,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    plugin_folders: tuple[Path, ...] = (PLUGIN_FOLDER,),
) -> AppServices:
    """Migrate the stores and build the app's services. Raises SchemaError when a store must not be touched."""
    return AppServices(settings, clock or SystemClock(), ids or SystemIds(), plugin_folders)


def build_proxy_services(
    settings: Settings,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    plugin_folders: tuple[Path, ...] = (PLUGIN_FOLDER,),
) -> ProxyServices:
    """Build the proxy's services on stores that the app has migrated. Raises SchemaError when it has not."""
    return ProxyServices(settings, clock or SystemClock(), ids or SystemIds(), plugin_folders)


def _report_subscriber(name: str, error: Exception) -> None:
    log.error("Background work failed", work=name, error=type(error).__name__, exc_info=error)


class _NoInstruments:
    """A contract master without rows."""

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        return None

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return None

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return None
